"""The history of a workspace, and the count of entries put back. Never an entry's own journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from zsf_plugin.ports.store import HistoryLine, ReleasedBy
from zsf_plugin.store.sqlite.part import Part


class History(Part):
    """What people did, and what befell the connection."""

    def note(self, workspace: str, line: HistoryLine) -> None:
        """Add a line."""
        raise NotImplementedError

    def history(
        self, workspace: str, *, codes: Collection[str] | None = None, limit: int = 50
    ) -> Sequence[HistoryLine]:
        """The newest lines first, of those codes where any are given."""
        raise NotImplementedError

    def released(self, workspace: str, since: float) -> Mapping[ReleasedBy, int]:
        """How many entries were put back since then."""
        raise NotImplementedError
