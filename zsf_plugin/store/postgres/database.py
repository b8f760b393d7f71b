"""One PostgreSQL database: a pool of connections for each process, transactions that exclude each
other by what they are about, translated errors. Holds no statement about the product's tables.

A transaction locks what it is about by an advisory lock, for as long as it lasts: PostgreSQL would
let two of one workspace go on side by side, each without what the other is about to store.

No connection crosses a fork: a child opens a pool of its own and never touches its parent's.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.store import NO_COPY_OF_POSTGRES
from zsf_plugin.postgres import LOCK_TIMEOUT_S, conninfo_of, shown_name
from zsf_plugin.store.postgres.advice import unavailable
from zsf_plugin.store.postgres.connecting import (
    ALONE,
    SCHEMA,
    PooledConnection,
    Reading,
    Row,
    Statements,
    prepare,
)
from zsf_plugin.store.postgres.schema import APPLIED, check_applied, upgrade
from zsf_plugin.store.sql.arrivals import insert_statement
from zsf_plugin.store.sql.database import (
    EVERYTHING,
    RULES_OF,
    Database,
    Inserted,
    SqlConnection,
    Subject,
    execute,
)
from zsf_plugin.store.sql.rows import Columns, Value, column, text_from_column

#: The connections of one process: hooks, drains and pages wait for one of them.
MAX_CONNECTIONS = 16
#: One that was idle for so long (seconds) is asked whether it still works.
_TRUSTED_FOR_S = 1.0
_MAX_IDLE_S = 300.0
#: Whoever waits for a connection looks so soon (seconds) whether none could be made.
_FIRST_LOOK_S = 0.05
#: Entries of one statement.
_MAX_ROWS = 50

_BEGIN = "BEGIN; "
#: All but those about everything share one lock, and each takes the lock of what it is about.
_SHARE = "SELECT pg_advisory_xact_lock_shared(0)"
_ALONE_ABOUT = "SELECT pg_advisory_xact_lock(hashtextextended(?, 1))"
_ABOUT = f"; {_ALONE_ABOUT}"
_AND_BESIDE = "; SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 1))"
_ABOUT_WORKSPACE_OF = """
    ; SELECT pg_advisory_xact_lock(hashtextextended(workspace, 1)) FROM entries WHERE id = ?
"""
_BESIDE = "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 1))"
_SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ? AND relkind = 'r'
"""
_REVISION = "SELECT CAST(pg_current_snapshot() AS TEXT)"

_Pool = ConnectionPool[PooledConnection]
_Cursor = psycopg.Cursor[Row]


