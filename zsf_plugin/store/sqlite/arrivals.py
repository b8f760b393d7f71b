"""Accepts events into the outbox, durably and once, and records conflicts. The hook's hot path.

`settling` moves entries on.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence

from zsf_plugin.model import Step
from zsf_plugin.ports import AcceptResult, NewEntry
from zsf_plugin.store.sqlite.database import StorePart, execute
from zsf_plugin.store.sqlite.rows import CAUSE_FIELDS, NO_CAUSE, cause_values, entry_id

#: The number of refused conflicts that are stored per workspace.
MAX_CONFLICTS = 1_000

_INSERT = f"""
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, payload, occurred_at,
        received_at, settled_at,
                         reason, {", ".join(f"cause_{name}" for name in CAUSE_FIELDS)})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace, event_id) DO NOTHING
"""
_ORIGINAL = "SELECT id, state, digest, reason FROM entries WHERE workspace = ? AND event_id = ?"
_CONFLICT = "INSERT INTO conflicts (workspace, event_id, entry, at) VALUES (?, ?, ?, ?)"
_FORGET_CONFLICTS = f"""
    DELETE FROM conflicts WHERE workspace = :workspace AND id <= (
        SELECT id FROM conflicts
            WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET {MAX_CONFLICTS})
"""
_CONFLICTS = "SELECT event_id, entry, at FROM conflicts WHERE workspace = ? ORDER BY id DESC"


class SqliteArrivals(StorePart):
    """Accepts entries."""

    def accept(self, entry: NewEntry) -> AcceptResult:
        """Store the entry durably; the same event again is a duplicate or a conflict, and changes
        nothing."""
        return self._result(entry, self._database.insert(_INSERT, *_entry_values(entry)))

    def accept_all(self, entries: Sequence[NewEntry]) -> Sequence[AcceptResult]:
        """Store the entries, durable together."""
        rows: list[int | None] = []
        with self._database.writing() as connection:
            for entry in entries:
                cursor = execute(connection, _INSERT, *_entry_values(entry))
                rows.append(cursor.lastrowid if cursor.rowcount else None)
        return list(map(self._result, entries, rows))

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, entry id of the original, time) of each stored conflict, newest first."""
        rows = self._database.rows(_CONFLICTS, workspace)
        return [(event_id, entry_id(entry), at) for event_id, entry, at in rows]

    def _result(self, entry: NewEntry, row: int | None) -> AcceptResult:
        """The answer for an entry that was stored in that row; None: its event was known."""
        if row is None:
            return self._duplicate_or_conflict(entry)
        return AcceptResult(entry_id(row), entry.state, reason=entry.reason)

    def _duplicate_or_conflict(self, entry: NewEntry) -> AcceptResult:
        """The answer for an event whose id is taken: a duplicate, or a conflict, which is
        recorded."""
        # Entries are never deleted and keep their digest, so this need not be in the insert's
        # transaction.
        row = self._database.row(_ORIGINAL, entry.workspace, entry.event_id)
        assert row is not None
        original, state, digest, reason = row
        conflict = not _is_same_event(digest, (entry.digest, *entry.other_digests))
        if conflict:
            self._record_conflict(entry, original)
        return AcceptResult(
            entry_id(original),
            state,
            duplicate=True,
            conflict=conflict,
            reason=reason and Step(*json.loads(reason)),
        )

    def _record_conflict(self, entry: NewEntry, original: int) -> None:
        values = (entry.workspace, entry.event_id, original, entry.received_at)
        with self._database.writing() as connection:
            execute(connection, _CONFLICT, *values)
            execute(connection, _FORGET_CONFLICTS, workspace=entry.workspace)


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


def _entry_values(entry: NewEntry) -> tuple[object, ...]:
    return (
        entry.workspace,
        entry.event_id,
        entry.kind,
        entry.lane,
        entry.state,
        entry.digest,
        entry.payload,
        entry.occurred_at,
        entry.received_at,
        None if entry.state == "pending" else entry.received_at,
        entry.reason,
        *(cause_values(entry.cause) if entry.cause else NO_CAUSE).values(),
    )
