"""The worker's rounds: what is due is drained, and what a drain said must wait is not asked about
until then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.cli.draining import Visit, drain_until, one_pass
from zsf_plugin.ports.store import Counts, Pause
from zsf_plugin.sync.due import RECHECK_INTERVAL_S as LOOK_S
from zsf_plugin.sync.due import HoldInputs as Grounds
from zsf_plugin.sync.report import DrainReport


@dataclass
class Place:
    """An application with one workspace, whose drains are only counted; it is its own store."""

    report: Callable[[float], DrainReport]
    clock: FakeClock = field(default_factory=FakeClock)
    left: Counts = field(default_factory=lambda: Counts(pending=1))
    pause: Pause | None = None
    told: Callable[[str], None] = lambda _: None
    passes: int = 0
    stands_on: Grounds | None = None

    @property
    def store(self) -> Place:
        return self

    @property
    def drains(self) -> Place:
        return self

    def workspaces(self) -> list[str]:
        return ["w"]

    def counts(self, workspace: str) -> Counts:
        return self.left

    def paused(self, workspace: str) -> Pause | None:
        return self.pause

    def next_work(self, workspace: str) -> float | None:
        return self.clock.now() if self.left.pending else None

    def hold_inputs(self, workspace: str) -> Grounds | None:
        return self.stands_on

    def pass_wakes_to(self, told: Callable[[str], None]) -> None:
        self.told = told

    def drain(self, workspace: str, **_: Any) -> DrainReport:
        self.passes += 1
        return self.report(self.clock.now())


def unclear(now: float) -> DrainReport:
    return DrainReport(waiting=1, paused=Pause("in_doubt", "", now, now + 60.0))


def rounds(place: Place, count: int, visits: dict[str, Visit]) -> None:
    for _ in range(count):
        place.clock.sleep(one_pass(place, threading.Event(), visits))  # type: ignore[arg-type]


def test_what_a_drain_said_must_wait_is_not_drained_before() -> None:
    place, visits = Place(unclear), dict[str, Visit]()
    rounds(place, 100, visits)
    assert place.passes == 1
    rounds(place, 40, visits)
    assert place.passes == 2


def test_something_new_is_drained_at_once() -> None:
    place, visits = Place(unclear), dict[str, Visit]()
    rounds(place, 10, visits)
    place.left = Counts(pending=2)
    rounds(place, 1, visits)
    assert place.passes == 2


def test_work_that_is_due_is_drained_in_each_round() -> None:
    place = Place(lambda _: DrainReport(waiting=1))
    rounds(place, 5, {})
    assert place.passes == 5


def test_a_pause_that_the_store_keeps_is_not_remembered_since_somebody_may_end_it() -> None:
    place = Place(unclear, pause=Pause("quota", "our share is used", 0.0, 9e9))
    rounds(place, 5, {})
    assert place.passes == 5


def test_a_quiet_workspace_is_visited_once_a_day_to_keep_its_sign_in_alive() -> None:
    place, visits = Place(lambda _: DrainReport(), left=Counts(pending=0)), dict[str, Visit]()
    rounds(place, 10, visits)
    assert place.passes == 1
    place.clock.sleep(24 * 3600.0)
    rounds(place, 10, visits)
    assert place.passes == 2


GROUNDS = Grounds("rules", 1.0, "connected", 10.0)


def holding() -> tuple[Place, dict[str, Visit]]:
    """A workspace with something held and nothing due, drained until nothing more happened."""
    place = Place(
        lambda now: DrainReport(looks_at=now + LOOK_S), left=Counts(pending=0), stands_on=GROUNDS
    )
    visits: dict[str, Visit] = {}
    rounds(place, 10, visits)
    assert place.passes == 1
    return place, visits


@pytest.mark.parametrize(
    "moved",
    [
        replace(GROUNDS, rules="others"),
        replace(GROUNDS, connected_at=2.0),
        replace(GROUNDS, state="reconnect"),
        replace(GROUNDS, read_at=11.0),
    ],
)
def test_what_is_held_is_looked_at_at_once_where_its_grounds_move_and_once(moved: Grounds) -> None:
    place, visits = holding()
    place.stands_on = moved
    rounds(place, 10, visits)
    assert place.passes == 2


def test_what_is_held_is_looked_at_each_hour_for_what_changed_in_salesforce_itself() -> None:
    place, visits = holding()
    place.clock.sleep(LOOK_S)
    rounds(place, 10, visits)
    assert place.passes == 2


def test_where_nothing_is_held_an_edited_rule_or_an_hour_brings_no_drain() -> None:
    place, visits = holding()
    place.stands_on = None
    place.clock.sleep(LOOK_S)
    rounds(place, 10, visits)
    assert place.passes == 1


def test_what_moved_while_a_drain_ran_is_looked_at_by_the_next() -> None:
    place = Place(
        lambda now: DrainReport(looks_at=now + LOOK_S), left=Counts(pending=0), stands_on=GROUNDS
    )
    looked = place.report

    def moving(now: float) -> DrainReport:
        place.stands_on = replace(GROUNDS, rules=f"drain {min(place.passes, 1)}")
        return looked(now)

    place.report = moving
    rounds(place, 10, {})
    assert place.passes == 2


def test_a_wake_of_the_same_process_begins_the_next_pass_at_once() -> None:
    ended, woken = threading.Event(), Recorded()

    def drained(_: float) -> DrainReport:
        place.told("w")
        ended.set()
        return DrainReport()

    place = Place(drained)
    drain_until(place, ended, woken)  # type: ignore[arg-type]
    assert woken.waits == [True]


class Recorded(threading.Event):
    """An event that notes of each wait whether it had been set already."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[bool] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(self.is_set())
        return self.is_set()
