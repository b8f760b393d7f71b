"""Writing through a gateway that refuses: what one record holds, what is too large, everything."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.salesforce.test_delivery_loop import ID, Org, contacts, records_of
from zsf_plugin.errors import (
    Content,
    GatewayRefused,
    Halted,
    NotSent,
    OutcomeUnknown,
    Rejected,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import GATEWAY_REFUSED, Reference, Write, WriteOutcome
from zsf_plugin.ports import Store, do_nothing
from zsf_plugin.salesforce.bisection import MAX_REFUSED
from zsf_plugin.salesforce.body_limits import MAX_AGE_S, BodyLimit
from zsf_plugin.salesforce.delivery import Delivery
from zsf_plugin.salesforce.gateways import MAX_PUT_OFF

BAD = "x; curl -s http://y"


def creation(object_: str, number: int, **values: Any) -> Write:
    return Write("create", object_, f"new:{number}", {"LastName": f"No {number}", **values})


def firewall(*words: str, status: int = 403, content: Content = "page") -> Callable[..., Any]:
    """Refuses every body that holds one of those words."""

    def play(_: int, body: str) -> ZsfError | None:
        return GatewayRefused(status, content) if any(word in body for word in words) else None

    return play


def limited(most: int) -> Callable[..., Any]:
    """Refuses every body of more than that many characters."""

    def play(_: int, body: str) -> ZsfError | None:
        return GatewayRefused(413, "page") if len(body) > most else None

    return play


def people(count: int, *bad: int) -> list[Write]:
    return [
        creation("Contact", number, Description=BAD if number in bad else "fine")
        for number in range(count)
    ]


def deliver(org: Org, writes: Sequence[Write]) -> list[WriteOutcome]:
    return Delivery(org, "purchases", do_nothing).run(writes)  # type: ignore[arg-type]


def sent_of(org: Org) -> list[str]:
    """The records that got through, by their description and order."""
    return [json.dumps(record) for body in org.sent for part in records_of(body) for record in part]


@pytest.mark.parametrize("count", [1, 2, 10, 25, 26, 200])
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_one_refused_record_is_alone_and_everybody_else_is_written(count: int, where: str) -> None:
    bad = {"first": 0, "middle": count // 2, "last": count - 1}[where]
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, people(count, bad))
    assert [number for number, one in enumerate(outcomes) if one.error is not None] == [bad]
    error = outcomes[bad].error
    assert isinstance(error, Rejected)
    assert (error.code, error.message) == (GATEWAY_REFUSED, "")
    assert error.data == {"status": 403, "answer": "page"}
    extra = len(org.sent) - 1 + org.probes
    assert org.probes == 1
    assert extra <= 2 * math.log2(count) + 2


@given(st.sets(st.integers(0, 59), max_size=7), st.integers(8, 60))
def test_whatever_is_refused_every_record_has_the_outcome_of_its_own(
    bad: set[int], count: int
) -> None:
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, people(count, *bad))
    for number, one in enumerate(outcomes):
        assert (one.error is not None) == (number in bad)


@pytest.mark.parametrize("count", [10, 200])
def test_an_outage_is_seen_with_one_small_read_and_nothing_is_held(count: int) -> None:
    org = Org(lambda *_: GatewayRefused(403, "page"))
    org.is_reached = False
    outcomes = deliver(org, people(count))
    assert (len(org.sent), org.probes) == (1, 1)
    assert all(isinstance(one.error, Unavailable) for one in outcomes)
    assert not any(isinstance(one.error, Rejected) for one in outcomes)


def test_a_small_read_that_fails_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    org = Org(lambda *_: GatewayRefused(403, "page"))

    def fail() -> bool:
        raise NotSent("connection", data={"error": "x"})

    monkeypatch.setattr(org, "reaches_salesforce", fail)
    outcomes = deliver(org, people(10))
    assert all(isinstance(one.error, NotSent) for one in outcomes)
    assert len(org.sent) == 1


def test_a_gateway_that_refuses_every_write_holds_a_few_and_the_others_wait() -> None:
    org = Org(lambda *_: GatewayRefused(405, "text"))
    outcomes = deliver(org, people(200))
    refused = [one for one in outcomes if isinstance(one.error, Rejected)]
    waiting = [one.error for one in outcomes if isinstance(one.error, NotSent)]
    assert len(refused) == 8
    assert len(refused) + len(waiting) == 200
    assert {(one.code, one.retry_after_s) for one in waiting} == {("gateway_refuses", 300.0)}
    assert len(org.sent) <= 8 * (math.ceil(math.log2(200)) + 2)


def test_many_refused_records_among_good_ones_are_all_found() -> None:
    bad = range(0, 60, 2)
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, people(60, *bad))
    assert [one.error is not None for one in outcomes] == [number in bad for number in range(60)]


def test_a_delivery_goes_on_until_200_requests_were_refused_and_the_others_wait() -> None:
    bad = range(0, 200, 2)
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, people(200, *bad))
    assert sum("curl -s" in json.dumps(body) for body in org.sent) == MAX_REFUSED + 1 == 201
    for number, one in enumerate(outcomes):
        if one.error is None:
            assert number not in bad
        elif isinstance(one.error, Rejected):
            assert number in bad
        else:
            assert isinstance(one.error, NotSent)
            assert one.error.code == "gateway_refuses"
    assert sum(one.error is None for one in outcomes) >= 20


def test_an_answer_that_is_lost_meanwhile_ends_it_and_nothing_is_sent_twice() -> None:
    def play(number: int, body: str) -> ZsfError | None:
        if number == 3:
            return OutcomeUnknown("unreadable", {"status": 502})
        return GatewayRefused(403, "page") if "curl" in body else None

    org = Org(play)
    outcomes = deliver(org, people(10, 9))
    kinds = [type(one.error) for one in outcomes]
    assert kinds.count(OutcomeUnknown) >= 1
    assert kinds[:5] == [type(None)] * 5, "the first half got through before"
    assert set(kinds[5:]) == {OutcomeUnknown, NotSent}
    assert len(org.sent) == 3


def test_an_account_that_is_refused_halts_its_people_and_others_are_written() -> None:
    accounts = [creation("Account", 0, Name=BAD), creation("Account", 1, Name="fine")]
    people_ = [
        creation("Contact", 10 + number, AccountId=Reference(f"new:{number}")) for number in (0, 1)
    ]
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, [*accounts, *people_])
    assert [type(one.error) for one in outcomes] == [Rejected, type(None), Halted, type(None)]


def test_a_text_that_composites_cannot_carry_is_narrowed_down_as_well() -> None:
    writes = [
        creation("Contact", n, Title="@{x}", Description=BAD if n == 7 else "") for n in range(30)
    ]
    org = Org(firewall("curl -s"))
    outcomes = deliver(org, writes)
    assert [number for number, one in enumerate(outcomes) if one.error is not None] == [7]


# Put off


def put_off(status: int = 503) -> Unavailable:
    error = Unavailable(f"http_{status}", 30.0, {"status": status})
    error.put_off = status
    return error


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("count", [1, 10, 200])
def test_not_now_for_one_records_text_is_narrowed_down_once_it_lasts(
    status: int, count: int
) -> None:
    org = Org(lambda _, body: put_off(status) if "curl -s" in body else None)
    writes = people(count, count - 1)
    for _ in range(MAX_PUT_OFF - 1):
        assert all(isinstance(one.error, Unavailable) for one in deliver(org, writes))
    assert org.probes == 0
    outcomes = deliver(org, writes)
    assert [number for number, one in enumerate(outcomes) if one.error is not None] == [count - 1]
    error = outcomes[-1].error
    assert isinstance(error, Rejected)
    assert error.data == {"status": status, "answer": "not_now"}


def test_an_overload_that_answers_everything_is_no_refusal_however_long() -> None:
    org = Org(lambda *_: put_off())
    org.is_reached = False
    for _ in range(3 * MAX_PUT_OFF):
        outcomes = deliver(org, people(10))
        assert all(isinstance(one.error, Unavailable) for one in outcomes)


def test_what_got_through_in_between_starts_the_count_again() -> None:
    org = Org(lambda _, body: put_off() if "curl -s" in body else None)
    for _ in range(MAX_PUT_OFF - 1):
        deliver(org, people(1, 0))
    deliver(org, people(1))
    deliver(org, people(1, 0))
    assert org.probes == 0


# Too large


@pytest.mark.parametrize("count", [25, 200])
def test_what_is_too_large_is_sent_in_smaller_batches(count: int) -> None:
    org = Org(limited(3000))
    outcomes = deliver(org, contacts(count))
    assert all(one.error is None for one in outcomes)
    assert all(one.record_id == ID or one.record_id for one in outcomes)
    assert org.probes == 0


def test_the_size_is_remembered_for_the_next_batch() -> None:
    org = Org(limited(3000))
    deliver(org, contacts(200))
    refused = [body for body in org.sent if len(json.dumps(body)) > 3000]
    assert 1 <= len(refused) <= math.ceil(math.log2(200))
    org.sent.clear()
    deliver(org, contacts(200))
    assert all(len(json.dumps(body)) <= 3000 for body in org.sent)


def test_a_lone_record_that_is_too_large_is_refused_alone_at_a_bounded_cost() -> None:
    org = Org(limited(20_000))
    writes = people(200)
    writes[70] = creation("Contact", 70, Description="y" * 30_000)
    outcomes = deliver(org, writes)
    assert [number for number, one in enumerate(outcomes) if one.error is not None] == [70]
    error = outcomes[70].error
    assert isinstance(error, Rejected)
    assert error.data["status"] == 413
    alike = Org(limited(20_000))
    deliver(alike, people(200))
    assert len(org.sent) - len(alike.sent) <= 2 * math.log2(200) + 2


def test_a_word_that_is_answered_as_too_large_leaves_no_limit_behind() -> None:
    org = Org(firewall("curl -s", status=413))
    outcomes = deliver(org, people(200, 7))
    assert [number for number, one in enumerate(outcomes) if one.error is not None] == [7]
    assert org.body_limit.bytes is None


def test_the_limit_of_an_org_is_kept_for_an_hour_and_known_to_the_next_process(
    store: Store,
) -> None:
    clock = FakeClock()
    BodyLimit(clock, store, "00D1").note_refused(1000)
    later = BodyLimit(clock, store, "00D1")
    assert later.bytes == 500
    assert (later.allows(lambda: 500), later.allows(lambda: 501)) == (True, False)
    assert BodyLimit(clock, store, "00D2").bytes is None
    clock.time += MAX_AGE_S - 1
    assert not later.allows(lambda: 501)
    assert not BodyLimit(clock, store, "00D1").allows(lambda: 501), (
        "it is as old as when it was noted"
    )
    clock.time += 1
    assert later.allows(lambda: 501)
    assert BodyLimit(clock, store, "00D1").allows(lambda: 501)


def test_a_limit_that_a_clock_ahead_has_noted_is_not_believed(store: Store) -> None:
    clock = FakeClock()
    BodyLimit(clock, store, "00D1").note_refused(1000)
    clock.time -= 1
    assert BodyLimit(clock, store, "00D1").allows(lambda: 501)


def test_a_limit_that_has_grown_old_does_not_lower_the_next_one(store: Store) -> None:
    clock = FakeClock()
    limit = BodyLimit(clock, store, "00D1")
    limit.note_refused(10)
    clock.time += MAX_AGE_S
    limit.note_refused(1000)
    assert limit.bytes == 500


def test_a_process_that_is_refused_takes_the_limit_that_another_has_found(store: Store) -> None:
    clock = FakeClock()
    running, other = BodyLimit(clock, store, "00D1"), BodyLimit(clock, store, "00D1")
    clock.time += 1
    for size in (8000, 4000, 2000):
        other.note_refused(size)
    running.note_refused(8000)
    assert running.bytes == 1000


def test_without_the_store_a_process_keeps_the_limit_itself() -> None:
    class Closed:
        def fail(self, *_: object) -> None:
            raise StoreUnavailable("locked")

        fact = save_fact = fail

    limit = BodyLimit(FakeClock(), Closed(), "00D1")  # type: ignore[arg-type]
    limit.note_refused(1000)
    assert limit.bytes == 500
