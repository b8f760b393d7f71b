"""Transfers everything in a database file to an empty PostgreSQL database, whole or not at all, and
closes the file to every process: two stores that drain one org would write everything twice.

Both engines have the same tables and columns, and texts in the same form: rows are copied as they
are. Loads psycopg.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.store import IN_USE, NOT_EMPTY
from zsf_plugin.postgres import conninfo_of, shown_name
from zsf_plugin.store.postgres.advice import unavailable
from zsf_plugin.store.postgres.connecting import ALONE, SCHEMA
from zsf_plugin.store.postgres.schema import upgrade
from zsf_plugin.store.sqlite.advice import unavailable as file_unavailable
from zsf_plugin.store.sqlite.schema import TRANSFERRED_VERSION

#: Rows between two reports of progress.
_REPORTED_ROWS = 1_000
#: However many rows there are, the server lets them arrive.
_PATIENTLY = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_HAS_ROWS = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})")
_EMPTY = sql.SQL("TRUNCATE {}")
_COPY = sql.SQL("COPY {} ({}) FROM STDIN")
_CONTINUE_IDS = sql.SQL(
    "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {} HAVING max(id) > 0"
)
#: Rows of other tables refer to its rows, and triggers count those.
_ENTRIES, _COUNTS = "entries", ("settled_counts", "outcome_counts")

_Target = psycopg.Connection[tuple[object, ...]]
OnRows = Callable[[int, int], None]


def transfer_to_postgres(file: Path, url: str, on_rows: OnRows) -> Mapping[str, int]:
    """Transfer the rows of a database file of this version; returns how many each table had. Calls
    `on_rows(rows transferred, all rows)`.

    Raises ConfigurationError if another process uses the file or the target has rows,
    StoreUnavailable; then the file is as it was. After it, whoever opens the file is refused; its
    rows are still there.
    """
    name = shown_name(url)
    with _taken(file) as source:
        names = {table for (table,) in source.execute(_TABLES)}
        counts = {}
        for table in (_ENTRIES, *sorted(names - {_ENTRIES, *_COUNTS}), *_COUNTS):
            counts[table] = _number_of_rows(source, table)
        try:
            conninfo = conninfo_of(url, SCHEMA)
            upgrade(conninfo, name)
            with psycopg.connect(conninfo) as target:
                _check_empty(target, counts, name)
                _fill(target, source, counts, on_rows)
        except psycopg.Error as error:
            raise unavailable(name, error) from error
        source.execute(f"PRAGMA user_version = {TRANSFERRED_VERSION}")
    return counts


@contextmanager
def _taken(file: Path) -> Iterator[sqlite3.Connection]:
    """The file, in a transaction during which nobody else can open it. Raises ConfigurationError,
    StoreUnavailable."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=1.0)) as source:
            source.text_factory = bytes.decode  # as it is stored
            # fails as long as another process has it open
            (mode,) = source.execute("PRAGMA journal_mode = DELETE").fetchone()
            if mode != "delete":
                raise ConfigurationError((IN_USE.format(file=file),))
            try:
                source.execute("BEGIN EXCLUSIVE")
                yield source
                source.execute("COMMIT")
            finally:
                if source.in_transaction:
                    source.execute("ROLLBACK")
                source.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise ConfigurationError((IN_USE.format(file=file),)) from error
        raise file_unavailable(file, error) from error


def _number_of_rows(source: sqlite3.Connection, table: str) -> int:
    return int(source.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _check_empty(target: _Target, tables: Iterable[str], name: str) -> None:
    """Begin a transaction beside which there is none. Raises ConfigurationError if a table has
    rows."""
    target.execute(_PATIENTLY)
    target.execute(ALONE)
    for table in tables:
        found = target.execute(_HAS_ROWS.format(sql.Identifier(table))).fetchone()
        if found is not None and found[0]:
            raise ConfigurationError((NOT_EMPTY.format(name=name),))


def _fill(
    target: _Target, source: sqlite3.Connection, counts: Mapping[str, int], on_rows: OnRows
) -> None:
    done, total = 0, sum(counts.values())
    for table in counts:
        if table in _COUNTS:
            target.execute(_EMPTY.format(sql.Identifier(table)))
        columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with target.cursor().copy(_COPY.format(sql.Identifier(table), names)) as rows:
            for row in source.execute(f"SELECT {', '.join(columns)} FROM {table}"):
                rows.write_row(row)
                done += 1
                if done % _REPORTED_ROWS == 0:
                    on_rows(done, total)
        if "id" in columns:
            target.execute(_CONTINUE_IDS.format(sql.Literal(table), sql.Identifier(table)))
    target.execute("ANALYZE")
    on_rows(total, total)
