"""Held entries are looked at again by background drains though no hook wakes anybody, and idleness
costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import Rejected
from zsf_plugin.model.availability import Availability
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.background import BackgroundDrains
from zsf_plugin.sync.due import RECHECK_INTERVAL_S as LOOK_S
from zsf_plugin.sync.due import recheck_at as looks_at
from zsf_plugin.sync.report import DrainReport

NOW = 1000.0


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


class Drains:
    """Background drains that are only counted; `looks` says when each wants the next look, None:
    nothing is held."""

    def __init__(self, store: Store, clock: FakeClock, *looks: float | None) -> None:
        self.drained = threading.Semaphore(0)
        self.workspaces: list[str] = []
        self._looks = list(looks)
        self.background = BackgroundDrains(store, clock, self._drain)

    def _drain(self, workspace: str, _: object) -> DrainReport:
        self.workspaces.append(workspace)
        looks = self._looks.pop(0) if self._looks else None
        self.drained.release()
        return DrainReport(looks_at=looks)

    def has_drained(self) -> bool:
        return self.drained.acquire(timeout=20)


@contextmanager
def drains(store: Store, clock: FakeClock, *looks: float | None) -> Iterator[Drains]:
    made = Drains(store, clock, *looks)
    try:
        yield made
    finally:
        made.background.stop()


def looker(background: BackgroundDrains) -> threading.Thread | None:
    return background._looker


def ended(thread: threading.Thread | None) -> bool:
    if thread is not None:
        thread.join(20)
    return thread is None or not thread.is_alive()


def test_while_something_is_held_the_workspace_is_drained_again_without_a_hook(
    store: Store, clock: FakeClock
) -> None:
    with drains(store, clock, clock.now() - 1, clock.now() - 1) as made:
        made.background.wake("w")
        assert [made.has_drained() for _ in range(3)] == [True] * 3
        assert ended(looker(made.background))


def test_where_nothing_is_held_no_thread_is_left(store: Store, clock: FakeClock) -> None:
    with drains(store, clock) as made:
        assert made.background._one_pass("w") is None
        assert looker(made.background) is None


def test_one_thread_sleeps_for_all_workspaces_and_ends_at_once_with_the_process(
    store: Store, clock: FakeClock
) -> None:
    with drains(store, clock, *[clock.now() + LOOK_S] * 3) as made:
        for workspace in ("a", "b", "c"):
            made.background.wake(workspace)
        assert [made.has_drained() for _ in range(3)] == [True] * 3
        thread = looker(made.background)
    assert ended(thread)


def test_what_was_held_when_the_process_began_is_looked_at_after_its_first_hook(
    clock: FakeClock, bench: Bench
) -> None:
    bench.crm.refuse = lambda _: Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
    bench.feed(purchase(prospect(1)))
    bench.drain()
    with drains(bench.store, clock) as made:
        made.background.wake("another")
        while "default" not in made.workspaces:
            assert made.has_drained()


def test_the_next_look_is_in_an_hour_or_when_what_kept_from_looking_has_ended() -> None:
    assert looks_at(DrainReport(), NOW) == NOW + LOOK_S
    assert looks_at(DrainReport(paused=Availability("quota", "", NOW, NOW + 60)), NOW) == NOW + 60
    assert looks_at(DrainReport(paused=Availability("reconnect", "", NOW)), NOW) == NOW + LOOK_S
    assert looks_at(DrainReport(resting={"purchases": NOW + 90}), NOW) == NOW + 90
    assert NOW < looks_at(DrainReport(busy=True), NOW) < NOW + 60


def test_a_drain_says_when_held_entries_are_looked_at_and_nothing_where_none_is(
    bench: Bench, clock: FakeClock
) -> None:
    assert bench.drain().looks_at is None
    bench.crm.refuse = lambda _: Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
    bench.feed(purchase(prospect(1)))
    assert bench.drain().looks_at == clock.now() + LOOK_S
