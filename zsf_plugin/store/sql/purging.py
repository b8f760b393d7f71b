"""Removes entries that ended long ago, with their journal, a few at a time: hooks wait for each
transaction.

What an entry of a lane leaves behind stays: links, and writes that are in doubt. So does the newest
entry of all, since SQLite would give its id to the next one, and a link knows by its purchase's id
whether another came later.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.model import OUTCOME_UNCLEAR
from zsf_plugin.store.sql.database import SqlConnection, StorePart, execute
from zsf_plugin.store.sql.rows import entry_id, row_id
from zsf_plugin.store.sql.state_ranges import merged

if TYPE_CHECKING:
    from zsf_plugin.ports import PurgedPart

#: The entries of one part, and those that are looked at for it: a clock that was set may have put
#: some out of order.
MAX_ENTRIES = 25
MAX_SCANNED = 200
#: The lines of history of each code, and the versions of the console's rules, that stay, however
#: old.
MIN_HISTORY = 50

# In order of arrival, which is nearly that of their ends.
_ENDED = merged(
    "id, received_at", ("done", "skipped"), " AND id > :after", f"ORDER BY id LIMIT {MAX_SCANNED}"
)
_REMOVABLE = f"""
    SELECT id, state FROM entries
    WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:rows))
        AND state IN ('done', 'skipped') AND coalesce(settled_at, received_at) < :before
        AND (cause_code IS NULL OR cause_code != '{OUTCOME_UNCLEAR}')
        AND id NOT IN (SELECT entry FROM left_in_doubt)
        AND id != (SELECT max(id) FROM entries)
"""
_OF_ENTRIES = "WHERE entry IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
_JOURNAL = f"SELECT count(*) FROM journal {_OF_ENTRIES}"
_REMOVE_JOURNAL = f"DELETE FROM journal {_OF_ENTRIES}"
_REMOVE_UNDOS = f"DELETE FROM undos {_OF_ENTRIES}"
_REMOVE_CONFLICTS = f"DELETE FROM conflicts {_OF_ENTRIES}"
_REMOVE = "DELETE FROM entries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
_OLD_HISTORY = f"""
    FROM history WHERE workspace = :workspace AND at < :before AND id <= (
        SELECT newer.id FROM history AS newer
        WHERE newer.workspace = history.workspace AND newer.code = history.code
        ORDER BY newer.id DESC LIMIT 1 OFFSET {MIN_HISTORY})
"""
_OLD_VERSIONS = f"""
    FROM console_rule_versions WHERE workspace = :workspace AND coalesce(at, 0) < :before
        AND version <= (SELECT max(newer.version) FROM console_rule_versions AS newer
            WHERE newer.workspace = console_rule_versions.workspace) - {MIN_HISTORY}
"""
#: How the old lines and versions are counted, and how they are removed.
_HISTORY = tuple(
    (f"SELECT count(*) {old}", f"DELETE {old}") for old in (_OLD_HISTORY, _OLD_VERSIONS)
)


class Purging(StorePart):
    """Removes what ended long ago."""

    def purge(
        self, workspace: str, before: float, *, after: str = "", dry_run: bool = False
    ) -> PurgedPart:
        """Remove a part of what ended before that time in the workspace."""
        start = row_id(after) or 0
        rows = self._database.rows(_ENDED, workspace=workspace, after=start)
        old: list[int] = [row for row, received_at in rows if received_at < before]
        if not old:
            return ports.PurgedPart(history=self._purge_history(workspace, before, dry_run=dry_run))
        ids = old[:MAX_ENTRIES]
        with self._database.reading() if dry_run else self._database.writing(workspace) as open_:
            return _purge(open_, ids, before, dry_run=dry_run)

    def _purge_history(self, workspace: str, before: float, *, dry_run: bool) -> int:
        wanted: dict[str, object] = {"workspace": workspace, "before": before}
        removed = 0
        for count, remove in _HISTORY:
            old: int = self._database.rows(count, **wanted)[0][0]
            if old and not dry_run:
                with self._database.writing(workspace) as connection:
                    old = execute(connection, remove, **wanted).rowcount
            removed += old
        return removed


def _purge(
    connection: SqlConnection, ids: list[int], before: float, *, dry_run: bool
) -> PurgedPart:
    """Remove those of the entries that may go; count them only, in a dry run."""
    found = execute(connection, _REMOVABLE, rows=ids, before=before).fetchall()
    rows, states = [row[0] for row in found], Counter(row[1] for row in found)
    if dry_run:
        journal = execute(connection, _JOURNAL, rows).fetchone()[0]
    else:
        journal = execute(connection, _REMOVE_JOURNAL, rows).rowcount
        execute(connection, _REMOVE_UNDOS, rows)
        execute(connection, _REMOVE_CONFLICTS, rows)
        execute(connection, _REMOVE, rows)
    return ports.PurgedPart(states["done"], states["skipped"], journal, after=entry_id(max(ids)))
