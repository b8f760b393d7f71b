"""Pages of entries, newest or last written first, in bounded time. Changes nothing.

Entries come from index ranges, never from a sort; what no index covers is checked entry by entry,
up to a limit. `written_order` reads those in the order of writing.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, get_args

from zsf_plugin import model, ports
from zsf_plugin.model import State
from zsf_plugin.ports import MAX_SCANNED
from zsf_plugin.store.entry_filter import fits
from zsf_plugin.store.sql.database import SqlConnection, StorePart, execute
from zsf_plugin.store.sql.held_causes import IDS_OF_CAUSE, of_cause
from zsf_plugin.store.sql.rows import Row, entry_from_row, entry_id, row_id
from zsf_plugin.store.sql.state_ranges import NEWEST_FIRST, merged
from zsf_plugin.store.sql.written_order import (
    FIRST,
    LAST,
    cursor_of,
    parsed_cursor,
    place_of,
    rows_by_writing,
)

if TYPE_CHECKING:
    from zsf_plugin.ports import Entry, EntryFilter, EntryPage

#: The highest count of `newer`; the number of entries that `sellers` reads.
MAX_NEWER = 1_000
MAX_SELLER_ROWS = 1_000
#: More entries of one prospect than anyone reads.
MAX_IDS = 10_000

# The columns that are checked in every entry; matching entries are then read in full.
_COLUMNS = "id, kind, state, lane, received_at AS at, event_id, payload"
_BETWEEN = " AND id < :before AND id > :after"
_OF_STATE: Mapping[State, str] = {
    state: merged(_COLUMNS, (state,), _BETWEEN, NEWEST_FIRST) for state in get_args(State)
}
_OF_ANY_STATE = merged(_COLUMNS, get_args(State), _BETWEEN, NEWEST_FIRST)
_OF_LANE = f"""
    SELECT {_COLUMNS} FROM entries INDEXED BY entries_by_lane
    WHERE workspace = :workspace AND lane = :lane{_BETWEEN} {NEWEST_FIRST}
"""
_IDS_OF_LANE = """
    SELECT id FROM entries INDEXED BY entries_by_lane
    WHERE workspace = ? AND lane = ? ORDER BY id DESC LIMIT ?
"""
_ROWS_BY_ID = """
    SELECT entries.id, kind, state, lane, received_at AS at, event_id, payload
    FROM json_each(?) AS ids CROSS JOIN entries ON entries.id = CAST(ids.value AS BIGINT)
