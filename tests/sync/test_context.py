"""A workspace's org under a lease: who gets it, and what a defect leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from tests.sync.planned import planned
from zsf_plugin.model import DEFECT, Cause, Connection
from zsf_plugin.ports import Fence, Store
from zsf_plugin.sync.context import DrainContext, DrainParts, take_lease
from zsf_plugin.sync.due import fingerprint_of
from zsf_plugin.sync.org_lease import LEASE_S

FENCE = Fence("org:1", 7, "me")


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
