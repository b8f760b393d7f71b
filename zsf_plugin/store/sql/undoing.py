"""The undoing of entries: what is about to be sent, how it went, and the writes to a record by any
entry. Changes no entry and no journal."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence, Set
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.store.sql.database import SqlConnection, StorePart, execute
from zsf_plugin.store.sql.entry_settling import drop_link, save_link
from zsf_plugin.store.sql.history import add_line
from zsf_plugin.store.sql.leases import fenced
from zsf_plugin.store.sql.rows import Row, column_list, entry_id, journal_line_of, row_id
from zsf_plugin.store.sql.settling import require_lease

if TYPE_CHECKING:
    from zsf_plugin.model import LinkKey
    from zsf_plugin.ports import Fence, JournalLine, SettledUndo, UndoLine

_OF_ENTRY = """
    SELECT undos.* FROM undos JOIN entries ON entries.id = undos.entry
    WHERE entries.workspace = ? AND undos.entry = ? ORDER BY undos.id
"""
_UNDONE = """
    SELECT DISTINCT undos.entry FROM json_each(:rows) AS ids
    CROSS JOIN undos ON undos.entry = CAST(ids.value AS BIGINT)
    JOIN entries ON entries.id = undos.entry
    WHERE entries.workspace = :workspace AND undos.state = 'done'
"""
# The first 15 characters of an org's id decide.
_OF_RECORDS = """
    SELECT * FROM {table} INDEXED BY {table}_by_record
    WHERE record_id IN (SELECT value FROM json_each(:records))
        AND substr(org_id, 1, 15) = substr(:org_id, 1, 15)
    ORDER BY id
"""
_WRITES, _UNDOS = _OF_RECORDS.format(table="journal"), _OF_RECORDS.format(table="undos")
_LINKS_TO = """
    SELECT workspace, kind, host_id FROM links
    WHERE record_id IN (SELECT value FROM json_each(:records))
        AND substr(org_id, 1, 15) = substr(:org_id, 1, 15)
"""
_ADD = """
    INSERT INTO undos (entry, org_id, object, record_id, action, state, before, after, by, at)
    VALUES (:entry, :org_id, :object, :record_id, :action, :state, :before, :after, :by, :at)
"""
_DOUBT_LINK = """
    UPDATE links SET plan_digest = '', checked_at = 0
    WHERE workspace = ? AND org_id = ? AND kind = ? AND host_id = ?
"""
_FORGET_SENT = "DELETE FROM undos WHERE entry = ? AND state = 'sent'"


class Undoing(StorePart):
    """Stores what is undone."""

    def undo_lines(self, workspace: str, entry_id: str) -> Sequence[UndoLine]:
        """What was done to undo an entry, oldest first."""
        return list(map(_undo_line_of, self._database.rows(_OF_ENTRY, workspace, row_id(entry_id))))

    def undone_among(self, workspace: str, entry_ids: Collection[str]) -> Set[str]:
        """Those of the entries of which something was undone."""
        rows = self._database.rows(_UNDONE, workspace=workspace, rows=list(map(row_id, entry_ids)))
        return {entry_id(row["entry"]) for row in rows}

    def record_writes(self, org_id: str, record_ids: Collection[str]) -> Sequence[JournalLine]:
        """Every write to these records of that org, oldest first."""
        return list(map(journal_line_of, self._rows(_WRITES, org_id, record_ids)))

    def record_undos(self, org_id: str, record_ids: Collection[str]) -> Sequence[UndoLine]:
        """What of the writes to these records was undone, oldest first."""
        return list(map(_undo_line_of, self._rows(_UNDOS, org_id, record_ids)))

    def links_to(self, org_id: str, record_ids: Collection[str]) -> Sequence[tuple[str, LinkKey]]:
        """The links to these records of that org, each with its workspace."""
        rows = self._rows(_LINKS_TO, org_id, record_ids) if record_ids else ()
        return [(row["workspace"], (row["kind"], row["host_id"])) for row in rows]

    def _rows(self, query: str, org_id: str, record_ids: Collection[str]) -> Iterable[Row]:
        return self._database.rows(query, org_id=org_id, records=column_list(record_ids))

    def mark_undoing(self, fence: Fence, lines: Sequence[UndoLine]) -> None:
        """Store lines of one entry as sent, and doubt the links to their records. Raises Fenced."""
        rows = [row_id(line.entry_id) for line in lines]
        org_id = fence.name.removeprefix(ports.ORG_LEASE)
        links = self.links_to(org_id, {line.record_id for line in lines})
        with self._database.writing(rows) as connection:
            _, has_left = require_lease(connection, fence, rows)
            if has_left:
                raise fenced(fence)
            _add(connection, org_id, lines)
            for workspace, (kind, host_id) in links:
                execute(connection, _DOUBT_LINK, workspace, org_id, kind, host_id)

    def settle_undo(self, fence: Fence, settled: SettledUndo) -> None:
        """Store how it went, with links and history. Raises Fenced."""
        workspace, row = settled.workspace, row_id(settled.entry_id)
        with self._database.writing(workspace) as connection:
            org_id, _ = require_lease(connection, fence, [row])
            execute(connection, _FORGET_SENT, row)
            _add(connection, org_id, settled.lines)
            for of_workspace, key in settled.drop_links:
                drop_link(connection, of_workspace, org_id, key)
            for link in settled.links:
                save_link(connection, workspace, org_id, link)
            if settled.history is not None:
                add_line(connection, workspace, settled.history)


def _add(connection: SqlConnection, org_id: str, lines: Sequence[UndoLine]) -> None:
    for line in lines:
        execute(
            connection,
            _ADD,
            entry=row_id(line.entry_id),
            org_id=org_id,
            object=line.object,
            record_id=line.record_id,
            action=line.action,
            state=line.state,
            before=line.before,
            after=line.after,
            by=line.by,
            at=line.at,
        )


def _undo_line_of(row: Row) -> UndoLine:
    return ports.UndoLine(
        entry_id=entry_id(row["entry"]),
        object=row["object"],
        record_id=row["record_id"],
        action=row["action"],
        state=row["state"],
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        at=row["at"],
        by=row["by"],
    )
