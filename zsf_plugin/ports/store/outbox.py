"""The outbox: entries, links and journal, which change together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import Kind, Link, LinkKey, State, Step
    from zsf_plugin.ports.moments import Moment
    from zsf_plugin.ports.store.counts import EntryCounts
    from zsf_plugin.ports.store.entries import AcceptResult, Entry, NewEntry
    from zsf_plugin.ports.store.held_groups import HeldGroup
    from zsf_plugin.ports.store.leases import Fence
    from zsf_plugin.ports.store.settlements import JournalLine, Settlement


class Outbox(Protocol):
    """Entries, links and journal, which must change together."""

    def accept(self, entry: NewEntry) -> AcceptResult:
        """Store the entry durably; returns after the commit. The same workspace and event id again
        is a duplicate, or a conflict. Raises RulesChanged, with nothing stored, if the workspace's
        console rules have another version than the entry's.

        A conflict is counted on the original, whose `reason` stays as it is, and listed by
        `conflicts`.
        """
        ...

    def accept_all(self, entries: Sequence[NewEntry]) -> Sequence[AcceptResult]:
        """As `accept` for each, in their order, but durable together: one commit, which costs as
        much as that of one entry. Raises with none of them stored."""
        ...

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, original's entry id, when) of each refused conflict, newest first, at most
        1,000."""
        ...

    def due(self, workspace: str, kind: Kind, limit: int, now: float) -> Sequence[Entry]:
        """The entries of that kind that a drain may take now, oldest first: pending or writing,
        `not_before` <= now.

        Entries in `writing` come first and alone; while one of them has to wait, none of its kind
        is returned: nothing overtakes a write that is in doubt. Nor is an entry returned before an
        older one of its kind and lane that has to wait.
        """
        ...

    def upcoming(self, workspace: str, kind: Kind, after: str, limit: int) -> Sequence[Entry]:
        """Pending entries of that kind that were accepted after that entry (all, for an empty id)
        and never had to wait, oldest first: a hint of what `due` will return."""
        ...

    def mark_writing(
        self,
        fence: Fence,
        entry_ids: Collection[str],
        sent_at: float,
        *,
        creating: Mapping[str, Collection[str]],
        sent_at_org: float | None = None,
    ) -> None:
        """Mark the entries `writing` before anything is sent. For entries that create something
        (`creating`: id of one of them → names), `sent_at`, `sent_at_org` (by the org's clock, if
        known) and the names are stored, added to those of earlier tries. Raises Fenced, also if the
        workspace is connected to another org by now.
        """
        ...

    def forget_times_ahead(self, fence: Fence, workspace: str, now: Moment, latest: float) -> int:
        """Undo what a clock that was ahead has stored: waiting entries of the workspace become due
        whose wait ends after `latest`, which no wait does; and what is in doubt in the lease's org,
        of any workspace, and was sent after `now` counts as sent now, unless the org's clock says
        both when it was sent and what the time is now. Raises Fenced; returns the number of entries
        that became due."""
        ...

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        """Store the settlements, fenced by the lease's epoch: one transaction for all that belongs
        to an entry, and for as many entries as keep no hook waiting for long. Raises Fenced once
        the lease is another's; what was stored before stays.

        Links and journal belong to the lease's org. Storing a prospect's link also releases the
        entries of that lane held as PERSON_MISSING or KEY_NOT_ASKABLE. Returns the number of
        entries released.

        If the workspace is connected to another org by now, raises Fenced too, but what is known
        of the old org is stored: links, journal, and how writes ended that were in doubt there. An
        entry that wrote there and waits again is done then.
        """
        ...

    def next_due(self, workspace: str, kind: Kind | None = None) -> float | None:
        """When `due` will return something of that kind, or of either kind (may be in the past);
        None if nothing waits."""
        ...

    def waiting_purchases(self, workspace: str) -> int:
        """The number of purchases that are pending or being written."""
        ...

    def counts(self, workspace: str) -> EntryCounts:
        """Entries by state."""
        ...

    def entry(self, workspace: str, entry_id: str) -> Entry | None:
        """One entry, or None."""
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
        """Entries, newest first, by state and by cause group or code; `before` is the entry id to
        continue from."""
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
        """Put held entries back to pending: by id, by cause group or code, or by fingerprint;
        without any of the three, all of them.

        With `now` it is counted (`History.released`): as a change if a fingerprint is given, else
        as a person's, which also raises the org's count of them (`ASKED_AGAIN`), once for all
        entries of the call. Entries held as invalid stay held: they have no payload to retry.
        Releasing an in-doubt entry vouches for its whole lane: entries dropped from it no longer
        count as in doubt. Returns the number released.
        """
        ...

    def choose(self, workspace: str, entry_id: str, org_id: str, link: Link, now: float) -> int:
        """Store the link to a record of that org that a person chose for a held entry, and release
        that entry and those of its lane that are held for the same choice or for their missing
        person; in one transaction, counted as released by a person.

        Returns the number released; 0, with no link stored, if the entry is not held, or the
        workspace is connected to another org.
        """
        ...

    def skip(
        self, workspace: str, reason: Step, now: float, *, entry_ids: Collection[str] | None = None
    ) -> int:
        """Skip pending or held entries, with that reason (`entry_ids` None: all pending ones).
        Returns their number."""
        ...

    def links(
        self, workspace: str, org_id: str, keys: Collection[LinkKey]
    ) -> Mapping[LinkKey, Link]:
        """The existing links with those keys to records of that org."""
        ...

    def linked_records(
        self, org_id: str, object_: str, record_ids: Collection[str]
    ) -> frozenset[str]:
        """The records of that object in that org that a touchpoint of any workspace is linked
        to."""
        ...

    def lanes_in_doubt(self, workspace: str, org_id: str, lanes: Collection[str]) -> frozenset[str]:
        """The given lanes in which an entry is held as OUTCOME_UNCLEAR in that org, or was dropped
        while it was; or whose in-doubt create without our unique id was left behind there."""
        ...

    def in_doubt_elsewhere(self, org_id: str, workspace: str) -> Sequence[Moment]:
        """When other workspaces sent purchase creates that are still in doubt to that org, or any
        workspace such that it left behind there; each moment once, in no order."""
        ...

    def journal(self, workspace: str, entry_id: str) -> Sequence[JournalLine]:
        """The journal of one entry, oldest first."""
        ...

    def created_since(
        self, workspace: str, org_id: str, since: float, *, limit: int = 5000
    ) -> Sequence[JournalLine]:
        """The creates in that org journaled at `since` or later, newest first, at most `limit`;
        without records that undoing deleted. Reads only what it returns, and the workspace's lines
        of other orgs."""
        ...

    def workspaces(self) -> Sequence[str]:
        """Every workspace with an entry or a connection, by name."""
        ...
