"""Which ranges of which indexes hold the entries of a state, in the order of their ids. Runs
nothing."""

from __future__ import annotations

from typing import get_args

from zsf_plugin.model import Kind, State

_ENDED = ("INDEXED BY entries_ended", "state IN ('done', 'skipped', 'held')")
_WAITING = ("INDEXED BY entries_waiting", "state IN ('pending', 'writing')")
_WRITING = ("INDEXED BY entries_writing", "state = 'writing'")


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