"""
#: That many are read at once, since not all may be needed.
_ROWS_AT_ONCE = 100
_ROW = "SELECT * FROM entries WHERE id = ?"
_ID = itemgetter("id")
_MAX_ROW_ID = 2**63 - 1


class Paging(StorePart):
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
        """The first matching entries after `before`; none if no page ended there."""
        max_rows = 1 + (max(limit, 1) if _every_row_matches(filter) else max_scanned)
        with (
            self._database.reading() as connection,
            closing(_rows_from(connection, workspace, filter, before, max_rows)) as rows,
        ):
            return _page(connection, _Walk(rows, filter, max_scanned), max(limit, 1))

    def ids_of_lane(self, workspace: str, lane: str) -> Sequence[str]:
        """The ids of a prospect's entries, oldest first; of the newest 10,000."""
        rows = self._database.rows(_IDS_OF_LANE, workspace, lane, MAX_IDS)
        return [entry_id(row["id"]) for row in reversed(list(rows))]

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """The number of matching entries before that one in the order, at most 1,000."""
        max_rows = MAX_NEWER if _every_row_matches(filter) else MAX_SCANNED
        with (
            self._database.reading() as connection,
            closing(_rows_up_to(connection, workspace, filter, after, max_rows)) as rows,
        ):
            walk = _Walk(rows, filter, MAX_SCANNED)
            return len(list(islice(walk, MAX_NEWER)))

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of recent sellers, sorted."""
        with (
            self._database.reading() as connection,
            closing(
                _rows(connection, workspace, ports.EntryFilter(), max_rows=MAX_SELLER_ROWS)
            ) as rows,
        ):
            newest = islice(rows, MAX_SELLER_ROWS)
            names = {model.seller_name(json.loads(row["payload"])) for row in newest}
        return sorted(filter(None, names), key=_by_name)


def _by_name(name: str) -> tuple[str, str]:
    """Sort without regard to case, except to break ties."""
    return name.casefold(), name


def _every_row_matches(wanted: EntryFilter) -> bool:
    """Whether every row that is read matches, until they are too old."""
    if wanted.is_by_writing:
        return False
    among_a_lane = wanted.lane is not None and (wanted.state or wanted.cause)
    return wanted.kind is None and not among_a_lane and fits(wanted) is None


def _rows_from(
    connection: SqlConnection,
    workspace: str,
    wanted: EntryFilter,
    before: str | None,
    max_rows: int,
) -> Generator[Row, None, None]:
    """The rows in the wanted order, after the page that ended at `before`."""
    if wanted.is_by_writing:
        place = FIRST if before is None else parsed_cursor(before)
        if place is not None:
            yield from rows_by_writing(connection, workspace, place, LAST, max_rows)
        return
    end = _MAX_ROW_ID if before is None else row_id(before)
    yield from _rows(connection, workspace, wanted, before=end, max_rows=max_rows)


def _rows_up_to(
    connection: SqlConnection, workspace: str, wanted: EntryFilter, after: str, max_rows: int
) -> Generator[Row, None, None]:
    """The rows in the wanted order, up to that entry."""
    if wanted.is_by_writing:
        place = place_of(connection, workspace, after)
        if place is not None:
            yield from rows_by_writing(connection, workspace, FIRST, place, max_rows)
        return
    yield from _rows(connection, workspace, wanted, after=row_id(after), max_rows=max_rows)


def _rows(
    connection: SqlConnection,
    workspace: str,
    wanted: EntryFilter,
    *,
    before: int | None = _MAX_ROW_ID,
    after: int | None = 0,
    max_rows: int,
) -> Generator[Row, None, None]:
    """At most that many rows of the wanted cause, lane or state, newest first. None at all if
    `before` or `after` is not an entry's row."""
    between: dict[str, object] = {"workspace": workspace, "before": before, "after": after}
    if wanted.cause is None:
        statement, values = _by_lane_or_state(wanted)
        values.update(between, limit=max_rows)
        with closing(execute(connection, statement, **values)) as rows:
            yield from rows
    elif wanted.state in (None, "held"):
        values = {**of_cause(wanted.cause), **between}
        ids = execute(connection, IDS_OF_CAUSE, max_rows=max_rows, **values)
        row_ids = [row["id"] for row in ids]
        for start in range(0, len(row_ids), _ROWS_AT_ONCE):
            some = execute(connection, _ROWS_BY_ID, row_ids[start : start + _ROWS_AT_ONCE])
            yield from sorted(some, key=_ID, reverse=True)


def _by_lane_or_state(wanted: EntryFilter) -> tuple[str, dict[str, object]]:
    """The statement that reads the lane, or the entries of the state, and its values."""
    if wanted.lane is not None:
        return _OF_LANE, {"lane": wanted.lane}
    return (_OF_ANY_STATE if wanted.state is None else _OF_STATE[wanted.state]), {}


class _Walk:
    """Goes back through rows and yields the matching ones, until they are too old or enough were
    read.

    `last` is the last row read; `stopped_early`: it ended at the limit, with another row ahead.
    `place` is where the next page goes on after a row.
    """

    def __init__(self, rows: Iterable[Row], wanted: EntryFilter, max_scanned: int) -> None:
        self._rows = rows
        self._wanted = wanted
        self._matches = fits(wanted)
        self.place = cursor_of if wanted.is_by_writing else _id_of
        self._left = max_scanned
        self.last: Row | None = None
        self.stopped_early = False

    def __iter__(self) -> Iterator[Row]:
        since = self._wanted.since
        for row in self._rows:
            # All that follow an older one are older too.
            if since is not None and row["at"] < since:
                return
            if not self._left:
                self.stopped_early = True
                return
            self._left -= 1
            self.last = row
            if self._fits(row):
                yield row

    def _fits(self, row: Row) -> bool:
        wanted = self._wanted
        if wanted.kind not in (None, row["kind"]) or wanted.state not in (None, row["state"]):
            return False
        if wanted.lane not in (None, row["lane"]):
            return False
        if wanted.is_by_writing and not row["has_written"]:
            return False
        return self._matches is None or self._matches(row["event_id"], row["payload"])


def _id_of(row: Row) -> str:
    return entry_id(row["id"])


def _page(connection: SqlConnection, walk: _Walk, limit: int) -> EntryPage:
    found = list(islice(walk, limit + 1))
    entries = _entries(connection, found[:limit])
    if len(found) > limit:
        return ports.EntryPage(entries, older=walk.place(found[limit - 1]))
    if not walk.stopped_early or walk.last is None:
        return ports.EntryPage(entries)
    scanned_back_to = walk.last["at"] if len(found) < limit else None
    return ports.EntryPage(entries, walk.place(walk.last), scanned_back_to)


def _entries(connection: SqlConnection, found: Sequence[Row]) -> list[Entry]:
    return [entry_from_row(connection.execute(_ROW, (row["id"],)).fetchone()) for row in found]
