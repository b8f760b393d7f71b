"""Drains give way to hooks of their process, and never for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from zsf_plugin import giving_way
from zsf_plugin.giving_way import EXPECTED_FOR_S, MAX_HOOK_S, MAX_NAPS_S, MIN_WORK_S, RunningHooks
from zsf_plugin.wiring import apps
from zsf_plugin.wiring.parts import Parts


def give_way(hooks: RunningHooks, waiting: Sequence[str] = ()) -> None:
    """As a drain does before its next entry."""
    assert list(hooks.give_way_between(["entry"], waiting)) == ["entry"]


class FakeTime:
    """Time that passes with naps; what is in `events` happens during the nap of that number."""

    def __init__(self) -> None:
        self.now, self.naps = 100.0, 0
        self.events: dict[int, Callable[[], None]] = {}

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.naps += 1
        self.events.get(self.naps, lambda: None)()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(giving_way, "time", fake)
    return fake


def test_a_drain_without_hooks_does_not_wait(time: FakeTime) -> None:
    hooks = RunningHooks()
    give_way(hooks)
    with hooks:
        pass
    time.now += EXPECTED_FOR_S
    give_way(hooks)
    assert time.naps == 0


def test_after_a_hook_the_interpreter_is_left_to_others_for_a_moment(time: FakeTime) -> None:
    hooks = RunningHooks()
    with hooks:
        pass
    give_way(hooks)
    assert time.naps == 1


def test_a_drain_waits_until_the_hook_has_ended(time: FakeTime) -> None:
    hooks = RunningHooks()
    hooks.__enter__()
    time.events[3] = hooks.__exit__
    give_way(hooks)
    assert time.naps == 3


def test_a_drain_goes_on_although_hooks_never_end(time: FakeTime) -> None:
    hooks, started = RunningHooks(), time.now
    with hooks:
        give_way(hooks)
    assert time.now - started == pytest.approx(MAX_NAPS_S, rel=0.2)


def test_a_drain_works_for_a_while_before_it_gives_way_again(time: FakeTime) -> None:
    hooks = RunningHooks()
    with hooks:
        pass
    for _ in range(3):
        give_way(hooks)
    assert time.naps == 1
    time.now += MIN_WORK_S
    give_way(hooks)
    assert time.naps == 2


def test_hooks_that_wait_for_the_drain_itself_are_not_waited_for(time: FakeTime) -> None:
    hooks = RunningHooks()
    with hooks:
        give_way(hooks, ["an event that waits for its turn to be stored"])
    assert time.naps == 1


def test_a_hook_that_was_interrupted_before_it_could_end_does_not_count_for_ever(
    time: FakeTime,
) -> None:
    hooks = RunningHooks()
    hooks.__enter__()
    time.now += MAX_HOOK_S * 2
    with hooks:
        give_way(hooks)
    time.now += MIN_WORK_S
    before = time.naps
    give_way(hooks)
    assert time.naps == before + 1


def test_it_gives_way_before_each_of_several(time: FakeTime) -> None:
    hooks = RunningHooks()
    with hooks:
        pass
    for _ in hooks.give_way_between(range(4)):
        time.now += MIN_WORK_S
    assert time.naps == 4


def test_a_hook_of_a_host_is_waited_for_while_its_event_is_stored(
    time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = RunningHooks()
    monkeypatch.setattr(apps, "running_hooks", hooks)

    def store_event(*_: object, **__: object) -> dict[str, object]:
        give_way(hooks)
        return {}

    parts = SimpleNamespace(intake=SimpleNamespace(accept_call=store_event))
    apps.HostApp(cast(Parts, parts)).receive("on_prospect_purchased", {}, is_retry=False)
    assert time.naps > 1
