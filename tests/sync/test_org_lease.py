"""The lease for draining an org: the heartbeat renews it during a drain and releases it at the end."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
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
    monkeypatch.setattr(org_lease, "_heart", org_lease._Heart())  # no thread of another test


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


def test_one_thread_renews_the_leases_of_all_drains_of_a_process(clock: FakeClock) -> None:
    stores, threads = [Leases([None]) for _ in range(20)], OwnThreads()
    with ExitStack() as drains:
        for number, store in enumerate(stores):
            fence = Fence(f"org:{number}", 1, "me")
            drains.enter_context(heartbeat(store, fence, clock))  # type: ignore[arg-type]
        assert all(store.is_enough.wait(20) for store in stores)
        assert threads.names() == ["zsf-heartbeat"]
    assert [store.released for store in stores] == [[Fence(f"org:{n}", 1, "me")] for n in range(20)]
    assert threads.left() == []


def test_the_last_drain_of_a_process_leaves_no_thread(clock: FakeClock) -> None:
    for _ in range(50):
        with heartbeat(Leases([]), FENCE, clock):  # type: ignore[arg-type]
            pass
        assert not [one for one in threading.enumerate() if one.name == "zsf-heartbeat"]


def test_a_lease_that_was_lost_stops_no_renewal_of_the_others(clock: FakeClock) -> None:
    lost, own = Leases([Fenced("taken over")]), Leases([None, None, None])
    with heartbeat(own, FENCE, clock), heartbeat(lost, FENCE, clock):  # type: ignore[arg-type]
        assert lost.is_enough.wait(20)
        assert own.is_enough.wait(20)
    assert len(lost.renewed) == 1


def test_a_defect_in_a_renewal_ends_that_lease_alone(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    defect, own = Leases([ValueError("ada@acme.example")]), Leases([None, None, None])
    with heartbeat(own, FENCE, clock), heartbeat(defect, FENCE, clock):  # type: ignore[arg-type]
        assert defect.is_enough.wait(20)
        own.is_enough.clear()
        assert own.is_enough.wait(20)
    assert (len(defect.renewed), defect.released) == (1, [FENCE])
    (record,) = caplog.records
    assert "ValueError at renew_lease" in record.getMessage()
    assert "ada@acme.example" not in caplog.text


def test_without_a_thread_the_lease_is_released_and_the_drain_refused(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    store, other = Leases([None]), Leases([None])
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(StoreUnavailable), heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
            raise AssertionError
    assert store.released == [FENCE]
    run_until_all_errors(other, clock)
    assert store.renewed == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_renews_its_own_leases_in_a_thread_of_its_own(clock: FakeClock) -> None:
    parents, own = Leases([None]), Leases([None])
    with heartbeat(parents, FENCE, clock):  # type: ignore[arg-type]
        pid = os.fork()
        if pid == 0:
            parents.renewed.clear()
            with heartbeat(own, FENCE, clock):  # type: ignore[arg-type]
                is_enough = own.is_enough.wait(20)
            os._exit(0 if is_enough and not parents.renewed else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
