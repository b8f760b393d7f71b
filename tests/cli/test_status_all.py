"""All workspaces in one table, however many there are."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import fence, held, new
from tests.contract.surveys_contract import connected
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Settlement, WorkspacePause
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.wiring.overview import overview_of

_TOKENS = Tokens("access", "refresh")


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))


def test_what_has_waited_for_longest_comes_first_then_what_is_held_then_what_is_paused(
    store: SqliteStore,
) -> None:
    for name in ("fine", "paused", "one held", "two held", "waits", "waits longer"):
        store.save_connection(connected(name), _TOKENS)
    for number, name in enumerate(("waits longer", "waits", "two held", "two held", "one held")):
        entry = store.accept(new(f"e{number}", workspace=name)).entry_id
        if "held" in name:
            store.settle(fence(store), [Settlement(entry, "held", cause=held("A"))], 1.0)
    with store._database.writing(None) as connection:
        connection.execute("UPDATE entries SET received_at = 90 WHERE workspace = 'waits longer'")
    store.pause("paused", WorkspacePause("unavailable", "", 1.0))
    found = overview_of(store, 1000.0)
    names = [one.workspace for one in found.workspaces]
    assert names == ["waits longer", "waits", "two held", "one held", "paused", "fine"]
    assert found.totals()["held"] == 3
    store.close()


def statements_for(store: SqliteStore, workspaces: int) -> int:
    """The number of statements that an overview takes."""
    store.accept_all([new(workspace=f"w{number}") for number in range(workspaces)])
    for number in range(workspaces):
        store.save_connection(connected(f"w{number}"), _TOKENS)
    seen: list[str] = []
    with store._database.reading() as connection:
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(seen.append)
    assert len(overview_of(store, 1000.0).workspaces) == workspaces
    return len(seen)


def test_the_number_of_statements_is_that_of_one_workspace(
    store: SqliteStore, tmp_path: Path
) -> None:
    other = SqliteStore(tmp_path / "other.sqlite3", Cipher("a secret", "this test"))
    assert statements_for(store, 30) == statements_for(other, 1)
    store.close()
    other.close()


def test_the_table_is_plain_text_in_a_pipe_and_one_document_as_json(zsf: Zsf) -> None:
    lines = [{**PURCHASE, "workspace": name} for name in ("acme", "default")]
    zsf("feed", "-", stdin="\n".join(map(json.dumps, lines)))
    shown = zsf("status", "--all")
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    (row,) = [line for line in shown.stdout.splitlines() if line.startswith(" acme ")]
    assert "not_connected" in row
    assert "2 workspaces, 2 paused; waiting 2, held 0" in shown.stdout
    document = json.loads(zsf("status", "--all", "--json").stdout)
    assert [one["workspace"] for one in document["workspaces"]] == ["acme", "default"]
    assert document["totals"]["pending"] == 2
    assert document["database"]["bytes"] > document["database"]["free_bytes"] >= 0


def test_without_any_workspace_there_is_no_table(zsf: Zsf) -> None:
    shown = zsf("status", "--all")
    assert shown.stdout.startswith("0 workspaces, 0 paused; waiting 0, held 0")


def test_the_status_of_one_workspace_says_the_size_of_the_database(zsf: Zsf) -> None:
    assert " MB, of which 0.0 MB are free" in zsf("status").stdout
    assert json.loads(zsf("status", "--json").stdout)["database"]["free_bytes"] == 0
