"""Reads of all workspaces at once, for a scheduler: what waits, what is held, and whether anything
was stored at all.

Each statement jumps from one workspace to the next in an index of what waits or is held, so that
neither idle workspaces nor ended entries cost anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import starmap
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.ports import MAX_CLOCK_SKEW_S
from zsf_plugin.store.sql.database import StorePart
from zsf_plugin.store.sql.rows import Row, column, encode
from zsf_plugin.store.sql.settling import NEXT_DUE

if TYPE_CHECKING:
    from zsf_plugin.model import Kind
    from zsf_plugin.ports import HoldingWorkspace, WaitingWorkspace

_NAMES = """
    WITH RECURSIVE names (name) AS (
        SELECT min(workspace) FROM entries INDEXED BY {index} WHERE {states}
        UNION ALL SELECT (
            SELECT min(workspace) FROM entries INDEXED BY {index}
            WHERE {states} AND workspace > name) FROM names WHERE name IS NOT NULL
    )
"""
#: Whether an entry waits, as a condition.
IS_WAITING = "state IN ('pending', 'writing')"
WAITING_NAMES = _NAMES.format(index="entries_waiting", states=IS_WAITING)


def next_due_of(kind: Kind) -> str:
    """When the next entry of that kind is due in the workspace `name`, as an expression."""
    asked = (statement.replace("?", "{}").format("name", f"'{kind}'") for statement in NEXT_DUE)
    return f"coalesce({', '.join(f'({one})' for one in asked)})"


_HOLDING_NAMES = _NAMES.format(index="entries_held", states="state = 'held'")
#: Joins the pause in force of the workspace `name`, as `sync.availability` decides.
PAUSE_IN_FORCE = """pauses.workspace = name AND since - :skew <= :now
        AND (until IS NULL OR until > :now)
        AND (pauses.org_id = '' OR substr(pauses.org_id, 1, 15) = substr(connections.org_id, 1, 15))
"""
_WAITING = f"""
    {WAITING_NAMES}
    SELECT name, pauses.until,
        CASE WHEN pauses.workspace IS NULL THEN {next_due_of("purchase")} END,
        CASE WHEN pauses.workspace IS NULL THEN {next_due_of("touchpoint")} END,
        used, daily_limit, seen_at, coalesce(version, 0)
    FROM names CROSS JOIN connections ON connections.workspace = name
    LEFT JOIN pauses ON {PAUSE_IN_FORCE}
    LEFT JOIN usage ON usage.org_id = connections.org_id
    LEFT JOIN console_rules ON console_rules.workspace = name
    WHERE connections.state NOT IN ('reconnect', 'previewing')
"""
_HOLDING = """
    SELECT name, org_id, user_id, connected_at, state, coalesce(version, 0)
    FROM names CROSS JOIN connections ON connections.workspace = name
    LEFT JOIN console_rules ON console_rules.workspace = name
"""
_ALL_HOLDING = f"{_HOLDING_NAMES} {_HOLDING}"
_ONE_HOLDING = f"""
    WITH names (name) AS (
        SELECT :workspace WHERE EXISTS (
            SELECT 1 FROM entries INDEXED BY entries_held
            WHERE workspace = :workspace AND state = 'held'))
    {_HOLDING}
"""
# CROSS JOIN: the wanted ones are few, the answers many.
_FETCHED = """
    SELECT org_id, name, fetched_at
    FROM json_each(?) AS wanted CROSS JOIN facts
        ON org_id = json_extract(wanted.value, '$[0]') AND name = json_extract(wanted.value, '$[1]')
"""


class Surveys(StorePart):
    """Reads all workspaces at once."""

    def revision(self) -> object:
        """A value that equals an earlier one only if nothing was stored in between."""
        return self._database.revision()

    def waiting_workspaces(self, now: float) -> Sequence[WaitingWorkspace]:
        """The workspaces in which entries wait for nobody, by name."""
        rows = self._database.rows(_WAITING, now=now, skew=MAX_CLOCK_SKEW_S)
        return list(map(_waiting_workspace, sorted(rows, key=_name_of)))

    def holding_workspaces(self, workspace: str | None = None) -> Sequence[HoldingWorkspace]:
        """The connected workspaces in which entries are held, by name."""
        if workspace is None:
            rows = self._database.rows(_ALL_HOLDING)
        else:
            rows = self._database.rows(_ONE_HOLDING, workspace=workspace)
        rows.sort(key=_name_of)
        return list(starmap(ports.HoldingWorkspace, rows))

    def fetched_at(self, facts: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], float]:
        """When those answers were fetched, by org and name."""
        wanted = encode([[column(org_id), column(name)] for org_id, name in facts])
        rows = self._database.rows(_FETCHED, wanted)
        return {(org_id, name): at for org_id, name, at in rows}


def _name_of(row: Row) -> str:
    name: str = row[0]
    return name


def _waiting_workspace(row: Row) -> WaitingWorkspace:
    workspace, paused_until, purchase_at, touchpoint_at, *rest = row
    moments: dict[Kind, float | None] = {"purchase": purchase_at, "touchpoint": touchpoint_at}
    due_at = {kind: at for kind, at in moments.items() if at is not None}
    return ports.WaitingWorkspace(workspace, due_at, paused_until, *rest)
