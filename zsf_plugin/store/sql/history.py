"""A workspace's history, the versions of its console rules, and counts of released entries. An
entry's journal is elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.store.sql.database import SqlConnection, StorePart, execute
from zsf_plugin.store.sql.rows import column_list

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.ports import HistoryLine, ReleasedBy, SavedRules

_NOTE = "INSERT INTO history (workspace, at, code, by, detail) VALUES (?, ?, ?, ?, ?)"
_HISTORY = """
    SELECT at, code, by, detail FROM history INDEXED BY history_by_workspace
    WHERE workspace = :workspace
        AND (:codes IS NULL OR code IN (SELECT value FROM json_each(:codes)))
    ORDER BY id DESC LIMIT :limit
"""
_ADD_VERSION = """
    INSERT INTO console_rule_versions (workspace, version, document, at, by)
    VALUES (?, ?, ?, ?, ?)
"""
_VERSIONS = """
    SELECT version, document, at, by FROM console_rule_versions
    WHERE workspace = ? AND version < ? ORDER BY version DESC LIMIT ?
"""
_NO_LIMIT = 2**62
_RELEASED = """
    SELECT released_by, count(*) AS entries FROM entries INDEXED BY entries_released
    WHERE workspace = ? AND released_at >= ? GROUP BY released_by
"""


class History(StorePart):
    """What people did, what happened to the connection, and counts of released entries."""

    def add_history(self, workspace: str, line: HistoryLine) -> None:
        """Add a line."""
        with self._database.writing(workspace) as connection:
            add_line(connection, workspace, line)

    def history(
        self, workspace: str, *, codes: Collection[str] | None = None, limit: int = 50
    ) -> Sequence[HistoryLine]:
        """The lines, newest first, limited to `codes` if given."""
        wanted = None if codes is None else column_list(codes)
        rows = self._database.rows(_HISTORY, workspace=workspace, codes=wanted, limit=max(limit, 0))
        return [
            ports.HistoryLine(at, code, by, json.loads(detail)) for at, code, by, detail in rows
        ]

    def console_rule_versions(
        self, workspace: str, *, before: int | None = None, limit: int = 50
    ) -> Sequence[SavedRules]:
        """The stored versions, newest first."""
        end = _NO_LIMIT if before is None else before
        rows = self._database.rows(_VERSIONS, workspace, end, max(limit, 0))
        return [
            ports.SavedRules(version, json.loads(document), at, by)
            for version, document, at, by in rows
        ]

    def released(self, workspace: str, since: float) -> Mapping[ReleasedBy, int]:
        """The number of entries released since then and not held again, by what released them."""
        rows = self._database.rows(_RELEASED, workspace, since)
        none: dict[ReleasedBy, int] = {"change": 0, "link": 0, "person": 0}
        return none | {row["released_by"]: row["entries"] for row in rows}


def add_line(connection: SqlConnection, workspace: str, line: HistoryLine) -> None:
    """Add a line within a transaction."""
    execute(connection, _NOTE, workspace, line.at, line.code, line.by, line.detail)


def add_version(
    connection: SqlConnection,
    workspace: str,
    version: int,
    document: JsonObject,
    line: HistoryLine | None,
) -> None:
    """Add a version of the console's rules, and its line, within a transaction."""
    at, by = (line.at, line.by) if line is not None else (None, None)
    execute(connection, _ADD_VERSION, workspace, version, document, at, by)
    if line is not None:
        add_line(connection, workspace, line)
