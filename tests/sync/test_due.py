"""When a workspace has work: what is due and not throttled, once no pause stands in the way; and what
is held, an hour later."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import Rejected
from zsf_plugin.model import PERSON_MISSING, Availability, Cause
from zsf_plugin.ports import Pause, Store
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.due import (
    RECHECK_INTERVAL_S,
    HoldInputs,
    depends_on_describe,
    hold_inputs,
    next_due,
    next_work,
    recheck_at,
)
from zsf_plugin.sync.report import DrainReport

NOW = 1000.0
W = "default"


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


def work(bench: Bench) -> float | None:
    availability = OrgAvailability(bench.store, bench.parts.rules, bench.clock)
    return next_work(bench.store, availability, W)


def inputs(bench: Bench) -> HoldInputs | None:
    return hold_inputs(bench.store, bench.parts.rules, lambda _: 7.0, W)


def hold_one(bench: Bench) -> None:
    bench.crm.refuse = lambda _: Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
    bench.feed(purchase(prospect(1)))
    bench.drain()


def test_nothing_is_due_in_an_empty_outbox(bench: Bench) -> None:
    assert (next_due(bench.store, W, {}), work(bench)) == (None, None)


def test_what_is_throttled_is_due_when_its_share_is_looked_at_again(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1), "t1"))
    assert next_due(bench.store, W, {}) == 0.0
    assert next_due(bench.store, W, {"activities": 50.0}) == 50.0
    assert next_due(bench.store, W, {"purchases": 50.0}) == 0.0


def test_the_earliest_kind_counts(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1), "t1"), purchase(prospect(2)))
    assert next_due(bench.store, W, {"purchases": 50.0, "activities": 90.0}) == 50.0


def test_a_pause_puts_work_off_until_it_ends(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    now = bench.clock.now()
    bench.store.pause(W, Pause("unavailable", "", now, now + 60))
    assert work(bench) == now + 60
    bench.clock.time += 60
    assert work(bench) == 0.0


def test_a_pause_that_waits_for_a_person_leaves_no_work(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.store.pause(W, Pause("unavailable", "", bench.clock.now()))
    assert work(bench) is None


def test_without_a_connection_there_is_no_work(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.store.forget_connection(W)
    assert work(bench) is None


def test_where_nothing_is_held_or_nobody_is_connected_nothing_is_depended_on(bench: Bench) -> None:
    assert inputs(bench) is None
    hold_one(bench)
    assert inputs(bench) is not None
    bench.store.forget_connection(W)
    assert inputs(bench) is None


def test_held_entries_depend_on_rules_connection_and_describes(bench: Bench) -> None:
    hold_one(bench)
    before = inputs(bench)
    assert before is not None
    assert (before.connected_at, before.state, before.read_at) == (
        bench.clock.now(), "connected", 7.0,
    )  # fmt: skip
    bench.rule = {"fields": {"Lead": {"Email": False}}}
    after = inputs(bench)
    assert after is not None
    assert after.rules != before.rules


@pytest.mark.parametrize(
    ("cause", "depends"),
    [
        (Cause("REQUIRED_EMPTY", object="Lead"), True),
        (Cause("REQUIRED_EMPTY"), False),
        (Cause(PERSON_MISSING, object="Lead"), False),
    ],
)
def test_a_cause_about_an_object_depends_on_its_describe_save_a_missing_person(
    cause: Cause, depends: bool
) -> None:
    assert depends_on_describe(cause) is depends


@pytest.mark.parametrize(
    ("report", "at"),
    [
        (DrainReport(), NOW + RECHECK_INTERVAL_S),
        (DrainReport(paused=Availability("quota", "", NOW, NOW + 60)), NOW + 60),
        (DrainReport(paused=Availability("quota", "", NOW, NOW - 60)), NOW + 1),
        (DrainReport(paused=Availability("reconnect", "", NOW)), NOW + RECHECK_INTERVAL_S),
        (DrainReport(resting={"purchases": NOW + 90}), NOW + 90),
        (DrainReport(resting={"badges": NOW + 90}), NOW + RECHECK_INTERVAL_S),
        (DrainReport(busy=True), NOW + 5),
    ],
)
def test_held_entries_are_rechecked_in_an_hour_or_when_what_kept_from_it_ends(
    report: DrainReport, at: float
) -> None:
    assert recheck_at(report, NOW) == at
