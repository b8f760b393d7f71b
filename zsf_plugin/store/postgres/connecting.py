"""A store's connections, as `sql.database` wants them: rows by name and place, and texts as they
were given.

Statements carry their values as literals that psycopg writes, so they need no types declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader

from zsf_plugin.postgres import LimitedConnection
from zsf_plugin.store.postgres.dialect import translated
from zsf_plugin.store.sql.rows import Value, text_from_column

#: The schema of the plugin's tables.
SCHEMA = "zsf"
#: What a transaction begins with that is about everything: all others share that lock.
ALONE = "SELECT pg_advisory_xact_lock(0)"


class Row(tuple[Any, ...]):
    """A row: its columns by name or place, and in order."""

    __slots__ = ()
    places: Mapping[str, int] = {}

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.places[key] if type(key) is str else key)

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        return self.places.keys()


@lru_cache(maxsize=256)
def _row_type(names: tuple[str, ...]) -> type[Row]:
    places = {name: place for place, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), "places": places})


def _rows_of(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Row]:
    names = tuple(column.name for column in cursor.description or ())
    return _row_type(names)


class _Text(Loader):
    def load(self, data: Buffer) -> str:
        return text_from_column(bytes(data))


class _Flag(Dumper):
    """SQLite knows no booleans, so columns have numbers for them."""

    oid = psycopg.adapters.types["int4"].oid

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class PooledConnection(LimitedConnection[Row]):
    """A connection of the store's pool."""

    used_at = 0.0  # by the monotonic clock

    @property
    def has_gone_stale(self) -> bool:
        """Whether the server, or what is in between, ended it after it had worked: another may
        work."""
        return self.broken and self.used_at > 0


class Statements:
    """Runs shared statements on a borrowed connection."""

    __slots__ = ("connection",)

    def __init__(self, connection: PooledConnection) -> None:
        self.connection = connection

    def execute(
        self, statement: str, values: Sequence[Value] | Mapping[str, Value] = (), /
    ) -> psycopg.Cursor[Row]:
        """Run a statement."""
        cursor = self.connection.cursor()
        cursor.execute(translated(statement).encode(), values or None)
        return cursor

    def executemany(
        self, statement: str, rows: Iterable[Sequence[Value] | Mapping[str, Value]], /
    ) -> psycopg.Cursor[Row]:
        """Run a statement for each of these values."""
        cursor = self.connection.cursor()
        cursor.executemany(translated(statement).encode(), rows)
        return cursor


class Reading(Statements):
    """Runs statements that only read, each in its own transaction. One that finds its connection
    ended, as a restart of the server ends all, runs once more on another."""

    __slots__ = ("_borrow", "_is_borrowed", "_put_back")

    def __init__(
        self,
        borrow: Callable[[], PooledConnection],
        put_back: Callable[[PooledConnection], None],
    ) -> None:
        super().__init__(borrow())
        self._borrow, self._put_back, self._is_borrowed = borrow, put_back, True

    def execute(
        self, statement: str, values: Sequence[Value] | Mapping[str, Value] = (), /
    ) -> psycopg.Cursor[Row]:
        """Run a statement."""
        while True:
            try:
                return super().execute(statement, values)
            except psycopg.OperationalError:
                if not self.connection.has_gone_stale:
                    raise
            self.put_back()
            self.connection, self._is_borrowed = self._borrow(), True

    def put_back(self) -> None:
        """Return the connection, if it was not yet."""
        if self._is_borrowed:
            self._is_borrowed = False
            self._put_back(self.connection)


def prepare(connection: PooledConnection) -> None:
    """Have a new connection run shared statements."""
    connection.autocommit = True
    connection.cursor_factory = psycopg.ClientCursor
    connection.row_factory = _rows_of
    connection.adapters.register_loader("text", _Text)
    connection.adapters.register_dumper(bool, _Flag)
