"""What an engine offers to the parts of the store: connections, transactions, and the little that
no shared statement can say. Holds no statement about the product's tables.

The parts write SQLite's SQL, as far as PostgreSQL has it too. An engine may leave out `INDEXED BY`
and may read `CROSS JOIN`, which keeps SQLite's order of tables, as a plain join. Lists are JSON
texts, read by `json_each`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

from zsf_plugin.store.sql.rows import Columns, Row, Value, column


class Cursor(Protocol):
    """The rows of a statement that ran, and the number that it changed."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Row]: ...
    def close(self) -> object: ...


class SqlConnection(Protocol):
    """A connection that a block has borrowed."""

    def execute(
        self, statement: str, values: Sequence[Value] | Mapping[str, Value] = (), /
    ) -> Cursor: ...
    def executemany(
        self, statement: str, rows: Iterable[Sequence[Value] | Mapping[str, Value]], /
    ) -> Cursor: ...


class Inserted(NamedTuple):
    """The new row's id; None if it was refused, as a row with this key was there. `was_tried`: that
    may have been this very one, whose first insert was interrupted at its end."""

    row_id: int | None
    was_tried: bool


#: What a transaction is about: the name of a workspace, an org, a lease or a folder, or row ids of
#: entries, which stand for their one workspace. None: nothing that another could change meanwhile.
Subject: TypeAlias = str | Sequence[int | None] | None
#: A transaction that nothing else may be written beside.
EVERYTHING = "*"
#: Before the name of a workspace: one that changes the rules by which its events are accepted. No
#: entry is inserted beside it.
RULES_OF = "rules "


class Database(ABC):
    """One database. Raises StoreUnavailable, in whatever it does."""

    #: The hooks of this process that wait for a transaction to end; None if they wait for none.
    waiting: Sized | None

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlConnection]:
        """A connection for single statements, each in its own transaction."""

    @abstractmethod
    def writing(self, about: Subject) -> AbstractContextManager[SqlConnection]:
        """A connection inside one write transaction: committed at the end, rolled back if anything
        is raised. No two about the same go on at the same time."""

    @abstractmethod
    def insert(self, entry: Columns) -> Inserted:
        """Insert one entry (see `arrivals`), durable when this returns."""

    @abstractmethod
    def insert_all(self, connection: SqlConnection, entries: Sequence[Columns]) -> list[int | None]:
        """Insert entries; the new row's id for each, None for one that was refused."""

    @abstractmethod
    def revision(self) -> object:
        """A value that equals an earlier one only if nothing was stored in between."""

    @abstractmethod
    def check(self) -> None:
        """Raise StoreUnavailable if it does not answer, or has other tables than are known here."""

    @abstractmethod
    def size(self) -> tuple[int, int | None]:
        """The bytes that it takes, and those of them that are free (None: not known)."""

    @abstractmethod
    def write_copy(self, file: Path, on_step: Callable[[int, int], None]) -> None:
        """Copy it as it is now to a new file, private, whole or not at all, while others write.
        Calls `on_step(pages left, pages)`. Raises ConfigurationError if it has another way."""

    @abstractmethod
    def close(self) -> None:
        """Close it; what is used later raises StoreUnavailable."""

    def rows(self, statement: str, *values: object, **named: object) -> list[Any]:
        """All rows of one statement, in its own transaction."""
        with self.reading() as connection:
            return execute(connection, statement, *values, **named).fetchall()

    def row(self, statement: str, *values: object) -> Any:
        """The first row of a statement, or None."""
        return next(iter(self.rows(statement, *values)), None)


class StorePart:
    """A part of the store. All parts of one store share one database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def execute(
    connection: SqlConnection, statement: str, /, *values: object, **named: object
) -> Cursor:
    """Run a statement with its values, in order or by name, converted to columns."""
    if named:
        columns = dict(zip(named, map(column, named.values()), strict=True))
        return connection.execute(statement, columns)
    return connection.execute(statement, list(map(column, values)))
