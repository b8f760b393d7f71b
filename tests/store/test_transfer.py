"""A database file goes to PostgreSQL whole or not at all, and is closed to everyone after it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.contract.store_contract import connection, fence, held, new
from zsf_plugin.decision.causes import held_reason
from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.model import Link, Tokens
from zsf_plugin.ports import EntryCounts, JournalLine, SettledUndo, Settlement, UndoLine
from zsf_plugin.store.postgres import PostgresStore
from zsf_plugin.store.postgres.connecting import SCHEMA
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.transfer import transfer_to_postgres

CIPHER = Cipher("a secret", "this test")
HOSTILE = "a\tb\\n\n'\"\\.\0\ud800 å {x}"

#: The workspace's entries in `file`.
COUNTS = EntryCounts(pending=4, done=1, skipped=1, held=1)


def ignore(done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with entries in several states, links, a sign-in and a lease."""
    file = tmp_path / "zsf.sqlite3"
    with closing(SqliteStore(file, CIPHER)) as store:
        store.save_connection(connection(), Tokens("access", "refresh", refreshed_at=7.5))
        events = [new(f"e{number}", lane=f"p{number}") for number in range(5)]
        accepted = store.accept_all([*events, new(HOSTILE), new("other", workspace="beta")])
        store.accept(new("e0", digest="another"))
        store.accept(new("off", state="skipped"))
        link = Link("prospect", "p0", "Lead", "00Q1", {"LastName": HOSTILE}, "digest", 190.5)
        first, second = accepted[0].entry_id, accepted[1].entry_id
        line = JournalLine(first, "Lead", "00Q1", "create", {}, {"LastName": HOSTILE}, 200.0)
        done = Settlement(first, "done", links=(link,), journal=(line,))
        cause = held("SEVERAL_MATCH")
        blocked = Settlement(second, "held", held_reason(cause), cause)
        lease = fence(store)
        store.settle(lease, [done, blocked], 200.0)
        deleted = UndoLine(first, "Lead", "00Q1", "delete", "done", {}, {}, 210.0)
        store.settle_undo(lease, SettledUndo("w", first, [deleted]))
    return file


def rows_of_file(file: Path) -> Mapping[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(file)) as reading:
        reading.text_factory = bytes.decode
        tables = [
            name for (name,) in reading.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {name: sorted(reading.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}


def rows_of_server(url: str, tables: Mapping[str, object]) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as reading:
        found = {}
        for name in tables:
            rows = reading.execute(f"SELECT * FROM {SCHEMA}.{name}".encode()).fetchall()
            found[name] = sorted(rows, key=repr)
        return found


def test_every_row_of_every_table_is_transferred(file: Path, empty_database: str) -> None:
    before = rows_of_file(file)
    counts = transfer_to_postgres(file, empty_database, ignore)
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert rows_of_server(empty_database, before) == before
    assert {"links", "tokens", "journal", "conflicts"} < {
        name for name, rows in before.items() if rows
    }


def test_the_store_goes_on_where_the_file_ended(file: Path, empty_database: str) -> None:
    with closing(SqliteStore(file, CIPHER)) as former:
        counts, tokens = former.counts("w"), former.tokens("w")
        entries = former.entries("w", limit=50)
    transfer_to_postgres(file, empty_database, ignore)
    with closing(PostgresStore(empty_database, CIPHER)) as store:
        assert (store.counts("w"), store.tokens("w")) == (counts, tokens)
        assert store.entries("w", limit=50) == entries
        assert [it.duplicate for it in store.accept_all([new("e1"), new(HOSTILE)])] == [True, True]
        later = store.accept(new("later"))
        assert not later.duplicate
        assert int(later.entry_id[1:]) > max(int(entry.id[1:]) for entry in entries)
        assert fence(store).epoch == 2


def test_the_file_is_closed_to_everyone_once_it_is_transferred(
    file: Path, empty_database: str
) -> None:
    before = rows_of_file(file)
    transfer_to_postgres(file, empty_database, ignore)
    with pytest.raises(StoreUnavailable, match="name that one in ZSF_DATABASE_URL"):
        SqliteStore(file, CIPHER)
    assert rows_of_file(file) == before


def test_a_file_that_a_process_has_open_is_left_as_it_is(file: Path, empty_database: str) -> None:
    with closing(SqliteStore(file, CIPHER)) as store:
        assert store.counts("w") == COUNTS
        with pytest.raises(ConfigurationError, match="stop every host"):
            transfer_to_postgres(file, empty_database, ignore)
        store.accept_all([new("later")])
    transfer_to_postgres(file, empty_database, ignore)


def test_a_database_with_rows_takes_nothing(
    file: Path, empty_database: str, tmp_path: Path
) -> None:
    with closing(PostgresStore(empty_database, CIPHER)) as store:
        store.accept_all([new("there before")])
    with pytest.raises(ConfigurationError, match="has rows of the plugin already"):
        transfer_to_postgres(file, empty_database, ignore)
    with closing(PostgresStore(empty_database, CIPHER)) as store:
        assert store.counts("w") == EntryCounts(pending=1)
    with closing(SqliteStore(file, CIPHER)) as kept:
        assert kept.counts("w") == COUNTS


def test_a_server_that_is_not_there_leaves_the_file_as_it_is(file: Path) -> None:
    before = rows_of_file(file)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        transfer_to_postgres(file, "postgresql://zsf@127.0.0.1:1/zsf", ignore)
    SqliteStore(file, CIPHER).close()
    assert rows_of_file(file) == before


def test_the_progress_ends_at_the_number_of_rows(file: Path, empty_database: str) -> None:
    seen: list[tuple[int, int]] = []
    counts = transfer_to_postgres(
        file, empty_database, lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (sum(counts.values()),) * 2


_TRANSFER_AND_DIE = """
import os, signal, sys
from pathlib import Path
from zsf_plugin.store import transfer
transfer._REPORTED_ROWS = 1
def die(done, total):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
transfer.transfer_to_postgres(Path(sys.argv[1]), sys.argv[2], die)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill a process")
@pytest.mark.parametrize("row", [1, 9, 15])
def test_a_process_that_is_killed_has_transferred_nothing(
    file: Path, empty_database: str, row: int
) -> None:
    before = rows_of_file(file)
    killed = subprocess.run(
        [sys.executable, "-c", _TRANSFER_AND_DIE, str(file), empty_database, str(row)],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not any(rows_of_server(empty_database, before).values())
    with closing(SqliteStore(file, CIPHER)) as store:
        assert store.counts("w") == COUNTS
    assert transfer_to_postgres(file, empty_database, ignore)["entries"] == 8
