"""Looking through entries a page at a time, newest first, in bounded time. Changes nothing.

Entries come by ranges of an index, never by a sort of rows; what no index knows is looked at entry
by entry, and only so far.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import get_args

from zsf_plugin.model import State, seller_name
from zsf_plugin.ports import MAX_SCANNED, Entry, EntryFilter, EntryPage
from zsf_plugin.store.entry_filter import fits
from zsf_plugin.store.sqlite.database import StorePart, execute
from zsf_plugin.store.sqlite.rows import entry_from_row, entry_id, row_id

#: How far `newer` counts; how many entries `sellers` looks back.
MAX_NEWER = 1_000
MAX_SELLER_ROWS = 1_000

# What is looked at in every entry; of those that fit the rest is read, too.
_IN_STATE = """
    SELECT id, kind, received_at, event_id, payload FROM entries INDEXED BY entries_by_state
    WHERE workspace = :workspace AND state = '{state}' AND id < :before AND id > :after
"""
_NEWEST_FIRST = " ORDER BY id DESC"
_OF_STATE: Mapping[State, str] = {
    state: _IN_STATE.format(state=state) + _NEWEST_FIRST for state in get_args(State)
}
# One index range a state, merged by id.
_OF_ANY_STATE = (
    " UNION ALL ".join(_IN_STATE.format(state=state) for state in get_args(State)) + _NEWEST_FIRST
)
# The causes are found inside the index, and one row of each tells its group; then their ids, which
# the index has too, are put in order before any row is read.
_IDS_OF_CAUSE = """
    SELECT these.id FROM (
        SELECT cause_code, cause_key, min(id) AS oldest FROM entries INDEXED BY entries_held
        WHERE workspace = :workspace AND state = 'held' GROUP BY cause_code, cause_key
    ) AS causes CROSS JOIN entries AS oldest ON oldest.id = causes.oldest
    CROSS JOIN entries AS these INDEXED BY entries_held
        ON these.workspace = :workspace AND these.state = 'held'
        AND these.cause_code = causes.cause_code
        AND these.cause_key = causes.cause_key AND these.id < :before AND these.id > :after
    WHERE oldest.cause_code = :cause OR oldest.cause_group = :cause
    ORDER BY these.id DESC LIMIT :most
"""
# CROSS JOIN: in the order of the list, and each when it is asked for.
_THESE = """
    SELECT entries.id, kind, received_at, event_id, payload
    FROM json_each(?) AS ids CROSS JOIN entries ON entries.id = ids.value
"""
_ROW = "SELECT * FROM entries WHERE id = ?"
_AFTER_ALL = 2**63 - 1


class SqlitePaging(StorePart):
    """Pages of entries, newest first."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        max_scanned: int = MAX_SCANNED,
    ) -> EntryPage:
        """The newest entries that fit and are older than `before`; after one that no entry could
        be, none."""
        end = _AFTER_ALL if before is None else row_id(before)
        most = 1 + (max(limit, 1) if _tells_all(filter) else max_scanned)
        with (
            self._database.reading() as connection,
            closing(_rows(connection, workspace, filter, before=end, most=most)) as rows,
        ):
            return _page(connection, _Walk(rows, filter, max_scanned), max(limit, 1))

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """How many entries that fit came after that one, at most 1,000."""
        most = MAX_NEWER if _tells_all(filter) else MAX_SCANNED
        with (
            self._database.reading() as connection,
            closing(_rows(connection, workspace, filter, after=row_id(after), most=most)) as rows,
        ):
            walk = _Walk(rows, filter, MAX_SCANNED)
            return len(list(islice(walk, MAX_NEWER)))

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of those who purchased or sent lately, sorted."""
        with (
            self._database.reading() as connection,
            closing(_rows(connection, workspace, EntryFilter(), most=MAX_SELLER_ROWS)) as rows,
        ):
            newest = islice(rows, MAX_SELLER_ROWS)
            names = {seller_name(json.loads(row["payload"])) for row in newest}
        return sorted(filter(None, names), key=_by_name)


def _by_name(name: str) -> tuple[str, str]:
    """Without regard to capitals, where they do not decide."""
    return name.casefold(), name


def _tells_all(wanted: EntryFilter) -> bool:
    """Whether each row that `_rows` gives fits, until they are too old."""
    return wanted.kind is None and fits(wanted) is None


def _rows(
    connection: sqlite3.Connection,
    workspace: str,
    wanted: EntryFilter,
    *,
    before: int | None = _AFTER_ALL,
    after: int | None = 0,
    most: int,
) -> Generator[sqlite3.Row, None, None]:
    """The rows in the state, or of the cause, that is asked for, newest first; each is read when it
    is asked for.

    At most `most` of a cause. None of either where the place to begin from is no entry's.
    """
    between: dict[str, object] = {"workspace": workspace, "before": before, "after": after}
    if wanted.cause is None:
        statement = _OF_ANY_STATE if wanted.state is None else _OF_STATE[wanted.state]
        rows = execute(connection, statement, **between)
    elif wanted.state in (None, "held"):
        ids = execute(connection, _IDS_OF_CAUSE, cause=wanted.cause, most=most, **between)
        rows = execute(connection, _THESE, [row["id"] for row in ids])
    else:
        return
    with closing(rows):
        yield from rows


class _Walk:
    """Goes back through rows and gives those that fit, until they are too old or enough were looked
    at.

    `last` is the row it looked at last; `tired` whether it ended because of their number, with
    another row ahead.
    """

    def __init__(self, rows: Iterable[sqlite3.Row], wanted: EntryFilter, max_scanned: int) -> None:
        self._rows = rows
        self._wanted = wanted
        self._says = fits(wanted)
        self._left = max_scanned
        self.last: sqlite3.Row | None = None
        self.tired = False

    def __iter__(self) -> Iterator[sqlite3.Row]:
        since = self._wanted.since
        for row in self._rows:
            # Entries come in order of arrival, so what follows an older one is older still.
            if since is not None and row["received_at"] < since:
                return
            if not self._left:
                self.tired = True
                return
            self._left -= 1
            self.last = row
            if self._fits(row):
                yield row

    def _fits(self, row: sqlite3.Row) -> bool:
        if self._wanted.kind not in (None, row["kind"]):
            return False
        return self._says is None or self._says(row["event_id"], row["payload"])


def _page(connection: sqlite3.Connection, walk: _Walk, limit: int) -> EntryPage:
    found = list(islice(walk, limit + 1))
    entries = _entries(connection, found[:limit])
    if len(found) > limit:
        return EntryPage(entries, older=entries[-1].id)
    if not walk.tired or walk.last is None:
        return EntryPage(entries)
    scanned_back_to = walk.last["received_at"] if len(found) < limit else None
    return EntryPage(entries, entry_id(walk.last["id"]), scanned_back_to)


def _entries(connection: sqlite3.Connection, found: Sequence[sqlite3.Row]) -> list[Entry]:
    return [entry_from_row(connection.execute(_ROW, (row["id"],)).fetchone()) for row in found]
