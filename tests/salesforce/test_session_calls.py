"""One call of a session with the org played: what leaves, what it is counted as, when it may leave,
and which sessions are not used at all."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import Owners
from tests.salesforce.wire import ACME, FRESH, LOST, NEVER_SENT, ORG, TOKEN, Wire, connected
from zsf_plugin.errors import (
    NotSent,
    OutcomeUnknown,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
)
from zsf_plugin.model import ReconnectReason, Tokens
from zsf_plugin.ports import REFRESH_LEASE, REFRESH_LEASE_S, Store, Usage
from zsf_plugin.salesforce.body_limits import READ_PERIOD_S, BodyLimit
from zsf_plugin.salesforce.composites import Composite, RestRequest
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.renewals import VAIN_FOR_S
from zsf_plugin.salesforce.session import Gate, SalesforceSession
from zsf_plugin.salesforce.tokens import Refresher

DATA = f"{ACME}/services/data/v68.0"
LIMITS = RestRequest("GET", "/limits")
WEEK_S = 7 * 24 * 3600.0
USED = {"Sforce-Limit-Info": "api-usage=18/5000"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(2000.0)


@pytest.fixture
def session(store: Store, clock: FakeClock) -> SalesforceSession:
    connected(store)
    return session_of(store, clock)


def session_of(
    store: Store, clock: FakeClock, calls_per_second: float = 10.0, org_id: str | None = None
) -> SalesforceSession:
    refresher = Refresher("w", store, clock, Http(), None, Owners())
    return SalesforceSession("w", store, clock, Http(), refresher, calls_per_second, org_id)


def counted(store: Store, clock: FakeClock) -> dict[str, int]:
    return dict(store.allocation(ORG, clock.now()).by_purpose)


def gone(*_: object) -> Any:
    raise StoreUnavailable("the disk is full")


def test_a_request_is_sent_below_the_version_path_with_its_body_as_json(
    wire: Wire, session: SalesforceSession
) -> None:
    wire.answer(ACME, {"done": True}, 201)
    answer = session.call(RestRequest("PATCH", "/sobjects/Lead", {"LastName": "é"}), "purchases")
    (sent,) = wire.sent
    assert (sent.method, sent.url) == ("PATCH", f"{DATA}/sobjects/Lead")
    assert sent.body == '{"LastName":"é"}'.encode()
    assert sent.headers["Authorization"] == "Bearer a!ccess"
    assert (answer.status, answer.body) == (201, b'{"done": true}')


def test_a_composite_is_built_for_the_version_of_the_org(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    connected(store, api_version="67.0")
    wire.answer(ACME)
    session_of(store, clock).call(Composite({"one": LIMITS}), "upkeep")
    (part,) = wire.sent[0].json["compositeRequest"]
    assert part["url"] == "/services/data/v67.0/limits"


@pytest.mark.parametrize("status", [200, 304, 400, 403, 406, 413, 500, 503])
def test_a_status_that_says_nothing_of_the_session_is_an_answer(
    wire: Wire, session: SalesforceSession, status: int
) -> None:
    wire.answer(ACME, status=status)
    assert session.call(LIMITS, "upkeep").status == status
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("writes", "error"), [(True, OutcomeUnknown), (False, Unavailable)])
def test_a_lost_answer_is_in_doubt_only_for_writes(
    wire: Wire, session: SalesforceSession, writes: bool, error: type[Exception]
) -> None:
    wire.answer(ACME, LOST)
    with pytest.raises(error):
        session.call(LIMITS, "upkeep", writes=writes)


def test_a_lost_answer_is_that_of_a_read_by_default(wire: Wire, session: SalesforceSession) -> None:
    wire.answer(ACME, LOST)
    with pytest.raises(Unavailable):
        session.call(LIMITS, "upkeep")


def test_after_a_401_the_request_is_resent_once_with_fresh_tokens_to_their_instance(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, status=401)
    wire.answer("acme2", {"done": True})
    wire.answer(TOKEN, FRESH)
    asked: list[int] = []
    answer = session.call(LIMITS, "badges", before_sending=lambda: asked.append(len(wire.sent)))
    assert answer.status == 200
    assert [sent.url for sent in wire.sent] == [
        f"{DATA}/limits",
        f"https://login.salesforce.com{TOKEN}",
        "https://acme2.my.salesforce.com/services/data/v68.0/limits",
    ]
    assert wire.sent[2].headers["Authorization"] == "Bearer fr3sh"
    assert asked == [0, 2]
    assert counted(store, clock) == {"badges": 2}


def test_a_third_401_within_a_minute_is_an_outage_and_the_last_request(
    wire: Wire, session: SalesforceSession
) -> None:
    wire.answer("salesforce.com/services/data", status=401)
    wire.answer(TOKEN, FRESH)
    with pytest.raises(Unavailable) as caught:
        session.call(LIMITS, "upkeep")
    assert caught.value.code == "session_ended"
    assert len(wire.sent) == 5


@pytest.mark.parametrize("body", [b"<html>Sign in to the network</html>", {"message": "no"}])
def test_a_401_that_is_not_salesforces_costs_one_renewal_a_while_and_no_person(
    wire: Wire, clock: FakeClock, session: SalesforceSession, body: Any
) -> None:
    wire.answer("salesforce.com/services/data", body, status=401)
    wire.answer(TOKEN, FRESH)
    for _ in range(3):
        assert session.call(LIMITS, "upkeep").status == 401
    assert len(wire.to(TOKEN)) == 1
    clock.sleep(VAIN_FOR_S)
    session.call(LIMITS, "upkeep")
    assert len(wire.to(TOKEN)) == 2
    assert session.connection().state == "connected"


def test_a_401_that_is_not_salesforces_stands_where_the_login_is_out_of_reach(
    wire: Wire, session: SalesforceSession
) -> None:
    wire.answer("salesforce.com/services/data", {"message": "no"}, status=401)
    wire.answer(TOKEN, LOST)
    assert session.call(LIMITS, "upkeep").status == 401


@pytest.mark.parametrize(
    ("reason", "code", "data"),
    [
        (ReconnectReason("org_changed", {"org": "x"}), "org_changed", {"org": "x"}),
        (ReconnectReason("revoked"), "revoked", {}),
        (None, "session", {}),
    ],
)
def test_a_connection_that_waits_for_a_person_is_not_used_and_says_why(
    wire: Wire, store: Store, clock: FakeClock, reason: ReconnectReason | None, code: str, data: Any
) -> None:
    connected(store, state="reconnect", reason=reason)
    session = session_of(store, clock)
    for use in (session.connection, session.keep_alive, session.usage):
        with pytest.raises(ReconnectRequired) as caught:
            use()
        assert (caught.value.code, caught.value.data) == (code, data)
    assert wire.sent == []


@pytest.mark.parametrize("state", ["connected", "previewing"])
def test_any_other_connection_is_the_one_that_is_stored(
    store: Store, clock: FakeClock, state: str
) -> None:
    connection = connected(store, state=state)
    assert session_of(store, clock).connection() == connection


def test_a_workspace_without_connection_or_tokens_is_not_connected(
    store: Store, clock: FakeClock, session: SalesforceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "tokens", lambda _: None)
    with pytest.raises(ReconnectRequired) as caught:
        session.call(LIMITS, "upkeep")
    assert caught.value.code == "no_sign_in"
    store.forget_connection("w")
    with pytest.raises(ReconnectRequired) as caught:
        session.connection()
    assert caught.value.code == "not_connected"


def test_a_token_is_sent_only_to_trusted_addresses(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    connected(store, instance_url="https://evil.example")
    with pytest.raises(ReconnectRequired) as caught:
        session_of(store, clock).call(LIMITS, "upkeep")
    assert caught.value.code == "wrong_instance"
    assert "evil.example" in caught.value.data["fault"]
    assert wire.sent == []
    assert counted(store, clock) == {}


@pytest.mark.parametrize(("age_s", "is_refreshed"), [(WEEK_S - 1, False), (WEEK_S, True)])
def test_a_refresh_token_is_used_once_a_week(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    session: SalesforceSession,
    age_s: float,
    is_refreshed: bool,
) -> None:
    wire.answer(TOKEN, FRESH)
    clock.time = 1000.0 + age_s
    session.keep_alive()
    session.keep_alive()
    assert len(wire.to(TOKEN)) == is_refreshed


def test_a_session_without_a_refresh_token_is_used_as_long_as_it_lives(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    connected(store, Tokens("a!ccess", None, 0, 1000.0))
    wire.answer(ACME)
    clock.time = 1000.0 + 9 * WEEK_S
    assert session_of(store, clock).call(LIMITS, "upkeep").status == 200
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("answer", "status"), [(LOST, 0), (NEVER_SENT, 0), (None, 503)])
def test_after_a_failed_weekly_refresh_the_call_is_sent_with_the_old_tokens(
    wire: Wire, clock: FakeClock, session: SalesforceSession, answer: Any, status: int
) -> None:
    wire.answer(ACME)
    wire.answer(TOKEN, answer, status)
    clock.time = 1000.0 + WEEK_S
    assert session.call(LIMITS, "upkeep").status == 200
    assert wire.sent[-1].headers["Authorization"] == "Bearer a!ccess"


def test_a_call_that_the_old_tokens_serve_waits_for_no_refresh_elsewhere(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME)
    clock.time = now = 1000.0 + WEEK_S
    store.acquire_lease(
        REFRESH_LEASE + "w", "another", now, ttl_s=REFRESH_LEASE_S, is_over=lambda _: False
    )
    assert session.call(LIMITS, "upkeep").status == 200
    assert wire.sent[-1].headers["Authorization"] == "Bearer a!ccess"
    assert clock.now() == now
    clock.time += REFRESH_LEASE_S  # seen as it is for so long, the lease is over
    wire.answer(TOKEN, FRESH)
    session.keep_alive()
    assert len(wire.to(TOKEN)) == 1


def test_the_weekly_refresh_brings_the_tokens_of_the_call(
    wire: Wire, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer("acme2")
    wire.answer(TOKEN, FRESH)
    clock.time = 1000.0 + WEEK_S
    session.call(LIMITS, "upkeep")
    assert wire.sent[-1].headers["Authorization"] == "Bearer fr3sh"


def test_a_dead_refresh_token_stops_the_weekly_use(
    wire: Wire, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(TOKEN, {"error": "invalid_grant", "error_description": "inactive user"}, 400)
    clock.time = 1000.0 + WEEK_S
    with pytest.raises(ReconnectRequired) as caught:
        session.keep_alive()
    assert caught.value.code == "inactive"


def test_usage_is_read_from_the_limits_as_upkeep(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, {"DailyApiRequests": {"Max": 5000, "Remaining": 4982}})
    assert session.usage() == Usage(18, 5000)
    assert [(sent.method, sent.url) for sent in wire.sent] == [("GET", f"{DATA}/limits")]
    assert counted(store, clock) == {"upkeep": 1}


def test_the_usage_in_a_response_is_stored_with_its_time(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, headers=USED)
    session.call(LIMITS, "badges")
    reported = store.allocation(ORG, clock.now())
    assert (reported.used, reported.limit, reported.seen_at) == (18, 5000, 2000.0)
    assert reported.by_purpose == {"badges": 1}


def test_an_answer_that_says_nothing_of_the_day_changes_nothing(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, headers=USED)
    wire.answer(ACME)
    for _ in range(2):
        session.call(LIMITS, "badges")
    assert store.allocation(ORG, clock.now()).used == 18


def test_a_failure_to_store_usage_loses_no_response(
    wire: Wire,
    store: Store,
    session: SalesforceSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire.answer(ACME, headers=USED)
    monkeypatch.setattr(store, "note_usage", gone)
    assert session.call(LIMITS, "upkeep").status == 200
    assert [(line.levelno, line.name) for line in caplog.records] == [
        (logging.WARNING, "zsf_plugin.salesforce")
    ]
    assert "usage of the org not stored" in caplog.text


def test_a_call_waits_for_its_slot_before_its_caller_is_called_back(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME)
    moments: list[float] = []
    for _ in range(3):
        session.call(LIMITS, "upkeep", before_sending=lambda: moments.append(clock.now()))
    assert moments == pytest.approx([2000.0, 2000.1, 2000.2])


def test_a_slot_that_is_free_now_is_not_slept_for(
    wire: Wire, clock: FakeClock, session: SalesforceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answer(ACME)
    slept: list[float] = []
    monkeypatch.setattr(clock, "sleep", slept.append)
    session.call(LIMITS, "upkeep")
    assert slept == []
    clock.time += 0.0625
    session.call(LIMITS, "upkeep")
    assert slept == pytest.approx([0.0375])


@pytest.mark.parametrize(
    ("answer", "error", "calls"),
    [(NEVER_SENT, NotSent, {}), (LOST, OutcomeUnknown, {"badges": 1})],
)
def test_only_calls_that_were_never_sent_are_uncounted(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    session: SalesforceSession,
    answer: Exception,
    error: type[Exception],
    calls: dict[str, int],
) -> None:
    wire.answer(ACME, answer)
    with pytest.raises(error):
        session.call(LIMITS, "badges", writes=True)
    assert counted(store, clock) == calls


def test_uncounting_a_call_keeps_all_others(
    wire: Wire, store: Store, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME)
    wire.answer(ACME)
    wire.answer(ACME, NEVER_SENT)
    session.call(LIMITS, "badges")
    session.call(LIMITS, "badges")
    with pytest.raises(NotSent):
        session.call(LIMITS, "badges")
    assert counted(store, clock) == {"badges": 2}


def test_a_call_that_cannot_be_uncounted_is_logged_with_its_purpose(
    wire: Wire,
    store: Store,
    session: SalesforceSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire.answer(ACME, NEVER_SENT)
    monkeypatch.setattr(store, "count_calls", gone)
    with pytest.raises(NotSent):
        session.call(LIMITS, "badges")
    assert "API call for badges counted but not sent" in caplog.text


def test_without_the_store_a_call_is_not_counted_but_logged_with_its_purpose(
    wire: Wire,
    store: Store,
    session: SalesforceSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire.answer(ACME, NEVER_SENT)
    given_back: list[object] = []
    monkeypatch.setattr(store, "reserve_call", gone)
    monkeypatch.setattr(store, "count_calls", lambda *call: given_back.append(call))
    with pytest.raises(NotSent):
        session.call(LIMITS, "badges")
    assert given_back == []
    assert "API call for badges not counted" in caplog.text


def test_without_the_store_one_call_per_period_is_sent_and_callers_are_still_called_back(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    session: SalesforceSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire.answer(ACME)
    monkeypatch.setattr(store, "reserve_call", gone)
    moments: list[float] = []
    for _ in range(3):
        session.call(LIMITS, "upkeep", before_sending=lambda: moments.append(clock.now()))
    assert moments == pytest.approx([2000.0, 2000.1, 2000.2], abs=1e-3)


def test_a_gate_sleeps_no_less_than_half_a_millisecond_and_no_longer_than_its_period() -> None:
    clock = FakeClock(2000.0)
    gate, slept = Gate(4.0, clock), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.time += seconds

    clock.sleep = sleep  # type: ignore[method-assign]
    gate.wait()
    assert slept == []
    gate.wait()
    assert slept == pytest.approx([0.25])
    clock.time += 0.25 - 1e-5
    gate.wait()
    assert slept[1:] == [0.0005]
    clock.time -= 3600.0
    gate.wait()
    assert slept[2:] == [0.25]


def test_a_running_process_learns_once_a_minute_what_size_another_one_may_send(
    store: Store, clock: FakeClock
) -> None:
    running, other = BodyLimit(clock, store, ORG), BodyLimit(clock, store, ORG)
    clock.sleep(1.0)
    other.note_refused(1000)
    assert running.allows(lambda: 600)  # the store is not read each time
    clock.sleep(READ_PERIOD_S)
    assert not running.allows(lambda: 600)
    other.note_refused(800, is_alone=True)
    other.note_passed(lambda: 500)  # there is no limit
    clock.sleep(READ_PERIOD_S)
    assert running.allows(lambda: 600)
