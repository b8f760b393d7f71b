"""Paging through the entries of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zsf_plugin.ports.store.constants import MAX_SCANNED

if TYPE_CHECKING:
    from zsf_plugin.model import Kind, State
    from zsf_plugin.ports.store.entries import Entry


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries to show; all given conditions must apply.

    `cause` is a cause group or code, and implies held entries. `seller` is a name as `sellers`
    returns it. Each of the `words` must occur in the person's or company's name or the prospect's
    or event's id, ignoring case. `since` is the earliest arrival. `lane` is the id of a prospect.
    """

    state: State | None = None
    kind: Kind | None = None
    cause: str | None = None
    seller: str | None = None
    words: str | None = None
    since: float | None = None
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page of entries, newest first. `older` is the id to continue from (as `before`), None if
    nothing older matches.

    `scanned_back_to` is set if the scan reached its limit before the page was full: the arrival of
    the last entry scanned. Older entries may still match; continue from `older`.
    """

    entries: Sequence[Entry]
    older: str | None = None
    scanned_back_to: float | None = None


class EntryPages(Protocol):
    """Paging through the entries of a workspace."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        max_scanned: int = MAX_SCANNED,
    ) -> EntryPage:
        """The newest matching entries that are older than `before`, at most `limit`, scanning at
        most `max_scanned`."""
        ...

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """The number of matching entries newer than `after`, at most 1,000."""
        ...

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of users who recently purchased or sent (e-mail addresses if no name was
        given), sorted."""
        ...
