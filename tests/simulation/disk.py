"""SQLite on a simulated disk: at each statement its process may die or SQLite may fail."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.memory import memory_dir
from tests.simulation.hand_over import HandOver
from tests.simulation.monitored_store import CIPHER, LeaseMonitor, SimulatedStore, summary
from tests.simulation.scheduler import Scheduler
from zsf_plugin.store.sql.database import Inserted, SqlConnection, Subject
from zsf_plugin.store.sql.rows import Columns, text_from_column
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.database import SqliteDatabase
from zsf_plugin.store.sqlite.file_ids import StoreConnection, file_ids


class Statements(StoreConnection):
    """A connection on which any statement may kill its process or fail."""

    hand_over: HandOver

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement != "ROLLBACK":  # SQLite itself rolls back when a process dies
            self._strike(statement)
        cursor = super().execute(statement, *values)
        if statement == "COMMIT":
            self.hand_over.committed(partial(_look, self))
        return cursor

    def _strike(self, statement: str) -> None:
        if self.hand_over.scheduler.statement_step(summary(statement)):
            raise sqlite3.OperationalError("disk I/O error (simulated)")


class Disk(SqliteDatabase):
    """The database of one simulated process."""

    def __init__(self, file: Path, scheduler: Scheduler) -> None:
        self.hand_over = HandOver(scheduler)
        super().__init__(file)

    @contextmanager
    def reading(self, *, writes: bool = False) -> Iterator[StoreConnection]:
        with self.hand_over.reading(), super().reading(writes=writes) as connection:
            yield connection

    @contextmanager
    def writing(self, about: Subject) -> Iterator[SqlConnection]:
        with self.hand_over.writing(), super().writing(about) as connection:
            yield connection

    def insert(self, entry: Columns) -> Inserted:
        scheduler = self.hand_over.scheduler
        scheduler.step("inserts", "store")
        inserted = super().insert(entry)
        scheduler.step("inserted", "instant")
        return inserted

    def _connect(self) -> Statements:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=1.0,
            isolation_level=None,
            check_same_thread=False,
            factory=Statements,
        )
        connection.hand_over = self.hand_over
        files = file_ids(str(self.file))
        assert files is not None
        connection.files = files
        connection.row_factory = sqlite3.Row
        connection.text_factory = text_from_column
        sqlite3.Connection.execute(
            connection, "PRAGMA synchronous = OFF"
        )  # a simulated power failure is a kill
        sqlite3.Connection.execute(connection, "PRAGMA foreign_keys = ON")
        return connection

    def _create(self) -> None:
        """Nothing to create: the file is a copy of one made by the real engine."""


class SqliteFile:
    """The engine of a run: a file of its own, in memory where there is room."""

    def __init__(self) -> None:
        self._folder = _temporary_folder()
        self._file = self._folder / "zsf.sqlite3"
        self._file.write_bytes(_template())

    def new_store(self, scheduler: Scheduler, lease_monitor: LeaseMonitor) -> SimulatedStore:
        return SimulatedStore(Disk(self._file, scheduler), scheduler, lease_monitor)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _look(connection: sqlite3.Connection, statement: str, *values: object) -> Any:
    return sqlite3.Connection.execute(connection, statement, values).fetchone()


def _temporary_folder() -> Path:
    return Path(mkdtemp(prefix="zsf-simulation-", dir=memory_dir()))


@cache
def _template() -> bytes:
    """The bytes of a new database made by the real engine."""
    place = _temporary_folder()
    try:
        SqliteStore(place / "template.sqlite3", CIPHER).close()
        return (place / "template.sqlite3").read_bytes()
    finally:
        shutil.rmtree(place)
