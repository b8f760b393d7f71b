"""The history of a workspace, and the count of held entries put back. Never an entry's own
journal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from zsf_plugin.ports import HistoryLine, ReleasedBy
from zsf_plugin.store.sqlite.database import StorePart, execute
from zsf_plugin.store.sqlite.rows import column_list

_HOUR_S = 3_600
#: Counts older than this many hours are forgotten.
_KEPT_H = 60 * 24

_NOTE = "INSERT INTO history (workspace, at, code, by, detail) VALUES (?, ?, ?, ?, ?)"
_HISTORY = """
    SELECT at, code, by, detail FROM history INDEXED BY history_by_workspace
    WHERE workspace = :workspace
        AND (:codes IS NULL OR code IN (SELECT value FROM json_each(:codes)))
    ORDER BY id DESC LIMIT :limit
"""
_COUNT = """
    INSERT INTO releases (workspace, hour, by, entries) VALUES (?, ?, ?, ?)
    ON CONFLICT (workspace, hour, by) DO UPDATE SET entries = entries + excluded.entries
"""
_FORGET = "DELETE FROM releases WHERE workspace = ? AND hour < ?"
_RELEASED = (
    "SELECT by, sum(entries) AS entries FROM releases WHERE workspace = ? AND hour >= ? GROUP BY by"
)


class SqliteHistory(StorePart):
    """What people did, what befell the connection, what was put back."""

    def add_history(self, workspace: str, line: HistoryLine) -> None:
        """Add a line."""
        with self._database.writing() as connection:
            add_line(connection, workspace, line)

    def history(
        self, workspace: str, *, codes: Collection[str] | None = None, limit: int = 50
    ) -> Sequence[HistoryLine]:
        """The newest lines first, of those codes where any are given."""
        wanted = None if codes is None else column_list(codes)
        rows = self._database.rows(_HISTORY, workspace=workspace, codes=wanted, limit=max(limit, 0))
        return [HistoryLine(at, code, by, json.loads(detail)) for at, code, by, detail in rows]

    def released(self, workspace: str, since: float) -> Mapping[ReleasedBy, int]:
        """How many entries were put back; the hour in which `since` lies counts whole."""
        rows = self._database.rows(_RELEASED, workspace, int(since // _HOUR_S))
        none: dict[ReleasedBy, int] = {"change": 0, "link": 0, "person": 0}
        return none | {row["by"]: row["entries"] for row in rows}


def add_line(connection: sqlite3.Connection, workspace: str, line: HistoryLine) -> None:
    """Add a line within a transaction."""
    execute(connection, _NOTE, workspace, line.at, line.code, line.by, line.detail)


def count_released(
    connection: sqlite3.Connection, workspace: str, by: ReleasedBy, entries: int, now: float
) -> None:
    """Count entries that were put back, within a transaction."""
    hour = int(now // _HOUR_S)
    execute(connection, _COUNT, workspace, hour, by, entries)
    execute(connection, _FORGET, workspace, hour - _KEPT_H)
