"""Whether a file may be used as the plugin's database, found before anything is written to it.

Looks through a read-only SQLite connection, which neither recovers nor changes the file: a plain
descriptor on a database must not be closed while this process has it open
(https://www.sqlite.org/howtocorrupt.html §2.2). The write-ahead log has no locks, so it is read.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from zsf_plugin.errors import StoreDamaged
from zsf_plugin.store.sqlite.schema import EMPTY_VERSION, migrations, version_of

#: "ZSFP": in the header of our files since schema 10.
APPLICATION_ID = 0x5A534650
#: Files of up to this many bytes are read whole when they are opened, at about 1.5 ms a megabyte;
#: of smaller ones each index is compared with its table too, at about 6 ms a megabyte.
MAX_CHECKED_BYTES = 64_000_000
MAX_COMPARED_BYTES = 8_000_000

_CREATED = re.compile(r"^CREATE (?:UNIQUE )?(?:TABLE|INDEX|VIEW|TRIGGER) (\w+)", re.MULTILINE)
_DROPPED = re.compile(r"^DROP (?:TABLE|INDEX|VIEW|TRIGGER) (?:IF EXISTS )?(\w+)", re.MULTILINE)
_RENAMED = re.compile(r"^ALTER TABLE (\w+) RENAME TO (\w+)", re.MULTILINE)
#: What changes the columns of tables: a table with its columns, each on a line of its own; one that
#: is dropped or renamed; a column that is added, dropped or renamed.
_OF_COLUMNS = re.compile(
    r"^CREATE TABLE (?P<made>\w+) \((?P<columns>.*?)^\)"
    r"|^DROP TABLE (?P<dropped>\w+)\b(?!\.)"
    r"|^ALTER TABLE (?P<altered>\w+) (?P<how>ADD|DROP|RENAME) (?:COLUMN (?P<column>\w+))?"
    r"(?: ?TO (?P<to>\w+))?",
    re.MULTILINE | re.DOTALL,
)
_COLUMN = re.compile(r"^ +(\w+) +(?:TEXT|INTEGER|REAL|BLOB)\b", re.MULTILINE)
ALL_COLUMNS = """
    SELECT tables.name, columns.name
    FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table'
"""
#: Of a log (https://www.sqlite.org/fileformat2.html §4.1): magic, format, page size, checkpoint,
#: two salts; of a frame: page number, size after a commit, the same salts.
_LOG_HEADER = struct.Struct(">IIIIII")
_LOG_HEADER_BYTES = 32
_FRAME_HEADER = struct.Struct(">IIII")
_FRAME_HEADER_BYTES = 24
#: What SQLite's primary error codes say of a file.
_DAMAGED = {sqlite3.SQLITE_CORRUPT: "pages_damaged", sqlite3.SQLITE_NOTADB: "no_database"}
#: In a database's first page: where the application id stands.
_APPLICATION_AT = 68


def log_of(file: Path) -> Path:
    """The write-ahead log of that database."""
    return file.with_name(f"{file.name}-wal")


def check_place(file: Path) -> bool:
    """Whether the file is there. Raises StoreDamaged if something else is in its place, OSError."""
    if file.is_dir():
        raise StoreDamaged("folder", file)
    if file.is_symlink() and not file.exists():
        raise StoreDamaged("lost_link", file)
    if file.exists():
        if not file.is_file():
            raise StoreDamaged("no_file", file)
        if file.stat().st_size == 0:
            raise StoreDamaged("empty", file)
        return True
    if _size(log_of(file)):
        raise StoreDamaged("log_alone", file)
    return False


def check_content(file: Path) -> None:
    """Raise StoreDamaged if the file is not ours, or not whole, and sqlite3.Error if it cannot be
    read."""
    try:
        try:
            _check_content(file)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            _roll_back(file)
            _check_content(file)
    except sqlite3.DatabaseError as error:
        code = _DAMAGED.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if code is None:
            raise
        raise StoreDamaged(code, file) from error


def _check_content(file: Path) -> None:
    uri = f"{file.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        page_bytes = _number(connection, "page_size")
        if not _is_log_of(log_of(file), page_bytes):
            raise StoreDamaged("foreign_log", file)
        connection.execute("BEGIN")  # another process may be migrating it
        application, version = _number(connection, "application_id"), version_of(connection)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        columns = set(connection.execute(ALL_COLUMNS))
        connection.execute("COMMIT")
        _check_names(file, application, version, names)
        _check_columns(file, version, columns)
        if _is_cut(file, page_bytes):
            raise StoreDamaged("pages_damaged", file)
        size = _number(connection, "page_count") * page_bytes
        if size <= MAX_CHECKED_BYTES:
            check = "integrity_check" if size <= MAX_COMPARED_BYTES else "quick_check"
            (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
            if found != "ok":
                raise StoreDamaged("pages_damaged", file)


def _roll_back(file: Path) -> None:
    """Have SQLite undo what a process had begun, and left in a rollback journal when it died: a
    tool that does not use the log, or a former version that was about to begin one. Not in another
    application's file."""
    with file.open("rb") as opened:
        header = opened.read(_APPLICATION_AT + 4)
    if int.from_bytes(header[_APPLICATION_AT:], "big") == APPLICATION_ID:
        uri = f"{file.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def _is_cut(file: Path, page_bytes: int) -> bool:
    """Whether the file ends within a page; SQLite itself finds that whole pages are missing. While
    there is a log the file may be written, and the log has what is missing."""
    if _size(log_of(file)):  # before and after: it may come or go while the file is measured
        return False
    return _size(file) % page_bytes != 0 and not _size(log_of(file))


