"""Clocks that are set: what a clock that was ahead left behind stops a workspace no longer than it
ever may, and nothing is lost or written twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.contract.store_contract import fence, new
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from tests.sync.test_lost_answers import LateWrites
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Moment, Settlement, Store
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.sync.due import MAX_ENTRY_WAIT_S, next_work

DAY_S = 86_400.0
#: What the org's clock says when ours starts.
ORG_START = 5_000.0


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


@pytest.mark.parametrize("set_by_s", [-7200.0, -DAY_S, -30 * DAY_S])
def test_an_entry_that_a_clock_ahead_put_off_is_sent_when_the_clock_is_right(
    bench: Bench, set_by_s: float
) -> None:
    bench.feed(purchase(prospect(1)))
    entry = bench.store.entries("default")[0]
    context_fence = fence(bench.store)
    ahead = bench.clock.now() - set_by_s
    bench.store.settle(
        context_fence, [Settlement(entry.id, "pending", not_before=ahead + 2)], bench.clock.now()
    )
    availability = OrgAvailability(bench.store, bench.parts.rules, bench.clock)
    assert next_work(bench.store, availability, "default") == bench.clock.now()
    assert bench.drain().done == 1
    assert len(bench.rows("Lead")) == 1


def test_a_wait_that_may_be_is_kept(store: Store) -> None:
    entry = store.accept(new("e1")).entry_id
    own = fence(store)
    until = 1000.0 + MAX_ENTRY_WAIT_S
    store.settle(own, [Settlement(entry, "pending", not_before=until)], 1000.0)
    assert store.forget_times_ahead(own, "w", Moment(1000.0), until) == 0
    assert store.due("w", "purchase", 9, 1000.0) == []
    assert store.forget_times_ahead(own, "w", Moment(900.0), until - 100) == 1
    assert [one.id for one in store.due("w", "purchase", 9, 1000.0)] == [entry]


JUMPS = st.sampled_from([DAY_S, -DAY_S, 7200.0, -3600.0, 30.0, -30.0])


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(jumps=st.lists(JUMPS, min_size=1, max_size=4), people=st.integers(1, 3))
def test_jumps_between_drains_lose_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[float], people: int
) -> None:
    file = tmp_path_factory.mktemp("jumps") / "zsf.sqlite3"
    store = SqliteStore(file, Cipher("a secret of this test", "this test"))
    bench = Bench(store, FakeClock(), FakeCrm(facts()))
    for number, jump in enumerate(jumps):
        bench.feed(*(purchase(prospect(n), f"e{number}-{n}") for n in range(people)))
        bench.clock.set_by(jump)
        for _ in range(4):
            bench.drain()
            bench.clock.sleep(MAX_ENTRY_WAIT_S)
    counts = store.counts("default")
    assert (counts.waiting, counts.held) == (0, 0)
    assert len(bench.rows("Lead")) == people
    store.close()


@pytest.mark.parametrize("ahead_s", [0.0, 7200.0])
def test_a_drain_that_finds_the_org_busy_says_who_holds_it_and_since_when(
    bench: Bench, ahead_s: float
) -> None:
    connection = bench.store.connection("default")
    assert connection is not None
    since, name = bench.clock.now() + ahead_s, f"org:{connection.org_id}"
    owner = "web-1/boot/pid:[1]/17/99/ab12"
    held = bench.store.acquire_lease(name, owner, since, ttl_s=15, is_over=lambda _: False)
    assert held is not None
    sleep = bench.clock.sleep

    def sleep_beside_a_live_holder(seconds: float) -> None:
        sleep(seconds)
        bench.store.renew_lease(held, bench.clock.now() + ahead_s, ttl_s=15)

    bench.clock.sleep = sleep_beside_a_live_holder
    holder = bench.drain().holder
    assert holder is not None
    assert (holder.machine, holder.pid, holder.since) == ("web-1", 17, since)


@pytest.mark.parametrize("ahead_s", [DAY_S, 400 * DAY_S])
def test_a_create_of_another_workspace_that_was_sent_ahead_of_now_holds_back_for_ten_minutes(
    bench: Bench, ahead_s: float
) -> None:
    default = bench.store.connection("default")
    assert default is not None
    bench.store.save_connection(replace(default, workspace="other"), Tokens("a", "r"))
    (other,) = bench.feed(replace(purchase(prospect(9), "x"), workspace="other"))
    own = bench.store.acquire_lease(
        f"org:{default.org_id}", "o", bench.clock.now(), ttl_s=15, is_over=lambda _: True
    )
    assert own is not None
    ahead = bench.clock.now() + ahead_s
    bench.store.mark_writing(own, [other], ahead, creating={other: {"Lead"}})
    bench.store.release_lease(own)
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert (report.paused.code, report.done) == ("in_doubt", 0)
    bench.clock.sleep(601)
    assert bench.drain().done == 1


def without_ids(store: Store, clock: FakeClock) -> tuple[Bench, LateWrites]:
    """An org without our id, whose answers say its time, which nobody sets. Each answer is lost."""
    bench = Bench(store, clock, FakeCrm(facts(external_id=False)))
    bench.crm.org_time = lambda: ORG_START + clock.monotonic()
    return bench, LateWrites(bench)


@pytest.mark.parametrize("set_by_s", [DAY_S, -DAY_S, 30 * DAY_S, -30 * DAY_S])
def test_a_create_that_arrives_after_the_clock_was_set_makes_one_record(
    store: Store, clock: FakeClock, set_by_s: float
) -> None:
    bench, late = without_ids(store, clock)
    bench.feed(purchase(prospect(1)))
    bench.drain()
    late.losing = False
    clock.set_by(set_by_s)
    bench.drain()
    clock.sleep(300)
    bench.drain()
    assert bench.rows("Lead") == []
    late.arrive()
    clock.sleep(300)
    assert bench.drain().done == 1
    assert len(bench.rows("Lead")) == 1


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["own", "another workspace"])
@pytest.mark.parametrize("arrives", [True, False])
def test_an_org_that_no_longer_sends_dates_delays_a_create_that_was_sent_ahead_by_ten_minutes(
    store: Store, clock: FakeClock, arrives: bool, is_elsewhere: bool
) -> None:
    bench, late = without_ids(store, clock)
    bench.feed(purchase(prospect(1)))
    clock.set_by(DAY_S)
    bench.drain()
    late.losing = False
    clock.set_by(-DAY_S)
    bench.crm.org_time = lambda: None  # to a process that has just started
    workspace = "default"
    if is_elsewhere:
        connection = store.connection("default")
        assert connection is not None
        store.save_connection(replace(connection, workspace="south"), Tokens("a", "r"))
        bench.feed(replace(purchase(prospect(1), "e2"), workspace="south"))
        workspace = "south"
    assert bench.drain(workspace).done == 0
    clock.sleep(300)
    assert bench.drain(workspace).done == 0
    assert bench.rows("Lead") == []
    if arrives:
        late.arrive()
    clock.sleep(MAX_ENTRY_WAIT_S - 300)
    assert bench.drain(workspace).done == 1
    assert len(bench.rows("Lead")) == 1


@pytest.mark.parametrize(("set_by_s", "is_sent_again"), [(660.0, True), (DAY_S, False)])
def test_a_clock_that_was_set_by_minutes_still_counts_beside_the_orgs(
    store: Store, clock: FakeClock, set_by_s: float, is_sent_again: bool
) -> None:
    bench, late = without_ids(store, clock)
    bench.feed(purchase(prospect(1)))
    bench.drain()
    late.losing = False
    clock.set_by(set_by_s)
    assert bench.drain().done == is_sent_again


@pytest.mark.parametrize("set_by_s", [DAY_S, -DAY_S])
@pytest.mark.parametrize("has_answered", [True, False])
def test_a_create_of_another_workspace_holds_back_by_the_orgs_clock_once_ours_was_set(
    store: Store, clock: FakeClock, set_by_s: float, has_answered: bool
) -> None:
    bench, late = without_ids(store, clock)
    connection = store.connection("default")
    assert connection is not None
    store.save_connection(replace(connection, workspace="south"), Tokens("a", "r"))
    bench.feed(purchase(prospect(1)), replace(purchase(prospect(1), "e2"), workspace="south"))
    bench.drain()
    late.losing = False
    known = bench.crm.org_time
    calls = bench.crm.usage_calls
    if not has_answered:  # to a process that has just started
        bench.crm.org_time = lambda: known() if bench.crm.usage_calls > calls else None
    clock.set_by(set_by_s)
    report = bench.drain("south")
    assert report.paused is not None
    assert (report.paused.code, report.done) == ("in_doubt", 0)
    assert bench.crm.usage_calls - calls == (not has_answered)
    late.arrive()
    clock.sleep(601)
    assert (bench.drain("south").done, bench.drain().done) == (1, 1)
    assert len(bench.rows("Lead")) == 1


def test_the_orgs_time_of_a_lookup_is_that_of_its_request(store: Store, clock: FakeClock) -> None:
    """The record may arrive while a slow answer that does not have it is on its way."""
    bench, late = without_ids(store, clock)
    bench.feed(purchase(prospect(1)))
    bench.drain()
    late.losing = False
    clock.set_by(DAY_S)
    find = bench.crm.find

    def slow(*given):  # type: ignore[no-untyped-def]
        found = find(*given)
        late.arrive()
        clock.sleep(20)
        return found

    bench.crm.find = slow  # type: ignore[method-assign]
    clock.sleep(590)
    assert bench.drain().done == 1
    assert len(bench.rows("Lead")) == 1


def test_a_drain_with_a_limit_of_time_ends_by_a_clock_that_nobody_sets(bench: Bench) -> None:
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(3)))
    limits = DrainLimits(until=bench.clock.monotonic() + 30)
    bench.clock.set_by(DAY_S)
    assert drain(bench.parts, "default", limits).done == 3
    bench.feed(purchase(prospect(4), "e4"))
    bench.clock.set_by(-2 * DAY_S)
    bench.clock.sleep(30)
    assert drain(bench.parts, "default", limits).done == 0


@pytest.mark.parametrize("set_by_s", [DAY_S, -DAY_S])
def test_a_held_entry_is_tried_again_whatever_clock_held_it(bench: Bench, set_by_s: float) -> None:
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.crm.refuse = lambda _: Rejected("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
    bench.drain()
    assert bench.entry(entry).state == "held"
    bench.crm.refuse = lambda _: None
    bench.clock.set_by(set_by_s)
    bench.drain()
    assert bench.entry(entry).state == "done"


def test_calls_that_a_clock_ahead_counted_are_not_calls_of_today(store: Store) -> None:
    store.count_calls("org", "purchases", 5, 1_790_000_000.0 + DAY_S)
    store.count_calls("org", "purchases", 2, 1_790_000_000.0)
    assert store.allocation("org", 1_790_000_000.0).by_purpose == {"purchases": 2}
