"""A workspace's org under a lease: who gets it, what a defect leaves behind, and the heartbeat that
renews it during a drain and releases it at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from tests.sync.planned import planned
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.model import DEFECT, Cause, Connection
from zsf_plugin.ports import Fence, Store
from zsf_plugin.sync import context
from zsf_plugin.sync.context import (
    LEASE_S,
    DrainContext,
    DrainParts,
    heartbeat,
    take_lease,
)
from zsf_plugin.sync.due import fingerprint_of

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
    monkeypatch.setattr(context, "HEARTBEAT_INTERVAL_S", 0.0)


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
    store = Leases([None])
    with heartbeat(store, FENCE, clock):  # type: ignore[arg-type]
        hearts = [one.daemon for one in threading.enumerate() if one.name == "zsf-heartbeat"]
    assert hearts == [True]


# --- the lease ----------------------------------------------------------------------------------


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


def connected(bench: Bench) -> Connection:
    connection = bench.store.connection("default")
    assert connection is not None
    return connection


def take(bench: Bench, parts: DrainParts | None = None) -> DrainContext | None:
    taken = take_lease(parts or bench.parts, connected(bench))
    return taken if isinstance(taken, DrainContext) else None


def leased(bench: Bench) -> DrainContext:
    taken = take(bench)
    assert taken is not None
    return taken


def test_a_drain_works_with_its_own_org_under_that_orgs_lease(bench: Bench) -> None:
    parts = replace(bench.parts, crm_of=lambda of: {connected(bench): bench.crm}[of])
    taken = take(bench, parts)
    assert taken is not None
    assert (taken.fence.name, taken.fence.owner) == ("org:00D000000000001EAA", "drain-1")
    assert (taken.connection, taken.crm) == (connected(bench), bench.crm)


def test_no_other_drain_has_the_org_until_the_lease_has_expired(bench: Bench) -> None:
    first = leased(bench)
    bench.clock.time += LEASE_S - 1
    assert take(bench) is None
    bench.clock.time += 1
    assert leased(bench).fence.epoch > first.fence.epoch


@dataclass
class DeadOwners:
    """Owners of which the given ones are dead."""

    asked: list[str] = field(default_factory=list)

    def new_owner(self) -> str:
        return "heir"

    def is_dead(self, owner: str) -> bool:
        self.asked.append(owner)
        return True


def test_the_lease_of_a_drain_that_is_dead_is_taken_over_at_once(bench: Bench) -> None:
    leased(bench)
    names = DeadOwners()
    taken = take(bench, replace(bench.parts, identity=names))
    assert taken is not None
    assert (taken.fence.owner, names.asked) == ("heir", ["drain-1"])


# --- causes and defects -------------------------------------------------------------------------


def test_a_cause_is_fingerprinted_by_the_rules_and_the_connection_in_force(bench: Bench) -> None:
    cause, taken = Cause("refused", object="Lead"), leased(bench)
    digest = bench.parts.rules.digest("default")
    print_ = fingerprint_of(cause, digest, connected(bench).connected_at, facts())
    assert taken.fingerprint(facts(), cause) == print_
    bench.rule = {"fields": {"Lead": {"Email": False}}}
    assert taken.fingerprint(facts(), cause) != print_


def break_down() -> Exception:
    """An error as it is caught, which quotes a value."""
    try:
        raise OverflowError("ada@acme.example")
    except OverflowError as error:
        return error


def test_an_entry_that_met_a_defect_is_held_by_the_kind_of_the_defect(bench: Bench) -> None:
    taken, entry = leased(bench), planned(purchase(prospect(1))).entry
    settlement = taken.hold_for_defect(entry, break_down())
    assert (settlement.entry_id, settlement.state) == (entry.id, "held")
    cause = settlement.cause
    assert cause is not None
    assert (cause.code, cause.data) == (DEFECT, {"error": "OverflowError"})
    assert cause.fingerprint == taken.fingerprint(facts(), cause) != ""


def test_the_log_names_the_place_of_a_defect_and_no_value(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    entry = planned(purchase(prospect(1), "e7")).entry
    leased(bench).hold_for_defect(entry, break_down())
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "entry e7: " in record.getMessage()
    assert "OverflowError at break_down:" in record.getMessage()
    assert "ada@acme.example" not in caplog.text
