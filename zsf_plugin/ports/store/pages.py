"""Paging through the entries of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from zsf_plugin.ports.store.constants import MAX_SCANNED

if TYPE_CHECKING:
    from zsf_plugin.model import Kind, State
    from zsf_plugin.ports.store.entries import Entry


#: By arrival, newest first; or those that wrote something to Salesforce, last written first.
EntryOrder: TypeAlias = Literal["arrival", "written"]


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries to show, and in which order; all given conditions must apply.

    `cause` is a cause group or code, and implies held entries. `seller` is a name as `sellers`
    returns it. Each of the `words` must occur in the person's or company's name or the prospect's
    or event's id, ignoring case. `since` is the earliest arrival, or the earliest writing in that
    order. `lane` is the id of a prospect. Entries of a `cause` are always in order of arrival.
    """

    state: State | None = None
    kind: Kind | None = None
    cause: str | None = None
    seller: str | None = None
    words: str | None = None
    since: float | None = None
    lane: str | None = None
    order: EntryOrder = "arrival"

    @property
    def is_by_writing(self) -> bool:
        """Whether entries are in the order in which they were written."""
        return self.order == "written" and self.cause is None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page of entries in their order. `older` is where to continue (as `before`), None if
    nothing more matches.

    `scanned_back_to` is set if the scan reached its limit before the page was full: the arrival (or
    writing) of the last entry scanned. Older entries may still match; continue from `older`.
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
        """The first matching entries after `before`, the `older` of a page, at most `limit`,
        scanning at most `max_scanned`. An entry that is written between two pages is on the first
        of the pages that are read from then on."""
        ...

    def ids_of_lane(self, workspace: str, lane: str) -> Sequence[str]:
        """The ids of the entries of a prospect, oldest first: the newest 10,000."""
        ...

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """The number of matching entries that are newer than that one in their order, at most
        1,000."""
        ...

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of users who recently purchased or sent (e-mail addresses if no name was
        given), sorted."""
        ...
