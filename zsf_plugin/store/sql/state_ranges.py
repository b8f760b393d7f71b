"""Which ranges of which indexes hold the entries of a state, in the order of their ids. Runs
nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from zsf_plugin.model import Kind, State

_ENDED = ("INDEXED BY entries_ended", "state IN ('done', 'skipped', 'held')")
_WAITING = ("INDEXED BY entries_waiting", "state IN ('pending', 'writing')")
_WRITING = ("INDEXED BY entries_writing", "state = 'writing'")


NEWEST_FIRST = "ORDER BY id DESC LIMIT :limit"


def merged(columns: str, states: Iterable[State], conditions: str, order: str) -> str:
    """The entries of these states in `:workspace`, with further conditions, in an order of ids that
    ends at a limit: ranges of indexes, merged without a sort or a scan of other entries.

    SQLite reads each range only as far as the merged rows are read. PostgreSQL would sort them
    whole, unless each range ends at the limit too.
    """
    ranges = (each for state in states for each in selects(columns, state))
    each_ended = [
        f"SELECT * FROM ({each}{conditions} /* {order} */) AS range_{number}"
        for number, each in enumerate(ranges)
    ]
    return f"{' UNION ALL '.join(each_ended)} {order}"


def selects(columns: str, state: State) -> list[str]:
    """A SELECT for each range with the entries of that state in `:workspace`; further conditions
    can follow. The conditions of the index are repeated, or SQLite does not take it."""
    if state in ("pending", "writing"):
        index, condition = _WAITING if state == "pending" else _WRITING
        conditions = [f"kind = '{kind}' AND {condition}" for kind in get_args(Kind)]
    else:
        index, condition = _ENDED
        conditions = [condition]
    return [
        f"SELECT {columns} FROM entries {index}"
        f" WHERE workspace = :workspace AND {each} AND state = '{state}'"
        for each in conditions
    ]
