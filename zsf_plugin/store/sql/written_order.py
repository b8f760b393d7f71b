"""Entries in the order in which they were last written to Salesforce: a range of one index, read in
parts. Changes nothing.

An entry that wrote nothing is passed over. A place in the order is a time and an id, since several
entries are settled at once; an entry that is released and settled again has a new place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

from zsf_plugin.store.sql.database import SqlConnection, execute
from zsf_plugin.store.sql.rows import Row, entry_id, row_id

#: When an entry was settled, and its row.
Place: TypeAlias = tuple[float, int]
FIRST: Place = (math.inf, 0)
LAST: Place = (-math.inf, 0)

_ROWS = """
    SELECT id, kind, state, lane, settled_at AS at, event_id, payload,
        EXISTS (SELECT 1 FROM journal WHERE journal.entry = entries.id) AS has_written
    FROM entries INDEXED BY entries_by_settling
    WHERE workspace = :workspace AND state IN ('done', 'held')
        AND settled_at <= :at AND (settled_at < :at OR id < :id)
        AND settled_at >= :after_at AND (settled_at > :after_at OR id > :after_id)
    ORDER BY settled_at DESC, id DESC LIMIT :rows
"""
_PLACE = """
    SELECT settled_at FROM entries
    WHERE workspace = ? AND id = ? AND state IN ('done', 'held') AND settled_at IS NOT NULL
"""
#: That many are read at once, since not all may be needed.
_ROWS_AT_ONCE = 200


def cursor_of(row: Row) -> str:
    """The place of a row of `rows_by_writing`, to go on from."""
    return f"{row['at']!r}@{entry_id(row['id'])}"


def parsed_cursor(text: str) -> Place | None:
    """The place that a cursor names; None for anything else."""
    at, _, entry = text.partition("@")
    number = row_id(entry)
    try:
        place = None if number is None else (float(at), number)
    except ValueError:
        return None
    return place if place is not None and math.isfinite(place[0]) else None


def place_of(connection: SqlConnection, workspace: str, entry: str) -> Place | None:
    """Where an entry is now; None if it is not settled."""
    number = row_id(entry)
    found = execute(connection, _PLACE, workspace, number).fetchone() if number else None
    return None if found is None or number is None else (found["settled_at"], number)


def rows_by_writing(
    connection: SqlConnection, workspace: str, before: Place, after: Place, max_rows: int
) -> Iterator[Row]:
    """The rows between both places, at most that many, latest first; `has_written` is 0 for one
    that wrote nothing."""
    place = before
    while max_rows > 0:
        number = min(max_rows, _ROWS_AT_ONCE)
        values = {"workspace": workspace, "at": place[0], "id": place[1], "rows": number}
        rows = execute(connection, _ROWS, **values, after_at=after[0], after_id=after[1]).fetchall()
        yield from rows
        if len(rows) < number:
            return
        place = (rows[-1]["at"], rows[-1]["id"])
        max_rows -= number
