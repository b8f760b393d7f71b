"""Accepts events into the outbox, durably and once, and records conflicts. The hook's hot path.

`settling` moves entries on.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from zsf_plugin import model, ports
from zsf_plugin.errors import RulesChanged
from zsf_plugin.store.sql.database import Inserted, SqlConnection, StorePart, execute
from zsf_plugin.store.sql.rows import (
    CAUSE_FIELDS,
    NO_CAUSE,
    Columns,
    Row,
    cause_values,
    column,
    encode,
    entry_id,
)

if TYPE_CHECKING:
    from zsf_plugin.ports import AcceptResult, NewEntry

#: The number of refused conflicts that are stored per workspace.
MAX_CONFLICTS = 1_000

# What a new entry has; all else has its default.
_COLUMNS = (
    *("workspace", "event_id", "kind", "lane", "state", "digest", "payload"),
    *("occurred_at", "received_at", "settled_at", "reason"),
    *(f"cause_{name}" for name in CAUSE_FIELDS),
)
#: The row id of the entry of an event.
ID_OF_EVENT = "SELECT id FROM entries WHERE workspace = ? AND event_id = ?"
_ORIGINAL = "SELECT id, state, digest, reason FROM entries WHERE workspace = ? AND event_id = ?"
# The original may have been removed since it was read.
_CONFLICT = """
    INSERT INTO conflicts (workspace, event_id, entry, at)
    SELECT workspace, event_id, id, :at FROM entries
    WHERE id = :entry AND workspace = :workspace AND event_id = :event_id
"""
_FORGET_CONFLICTS = f"""
    DELETE FROM conflicts WHERE workspace = :workspace AND id <= (
        SELECT id FROM conflicts
            WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET {MAX_CONFLICTS})
"""
_CONFLICTS = "SELECT event_id, entry, at FROM conflicts WHERE workspace = ? ORDER BY id DESC"


class Arrivals(StorePart):
    """Accepts entries."""

    def accept(self, entry: NewEntry) -> AcceptResult:
        """Store the entry durably; the same event again is a duplicate or a conflict, and changes
        nothing."""
        return self._result(entry, self._database.insert(_columns_of(entry)))

    def accept_all(self, entries: Sequence[NewEntry]) -> Sequence[AcceptResult]:
        """Store the entries, durable together."""
        known: dict[int, Row] = {}  # by the place of an entry whose event is stored already
        with self._database.writing(None) as connection:
            row_ids = self._database.insert_all(connection, list(map(_columns_of, entries)))
            for place, row_id in enumerate(row_ids):
                if row_id is None:
                    known[place] = _original_of(connection, entries[place])
        results = []
        for place, (entry, row_id) in enumerate(zip(entries, row_ids, strict=True)):
            if row_id is None:
                result = self._duplicate_or_conflict(entry, known[place], is_new=False)
            else:
                result = _new_entry(entry, row_id)
            results.append(result)
        return results

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, entry id of the original, time) of each stored conflict, newest first."""
        rows = self._database.rows(_CONFLICTS, workspace)
        return [(event_id, entry_id(entry), at) for event_id, entry, at in rows]

    def _result(self, entry: NewEntry, inserted: Inserted) -> AcceptResult:
        """The answer for an entry, by what became of its row."""
        if inserted.row_id is not None:
            return _new_entry(entry, inserted.row_id)
        # Not in the insert's transaction: an entry keeps its digest.
        with self._database.reading() as connection:
            original = _original_of(connection, entry)
        return self._duplicate_or_conflict(entry, original, is_new=inserted.was_tried)

    def _duplicate_or_conflict(self, entry: NewEntry, found: Row, *, is_new: bool) -> AcceptResult:
        """The answer for an event whose id is taken by the entry in that row: a duplicate, unless
        it `is_new`; or a conflict, which is recorded."""
        original, state, digest, reason = found
        conflict = not _is_same_event(digest, (entry.digest, *entry.other_digests))
        if conflict:
            self._record_conflict(entry, original)
        return ports.AcceptResult(
            entry_id(original),
            state,
            duplicate=conflict or not is_new,
            conflict=conflict,
            reason=reason and model.Step(*json.loads(reason)),
        )

    def _record_conflict(self, entry: NewEntry, original: int) -> None:
        key = {"workspace": entry.workspace, "event_id": entry.event_id}
        with self._database.writing(entry.workspace) as connection:
            execute(connection, _CONFLICT, entry=original, at=entry.received_at, **key)
            execute(connection, _FORGET_CONFLICTS, workspace=entry.workspace)


def _original_of(connection: SqlConnection, entry: NewEntry) -> Row:
    """The row of the entry that has the event. Raises RulesChanged if none has: it was removed
    since, or was never there; the event is stored when it is decided again."""
    found = execute(connection, _ORIGINAL, entry.workspace, entry.event_id).fetchone()
    if found is None:
        raise RulesChanged
    original: Row = found
    return original


def _new_entry(entry: NewEntry, row_id: int) -> AcceptResult:
    return ports.AcceptResult(entry_id(row_id), entry.state, reason=entry.reason)


def _is_same_event(stored: str, given: Sequence[str]) -> bool:
    """Whether a digest by the same key is the same. If there is none, the key is lost: then the
    equal event id decides, since a host that repeats an event must not be refused."""
    name = _key_name(stored)
    same_key = [digest for digest in given if _key_name(digest) == name]
    return not same_key or any(
        hmac.compare_digest(stored.encode(), digest.encode()) for digest in same_key
    )


def _key_name(digest: str) -> str:
    """The name of a digest's key; empty for the one key of former versions."""
    return digest.rpartition(":")[0]


def _columns_of(entry: NewEntry) -> Columns:
    """The version of the console's rules that a new entry needs, and its columns; those of one that
    is pending end where all others are empty."""
    row = (
        entry.console_version,
        column(entry.workspace),
        column(entry.event_id),
        entry.kind,
        column(entry.lane),
        entry.state,
        entry.digest,
        encode(entry.payload),
        column(entry.occurred_at),
        entry.received_at,
    )
    if entry.state == "pending":
        return row
    cause = cause_values(entry.cause) if entry.cause else NO_CAUSE
    others = (entry.received_at, entry.reason, *cause.values())
    return (*row, *map(column, others))


@lru_cache(maxsize=64)
def insert_statement(rows: int, width: int) -> str:
    """The statement that inserts that many rows, each of a version and columns. A known event is
    left out, and one with another version than the console's rules have."""
    row = f"({', '.join('?' * width)})"
    columns = []
    for place, name in enumerate(_COLUMNS[: width - 1], start=2):
        # of nothing but NULLs PostgreSQL knows no type
        is_time = name == "settled_at"
        columns.append(f"CAST(column{place} AS DOUBLE PRECISION)" if is_time else f"column{place}")
    return f"""
        INSERT INTO entries ({", ".join(_COLUMNS[: width - 1])})
        SELECT {", ".join(columns)} FROM (VALUES {", ".join([row] * rows)}) AS given
        WHERE column1 IS NULL OR CAST(column1 AS BIGINT) = coalesce(
            (SELECT version FROM console_rules WHERE workspace = column2), 0)
        ON CONFLICT (workspace, event_id) DO NOTHING
    """