def _check_names(file: Path, application: int, version: int, names: set[str]) -> None:
    """Raise StoreDamaged if these are not the tables and indexes of a database of ours."""
    newest = max(migrations())
    is_other = names and names.isdisjoint(names_at(newest))
    if is_other or application not in (0, APPLICATION_ID):
        raise StoreDamaged("other_application", file)
    if version not in (EMPTY_VERSION, *migrations()):
        return  # `check_version` says so
    if names_at(version) - names:
        raise StoreDamaged("tables_missing", file)
    if (names & names_at(newest)) - names_at(version):
        raise StoreDamaged("other_version", file)


def _check_columns(file: Path, version: int, columns: set[tuple[str, str]]) -> None:
    """Raise StoreDamaged if some columns are of another version than the file says it is of."""
    if version not in migrations():
        return
    if columns_at(version) - columns:
        raise StoreDamaged("tables_missing", file)
    if (columns & columns_at(max(migrations()))) - columns_at(version):
        raise StoreDamaged("other_version", file)


@lru_cache(maxsize=2)
def columns_at(version: int) -> frozenset[tuple[str, str]]:
    """The tables of a database of that version, each with each of its columns."""
    tables: dict[str, set[str]] = {}
    for number, migration in migrations().items():
        if number <= version:
            for change in _OF_COLUMNS.finditer(migration.read_text(encoding="utf-8")):
                _change_columns(tables, change.groupdict())
    return frozenset((table, column) for table, columns in tables.items() for column in columns)


def _change_columns(tables: dict[str, set[str]], change: Mapping[str, str | None]) -> None:
    made, dropped, altered = change["made"], change["dropped"], change["altered"]
    column, to = change["column"], change["to"]
    if made is not None:
        tables[made] = set(_COLUMN.findall(change["columns"] or ""))
    elif dropped is not None:
        del tables[dropped]
    elif altered is not None and column is None and to is not None:
        tables[to] = tables.pop(altered)
    elif altered is not None and column is not None:
        if change["how"] != "ADD":
            tables[altered].remove(column)
        if change["how"] != "DROP":
            tables[altered].add(to or column)


@lru_cache(maxsize=2)
def names_at(version: int) -> frozenset[str]:
    """The tables, indexes, views and triggers of a database of that version, as the migrations make
    them."""
    names: set[str] = set()
    for number, migration in migrations().items():
        if number <= version:
            text = migration.read_text(encoding="utf-8")
            names -= set(_DROPPED.findall(text))  # first: a view that is replaced has one name
            names |= set(_CREATED.findall(text))
            for old, new in _RENAMED.findall(text):
                names = names - {old} | {new}
    return frozenset(names)


def _is_log_of(log: Path, page_bytes: int) -> bool:
    """Whether that log can be of a database of ours with such pages; true if there is none."""
    if not _size(log):
        return True
    with log.open("rb") as opened:
        header = opened.read(_LOG_HEADER_BYTES)
        if len(header) < _LOG_HEADER_BYTES:
            return True  # SQLite ignores it
        _, _, log_page_bytes, _, *salts = _LOG_HEADER.unpack_from(header)
        if log_page_bytes != page_bytes:
            return False
        at = _LOG_HEADER_BYTES
        while len(frame := opened.read(_FRAME_HEADER_BYTES)) == _FRAME_HEADER_BYTES:
            number, _, *frame_salts = _FRAME_HEADER.unpack_from(frame)
            if frame_salts != salts:
                return True  # left over from before a checkpoint, as all that follow
            if number == 1:
                page = opened.read(_APPLICATION_AT + 4)
                if int.from_bytes(page[_APPLICATION_AT:], "big") not in (0, APPLICATION_ID):
                    return False
            at += _FRAME_HEADER_BYTES + page_bytes
            opened.seek(at)
    return True


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _size(file: Path) -> int:
    """The file's size in bytes; 0 if there is none."""
    return file.stat().st_size if file.is_file() else 0
