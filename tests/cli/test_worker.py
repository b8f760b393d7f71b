"""The worker's rounds: what is due is drained, and what a drain said must wait is not asked about until then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.clock import FakeClock
from zsf_plugin.cli.draining import Visit, one_pass
from zsf_plugin.ports.store import Pause
from zsf_plugin.sync.report import DrainReport


@dataclass
class Counts:
    pending: int = 1
    writing: int = 0


@dataclass
class Place:
    """An application with one workspace, whose drains are only counted; it is its own store."""

    report: Callable[[float], DrainReport]
    clock: FakeClock = field(default_factory=FakeClock)
    left: Counts = field(default_factory=Counts)
    pause: Pause | None = None
    drains: int = 0

    @property
    def store(self) -> Place:
        return self

    def workspaces(self) -> list[str]:
        return ["w"]

    def counts(self, workspace: str) -> Counts:
        return self.left

    def paused(self, workspace: str) -> Pause | None:
        return self.pause

    def next_work(self, workspace: str) -> float | None:
        return self.clock.now() if self.left.pending else None

    def drain(self, workspace: str, **_: Any) -> DrainReport:
        self.drains += 1
        return self.report(self.clock.now())


def unclear(now: float) -> DrainReport:
    return DrainReport(waiting=1, paused=Pause("unclear", "a lost answer", now, now + 60.0))


def rounds(place: Place, count: int, visits: dict[str, Visit]) -> None:
    for _ in range(count):
        place.clock.sleep(one_pass(place, threading.Event(), visits))  # type: ignore[arg-type]


def test_what_a_drain_said_must_wait_is_not_drained_before() -> None:
    place, visits = Place(unclear), dict[str, Visit]()
    rounds(place, 100, visits)
    assert place.drains == 1
    rounds(place, 40, visits)
    assert place.drains == 2


def test_something_new_is_drained_at_once() -> None:
    place, visits = Place(unclear), dict[str, Visit]()
    rounds(place, 10, visits)
    place.left = Counts(pending=2)
    rounds(place, 1, visits)
    assert place.drains == 2


def test_work_that_is_due_is_drained_in_each_round() -> None:
    place = Place(lambda _: DrainReport(waiting=1))
    rounds(place, 5, {})
    assert place.drains == 5


def test_a_pause_that_the_store_keeps_is_not_remembered_since_somebody_may_end_it() -> None:
    place = Place(unclear, pause=Pause("quota", "our share is used", 0.0, 9e9))
    rounds(place, 5, {})
    assert place.drains == 5


def test_a_quiet_workspace_is_visited_once_a_day_to_keep_its_sign_in_alive() -> None:
    place, visits = Place(lambda _: DrainReport(), left=Counts(pending=0)), dict[str, Visit]()
    rounds(place, 10, visits)
    assert place.drains == 1
    place.clock.sleep(24 * 3600.0)
    rounds(place, 10, visits)
    assert place.drains == 2
