"""The adapter with the org played: how it is put together, and which cached answers a refusal
denies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import requests

from tests.fakes.clock import FakeClock
from tests.salesforce.support import Owners, by_email, create
from tests.salesforce.wire import FRESH, ORG, TOKEN, USER, Wire, connected
from zsf_plugin.errors import NotSent, Rejected, StoreUnavailable, Unavailable
from zsf_plugin.model import Write
from zsf_plugin.ports import Fact, Store
from zsf_plugin.salesforce.adapter import SalesforceCrm

LIMITS = {"DailyApiRequests": {"Max": 5000, "Remaining": 4982}}
RECORD = "0035g00000QxLmRAAV"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(2000.0)


def crm_of(store: Store, clock: FakeClock, **more: Any) -> SalesforceCrm:
    given: dict[str, Any] = {"client_secret": None, "identity": Owners(), **more}
    return SalesforceCrm("w", store=store, clock=clock, **given)


@pytest.fixture
def crm(store: Store, clock: FakeClock) -> SalesforceCrm:
    connected(store)
    return crm_of(store, clock)


def contacts(count: int) -> list[Write]:
    return [create("Contact", n, {"LastName": "X"}) for n in range(count)]


def composite_of(wire: Wire, *results: str | None) -> None:
    """Script the answer to a composite: for each record the code of its refusal, or None."""
    entries = [
        {"referenceId": f"w{place}", "httpStatusCode": 201, "body": {"id": RECORD}}
        if code is None
        else {
            "referenceId": f"w{place}",
            "httpStatusCode": 400,
            "body": [{"errorCode": code, "message": "x", "fields": []}],
        }
        for place, code in enumerate(results)
    ]
    wire.answer("/composite", {"compositeResponse": entries})


def test_an_ended_session_is_refreshed_with_the_apps_secret_and_the_call_is_repeated(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    connected(store)
    wire.answer("/limits", status=401)
    wire.answer("/limits", LIMITS)
    wire.answer(TOKEN, FRESH)
    crm = crm_of(store, clock, client_secret="s3cret")
    assert crm.usage() is not None
    assert wire.to(TOKEN)[0].form["client_secret"] == "s3cret"


@pytest.mark.parametrize(
    ("more", "of_the_org", "of_the_login"),
    [
        ({}, 120.0, 120.0),
        ({"read_timeout_s": 7.0}, 7.0, 7.0),
        ({"read_timeout_s": 600.0}, 600.0, 120.0),
    ],
)
def test_the_login_is_never_waited_for_longer_than_a_refreshers_lease_lasts(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    more: dict[str, float],
    of_the_org: float,
    of_the_login: float,
) -> None:
    connected(store)
    wire.answer("/limits", status=401)
    wire.answer("/limits", LIMITS)
    wire.answer(TOKEN, FRESH)
    crm_of(store, clock, **more).usage()
    assert {sent.read_timeout_s for sent in wire.to("/limits")} == {of_the_org}
    assert {sent.read_timeout_s for sent in wire.to(TOKEN)} == {of_the_login}


@pytest.mark.parametrize(("more", "period_s"), [({}, 0.1), ({"calls_per_second": 4.0}, 0.25)])
def test_calls_leave_ten_a_second_where_nothing_else_is_set(
    wire: Wire, store: Store, clock: FakeClock, more: dict[str, float], period_s: float
) -> None:
    connected(store)
    wire.answer("/limits", LIMITS)
    crm = crm_of(store, clock, **more)
    crm.usage()
    crm.usage()
    assert clock.now() == pytest.approx(2000.0 + period_s)


def test_the_lease_of_a_dead_refresher_is_taken(wire: Wire, store: Store, clock: FakeClock) -> None:
    class Gone(Owners):
        def is_dead(self, owner: str) -> bool:
            return owner == "gone"

    connected(store)
    wire.answer("/limits", status=401)
    wire.answer("/limits", LIMITS)
    wire.answer(TOKEN, FRESH)
    store.acquire_lease("refresh:w", "gone", 2000.0, ttl_s=900.0, is_over=lambda _: False)
    crm_of(store, clock, identity=Gone(), calls_per_second=1000.0).usage()
    assert clock.now() == pytest.approx(2000.0, abs=0.01)


def test_keeping_alive_uses_the_refresh_token_and_no_call(
    wire: Wire, store: Store, clock: FakeClock, crm: SalesforceCrm
) -> None:
    wire.answer(TOKEN, FRESH)
    clock.time += 8 * 24 * 3600.0
    crm.keep_alive()
    assert len(wire.sent) == 1
    assert store.allocation(ORG, clock.now()).by_purpose == {}


def test_facts_that_were_read_are_known_for_no_call(
    wire: Wire, store: Store, crm: SalesforceCrm
) -> None:
    connection = store.connection("w")
    assert connection is not None
    assert (crm.read_at(connection), crm.known_facts(connection)) == (None, None)
    store.save_fact(ORG, f"describe:{USER}:stamp", Fact(1500.0, 1500.0))
    known = crm.known_facts(connection)
    assert known is not None
    assert (crm.read_at(connection), known.read_at) == (1500.0, 1500.0)
    assert crm.facts() == known.facts
    assert wire.sent == []


def test_facts_that_were_never_read_are_fetched_in_one_call(
    wire: Wire, clock: FakeClock, crm: SalesforceCrm
) -> None:
    wire.answer("/composite", [], 503)
    with pytest.raises(Unavailable):
        crm.facts()
    with pytest.raises(Unavailable):
        crm.find([by_email("Lead", "ada@x.example")], {"Lead": ("Id",)}, "badges")
    assert len(wire.sent) == 2


def test_a_write_is_counted_for_its_purpose_after_its_caller_agreed(
    wire: Wire, store: Store, clock: FakeClock, crm: SalesforceCrm
) -> None:
    asked: list[int] = []
    composite_of(wire, None)
    (outcome,) = crm.write(contacts(1), "activities", lambda _: asked.append(len(wire.sent)))
    assert (outcome.token, outcome.record_id, outcome.error) == ("new:0", RECORD, None)
    assert asked == [0]
    assert store.allocation(ORG, clock.now()).by_purpose == {"activities": 1}


def keep_facts(store: Store) -> None:
    store.save_fact(ORG, "user:ada", Fact([], 1500.0))
    store.save_fact(ORG, f"describe:{USER}:stamp", Fact(1500.0, 1500.0))


def left(store: Store) -> set[str]:
    """Which cached answers are still believed."""
    stamp = store.fact(ORG, f"describe:{USER}:stamp")
    users = {"users"} if store.fact(ORG, "user:ada") is not None else set()
    return users | ({"fields"} if stamp is not None and stamp.fetched_at else set())


@pytest.mark.parametrize(
    ("codes", "believed"),
    [
        ([None], {"users", "fields"}),
        (["REQUIRED_FIELD_MISSING"], {"users", "fields"}),
        (["INACTIVE_OWNER_OR_USER"], {"fields"}),
        (["OP_WITH_INVALID_USER_TYPE_EXCEPTION"], {"fields"}),
        (["INVALID_FIELD"], {"users"}),
        (["INVALID_FIELD_FOR_INSERT_UPDATE"], {"users"}),
        (["INVALID_TYPE"], {"users"}),
        (["REQUIRED_FIELD_MISSING", None, "INVALID_TYPE"], {"users"}),
        (["INVALID_FIELD", "INACTIVE_OWNER_OR_USER"], set()),
    ],
)
def test_a_refusal_that_contradicts_a_cached_answer_drops_it(
    wire: Wire,
    store: Store,
    crm: SalesforceCrm,
    codes: Sequence[str | None],
    believed: set[str],
) -> None:
    keep_facts(store)
    composite_of(wire, *codes)
    outcomes = crm.write(contacts(len(codes)), "purchases")
    found = [one.error.code if isinstance(one.error, Rejected) else None for one in outcomes]
    assert found == codes
    assert left(store) == believed


def test_a_failure_other_than_a_refusal_invalidates_nothing(
    wire: Wire, store: Store, crm: SalesforceCrm
) -> None:
    keep_facts(store)
    wire.answer("/composite", requests.exceptions.ConnectTimeout("x"))
    (outcome,) = crm.write(contacts(1), "purchases")
    assert isinstance(outcome.error, NotSent)
    assert left(store) == {"users", "fields"}


def test_a_cached_answer_that_cannot_be_dropped_is_logged_with_the_kind_of_error(
    wire: Wire,
    store: Store,
    crm: SalesforceCrm,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def gone(*_: object) -> None:
        raise StoreUnavailable("a path of the machine")

    monkeypatch.setattr(store, "forget_facts", gone)
    composite_of(wire, "INACTIVE_OWNER_OR_USER")
    (outcome,) = crm.write(contacts(1), "purchases")
    assert isinstance(outcome.error, Rejected)
    (line,) = caplog.records
    assert (line.levelname, line.args) == ("WARNING", ("StoreUnavailable",))
    assert "a path" not in caplog.text


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (25, 1), (26, 1), (1001, 2)])
def test_the_cost_of_writes_is_known_before(crm: SalesforceCrm, count: int, calls: int) -> None:
    assert crm.cost(contacts(count)) == calls


def test_closing_lets_go_of_the_connections_to_org_and_login(
    wire: Wire, crm: SalesforceCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[object] = []
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    wire.answer("/limits", status=401)
    wire.answer("/limits", LIMITS)
    wire.answer(TOKEN, FRESH)
    crm.usage()
    assert closed == []
    crm.close()
    assert len(set(map(id, closed))) == 2
