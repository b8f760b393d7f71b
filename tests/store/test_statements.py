"""Statements that run often, or over a long backlog, use an index and sort nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.store_contract import ORG, fence, held, new
from zsf_plugin.model import Link, LinkKey
from zsf_plugin.ports import EntryFilter, Moment, Settlement
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))
    for number in range(20):
        store.accept(new(f"e{number}"))
    store.settle(fence(store), [Settlement("e1", "held", cause=held("A"))], 1.0)
    yield store
    store.close()


def plans_of(store: SqliteStore, act: str) -> list[str]:
    """The query plan of each SELECT or UPDATE on entries that an act runs."""
    seen: list[str] = []
    with store._database.reading() as connection:
        connection.set_trace_callback(seen.append)
    link = Link("prospect", "p1", "Lead", "00Q1", {})
    acts: dict[str, Callable[[], object]] = {
        "links": lambda: store.links("w", ORG, [("prospect", "p1"), ("prospect", "p2")]),
        "due": lambda: store.due("w", "purchase", 5, 1.0),
        "next_due": lambda: store.next_due("w"),
        "counts": lambda: store.counts("w"),
        "a page": lambda: store.entries("w", before="e9", limit=5),
        "a page of one state": lambda: store.entries("w", state="held", limit=5),
        "a settlement that frees a lane": lambda: store.settle(
            fence(store), [Settlement("e2", "done", links=(link,))], 1.0
        ),
        "workspaces": lambda: store.workspaces(),
        "leafing through": lambda: store.page("w", EntryFilter(), before="e9", limit=5),
        "leafing through one state": lambda: store.page("w", EntryFilter(state="held"), limit=5),
        "a lane": lambda: store.page("w", EntryFilter(lane="p1"), before="e9", limit=5),
        "how many are newer": lambda: store.newer("w", EntryFilter(), "e9"),
        "a cause": lambda: store.page("w", EntryFilter(cause="A"), limit=5),
        "a held cause": lambda: store.entries("w", state="held", cause="A", limit=5),
        "sellers": lambda: store.sellers("w"),
        "times ahead": lambda: store.forget_times_ahead(fence(store), "w", Moment(1.0), 661.0),
        "waiting workspaces": lambda: store.waiting_workspaces(1.0),
        "workspaces with held entries": lambda: store.holding_workspaces(),
        "one with held entries": lambda: store.holding_workspaces("w"),
        "all workspaces": lambda: store.overviews(1.0),
        "due since": lambda: store.due_since(1.0),
        "in doubt elsewhere": lambda: store.in_doubt_elsewhere(ORG, "w"),
    }
    acts[act]()
    with store._database.reading() as connection:
        connection.set_trace_callback(None)
        statements = [
            text for text in seen if text.lstrip().startswith(("SELECT", "UPDATE", "WITH"))
        ]
        return [line for text in statements for line in plan(connection, text)]


def plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    return [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize(
    "act",
    [
        "due",
        "next_due",
        "counts",
        "a page",
        "a page of one state",
        "a settlement that frees a lane",
        "workspaces",
        "leafing through",
        "leafing through one state",
        "a lane",
        "how many are newer",
        "sellers",
        "times ahead",
        "waiting workspaces",
        "workspaces with held entries",
        "one with held entries",
        "in doubt elsewhere",
        "all workspaces",
        "due since",
    ],
)
def test_it_is_answered_by_an_index_without_a_sort(store: SqliteStore, act: str) -> None:
    lines = plans_of(store, act)
    assert lines
    assert [line for line in lines if line == "SCAN entries" or "FOR ORDER BY" in line] == []


def test_the_due_entries_of_a_long_backlog_are_read_in_order_of_arrival(store: SqliteStore) -> None:
    assert any("USING INDEX entries_waiting" in line for line in plans_of(store, "due"))


@pytest.mark.parametrize("act", ["a cause", "a held cause"])
def test_a_causes_entries_are_found_by_the_index_of_held_ones(store: SqliteStore, act: str) -> None:
    lines = plans_of(store, act)
    assert not any(line.startswith("SCAN entries") for line in lines)
    assert any("these USING INDEX entries_held" in line for line in lines)


@pytest.mark.parametrize("act", ["a cause", "a held cause"])
def test_the_entries_of_other_causes_are_not_read_for_one(store: SqliteStore, act: str) -> None:
    ranges = [line for line in plans_of(store, act) if "INDEX entries_held" in line]
    assert len(ranges) == 3
    assert all("cause_code=?" in line for line in ranges)


def test_many_links_of_a_kind_are_read_by_one_statement_that_is_planned_once(
    store: SqliteStore,
) -> None:
    """A parameter that may be compared with the condition of an index is planned again for each value."""
    keys: list[LinkKey] = [("prospect", f"p{number}") for number in range(10)]
    links = tuple(Link(*key, "Lead", f"00Q{key[1]}", {}) for key in keys)
    store.settle(fence(store), [Settlement("e2", "done", links=links)], 1.0)
    planned: list[int] = []

    def note(action: int, *_: object) -> int:
        planned.append(action)
        return sqlite3.SQLITE_OK

    with store._database.reading() as connection:
        connection.set_authorizer(note)
    assert store.links("w", ORG, keys) == {link.key: link for link in links}
    with store._database.reading() as connection:
        connection.set_authorizer(None)
    assert planned.count(sqlite3.SQLITE_SELECT) == 2  # with the one of the list of keys
    assert any("AND kind=? AND host_id=?" in line for line in plans_of(store, "links"))
