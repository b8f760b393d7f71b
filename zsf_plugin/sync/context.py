"""What a drain works with: the parts of every drain, and one workspace's org under a lease, kept
alive by a heartbeat meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from zsf_plugin.decision import causes
from zsf_plugin.errors import Fenced, StoreUnavailable, place_of
from zsf_plugin.model import Cause, Changes, Connection, OrgFacts
from zsf_plugin.ports import Clock, Counts, Crm, Entry, Fence, RuleSource, Settlement, Store
from zsf_plugin.sync.due import fingerprint_of
from zsf_plugin.sync.settlements import held_settlement

_log = logging.getLogger("zsf_plugin.sync")

#: A lease without a heartbeat lives this long (design §8); it beats three times in that span.
LEASE_S = 15.0
_BEAT_S = LEASE_S / 3
#: Where the org's facts are not known, or not to blame.
NO_FACTS = OrgFacts("", False, None)


class Identity(Protocol):
    """Names for lease owners, and the question whether one is dead (only ever answered for this
    machine)."""

    def new_owner(self) -> str:
        """A name no other drain has, telling machine and process."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that owner was a process of this machine and is gone."""
        ...


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Keep a lease while the block runs, and give it back at the end."""
    ended = threading.Event()
    beats = (store, fence, clock, ended)
    thread = threading.Thread(target=_beat, args=beats, name="zsf-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        store.release_lease(fence)


def _beat(store: Store, fence: Fence, clock: Clock, ended: threading.Event) -> None:
    while not ended.wait(_BEAT_S):
        try:
            store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
        except Fenced:
            return  # the drain finds out when it settles: that is fenced too
        except StoreUnavailable:
            continue  # a busy database; the lease outlives two missed beats


@dataclass(frozen=True, slots=True)
class DrainParts:
    """What drains are made of, the same for every workspace."""

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

    def counts(self) -> Counts:
        """The workspace's entries by state."""
        return self.store.counts(self.connection.workspace)

    def fingerprint(self, facts: OrgFacts, cause: Cause) -> str:
        """The cause's fingerprint by these facts and the rules that are in force now."""
        digest = self.rules.digest(self.connection.workspace)
        return fingerprint_of(cause, digest, self.connection.connected_at, facts)

    def hold_for_defect(self, entry: Entry, error: Exception) -> Settlement:
        """The settlement that holds an entry by itself that met a defect of ours, so that it cannot
        stop the others. The log gets the place of the defect, never a value that the error may
        quote."""
        kind, fingerprint = type(error).__name__, partial(self.fingerprint, NO_FACTS)
        _log.error("entry %s met a defect: %s at %s", entry.id, kind, place_of(error))
        return held_settlement(entry, Changes(), causes.defect(kind), fingerprint)


def take_lease(parts: DrainParts, connection: Connection) -> DrainContext | None:
    """What a drain works with, under its org's lease; None where another drainer has it."""
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
