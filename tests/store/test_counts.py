"""Entries counted by state: what counting each of them gives, without reading those that have ended."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.contract.store_contract import new
from zsf_plugin.model import State
from zsf_plugin.ports import EntryCounts
from zsf_plugin.store import Cipher
from zsf_plugin.store.sql.database import execute
from zsf_plugin.store.sqlite import SqliteStore

STATES = st.sampled_from(get_args(State))
WORKSPACES = st.sampled_from(["v", "w"])
#: Entries that arrive in a workspace, pending or skipped; and states that entries get, several at once.
CHANGES = st.lists(
    st.tuples(WORKSPACES, st.sampled_from(["pending", "skipped"]))
    | st.tuples(st.lists(st.integers(1, 12), min_size=1, max_size=4), STATES),
    max_size=12,
)


@given(CHANGES)
def test_the_counts_are_always_those_of_the_entries(changes: list[tuple[object, State]]) -> None:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "zsf.sqlite3", Cipher("a secret", "this test"))
        with closing(store):
            for number, (target, state) in enumerate(changes):
                if isinstance(target, str):
                    store.accept(new(f"e{number}", workspace=target, state=state))
                    continue
                assert isinstance(target, list)
                with store._database.writing(None) as connection:
                    ids = ", ".join(map(str, target))
                    set_state = f"UPDATE entries SET state = :state WHERE id IN ({ids})"
                    execute(connection, set_state, state=state)
            for workspace in ("v", "w"):
                counted = Counter(entry.state for entry in store.entries(workspace, limit=50))
                assert store.counts(workspace) == EntryCounts(**counted)


def test_entries_that_have_ended_are_not_read_to_be_counted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))
    seen: list[str] = []
    with closing(store), store._database.reading() as connection:
        connection.set_trace_callback(seen.append)
        store.counts("w")
        connection.set_trace_callback(None)
        for statement in filter(lambda text: text.lstrip().startswith("SELECT"), seen):
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                assert "entries_ended" not in row["detail"]
