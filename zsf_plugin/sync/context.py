"""What a drain works with: the parts shared by all drains, and one workspace's org under a lease
that a heartbeat renews."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from zsf_plugin.decision import causes
from zsf_plugin.errors import Fenced, Log, NotSent, StoreUnavailable, place_of
from zsf_plugin.model import Cause, Changes, Connection, OrgFacts
from zsf_plugin.ports import Clock, Crm, Entry, EntryCounts, Fence, RuleSource, Settlement, Store
from zsf_plugin.sync.due import fingerprint_of
from zsf_plugin.sync.settlements import held_settlement

_log = Log("zsf_plugin.sync")

#: A lease that is not renewed lasts this long (design §8); the heartbeat renews it three times.
LEASE_S = 15.0
HEARTBEAT_INTERVAL_S = LEASE_S / 3
#: For when the org's facts are unknown or irrelevant.
NO_FACTS = OrgFacts("", False, None)


class Identity(Protocol):
    """Names lease owners, and checks whether one is dead (on this machine only)."""

    def new_owner(self) -> str:
        """A unique name that contains machine and process."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that owner was a process of this machine that no longer runs."""
        ...


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Renew a lease while the block runs, and release it at the end. Raises NotSent if no thread
    can be started for it: a lease that nobody renews ends in the middle of a batch."""
    ended = threading.Event()
    beats = (store, fence, clock, ended)
    thread = threading.Thread(
        target=_renew_until_ended, args=beats, name="zsf-heartbeat", daemon=True
    )
    try:
        thread.start()
    except (RuntimeError, MemoryError) as error:
        store.release_lease(fence)
        raise NotSent("no_thread") from error
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
    identity: Identity
    heartbeat_of: Callable[[Store, Fence, Clock], AbstractContextManager[None]] = heartbeat


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


def take_lease(parts: DrainParts, connection: Connection) -> DrainContext | None:
    """Acquire the org's lease for a drain; None if another drainer holds it."""
    store, clock, identity = parts.store, parts.clock, parts.identity
    fence = store.acquire_lease(
        f"org:{connection.org_id}",
        identity.new_owner(),
        clock.now(),
        ttl_s=LEASE_S,
        is_dead=identity.is_dead,
    )
    if fence is None:
        return None
    return DrainContext(store, parts.crm_of(connection), parts.rules, clock, connection, fence)
