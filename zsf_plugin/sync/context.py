"""What a drain works with: the parts shared by all drains, and one workspace's org under a lease
that a heartbeat renews."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from zsf_plugin.decision import causes
from zsf_plugin.errors import Fenced, Log, StoreUnavailable, place_of
from zsf_plugin.model import Cause, Changes, Connection, OrgFacts
from zsf_plugin.ports import (
    ORG_LEASE,
    Clock,
    Crm,
    Entry,
    EntryCounts,
    Fence,
    RuleSource,
    Settlement,
    Store,
)
from zsf_plugin.sync.due import fingerprint_of
from zsf_plugin.sync.leases import Holder, LeaseParts, Owners, Sightings, holder_of
from zsf_plugin.sync.settlements import held_settlement

_log = Log("zsf_plugin.sync")

#: A lease that is not renewed lasts this long (design §8); the heartbeat renews it three times.
LEASE_S = 15.0
HEARTBEAT_INTERVAL_S = LEASE_S / 3
#: For when the org's facts are unknown or irrelevant.
NO_FACTS = OrgFacts("", False, None)


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Renew a lease while the block runs, and release it at the end. Raises StoreUnavailable if no
    thread can be started for it: a lease that nobody renews ends in the middle of a batch."""
    ended = threading.Event()
    beats = (store, fence, clock, ended)
    thread = threading.Thread(
        target=_renew_until_ended, args=beats, name="zsf-heartbeat", daemon=True
    )
    try:
        thread.start()
    except (RuntimeError, MemoryError) as error:
        store.release_lease(fence)
        raise StoreUnavailable(
            "no thread can be started to renew the lease, a limit of processes or memory is "
            "reached: raise it, or wait; nothing was changed"
        ) from error
    try:
        yield
    finally:
        ended.set()
        thread.join()
        store.release_lease(fence)


def _renew_until_ended(store: Store, fence: Fence, clock: Clock, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_INTERVAL_S):
        try:
            store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
        except Fenced:
            return  # the drain notices when it settles, which is fenced too
        except StoreUnavailable:
            continue  # a busy database; the lease outlives two missed renewals


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
    """One workspace's org, under a lease."""

    store: Store
    crm: Crm
    rules: RuleSource
    clock: Clock
    connection: Connection
    fence: Fence

    def counts(self) -> EntryCounts:
        """The workspace's entries by state."""
        return self.store.counts(self.connection.workspace)

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


def holder_of_org(store: Store, owners: Owners, org_id: str) -> Holder | None:
    """Who holds the lease for draining that org; None if nobody does."""
    lease = store.lease(ORG_LEASE + org_id)
    return holder_of(lease, LEASE_S, owners) if lease is not None else None


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
