"""Acknowledged data is on disk, and failures leave nothing behind: kills, full disks, locks,
damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.store_contract import ORG, fence, new
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Link, Step
from zsf_plugin.ports import EntryCounts, JournalLine, Settlement
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.database import SqliteDatabase

CIPHER = Cipher("a secret of this test", "this test")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zsf.sqlite3"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(file, CIPHER, busy_timeout_s=0.05)
    yield store
    store.close()


_ACKNOWLEDGE = """
import itertools, sys
from pathlib import Path
from tests.contract.store_contract import new
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]), Cipher("a secret of this test", "this test"))
for number in itertools.count():
    print(store.accept(new(f"{sys.argv[2]}-{number}")).entry_id, flush=True)
"""


def test_a_killed_process_loses_nothing_that_it_acknowledged(file: Path) -> None:
    acknowledged: list[str] = []
    for life in range(3):
        command = [sys.executable, "-c", _ACKNOWLEDGE, str(file), str(life)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(50 + 37 * life)]
            process.send_signal(signal.SIGKILL)
            # A line that the kill cut short was never acknowledged.
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    store = SqliteStore(file, CIPHER)
    assert len(set(acknowledged)) == len(acknowledged) >= 261
    assert all(store.entry("w", entry_id) for entry_id in acknowledged)
    assert store.counts("w").pending - len(acknowledged) in range(4)
    store.close()


def stop_growth(store: SqliteStore) -> None:
    """Stop the file from growing: SQLite then reports a full disk."""
    with store._database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_refuses_an_event_with_a_message_and_keeps_stored_data(
    store: SqliteStore,
) -> None:
    store.accept(new("before"))
    stop_growth(store)
    with pytest.raises(
        StoreUnavailable, match=r"zsf\.sqlite3 cannot grow, the disk is full: free some space"
    ):
        store.accept(new("after", payload={"text": "x" * 100_000}))
    assert store.counts("w") == EntryCounts(pending=1)
    assert store.accept(new("after", payload={"text": "x" * 100_000})).duplicate is False


def test_a_full_disk_leaves_no_half_of_a_settlement(store: SqliteStore) -> None:
    entry_id = store.accept(new()).entry_id
    link = Link("prospect", "p1", "Lead", "00Q1", {})
    line = JournalLine(
        entry_id, "Lead", "00Q1", "create", {}, {"Description": "x" * 100_000}, 200.0
    )
    won = fence(store)
    stop_growth(store)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        store.settle(won, [Settlement(entry_id, "done", links=(link,), journal=(line,))], 200.0)
    assert store.counts("w") == EntryCounts(pending=1)
    assert store.links("w", ORG, [link.key]) == {}
    assert list(store.journal("w", entry_id)) == []
    store.settle(won, [Settlement(entry_id, "done", links=(link,), journal=(line,))], 201.0)
    assert list(store.journal("w", entry_id)) == [replace(line, org_id=ORG)]


def test_an_error_in_a_transaction_undoes_all_of_it(store: SqliteStore) -> None:
    entry_id = store.accept(new()).entry_id
    unwritable = JournalLine(entry_id, "Lead", "00Q1", "create", {}, {"Name": object()}, 200.0)  # type: ignore[dict-item]
    link = Link("prospect", "p1", "Lead", "00Q1", {})
    with pytest.raises(TypeError):
        store.settle(
            fence(store),
            [Settlement(entry_id, "done", links=(link,), journal=(unwritable,))],
            200.0,
        )
    assert (store.counts("w"), store.links("w", ORG, [link.key])) == (EntryCounts(pending=1), {})


def test_a_locked_database_says_so_and_works_again_when_it_is_free(
    store: SqliteStore, file: Path
) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"zsf\.sqlite3 is locked by another process"):
        store.accept(new())
    with pytest.raises(StoreUnavailable, match="is locked"):
        store.skip("w", Step("dropped"), 1.0)
    other.close()
    assert store.accept(new()).duplicate is False


def test_readers_do_not_wait_for_a_writer(store: SqliteStore, file: Path) -> None:
    store.accept(new())
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert len(store.due("w", "purchase", 9, 0.0)) == 1
    other.close()


def test_a_closed_store_refuses_with_a_message(store: SqliteStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailable, match="open the store again"):
        store.accept(new())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="none/zsf"):
        SqliteStore(tmp_path / "none" / "zsf.sqlite3", CIPHER)


def test_a_lost_file_is_not_silently_created_again(file: Path) -> None:
    database = SqliteDatabase(file)
    database.close_idle()
    file.unlink()
    with pytest.raises(StoreUnavailable, match="was there, and is gone"), database.reading():
        pass
    assert not file.exists()
    database.close()


def test_every_commit_is_synced_before_it_is_acknowledged(store: SqliteStore) -> None:
    with store._database.reading() as connection:
        modes = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]
    assert modes == ["wal", 2]  # 2 is FULL


# In a process of its own: a fork of the test process would take its threads' locks along.
_FORK = """
import os, sys
from pathlib import Path
from tests.contract.store_contract import new
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
file = Path(sys.argv[1])
store = SqliteStore(file, Cipher("a secret of this test", "this test"))
store.accept(new("parent"))
child = os.fork()
if child == 0:
    carried = [path for path in Path("/proc/self/fd").glob("*") if str(file) in os.path.realpath(path)]
    os._exit(1 if carried or store.accept(new("child")).duplicate else 0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert store.accept(new("parent")).duplicate
assert store.counts("w").pending == 2
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_connections_of_its_own(file: Path) -> None:
    subprocess.run([sys.executable, "-c", _FORK, str(file)], check=True, timeout=60)


def test_a_fork_in_the_middle_of_a_threads_work_leaves_a_child_that_can_open_the_store(
    file: Path,
) -> None:
    opened = SqliteStore(file, CIPHER)
    ended = threading.Event()

    def work() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            opened.accept(new(f"busy{number}"))
            SqliteStore(file, CIPHER).close()  # opening takes SQLite's own locks

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(30):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            mine = SqliteStore(file, CIPHER)
            kept = mine.accept(new(f"child{number}")).duplicate is False
            os._exit(0 if kept else 1)
        assert os.waitpid(child, 0)[1] == 0
    ended.set()
    for thread in threads:
        thread.join()
    opened.close()
