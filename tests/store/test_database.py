"""One SQLite file: which thread gets a connection, and for how long."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.store.sqlite.database import SqliteDatabase


def test_a_writer_waits_for_those_before_it_no_longer_than_for_another_process(
    tmp_path: Path,
) -> None:
    database = SqliteDatabase(tmp_path / "x.sqlite3", busy_timeout_s=0.01)
    with database.writing(None):
        waiting = threading.Thread(target=write_in_vain, args=(database,))
        waiting.start()
        waiting.join(20)
        assert not waiting.is_alive()
    with database.writing(None):
        """It is free again."""


def write_in_vain(database: SqliteDatabase) -> None:
    with pytest.raises(StoreUnavailable, match="is locked by another"), database.writing(None):
        """Never this thread's turn."""


def test_a_database_being_closed_lends_no_idle_connection_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = SqliteDatabase(tmp_path / "x.sqlite3")
    refused: list[str] = []

    def use_concurrently() -> None:
        with pytest.raises(StoreUnavailable) as caught:
            database.rows("SELECT 1")
        refused.append(str(caught.value))

    assert database.rows("SELECT 1")  # leaves an idle connection
    monkeypatch.setattr(database, "close_idle", use_concurrently)
    database.close()
    monkeypatch.undo()
    database.close()
    assert "was closed by this process" in refused[0]
