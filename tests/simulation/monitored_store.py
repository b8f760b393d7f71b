"""The real store of one simulated process, on either engine, with its leases monitored.

`LeaseMonitor` tracks the leases independently of the store, and records the effects of expired
epochs. `disk` and `postgres_database` have what is an engine's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Protocol

from tests.simulation.hand_over import HandOver, Look
from tests.simulation.happenings import (
    Fetched,
    InDoubtElsewhere,
    Marked,
    Released,
    Settled,
    TimesForgotten,
    Took,
)
from tests.simulation.scheduler import Process, Scheduler
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.model import Kind, Tokens
from zsf_plugin.ports import Entry, Fence, HeldGroup, HeldLease, Moment, Settlement
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql import SqlStore, settling
from zsf_plugin.store.sql.database import Database

CIPHER = Cipher("the simulation's own secret", "the simulation")

#: Its batches are small: so a process may die between two parts of what a drain stores.
settling.MAX_TOGETHER = 2


class LeaseMonitor:
    """The leases after each commit, and violations of them."""

    def __init__(self) -> None:
        self.newest: dict[str, int] = {}
        self.fences: dict[tuple[str, Process | None], Fence] = {}
        self.open: set[tuple[str, int]] = set()
        self.violations: list[str] = []
        self.stored_tokens: Callable[[str, bool], None] = lambda workspace, success: None

    def record_epoch(self, name: str, epoch: int) -> None:
        """Record the newest epoch of a lease."""
        self.newest[name] = epoch

    def record_acquired(self, fence: Fence, process: Process | None) -> bool:
        """Record that a process acquired a lease; True if the previous holder never released it."""
        self.fences[fence.name, process] = fence
        self.open.add((fence.name, fence.epoch))
        return (fence.name, fence.epoch - 1) in self.open

    def holder(self, name: str, epoch: int) -> Process | None:
        """The process that last acquired the lease, if it was with that epoch."""
        for (of, process), fence in self.fences.items():
            if of == name and fence.epoch == epoch:
                return process
        return None

    def record_released(self, fence: Fence) -> None:
        """Record that a holder released its lease."""
        self.open.discard((fence.name, fence.epoch))

    def holds(self, fence: Fence) -> bool:
        """Whether this fence has the newest epoch of its lease."""
        return self.newest.get(fence.name) == fence.epoch

    def holds_lease(self, process: Process | None, name: str) -> bool:
        """Whether the process holds the lease now."""
        fence = self.fences.get((name, process))
        return fence is not None and self.holds(fence)

    def record_effect(self, fence: Fence, what: str) -> None:
        """Record an effect that requires the lease."""
        if not self.holds(fence):
            self.violations.append(f"a zombie {what}: epoch {fence.epoch} of {fence.name} was over")


class SimulatedDatabase(Database):
    """A database whose transactions are hand-overs."""

    hand_over: HandOver


class Engine(Protocol):
    """Where the data of one run is."""

    def new_store(self, scheduler: Scheduler, lease_monitor: LeaseMonitor) -> SimulatedStore:
        """The store as a new process opens it."""
        ...

    def close(self) -> None:
        """Forget the data."""
        ...


class SimulatedStore(SqlStore):
    """The real store over a simulated database."""

    def __init__(
        self, database: SimulatedDatabase, scheduler: Scheduler, lease_monitor: LeaseMonitor
    ) -> None:
        self._hand_over = database.hand_over
        self._scheduler = scheduler
        self._lease_monitor = lease_monitor
        self._fetched: dict[str, Entry] = {}
        self._causes: dict[str | None, str] = {}
        super().__init__(database, CIPHER)

    def acquire_lease(
        self,
        name: str,
        owner: str,
        now: float,
        *,
        ttl_s: float,
        is_over: Callable[[HeldLease], bool],
    ) -> Fence | None:
        def note(look: Look) -> None:
            row = look("SELECT epoch FROM leases WHERE name = ?", name)
            if row is not None:
                self._lease_monitor.record_epoch(name, row["epoch"])
            nonlocal writing
            (writing,) = look("SELECT count(*) FROM entries WHERE state = 'writing'")

        writing = 0
        with self._hand_over.noting(note):
            fence = super().acquire_lease(name, owner, now, ttl_s=ttl_s, is_over=is_over)
        if fence is None:
            return None
        scheduler, monitor = self._scheduler, self._lease_monitor
        former = monitor.holder(fence.name, fence.epoch - 1)
        is_taken_over = monitor.record_acquired(fence, scheduler.current)
        if is_taken_over:
            scheduler.log(f"took {name} over")
            scheduler.trace.count("takeover")
        is_dead = former is not None and former.dead
        scheduler.note(Took(fence, is_taken_over, is_dead, writing))
        return fence

    def release_lease(self, fence: Fence) -> None:
        with self._hand_over.noting(lambda _: self._lease_monitor.record_released(fence)):
            super().release_lease(fence)

    def mark_writing(
        self, fence: Fence, entry_ids: Collection[str], sent_at: float, **more: Any
    ) -> None:
        is_fenced = False
        try:
            with self._hand_over.noting(
                lambda _: self._lease_monitor.record_effect(fence, "marked entries as written")
            ):
                super().mark_writing(fence, entry_ids, sent_at, **more)
        except Fenced:
            is_fenced = True
            raise
        finally:
            self._scheduler.note(Marked(is_fenced))

    def due(self, workspace: str, kind: Kind, limit: int, now: float) -> Sequence[Entry]:
        entries = super().due(workspace, kind, limit, now)
        self._fetched |= {entry.id: entry for entry in entries}
        self._scheduler.note(Fetched(kind, tuple(entries)))
        return entries

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        stored, released, error = 0, 0, None

        def note(_: Look) -> None:
            nonlocal stored
            stored += 1
            self._lease_monitor.record_effect(fence, "settled entries")

        try:
            with self._hand_over.noting(note):
                released = super().settle(fence, settlements, now)
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            parts = -(-len(settlements) // settling.MAX_TOGETHER)
            is_ours = self._lease_monitor.holds(fence)
            entries = dict(self._fetched)
            self._scheduler.note(
                Settled(fence, settlements, entries, parts, stored, released, error, is_ours)
            )
        return released

    def release(self, workspace: str, **which: Any) -> int:
        released = super().release(workspace, **which)
        if released and which.get("fingerprint") is not None:
            self._scheduler.note(Released(self._causes.get(which.get("cause")), released))
        return released

    def held_groups(self, workspace: str, **which: Any) -> Sequence[HeldGroup]:
        groups = super().held_groups(workspace, **which)
        self._causes |= {group.cause.group: group.cause.code for group in groups}
        return groups

    def in_doubt_elsewhere(self, org_id: str, workspace: str) -> Sequence[Moment]:
        moments = super().in_doubt_elsewhere(org_id, workspace)
        if moments:
            self._scheduler.note(InDoubtElsewhere())
        return moments

    def forget_times_ahead(self, fence: Fence, workspace: str, now: Moment, latest: float) -> int:
        forgotten = super().forget_times_ahead(fence, workspace, now, latest)
        if forgotten:
            self._scheduler.note(TimesForgotten())
        return forgotten

    def count_left(self) -> int:
        """The number of writes that are in doubt in an org which their workspace has left."""
        return len(self._database.rows("SELECT 1 FROM left_in_doubt"))

    def rotate_tokens(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        is_stored = False

        def note(_: Look) -> None:
            nonlocal is_stored
            is_stored = True
            self._lease_monitor.stored_tokens(workspace, True)

        try:
            with self._hand_over.noting(note):
                return super().rotate_tokens(
                    workspace, tokens, instance_url=instance_url, expected_version=expected_version
                )
        except StoreUnavailable:
            if not is_stored:
                self._lease_monitor.stored_tokens(workspace, False)
            raise


@cache
def summary(statement: str) -> str:
    """A statement's first words, for the trace."""
    return " ".join(statement.split()[:3])
