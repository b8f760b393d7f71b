"""The outbox's front: events become entries, durably and once; conflicts are recorded. The hook's
hot path.

Nothing here moves an entry on; that is `settling`.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from zsf_plugin.ports import Accepted, NewEntry
from zsf_plugin.store.sqlite.database import Part, Value
from zsf_plugin.store.sqlite.rows import (
    CAUSE_COLUMNS,
    cause_values,
    encode,
    entry_id,
    loaded,
    reason_json,
    reason_of,
    stored,
)

#: How many refused conflicts are remembered for a workspace.
MAX_CONFLICTS = 1_000

_INSERT = f"""
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, payload, occurred_at,
        received_at, settled_at,
                         reason, {CAUSE_COLUMNS})
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


class Arrivals(Part):
    """Accepting entries."""

    def accept(self, entry: NewEntry) -> Accepted:
        """Keep the entry durably; the same event again is a duplicate, or a conflict, and changes
        nothing."""
        row = self._database.insert(_INSERT, _entry_values(entry))
        if row is None:
            return self._known(entry)
        return Accepted(entry_id(row), entry.state, reason=entry.reason)

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, original's entry id, when) of the refused conflicts still remembered, newest
        first."""
        with self._database.reading() as connection:
            rows = connection.execute(_CONFLICTS, (stored(workspace),)).fetchall()
        return [(loaded(event_id), entry_id(entry), at) for event_id, entry, at in rows]

    def _known(self, entry: NewEntry) -> Accepted:
        """The answer for an event whose id is taken: a duplicate, or a conflict, which is
        recorded."""
        # Entries are never deleted and keep their digest, so this needs no transaction with the
        # insert.
        key = (stored(entry.workspace), stored(entry.event_id))
        with self._database.reading() as connection:
            original = connection.execute(_ORIGINAL, key).fetchone()
        conflict = not hmac.compare_digest(original["digest"].encode(), entry.digest.encode())
        if conflict:
            self._record_conflict(entry, original["id"])
        return Accepted(
            entry_id(original["id"]),
            original["state"],
            duplicate=True,
            conflict=conflict,
            reason=reason_of(original["reason"]),
        )

    def _record_conflict(self, entry: NewEntry, original: int) -> None:
        workspace = stored(entry.workspace)
        values = (workspace, stored(entry.event_id), original, entry.received_at)
        with self._database.writing() as connection:
            connection.execute(_CONFLICT, values)
            connection.execute(_FORGET_CONFLICTS, {"workspace": workspace})


def _entry_values(entry: NewEntry) -> tuple[Value, ...]:
    return (
        stored(entry.workspace),
        stored(entry.event_id),
        entry.kind,
        stored(entry.lane),
        entry.state,
        entry.digest,
        encode(entry.payload),
        stored(entry.occurred_at),
        entry.received_at,
        None if entry.state == "pending" else entry.received_at,
        reason_json(entry.reason),
        *cause_values(entry.cause),
    )
