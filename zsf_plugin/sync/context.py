"""What a drain works with: the parts shared by all drains, and one workspace's org under a
lease."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from zsf_plugin.decision import causes
from zsf_plugin.decision.people import KnownPeople
from zsf_plugin.errors import Log, place_of
from zsf_plugin.model import Cause, Changes, Connection, OrgFacts
from zsf_plugin.ports import ORG_LEASE, Clock, Crm, Entry, Fence, Moment, RuleSource, Settlement
from zsf_plugin.sync.ahead import Ahead
from zsf_plugin.sync.due import fingerprint_of
from zsf_plugin.sync.leases import Holder, LeaseParts, Owners, Sightings, holder_of
from zsf_plugin.sync.org_lease import LEASE_S, heartbeat
from zsf_plugin.sync.settlements import held_settlement

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.sync")

#: For when the org's facts are unknown or irrelevant.
NO_FACTS = OrgFacts("", False, None)


@dataclass(frozen=True, slots=True)
class DrainParts:
    """The parts of a drain that are the same for every workspace."""

    store: Store
    rules: RuleSource
    clock: Clock
    crm_of: Callable[[Connection], Crm]
    identity: Owners
    heartbeat_of: Callable[[Store, Fence, Clock], AbstractContextManager[None]] = heartbeat
    sightings: Sightings = field(default_factory=Sightings)


@dataclass(frozen=True, slots=True)
class DrainContext:
    """One workspace's org, under a lease; `people` are those planned in this drain, `ahead` what it
    plans before its turn."""

    store: Store
    crm: Crm
    rules: RuleSource
    clock: Clock
    connection: Connection
    fence: Fence
    people: KnownPeople = field(default_factory=KnownPeople, compare=False)
    ahead: Ahead = field(default_factory=Ahead, compare=False)

    def now(self) -> Moment:
        """Now, by our clock and the org's."""
        return Moment(self.clock.now(), self.crm.org_time())

    def fingerprint(self, facts: OrgFacts, cause: Cause) -> str:
        """The cause's fingerprint under these facts and the rules in force."""
        digest = self.rules.digest(self.connection.workspace)
        return fingerprint_of(cause, digest, self.connection.connected_at, facts)

    def hold_for_defect(self, entry: Entry, error: Exception) -> Settlement:
        """The settlement that holds an entry that caused a defect of ours, so that it cannot stop
        the others. Logs the place of the defect, never a value that the error may quote."""
        kind, fingerprint = type(error).__name__, partial(self.fingerprint, NO_FACTS)
        _log.error("defect in entry %s: %s at %s", entry.id, kind, place_of(error))
        return held_settlement(entry, Changes(), causes.defect(kind), fingerprint)


def never() -> bool:
    """The default of `stopping`: never stop early."""
    return False


def take_lease(
    parts: DrainParts, connection: Connection, stopping: Callable[[], bool] = never
) -> DrainContext | Holder | None:
    """Acquire the org's lease for a drain; else who holds it, or None if another came and went
    meanwhile."""
    leases = LeaseParts(parts.store, parts.clock, parts.identity, parts.sightings)
    fence, held = leases.acquire(ORG_LEASE + connection.org_id, LEASE_S, stopping)
    if fence is None:
        return holder_of(held, LEASE_S, parts.identity) if held is not None else None
    crm = parts.crm_of(connection)
    return DrainContext(parts.store, crm, parts.rules, parts.clock, connection, fence)
