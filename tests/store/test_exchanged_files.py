"""A database that is exchanged, moved or deleted under a live process: nothing is accepted into files
that nobody will find, and the one that is there now is used."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.store_contract import new
from zsf_plugin.errors import StoreDamaged, StoreUnavailable
from zsf_plugin.store import Cipher
from zsf_plugin.store.sql.rows import Columns
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite import database as sqlite_database
from zsf_plugin.store.sqlite.database import SqliteDatabase
from zsf_plugin.store.sqlite.file_ids import FileIds
from zsf_plugin.store.sqlite.inspection import log_of
from zsf_plugin.store.sqlite.schema import apply_migration, migrations

CIPHER = Cipher("a secret of this test", "this test")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "zsf.sqlite3"


def backup_of(file: Path) -> Path:
    copy = file.parent.with_name("backup.sqlite3")
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("VACUUM INTO ?", [str(copy)])
    return copy


def remove(file: Path) -> None:
    for each in (file, log_of(file), file.with_name(f"{file.name}-shm")):
        each.unlink(missing_ok=True)


def events_in(file: Path) -> set[str]:
    """What another process finds: a copy of the files as they are on disk."""
    with closing(SqliteStore(file, CIPHER)) as store:
        return {entry.event.event_id for entry in store.entries("w")}


def killed(_: SqliteStore, file: Path) -> Path:
    """The files as a process with that store leaves them when it is killed, in a folder of their
    own."""
    copy = file.parent.with_name("after") / file.name
    shutil.copytree(file.parent, copy.parent)
    copy.with_name(f"{copy.name}-shm").unlink(missing_ok=True)
    return copy


def test_events_go_to_the_backup_that_was_restored_under_a_live_process(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    backup = backup_of(file)
    store.accept(new("e2"))
    remove(file)
    shutil.copy(backup, file)
    with caplog.at_level(logging.WARNING, "zsf_plugin"):
        assert not store.accept(new("e3")).duplicate
        store.accept(new("e4"))
    assert events_in(killed(store, file)) == {"e1", "e3", "e4"}
    assert [record.message.count("took the place") for record in caplog.records] == [1]


def moved(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


def moved_for_an_empty_one(file: Path) -> None:
    moved(file)
    file.parent.mkdir()


def database_removed(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def cut(file: Path) -> None:
    os.truncate(file, 8192)


def replaced_beside_the_old_log(file: Path) -> None:
    """As `mv backup zsf.sqlite3` does."""
    with closing(SqliteStore(file.with_name("older"), CIPHER)) as older:
        for number in range(9):
            older.accept(new(f"other{number}", payload={"prospect": {"id": "p", "x": "y" * 9000}}))
    os.replace(file.with_name("older"), file)


def replaced_by_a_newer_version(file: Path) -> None:
    remove(file)
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 99")
        newer.execute("CREATE TABLE entries (id)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (moved, "is gone"),
        (moved_for_an_empty_one, "is gone"),
        (remove, "is gone"),
        (database_removed, "is gone"),
        (emptied, "0 bytes"),
        (cut, "is damaged"),
        (replaced_beside_the_old_log, "damaged|another database"),
        (replaced_by_a_newer_version, "newer version"),
    ],
)
def test_nothing_is_accepted_while_the_database_is_not_there(
    file: Path, change: Callable[[Path], None], words: str
) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    change(file)
    there = file.read_bytes() if file.exists() else None
    for number in (2, 3):
        with pytest.raises(StoreUnavailable, match=words):
            store.accept(new(f"e{number}"))
        with pytest.raises(StoreUnavailable, match=words):
            store.counts("w")
    assert (file.read_bytes() if file.exists() else None) == there


def test_a_folder_that_was_put_back_is_used_again(file: Path) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    moved(file)
    with pytest.raises(StoreDamaged):
        store.accept(new("e2"))
    file.parent.with_name("moved").rename(file.parent)
    store.accept(new("e3"))
    assert events_in(killed(store, file)) == {"e1", "e3"}


def test_a_folder_that_may_not_be_looked_into_is_reported(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, stat = SqliteStore(file, CIPHER), os.stat
    store.accept(new("e1"))

    def refused(path: str | Path, **named: bool) -> os.stat_result:
        if file.name in str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refused)
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            store.accept(new("e2"))
    store.accept(new("e3"))
    assert events_in(killed(store, file)) == {"e1", "e3"}


def test_what_a_deleted_log_held_is_saved_and_a_new_one_is_begun(file: Path) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    log_of(file).unlink()
    store.accept(new("e2"))
    assert events_in(killed(store, file)) == {"e1", "e2"}


@pytest.mark.parametrize("lost", [("-shm",), ("-wal", "-shm")])
def test_a_log_without_its_index_and_both_together_are_got_over(
    file: Path, lost: tuple[str, ...]
) -> None:
    one, other = SqliteStore(file, CIPHER), SqliteStore(file, CIPHER)
    one.accept(new("e1"))
    other.accept(new("e2"))
    for end in lost:
        file.with_name(file.name + end).unlink()
    one.accept(new("e3"))
    other.accept(new("e4"))
    assert events_in(killed(one, file)) == {"e1", "e2", "e3", "e4"}


def test_no_new_log_is_begun_while_another_process_reads_from_the_deleted_one(file: Path) -> None:
    database = SqliteDatabase(file, busy_timeout_s=0.01)
    other = SqliteStore(file, CIPHER)
    other.accept(new("e2"))
    with other._database.reading() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entries").fetchall()
        database.row("SELECT 1 FROM entries")
        log_of(file).unlink()
        with pytest.raises(StoreUnavailable, match="is locked by another"):
            database.row("SELECT 1 FROM entries")
        assert not log_of(file).exists()
        reader.execute("ROLLBACK")
    assert len(database.rows("SELECT 1 FROM entries")) == 1
    assert events_in(killed(other, file)) == {"e2"}


def test_no_event_is_accepted_into_a_log_that_was_deleted_as_it_was_begun(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(file, CIPHER)
    store._database.close_idle()
    found = sqlite_database.file_ids

    def late(path: str) -> FileIds | None:
        log_of(file).unlink(missing_ok=True)
        return found(path)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_database, "file_ids", late)
        with pytest.raises(StoreDamaged):
            store.accept(new("e1"))
    store.accept(new("e2"))
    assert events_in(killed(store, file)) == {"e2"}


def test_two_processes_get_over_a_deleted_log(file: Path) -> None:
    one, other = SqliteStore(file, CIPHER), SqliteStore(file, CIPHER)
    one.accept(new("e1"))
    other.accept(new("e2"))
    log_of(file).unlink()
    one.accept(new("e3"))
    other.accept(new("e4"))
    one.accept(new("e5"))
    assert events_in(killed(one, file)) == {"e1", "e2", "e3", "e4", "e5"}


def test_a_database_that_was_compacted_by_its_admin_is_used_on(file: Path) -> None:
    store = SqliteStore(file, CIPHER)
    for number in range(20):
        store.accept(new(f"e{number}", payload={"prospect": {"id": "p", "title": "x" * 9000}}))
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        opened.execute("DELETE FROM entries WHERE event_id != 'e1'")
        opened.execute("VACUUM")
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.accept(new("e20"))
    assert events_in(killed(store, file)) == {"e1", "e20"}


def test_a_backup_of_a_former_version_is_brought_up_to_date(file: Path) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    remove(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        apply_migration(older, min(migrations()))
    store.accept(new("e2"))
    assert store.counts("w").pending == 1


def test_a_file_exchanged_while_an_event_is_written_gets_no_receipt(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    insert_rows = sqlite_database.insert_rows

    def slow(connection: sqlite3.Connection, rows: Sequence[Columns]) -> Sequence[int | None]:
        done = insert_rows(connection, rows)
        moved(file)
        return done

    monkeypatch.setattr(sqlite_database, "insert_rows", slow)
    with pytest.raises(StoreDamaged):
        store.accept(new("e2"))
