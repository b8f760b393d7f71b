"""One SQLite file: a connection pool, transactions, translated sqlite3 errors. Holds no statement
about the product's tables.

A thread borrows a connection for one transaction, so a host that starts a thread per request leaves
no open files behind. Writers of one process take turns here, since SQLite's own waiting is neither
fair nor cheap; SQLite's busy timeout waits for other processes.

No connection crosses a fork: idle ones are closed before it, and the child never touches those in
use (https://www.sqlite.org/howtocorrupt.html §2.6).

A file is looked at before it is used (`inspection`), and so is another that takes its place while
it is in use (`file_ids`). A new one appears whole (`schema`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from zsf_plugin.errors import Log, StoreDamaged, StoreUnavailable
from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.store import EXCHANGED
from zsf_plugin.store.places import trouble_at
from zsf_plugin.store.private_files import make_private_file
from zsf_plugin.store.sql.database import Database, Inserted, SqlConnection, Subject
from zsf_plugin.store.sql.rows import Columns, text_from_column
from zsf_plugin.store.sqlite.advice import ADVICE, busy, primary_code, unavailable
from zsf_plugin.store.sqlite.copying import write_copy
from zsf_plugin.store.sqlite.file_ids import FileIds, StoreConnection, file_ids
from zsf_plugin.store.sqlite.group_commit import MAX_ROWS, InsertQueue
from zsf_plugin.store.sqlite.inserting import insert_rows
from zsf_plugin.store.sqlite.inspection import check_content, check_place
from zsf_plugin.store.sqlite.schema import (
    apply_migration,
    check_version,
    new_database,
    next_migration,
    version_of,
)

_log = Log("zsf_plugin.store")

#: STRICT tables need 3.37, JSON functions in every build 3.38.
MIN_SQLITE = (3, 38, 0)
RETRY_DELAY_S = 0.02
#: A first read, with which SQLite opens the log.
_OPEN_LOG = "SELECT 1 FROM sqlite_master LIMIT 1"
_DATA_VERSION = "PRAGMA data_version"
_SIZE = ("PRAGMA page_size", "PRAGMA page_count", "PRAGMA freelist_count")


class _Pool:
    """The state of one process: idle connections, the lock by which writers take turns, and the
    rows that wait for it."""

    __slots__ = ("idle", "inserts", "turn")

    def __init__(self) -> None:
        self.idle: list[StoreConnection] = []
        # A signal handler of the host's may call a hook in the middle of another.
        self.turn = threading.RLock()
        self.inserts = InsertQueue(self.turn)

    def close(self) -> None:
        """Close the idle connections."""
        with suppress(IndexError):
            while True:
                self.idle.pop().close()


#: Pools of the parent process. Never closed: a connection that another thread returned just as the
#: process forked may be among them, and closing it here would be unsafe.
_parent_pools: list[_Pool] = []


class SqliteDatabase(Database):
    """One SQLite file, created with its tables (0600) if missing. Raises StoreUnavailable if that
    fails.

    `busy_timeout_s` is how long a writer waits for another process, in seconds.
    """

    def __init__(self, file: Path, *, busy_timeout_s: float = 10.0) -> None:
        self.file = file
        self._uri = file.absolute().as_uri() + "?mode=rw"
        self._busy_timeout_s = busy_timeout_s
        #: That of this process: a fork has another.
        self.pool = _Pool()
        self.waiting = self.pool.inserts.waiting
        self._closed = False
        #: The file that was looked at last, by its device and inode, and whether to look again.
        self._inspected: tuple[int, int] | None = None
        self._is_suspect = False
        self._create()
        _open_databases.add(self)

    @contextmanager
    def reading(self, *, writes: bool = False) -> Iterator[StoreConnection]:
        """A connection for single statements, each in its own transaction. A writer waits for its
        turn as long as for another process, since those before it may wait for one. Raises
        StoreUnavailable, also if what was written is in files that are no longer at the path."""
        pool = self.pool
        connection: StoreConnection | None = None
        try:
            if writes and not pool.turn.acquire(timeout=self._busy_timeout_s):
                raise busy(self.file)
            with fork_guard.inside():
                try:
                    if self._closed:
                        raise StoreUnavailable(
                            f"the database {self.file} was closed by this process: open the store "
                            "again"
                        )
                    with suppress(IndexError):
                        while connection is None:
                            connection = pool.idle.pop()
                            if not connection.files.are_there():
                                former, connection = connection, None
                                self._let_go(pool, former)
                    connection = connection or self._connect()
                    yield connection
                    if writes and not connection.files.are_there():
                        raise StoreDamaged("gone", self.file)
                except BaseException as error:
                    if connection is not None:
                        connection.let_go()
                    if isinstance(error, (sqlite3.Error, UnicodeDecodeError)):
                        raise unavailable(self.file, error) from error
                    raise
                pool.idle.append(connection)
                if self._closed:
                    pool.close()
        finally:
            if writes:
                with suppress(RuntimeError):  # it never was this thread's
                    pool.turn.release()

    @contextmanager
    def writing(self, about: Subject) -> Iterator[SqlConnection]:  # noqa: ARG002 - one at a time
        """A connection inside one write transaction: SQLite has one at a time. After it, the rows
        are inserted that threads of this process wait to have inserted: who writes next may have
        the turn again before they are awake."""
        with self.reading(writes=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        if self.pool.inserts.waiting:
            self.pool.inserts.write_waiting()

    def insert(self, entry: Columns) -> Inserted:
        """Insert one entry; with it may be those of other threads."""
        try:
            while True:
                inserted = self.pool.inserts.insert(entry, self._insert, self._busy_timeout_s)
                if inserted is not None:
                    return inserted
        except TimeoutError as error:
            raise busy(self.file) from error

    def _insert(self, entries: Sequence[Columns]) -> Sequence[int | None]:
        """Insert them when it is this thread's turn. One statement outside of BEGIN is a
        transaction of its own, with a third of the round trips, and nothing that interrupts it
        finds one begun."""
        with self.reading(writes=True) as connection:
            return insert_rows(connection, entries)

    def insert_all(self, connection: SqlConnection, entries: Sequence[Columns]) -> list[int | None]:
        """Insert entries, several with one statement."""
        row_ids: list[int | None] = []
        for start in range(0, len(entries), MAX_ROWS):
            row_ids += insert_rows(
                cast(sqlite3.Connection, connection), entries[start : start + MAX_ROWS]
            )
        return row_ids

    def revision(self) -> object:
        """SQLite counts what other connections commit, and a connection what it changed itself."""
        with self.reading() as connection:
            version = connection.execute(_DATA_VERSION).fetchone()[0]
            return weakref.ref(connection), version, connection.total_changes

    def check(self) -> None:
        """Raise StoreUnavailable if the file cannot be read, or another version has changed it."""
        with self.reading() as connection:
            check_version(self.file, version_of(connection))

    def size(self) -> tuple[int, int]:
        """The bytes of its pages, and of those that hold nothing now."""
        with self.reading() as connection:
            page, pages, free = (connection.execute(pragma).fetchone()[0] for pragma in _SIZE)
        return page * pages, page * free

    def write_copy(self, file: Path, on_step: Callable[[int, int], None]) -> None:
        """Copy the database as it is now to a new file."""
        with self.reading() as connection:
            write_copy(connection, file, on_step)

    def close(self) -> None:
        """Close the idle connections; one in use closes when it is returned."""
        self._closed = True
        self.close_idle()

    def close_idle(self) -> None:
        """Close the idle connections, between two writes; new ones open when needed."""
        pool = self.pool
        with pool.turn, fork_guard.inside():
            pool.close()

    def close_before_fork(self) -> None:
        """Close the idle connections while a fork blocks entry. Does not take the lock: its holder
        may be waiting to enter."""
        self.pool.close()

    def reset_after_fork(self) -> None:
        """Start over in the child, with its own connections."""
        _parent_pools.append(self.pool)
        self.pool.inserts.is_of_parent = True
        self.pool = _Pool()
        self.waiting = self.pool.inserts.waiting

    def _let_go(self, pool: _Pool, connection: StoreConnection) -> None:
        """Close an idle connection whose files are no longer at the path, and look at those that
        are. Without what a deleted log holds no new one may be begun. Raises StoreUnavailable,
        sqlite3.Error."""
        self._is_suspect = True
        try:
            if not connection.save_lost_log():
                raise busy(self.file)
        except (StoreUnavailable, sqlite3.Error):
            pool.idle.append(connection)
            raise
        connection.let_go()

    def _connect(self) -> StoreConnection:
        """A connection to a file that was looked at. Raises StoreUnavailable, sqlite3.Error."""
        found, former = self._files_there().database, self._inspected
        if found == former and not self._is_suspect:
            return self._open()
        check_place(self.file)
        connection = self._inspect()
        if found != former:
            _log.warning(EXCHANGED, self.file)
        return connection

    def _open(self) -> StoreConnection:
        found = self._files_there()
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            factory=StoreConnection,
        )
        connection.files = found
        connection.row_factory, connection.text_factory = sqlite3.Row, text_from_column
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._note_files(connection)
        except BaseException:
            connection.let_go()
            raise
        return connection

    def _note_files(self, connection: StoreConnection) -> None:
        """Have SQLite open the log, and note the files. Raises StoreUnavailable, sqlite3.Error."""
        connection.execute(_OPEN_LOG)
        if not connection.has_opened(self._files_there()):
            raise StoreDamaged("gone", self.file)

    def _files_there(self) -> FileIds:
        """The files at the path. Raises StoreUnavailable."""
        try:
            files = file_ids(str(self.file))
        except OSError as error:
            advice = trouble_at(self.file, error) or ADVICE[sqlite3.SQLITE_CANTOPEN]
            raise StoreUnavailable(f"the database {self.file} {advice}") from error
        if files is None:
            raise StoreDamaged("gone", self.file)
        return files

    def _create(self) -> None:
        _check_sqlite()
        make_database(self.file)
        with fork_guard.inside():
            try:
                self.pool.idle.append(self._inspect())
            except sqlite3.Error as error:
                raise unavailable(self.file, error) from error

    def _inspect(self) -> StoreConnection:
        """A connection to the file, which is looked at before it is used, and gets the migrations
        that it lacks. Raises StoreUnavailable, sqlite3.Error."""
        check_content(self.file)
        connection = self._open()
        try:
            version = version_of(connection)
            check_version(self.file, version)
            self._use_wal(connection)
            while next_migration(version) is not None:
                version = self._migrate(connection)
            self._note_files(connection)  # the log may be new
        except BaseException:
            connection.let_go()
            raise
        self._inspected, self._is_suspect = connection.files.database, False
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> int:
        """Apply the next migration unless another process has; returns the version."""
        connection.execute("BEGIN IMMEDIATE")
        version = version_of(connection)
        check_version(self.file, version)
        migration = next_migration(version)
        if migration is not None:
            apply_migration(connection, migration)
        connection.execute("COMMIT")
        return version_of(connection)

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        # Several processes may do this at once on a new file, and this statement does not always
        # honour the busy timeout.
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_DELAY_S)


def make_database(file: Path) -> None:
    """Make a new database if there is none, whole or not at all. Raises StoreUnavailable."""
    try:
        if not check_place(file):
            make_private_file(file, new_database())
    except OSError as error:
        wrong = f"cannot be created ({error.strerror}): make its folder writable for this user"
        raise StoreUnavailable(f"the database {file} {trouble_at(file, error) or wrong}") from error


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        raise StoreUnavailable(
            f"this Python has SQLite {sqlite3.sqlite_version}: use a Python with 3.38 or newer"
        )


_open_databases: weakref.WeakSet[SqliteDatabase] = weakref.WeakSet()


def _close_before_fork() -> None:
    """Close idle connections: after a fork the child would share the WAL index with its parent
    without holding its locks."""
    for database in list(_open_databases):
        database.close_before_fork()


def _reset_in_child() -> None:
    for database in list(_open_databases):
        database.reset_after_fork()


fork_guard.before_fork.append(_close_before_fork)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
