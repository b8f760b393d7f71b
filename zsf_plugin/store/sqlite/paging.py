"""Looking through entries a page at a time, newest first, in bounded time. Changes nothing.

Entries come by ranges of an index, never by a sort of rows; what no index knows is looked at entry by entry, and
only so far.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import get_args

from zsf_plugin.model.event import State, seller_of
from zsf_plugin.ports.store import LOOK_AT, Entry, EntryFilter, EntryPage
from zsf_plugin.store.looking import fits
from zsf_plugin.store.sqlite.database import Value
from zsf_plugin.store.sqlite.part import Part
from zsf_plugin.store.sqlite.rows import entry_id, entry_of, loaded, row_id, stored

#: How far `newer` counts; how many entries `sellers` looks back.
_MOST_NEWER = 1_000
_SELLERS_IN = 2_000

_IN_STATE = """
    SELECT * FROM entries INDEXED BY entries_by_state
    WHERE workspace = :workspace AND state = '{state}' AND id < :before AND id > :after
"""
_NEWEST_FIRST = " ORDER BY id DESC"
_OF_STATE: Mapping[State, str] = {state: _IN_STATE.format(state=state) + _NEWEST_FIRST for state in get_args(State)}
# One index range a state, merged by id.
_OF_ANY_STATE = " UNION ALL ".join(_IN_STATE.format(state=state) for state in get_args(State)) + _NEWEST_FIRST
# The causes are found inside the index, and one row of each tells its group; then their ids, which the index has too,
# are put in order before any row is read.
_IDS_OF_CAUSE = """
    SELECT these.id FROM (
        SELECT cause_code, cause_text, min(id) AS oldest FROM entries INDEXED BY entries_held
        WHERE workspace = :workspace AND state = 'held' GROUP BY cause_code, cause_text
    ) AS causes CROSS JOIN entries AS oldest ON oldest.id = causes.oldest
    CROSS JOIN entries AS these INDEXED BY entries_held
        ON these.workspace = :workspace AND these.state = 'held' AND these.cause_code = causes.cause_code
        AND these.cause_text = causes.cause_text AND these.id < :before AND these.id > :after
    WHERE oldest.cause_code = :cause OR oldest.cause_group = :cause
    ORDER BY these.id DESC LIMIT :most
"""
_ROW = "SELECT * FROM entries WHERE id = ?"
_AFTER_ALL = 2**63 - 1


class Paging(Part):
    """Pages of entries, newest first."""

    def page(
        self,
        workspace: str,
        filter: EntryFilter,
        *,
        before: str | None = None,
        limit: int = 50,
        look_at: int = LOOK_AT,
    ) -> EntryPage:
        """The newest entries that fit and are older than `before`; after one that no entry could be, none."""
        last = _AFTER_ALL if before is None else row_id(before)
        with self._rows(workspace, filter, before=last, most=look_at + 1) as rows:
            return _page(_Walk(rows, filter, look_at), max(limit, 1))

    def newer(self, workspace: str, filter: EntryFilter, after: str) -> int:
        """How many entries that fit came after that one, at most 1,000."""
        with self._rows(workspace, filter, after=row_id(after), most=LOOK_AT) as rows:
            return sum(1 for _ in islice(_Walk(rows, filter, LOOK_AT), _MOST_NEWER))

    def sellers(self, workspace: str) -> Sequence[str]:
        """The names of those who purchased or sent lately, sorted."""
        with self._rows(workspace, EntryFilter(), most=_SELLERS_IN) as rows:
            names = {seller_of(json.loads(row["payload"])) for row in islice(rows, _SELLERS_IN)}
        return sorted((name for name in names if name), key=lambda name: (name.casefold(), name))

    @contextmanager
    def _rows(
        self, workspace: str, wanted: EntryFilter, *, before: int | None = _AFTER_ALL, after: int | None = 0, most: int
    ) -> Iterator[Iterator[sqlite3.Row]]:
        """The rows in the state, or of the cause, that is asked for, newest first; each is read when it is asked for.

        At most `most` of a cause. None of either where the place to begin from is no entry's.
        """
        values: dict[str, Value] = {"workspace": stored(workspace), "before": before, "after": after}
        if wanted.cause is None:
            statement = _OF_STATE[wanted.state] if wanted.state else _OF_ANY_STATE
        elif wanted.state in (None, "held"):
            statement = _IDS_OF_CAUSE
            values |= {"cause": stored(wanted.cause), "most": most}
        else:
            yield iter(())
            return
        with self._database.reading() as connection, closing(connection.execute(statement, values)) as found:
            yield found if wanted.cause is None else _whole(connection, found.fetchall())


class _Walk:
    """Goes back through rows and gives those that fit, until they are too old or enough were looked at.

    `last` is the row it looked at last; `tired` whether it ended because of their number, with another row ahead.
    """

    def __init__(self, rows: Iterable[sqlite3.Row], wanted: EntryFilter, look_at: int) -> None:
        self._rows = rows
        self._wanted = wanted
        self._says = fits(wanted)
        self._left = look_at
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
        return self._says is None or self._says(loaded(row["event_id"]), row["payload"])


def _page(walk: _Walk, limit: int) -> EntryPage:
    found: list[sqlite3.Row] = []
    for row in walk:
        if len(found) == limit:
            return EntryPage(_entries(found), older=entry_id(found[-1]["id"]))
        found.append(row)
    if not walk.tired or walk.last is None:
        return EntryPage(_entries(found))
    looked_back_to = walk.last["received_at"] if len(found) < limit else None
    return EntryPage(_entries(found), entry_id(walk.last["id"]), looked_back_to)


def _entries(rows: Sequence[sqlite3.Row]) -> list[Entry]:
    return [entry_of(row) for row in rows]


def _whole(connection: sqlite3.Connection, ids: Sequence[sqlite3.Row]) -> Iterator[sqlite3.Row]:
    return (connection.execute(_ROW, (row["id"],)).fetchone() for row in ids)
