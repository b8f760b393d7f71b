"""The outbox: entries, links and journal, which change together; the leases under which they do;
and entries as a person looks through them. Never what is done under a lease."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from zsf_plugin.model import Kind, Link, LinkKey, State, Step
from zsf_plugin.ports.store.entries import (
    MAX_SCANNED,
    AcceptResult,
    Entry,
    EntryCounts,
    EntryFilter,
    EntryPage,
    HeldGroup,
    JournalLine,
    NewEntry,
    Settlement,
)


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a lease: its name, the epoch it was won with, and who holds it."""

    name: str
    epoch: int
    owner: str


class Leases(Protocol):
    """Who may drain an org, or refresh a token: one holder a name, an epoch that only grows."""

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Win the lease where it is free, expired, already the owner's, or its owner `is_dead`;
        else None.

        Winning raises the epoch, also over one's own.
        """
        ...

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Prolong the lease. Raises Fenced."""
        ...

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; nothing happens where it is another's by now."""
        ...


class Outbox(Protocol):
    """Entries, links and journal: what must change together."""

    def accept(self, entry: NewEntry) -> AcceptResult:
        """Keep the entry durably; returns after commit. Same workspace and event id again: a
        duplicate, or a conflict.

        A conflict is counted on the original (its `reason` gains nothing) and listed by
        `conflicts`.
        """
        ...

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, original's entry id, when) of each refused conflict, newest first, at most
        1,000."""
        ...

    def due(self, workspace: str, kind: Kind, limit: int, now: float) -> Sequence[Entry]:
        """The entries of that kind that a drain may take now, oldest first: pending or writing,
        `not_before` <= now.

        Those in `writing` come first and by themselves, and while one of them has to wait, none of
        its kind comes: nothing overtakes an in-doubt write. Nor does an entry come
        before an older one of its kind and lane that has to wait.
        """
        ...

    def mark_writing(
        self,
        fence: Fence,
        entry_ids: Collection[str],
        sent_at: float,
        *,
        creating: Mapping[str, Collection[str]],
    ) -> None:
        """Mark the entries `writing`, before anything is sent. For those that create something
        (`creating`: entry id → names) `sent_at` and the names are remembered, added to those of an
        earlier try. Raises Fenced."""
        ...

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        """All of the settlements in one transaction, fenced by the lease's epoch. Raises Fenced,
        then nothing changed.

        A saved prospect link releases the entries of that lane held as PERSON_MISSING, in the same
        transaction. Returns how many entries that released.
        """
        ...

    def next_due(self, workspace: str, kind: Kind | None = None) -> float | None:
        """When `due` will have something of that kind, or of either (may lie in the past); None
        where nothing waits."""
        ...

    def counts(self, workspace: str) -> EntryCounts:
        """Entries by state."""
        ...

    def entry(self, workspace: str, entry_id: str) -> Entry | None:
        """One entry, whole, or None."""
        ...

    def entries(
        self,
        workspace: str,
        *,
        state: State | None = None,
        cause: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Entry]:
        """Entries newest first, by state and by cause group or code; `before` is an entry id to
        page on from."""
        ...

    def held_groups(self, workspace: str) -> Sequence[HeldGroup]:
        """Held entries grouped by cause (code, text, fingerprint), most entries first."""
        ...

    def release(
        self,
        workspace: str,
        *,
        entry_ids: Collection[str] | None = None,
        cause: str | None = None,
        fingerprint: str | None = None,
        now: float | None = None,
    ) -> int:
        """Put held entries back to pending: those ids, or of that cause group or code, or with that
        fingerprint.

        With `now` it is counted (`History.released`): by a change where a fingerprint is given,
        else by a person. With none of the three, all held ones. Entries held as invalid stay: they
        have no payload to try. Releasing an in-doubt entry vouches for its lane: entries dropped
        while in doubt no longer count there. Returns how many.
        """
        ...

    def choose(self, workspace: str, entry_id: str, link: Link, now: float) -> int:
        """Keep the link that a person chose for a held entry, and put that entry back, with those
        of its lane that are held for want of such a choice or of the person; all in one
        transaction, and counted as a person's word.

        Returns how many; 0 where the entry is not held, and then no link was kept.
        """
        ...

    def skip(
        self, workspace: str, reason: Step, now: float, *, entry_ids: Collection[str] | None = None
    ) -> int:
        """End pending or held entries as skipped with that reason (None: all of the pending ones).
        Returns how many."""
        ...

    def links(self, workspace: str, keys: Collection[LinkKey]) -> Mapping[LinkKey, Link]:
        """The links of those keys that exist."""
        ...

    def linked_records(self, object_: str, record_ids: Collection[str]) -> frozenset[str]:
        """Those of the records of that object that a touchpoint of any workspace is linked to."""
        ...

    def lanes_in_doubt(self, workspace: str, lanes: Collection[str]) -> frozenset[str]:
        """The given lanes in which an entry is held as OUTCOME_UNCLEAR, or was dropped while it
        was."""
        ...

    def in_doubt_elsewhere(self, org_id: str, workspace: str) -> float | None:
        """When another workspace sent its last purchase create that is still in doubt to that org,
        or None."""
        ...

    def journal(self, workspace: str, entry_id: str) -> Sequence[JournalLine]:
        """What was written for one entry, oldest first."""
        ...

    def created_since(
        self, workspace: str, since: float, *, limit: int = 5000
    ) -> Sequence[JournalLine]:
        """The creates journaled at `since` or later, newest first, at most `limit`. Costs only what
        it returns."""
        ...

    def workspaces(self) -> Sequence[str]:
        """Every workspace with an entry or a connection, by name."""
        ...


class EntryPages(Protocol):
    """Looking through the entries of a workspace."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        max_scanned: int = MAX_SCANNED,
    ) -> EntryPage:
        """The newest entries that fit and are older than `before`: at most `limit`, found among
        `max_scanned`."""
        ...

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """How many entries that fit came after that one, at most 1,000."""
        ...

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of those who purchased or sent lately (e-mail addresses where no name came),
        sorted."""
        ...
