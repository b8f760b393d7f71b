"""The heart that keeps a lease: it beats while a drain works, and gives the lease back at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.ports import Fence
from zsf_plugin.sync import context
from zsf_plugin.sync.context import LEASE_S, heartbeat

FENCE = Fence("org:1", 7, "me")


@dataclass
class Leases:
    """A store that notes what happens to leases; `meets` are errors of the beats, in turn."""

    meets: list[Exception | None]
    renewed: list[tuple[Fence, float, float]] = field(default_factory=list)
    released: list[Fence] = field(default_factory=list)
    is_enough: threading.Event = field(default_factory=threading.Event)

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        self.renewed.append((fence, now, ttl_s))
        error = self.meets.pop(0) if self.meets else None
        if not self.meets:
            self.is_enough.set()
        if error is not None:
            raise error

    def release_lease(self, fence: Fence) -> None:
        self.released.append(fence)


@pytest.fixture(autouse=True)
def _beats_without_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_BEAT_S", 0.0)


def beat(store: Leases, clock: FakeClock) -> None:
    """A drain that lasts until the beats have met all they shall."""
    with heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        assert store.is_enough.wait(20)
        assert store.released == []


def test_a_heart_renews_the_lease_while_its_block_runs_and_releases_it_then(
    clock: FakeClock,
) -> None:
    store = Leases([None, None, None])
    beat(store, clock)
    assert store.renewed[:3] == [(FENCE, clock.now(), LEASE_S)] * 3
    assert store.released == [FENCE]


def test_a_busy_store_costs_a_beat_and_not_the_heart(clock: FakeClock) -> None:
    store = Leases([StoreUnavailable("busy"), None])
    beat(store, clock)
    assert len(store.renewed) >= 2


def test_a_heart_that_was_overtaken_beats_no_more_and_leaves_the_rest_to_the_drain(
    clock: FakeClock,
) -> None:
    store = Leases([Fenced("taken over")])
    beat(store, clock)
    assert len(store.renewed) == 1
    assert store.released == [FENCE]


def test_the_lease_is_released_though_the_block_fails(clock: FakeClock) -> None:
    store = Leases([None])
    with pytest.raises(ValueError, match="a defect"), heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        raise ValueError("a defect")
    assert store.released == [FENCE]


def test_a_lease_outlives_two_missed_beats() -> None:
    assert LEASE_S == 15.0
