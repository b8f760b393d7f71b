"""Looking through entries a page at a time. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.ports.store import LOOK_AT, EntryFilter, EntryPage
from zsf_plugin.store.sqlite.part import Part


class Paging(Part):
    """Pages of entries, newest first."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        look_at: int = LOOK_AT,
    ) -> EntryPage:
        """The newest entries that fit and are older than `before`."""
        raise NotImplementedError

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """How many entries that fit came after that one, at most 1,000."""
        raise NotImplementedError

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of those who purchased or sent lately, sorted."""
        raise NotImplementedError
