"""The store as a whole, for those who operate it: all workspaces in one statement, what has been
due for longest, the size, and a copy. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from zsf_plugin import ports
from zsf_plugin.model import Kind
from zsf_plugin.ports import MAX_CLOCK_SKEW_S
from zsf_plugin.store.sql.database import StorePart
from zsf_plugin.store.sql.listing import WORKSPACE_NAMES
from zsf_plugin.store.sql.surveys import IS_WAITING, PAUSE_IN_FORCE, WAITING_NAMES, next_due_of

if TYPE_CHECKING:
    from zsf_plugin.ports import StoreSize, WorkspaceOverview
    from zsf_plugin.store.sql.rows import Row


def _count(index: str, states: str) -> str:
    """How many entries of the workspace `name` are in that index, as an expression."""
    return f"""(SELECT count(*) FROM entries INDEXED BY {index}
        WHERE entries.workspace = name AND {states})"""


def _settled(state: str) -> str:
    return f"""coalesce((SELECT entries FROM settled_counts
        WHERE settled_counts.workspace = name AND settled_counts.state = '{state}'), 0)"""


def _oldest(kind: Kind) -> str:
    """When the oldest of that kind arrived that waits in the workspace `name`."""
    return f"""(SELECT received_at FROM entries INDEXED BY entries_waiting
        WHERE entries.workspace = name AND kind = '{kind}' AND {IS_WAITING} ORDER BY id LIMIT 1)"""


_OVERVIEWS = f"""
    {WORKSPACE_NAMES}, every (name) AS (
        SELECT name FROM names WHERE name IS NOT NULL UNION SELECT workspace FROM connections
    )
    SELECT name, {_count("entries_waiting", IS_WAITING)},
        {_count("entries_writing", "entries.state = 'writing'")},
        {_count("entries_held", "entries.state = 'held'")}, {_settled("done")},
        {_settled("skipped")}, {_oldest("purchase")}, {_oldest("touchpoint")}, connections.state,
        connections.org_id, pauses.code, pauses.until
    FROM every LEFT JOIN connections ON connections.workspace = name
    LEFT JOIN pauses ON {PAUSE_IN_FORCE}
"""


def _due_since(kind: Kind) -> str:
    """Since when the first entry of that kind in the workspace `name` has been due, as an
    expression."""
    return f"""
        CASE WHEN {next_due_of(kind)} <= :now THEN (
            SELECT CASE WHEN not_before > received_at THEN not_before ELSE received_at END
            FROM entries INDEXED BY entries_waiting
            WHERE entries.workspace = name AND kind = '{kind}' AND {IS_WAITING}
                AND not_before <= :now ORDER BY id LIMIT 1) END
    """


_DUE_SINCE = f"""
    {WAITING_NAMES}
    SELECT {", ".join(map(_due_since, get_args(Kind)))}
    FROM names CROSS JOIN connections ON connections.workspace = name
    LEFT JOIN pauses ON {PAUSE_IN_FORCE}
    WHERE connections.state NOT IN ('reconnect', 'previewing') AND pauses.workspace IS NULL
"""


class Upkeep(StorePart):
    """Reads the store as a whole."""

    def check(self) -> None:
        """Raise StoreUnavailable if the store does not answer, or has other tables."""
        self._database.check()

    def size(self) -> StoreSize:
        """The bytes that it takes, and those of them that are free."""
        return ports.StoreSize(*self._database.size())

    def write_copy(self, file: Path, on_step: Callable[[int, int], None]) -> None:
        """Copy the store as it is now to a new file."""
        self._database.write_copy(file, on_step)

    def overviews(self, now: float) -> Sequence[WorkspaceOverview]:
        """Every workspace, by name."""
        overviews = map(_overview, self._rows_at(now, _OVERVIEWS))
        return sorted(overviews, key=lambda one: one.workspace)

    def due_since(self, now: float) -> float | None:
        """Since when the entry has been due that was due first."""
        rows = self._rows_at(now, _DUE_SINCE)
        return min((at for row in rows for at in row if at is not None), default=None)

    def _rows_at(self, now: float, query: str) -> Iterable[Row]:
        return self._database.rows(query, now=now, skew=MAX_CLOCK_SKEW_S)


def _overview(row: Row) -> WorkspaceOverview:
    name, waiting, writing, held, done, skipped, purchase_at, touchpoint_at, *rest = row
    counts = ports.EntryCounts(waiting - writing, writing, held, done, skipped)
    since = min((at for at in (purchase_at, touchpoint_at) if at is not None), default=None)
    return ports.WorkspaceOverview(name, counts, since, *rest)
