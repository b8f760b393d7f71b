"""Entries as a person looks through them: a page at a time, newest first, filtered. Never how an
entry moves on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zsf_plugin.model import Kind, State
from zsf_plugin.ports.store.entries import Entry

#: How many entries one page may look at where each has to be read to know whether it fits.
LOOK_AT = 5_000


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries a person wants to see; all that is given must apply.

    `cause` is a cause group or code, and means held entries. `seller` is the name as `sellers`
    gives it. Each of the `words` stands in the person's or company's name, or in the event's id;
    capitals do not count. `since` is the earliest arrival.
    """

    state: State | None = None
    kind: Kind | None = None
    cause: str | None = None
    seller: str | None = None
    words: str | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, newest first. `older` is the id to page on from (as `before`), None where
    nothing older fits.

    `looked_back_to` is set where looking ended before the page was full, as enough entries had been
    looked at: the arrival of the last of them. Older ones that fit may still come, from `older` on.
    """

    entries: Sequence[Entry]
    older: str | None = None
    looked_back_to: float | None = None


class Pages(Protocol):
    """Looking through the entries of a workspace."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        look_at: int = LOOK_AT,
    ) -> EntryPage:
        """The newest entries that fit and are older than `before`: at most `limit`, found among
        `look_at`."""
        ...

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """How many entries that fit came after that one, at most 1,000."""
        ...

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of those who purchased or sent lately (e-mail addresses where no name came),
        sorted."""
        ...
