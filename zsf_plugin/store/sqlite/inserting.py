"""Inserts entries into SQLite with one statement, whose rows are numbered in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from zsf_plugin.store.sql.arrivals import ID_OF_EVENT, insert_statement
from zsf_plugin.store.sql.rows import Columns


def insert_rows(connection: sqlite3.Connection, rows: Sequence[Columns]) -> Sequence[int | None]:
    """Insert entries with one statement; the new row's id for each, None if its event is known or
    the console's rules have another version."""
    width = max(map(len, rows))
    if len(rows) == 1:
        cursor = connection.execute(insert_statement(1, width), rows[0])
        return (cursor.lastrowid if cursor.rowcount else None,)
    values = [value for row in rows for value in (*row, *[None] * (width - len(row)))]
    cursor = connection.execute(insert_statement(len(rows), width), values)
    inserted, last = cursor.rowcount, cursor.lastrowid or 0
    newest = range(last - inserted + 1, last + 1)  # SQLite numbers the rows of a statement in order
    if inserted == len(rows):
        return newest
    return _new_ids(connection, rows, newest)


def _new_ids(
    connection: sqlite3.Connection, rows: Sequence[Columns], newest: range
) -> Sequence[int | None]:
    """The ids of those rows that were inserted under the newest ones; None for the others. Of two
    of one event, the first was."""
    row_ids: list[int | None] = []
    for _, workspace, event_id, *_ in rows:
        found = connection.execute(ID_OF_EVENT, (workspace, event_id)).fetchone()
        is_new = found is not None and found["id"] in newest and found["id"] not in row_ids
        row_ids.append(found["id"] if is_new else None)
    return row_ids
