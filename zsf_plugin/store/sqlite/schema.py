"""The schema of a database file: the numbered migrations that make it, and which of them a file has
run.

`migrations/NNNN_name.sql` never changes once released. A new file runs all of them, so a new file
and a migrated one cannot differ. `PRAGMA user_version` is the number of the last one applied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.store import TRANSFERRED
from zsf_plugin.package_files import numbered_files

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: Where a database says that it has a write-ahead log. So none has to be begun in the file, which
#: takes a rollback journal: one that a process or the power left would be in the way of the next.
_FORMAT, _USES_LOG = slice(18, 20), b"\x02\x02"
#: The version of a file without tables.
EMPTY_VERSION = 0
#: The version of a file whose rows were transferred to another database (`store.transfer`).
TRANSFERRED_VERSION = 1_000_000


def new_database() -> bytes:
    """The content of a new database file, with every migration applied."""
    with (
        fork_guard.inside(),
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
    ):
        for number in migrations():
            apply_migration(connection, number)
        content = bytearray(connection.serialize())
    content[_FORMAT] = _USES_LOG
    return bytes(content)


@cache
def migrations() -> Mapping[int, Traversable]:
    """The migration files by number, in the order in which they are applied."""
    return numbered_files(__package__, "migrations", ".sql")


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the last migration applied; `EMPTY_VERSION` for a file without tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(file: Path, version: int) -> None:
    """Raise StoreUnavailable if no migration continues from that version."""
    oldest, newest = min(migrations()), max(migrations())
    if version == TRANSFERRED_VERSION:
        raise StoreUnavailable(TRANSFERRED.format(file=file))
    if version > newest:
        raise StoreUnavailable(
            f"the database {file} was created by a newer version of zsf-plugin (schema {version}, "
            f"known here: {newest}): install that version again, or set ZSF_DATA_DIR to another "
            f"folder"
        )
    if version != EMPTY_VERSION and version < oldest:
        raise StoreUnavailable(
            f"the database {file} was created by an unreleased version of zsf-plugin (schema "
            f"{version}, oldest known here: {oldest}): set ZSF_DATA_DIR to another folder"
        )


def next_migration(version: int) -> int | None:
    """The number of the next migration; None if the file is up to date."""
    return next((number for number in migrations() if number > version), None)


def apply_migration(connection: sqlite3.Connection, number: int) -> None:
    """Run one migration in the caller's transaction, and store its number."""
    for statement in statements(migrations()[number].read_text(encoding="utf-8")):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {number}")


def statements(script: str) -> Iterator[str]:
    """The statements of a script: each ends with a semicolon at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
