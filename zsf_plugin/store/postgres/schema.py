"""The schema of a PostgreSQL database: the numbered migrations that make it, and which of them it
has run.

`migrations/NNNN_name.sql` never changes once released. A database without tables runs all of them.
Each is one transaction with its line in the table `migrations`, and one process at a time applies
any: its turn ends with its connection. (yoyo-migrations 9 was tried: its lock is a row, which stays
if its holder is killed, and keeps every other process out; Alembic brings SQLAlchemy.)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.package_files import numbered_files
from zsf_plugin.store.postgres.connecting import SCHEMA

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_TURN = "SELECT pg_advisory_lock(hashtextextended('zsf-plugin schema', 1))"
_PATIENTLY = "SET lock_timeout = 0; SET statement_timeout = 0"
_TABLE = sql.Identifier(SCHEMA, "migrations")
_HAS_TABLE = "SELECT to_regclass(%s) IS NOT NULL"
_APPLIED = sql.SQL("SELECT number FROM {}").format(_TABLE)
#: The same, for a connection whose search path has the schema.
APPLIED = "SELECT number FROM migrations"
_MAKE = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE IF NOT EXISTS {} (").format(
    sql.Identifier(SCHEMA), _TABLE
) + sql.SQL("number INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())")
_NOTE = sql.SQL("INSERT INTO {} (number) VALUES (%s)").format(_TABLE)


def upgrade(conninfo: str, name: str) -> None:
    """Apply the migrations that the database lacks; all of them to one without tables. Raises
    StoreUnavailable for a database of a newer version, psycopg.Error."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if not _missing(connection, name):
            return
        connection.execute(_PATIENTLY)
        connection.execute(_TURN)
        connection.execute(_MAKE)
        for number in _missing(connection, name):  # another process may have been first
            text = migrations()[number].read_text(encoding="utf-8")
            with connection.transaction():
                connection.execute(text.encode())
                connection.execute(_NOTE, [number])


@cache
def migrations() -> Mapping[int, Traversable]:
    """The migration files by number, in the order in which they are applied."""
    return numbered_files(__package__, "migrations", ".sql")


def _missing(connection: psycopg.Connection[Any], name: str) -> list[int]:
    """The migrations that it lacks, in order. Raises StoreUnavailable if it has others."""
    applied: set[int] = set()
    found = connection.execute(_HAS_TABLE, [_TABLE.as_string()]).fetchone()
    if found is not None and found[0]:
        applied = {number for (number,) in connection.execute(_APPLIED)}
    check_applied(applied, name)
    return [number for number in migrations() if number not in applied]


def check_applied(applied: set[int], name: str) -> None:
    """Raise StoreUnavailable if the database has run migrations that are not known here."""
    if applied - migrations().keys():
        raise StoreUnavailable(
            f"the database {name} was made by a newer version of zsf-plugin (schema "
            f"{max(applied)}, known here: {max(migrations())}): install that version again, or "
            "name another database in ZSF_DATABASE_URL; nothing was changed"
        )