class PostgresDatabase(Database):
    """The database at that URL; its tables are made if there are none. Raises StoreUnavailable if
    that fails."""

    waiting = None

    def __init__(self, url: str) -> None:
        self._conninfo = conninfo_of(url, SCHEMA)
        self.name = shown_name(url)
        self._lock = Lock()
        self._pool: _Pool | None = None
        self._closed = False
        self._failed = 0  # attempts to connect
        with self._errors():
            upgrade(self._conninfo, self.name)
        _open_databases.add(self)

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        """A connection for single statements, each in its own transaction."""
        pool = self._opened()
        with self._errors():
            reading = Reading(lambda: self._borrowed(pool), pool.putconn)
            try:
                yield reading
                reading.connection.used_at = time.monotonic()
            finally:
                reading.put_back()

    @contextmanager
    def writing(self, about: Subject) -> Iterator[SqlConnection]:
        """A connection inside one write transaction."""
        with self._transaction(*_beginning(about)) as (connection, _):
            yield connection

    @contextmanager
    def _transaction(self, begin: str, values: Columns) -> Iterator[tuple[Statements, _Cursor]]:
        """A connection in a transaction that such statements began, and what they answered."""
        pool = self._opened()
        with self._errors():
            connection, cursor = self._begun(pool, begin, values)
            try:
                yield Statements(connection), cursor
                connection.commit()
                connection.used_at = time.monotonic()
            except BaseException:
                with suppress(psycopg.Error):
                    connection.rollback()
                raise
            finally:
                pool.putconn(connection)

    def _begun(self, pool: _Pool, begin: str, values: Columns) -> tuple[PooledConnection, _Cursor]:
        """A connection in a transaction that has its locks. One that a restart of the server has
        broken meanwhile is replaced: nothing was committed on it."""
        while True:
            connection = self._borrowed(pool)
            try:
                cursor = Statements(connection).execute(begin, values)
            except BaseException as error:
                was_stale = connection.has_gone_stale
                if not connection.broken:
                    connection.rollback()
                pool.putconn(connection)
                if isinstance(error, psycopg.OperationalError) and was_stale:
                    continue
                raise
            return connection, cursor

    def _borrowed(self, pool: _Pool) -> PooledConnection:
        """A connection of the pool, if need be once another thread has returned one. If none can be
        made, that is not waited for: the pool alone would say so after the whole time only."""
        failed, wait_s = self._failed, _FIRST_LOOK_S
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                return pool.getconn(wait_s)
            except PoolTimeout:
                left_s = deadline - time.monotonic()
                if self._failed != failed or left_s <= 0:
                    raise
                wait_s = min(2 * wait_s, left_s)

    def _note_failure(self, _: _Pool) -> None:
        self._failed += 1

    def insert(self, entry: Columns) -> Inserted:
        """Insert one entry, in two round trips. Whether an interrupted commit was one only the next
        attempt shows."""
        was_tried = False
        statement, values = _insertion([entry])
        rules = column(RULES_OF + _event_of(entry)[0])
        begin = f"{_BEGIN}{_SHARE}{_AND_BESIDE}; {statement}"
        while True:
            try:
                with self._transaction(begin, (rules, *values)) as (_, cursor):
                    while cursor.nextset():
                        pass
                    row = cursor.fetchone()
            except StoreUnavailable as error:
                if was_tried or not _is_lost(error.__cause__):
                    raise
                was_tried = True
            else:
                return Inserted(None if row is None else row["id"], was_tried=was_tried)

    def insert_all(self, connection: SqlConnection, entries: Sequence[Columns]) -> list[int | None]:
        """Insert entries, several with one statement. They see the rules as they are once nobody
        changes them. Those that end as they arrive change several counts, in any order: nothing
        else about their workspaces goes on meanwhile, or each could wait for the other."""
        for workspace in sorted({str(entry[1]) for entry in entries if entry[5] != "pending"}):
            execute(connection, _ALONE_ABOUT, workspace)
        for workspace in sorted({_event_of(entry)[0] for entry in entries}):
            execute(connection, _BESIDE, RULES_OF + workspace)
        row_ids: list[int | None] = []
        for start in range(0, len(entries), _MAX_ROWS):
            row_ids += _insert(connection, entries[start : start + _MAX_ROWS])
        return row_ids

    def revision(self) -> object:
        """The transactions that have ended."""
        return self.rows(_REVISION)[0][0]

    def check(self) -> None:
        """Raise StoreUnavailable if the server does not answer, or a newer version has changed the
        tables."""
        check_applied({number for (number,) in self.rows(APPLIED)}, self.name)

    def size(self) -> tuple[int, None]:
        """The bytes of the plugin's tables and indexes."""
        return int(self.rows(_SIZE, SCHEMA)[0][0]), None

    def write_copy(self, file: Path, on_step: Callable[[int, int], None]) -> None:  # noqa: ARG002
        """The server's own tool does that. Raises ConfigurationError."""
        raise ConfigurationError((NO_COPY_OF_POSTGRES,))

    def close(self) -> None:
        """Close the idle connections; one in use closes when it is returned."""
        self._closed = True
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def reset_after_fork(self) -> None:
        """Start over in the child, with its own connections."""
        _parent_pools.append(self._pool)
        self._lock, self._pool = Lock(), None

    def _opened(self) -> _Pool:
        """This process's pool. Raises StoreUnavailable."""
        pool = self._pool
        if pool is not None:
            return pool
        with fork_guard.inside(), self._lock:
            if self._closed:
                raise StoreUnavailable(
                    f"the database {self.name} was closed by this process: open the store again"
                )
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._conninfo,
                    connection_class=PooledConnection,
                    min_size=0,
                    max_size=MAX_CONNECTIONS,
                    max_idle=_MAX_IDLE_S,
                    reconnect_timeout=0,
                    reconnect_failed=self._note_failure,
                    configure=prepare,
                    check=_check,
                    open=True,
                )
            return self._pool

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:  # those of the pool are among them
            raise unavailable(self.name, error) from error


def _beginning(about: Subject) -> tuple[str, Columns]:
    """What begins a transaction and waits for those that are about the same, in one round trip."""
    if about == EVERYTHING:
        return _BEGIN + ALONE, ()
    if isinstance(about, str):
        return _BEGIN + _SHARE + _ABOUT, (column(about),)
    if about:
        return _BEGIN + _SHARE + _ABOUT_WORKSPACE_OF, (about[0],)
    return _BEGIN + _SHARE, ()


def _is_lost(error: BaseException | None) -> bool:
    """Whether the connection was lost, so that the outcome of what was asked is not known."""
    if not isinstance(error, psycopg.OperationalError) or isinstance(error, PoolTimeout):
        return False
    return error.sqlstate is None or error.sqlstate[:3] in ("57P", "08")


def _insert(connection: SqlConnection, entries: Sequence[Columns]) -> list[int | None]:
    """Insert entries with one statement; the new row's id for each, None for one that was
    refused. Of two of one event, the first is new."""
    inserted = {}
    for workspace, event_id, row_id in connection.execute(*_insertion(entries)):
        inserted[workspace, event_id] = row_id
    return [inserted.pop(_event_of(entry), None) for entry in entries]


def _insertion(entries: Sequence[Columns]) -> tuple[str, list[Value]]:
    """The statement that inserts entries, with its values; it answers which are new."""
    width = max(map(len, entries))
    values: list[Value] = []
    for entry in entries:
        values += [*entry, *[None] * (width - len(entry))]
    return f"{insert_statement(len(entries), width)} RETURNING workspace, event_id, id", values


def _event_of(entry: Columns) -> tuple[str, str]:
    """Its workspace and event id as the host wrote them, which is how they are read back."""
    _, workspace, event_id, *_ = entry
    return text_from_column(str(workspace).encode()), text_from_column(str(event_id).encode())


def _check(connection: PooledConnection) -> None:
    """Raise OperationalError if a connection that was idle works no longer."""
    if time.monotonic() - connection.used_at > _TRUSTED_FOR_S:
        ConnectionPool.check_connection(connection)


_open_databases: weakref.WeakSet[PostgresDatabase] = weakref.WeakSet()
#: Pools of the parent process, never touched: their connections are the parent's.
_parent_pools: list[_Pool | None] = []


def _reset_in_child() -> None:
    for database in list(_open_databases):
        database.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
