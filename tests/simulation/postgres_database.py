"""PostgreSQL on a simulated network: at each statement its process may die or its connection break,
and the answer to a COMMIT may be lost. The server rolls back what a closed connection leaves.

The server is a real one, and so are its transactions and locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast
from unittest.mock import patch

import psycopg

from tests.postgres import Server
from tests.simulation.hand_over import HandOver
from tests.simulation.happenings import CommitLost, InsertRecognised
from tests.simulation.monitored_store import LeaseMonitor, SimulatedStore, summary
from tests.simulation.scheduler import Killed, Scheduler
from zsf_plugin.store.postgres import database
from zsf_plugin.store.postgres.connecting import PooledConnection, prepare
from zsf_plugin.store.postgres.database import PostgresDatabase
from zsf_plugin.store.postgres.dialect import translated
from zsf_plugin.store.sql.database import Inserted, SqlConnection, Subject
from zsf_plugin.store.sql.rows import Columns


class Connection(PooledConnection):
    """A connection that may break. `hand_over` is that of the process that has borrowed it."""

    hand_over: HandOver

    def commit(self) -> None:
        fault = self.strike("COMMIT", is_commit=True)
        super().commit()
        self.hand_over.committed(partial(_look, self))
        if fault:
            self.hand_over.scheduler.note(CommitLost())
            self._break("the answer to COMMIT was lost")

    def strike(self, statement: str, *, is_commit: bool = False) -> bool:
        """Take the step of a statement; True if its answer gets lost. Raises Killed,
        OperationalError."""
        kind = "commit" if is_commit else "statement"
        try:
            fault = self.hand_over.scheduler.statement_step(summary(statement), kind)
        except Killed:
            self.pgconn.finish()
            raise
        if fault == "lost commit":
            return True
        if fault is not None:
            self._break("the connection was lost")
        return False

    def _break(self, why: str) -> None:
        self.pgconn.finish()
        raise psycopg.OperationalError(f"{why} (simulated)")


class _Cursor(psycopg.ClientCursor[Any]):
    """Runs statements, each of which may be the last on its connection."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        cast("Connection", self.connection).strike(query.decode())
        return super().execute(query, params, **more)

    def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
        cast("Connection", self.connection).strike(query.decode())
        super().executemany(query, params_seq, **more)


class _Connections:
    """In the place of a process's pool: connects in the thread that asks, so that a seed decides
    everything. Idle connections are those of all processes of a run, since connecting takes longer
    than most transactions, which leave nothing on a connection."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._idle: list[Connection] = []

    def getconn(self, timeout: float) -> Connection:
        if self._idle:
            return self._idle.pop()
        connection = Connection.connect(self.conninfo)
        prepare(connection)
        connection.cursor_factory = _Cursor
        return connection

    def putconn(self, connection: Connection) -> None:
        if not connection.closed:
            self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class SimulatedPostgres(PostgresDatabase):
    """The database of one simulated process."""

    def __init__(self, url: str, scheduler: Scheduler, connections: _Connections) -> None:
        self.hand_over = HandOver(scheduler)
        self._connections = connections
        with patch.object(database, "upgrade"):  # the tables are there
            super().__init__(url)

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        with self.hand_over.reading(), super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self, about: Subject) -> Iterator[SqlConnection]:
        with self.hand_over.writing(), super().writing(about) as connection:
            yield connection

    def insert(self, entry: Columns) -> Inserted:
        inserted = super().insert(entry)
        if inserted.row_id is None and inserted.was_tried:
            self.hand_over.scheduler.note(InsertRecognised())
        return inserted

    def _opened(self) -> Any:
        return self._connections

    def _borrowed(self, pool: Any) -> Connection:
        connection = cast("Connection", super()._borrowed(pool))
        connection.hand_over = self.hand_over
        return connection


class PostgresTables:
    """The engine of a run: the server's one database, emptied."""

    def __init__(self, server: Server) -> None:
        self._url = server.emptied_database()
        self._connections = _Connections(database.conninfo_of(self._url, database.SCHEMA))

    def new_store(self, scheduler: Scheduler, lease_monitor: LeaseMonitor) -> SimulatedStore:
        simulated = SimulatedPostgres(self._url, scheduler, self._connections)
        return SimulatedStore(simulated, scheduler, lease_monitor)

    def close(self) -> None:
        self._connections.close()


def _look(connection: Connection, statement: str, *values: object) -> Any:
    cursor = psycopg.ClientCursor(connection, row_factory=connection.row_factory)
    return cursor.execute(translated(statement).encode(), values).fetchone()
