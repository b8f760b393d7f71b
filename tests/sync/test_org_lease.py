"""The lease for draining an org: the heartbeat renews it during a drain and releases it at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.threads import OwnThreads
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.ports import Fence
from zsf_plugin.sync import org_lease
from zsf_plugin.sync.org_lease import LEASE_S, heartbeat

FENCE = Fence("org:1", 7, "me")


@dataclass
class Leases:
    """A store that records what happens to leases; `meets` are the errors of the renewals, in
    turn."""

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
    monkeypatch.setattr(org_lease, "HEARTBEAT_INTERVAL_S", 0.0)


def run_until_all_errors(store: Leases, clock: FakeClock) -> None:
    """A drain that lasts until the heartbeat has met all its errors."""
    with heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        assert store.is_enough.wait(20)
        assert store.released == []


def test_a_heart_renews_the_lease_while_its_block_runs_and_releases_it_then(
    clock: FakeClock,
) -> None:
    store = Leases([None, None, None])
    run_until_all_errors(store, clock)
    assert store.renewed[:3] == [(FENCE, clock.now(), LEASE_S)] * 3
    assert store.released == [FENCE]


def test_a_busy_store_costs_a_beat_and_not_the_heart(clock: FakeClock) -> None:
    store = Leases([StoreUnavailable("busy"), None])
    run_until_all_errors(store, clock)
    assert len(store.renewed) >= 2


def test_a_heartbeat_that_lost_its_lease_stops_renewing_and_leaves_the_drain_to_notice(
    clock: FakeClock,
) -> None:
    store = Leases([Fenced("taken over")])
    run_until_all_errors(store, clock)
    assert len(store.renewed) == 1
    assert store.released == [FENCE]


def test_the_lease_is_released_even_if_the_block_fails(clock: FakeClock) -> None:
    store = Leases([None])
    with pytest.raises(ValueError, match="a defect"), heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        raise ValueError("a defect")
    assert store.released == [FENCE]


def test_a_lease_outlives_two_missed_beats() -> None:
    assert LEASE_S == 15.0


def test_the_heartbeat_blocks_no_process_from_exiting(clock: FakeClock) -> None:
    store, threads = Leases([None]), OwnThreads()
    with heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        hearts = [(one.name, one.daemon) for one in threads.alive()]
    assert hearts == [("zsf-heartbeat", True)]
