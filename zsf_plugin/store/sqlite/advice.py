"""What to do about an error of SQLite, by its primary code. Knows no statement."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.store.places import trouble_at

#: What to do, by SQLite's primary error code.
ADVICE = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another process: stop that process, or wait; nothing was changed"
    ),
    sqlite3.SQLITE_LOCKED: (
        "is locked by another process: stop that process, or wait; nothing was changed"
    ),
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: free some space; nothing was changed",
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: check the disk and its quota; nothing was changed"
    ),
    sqlite3.SQLITE_READONLY: "cannot be written: make it and its folder writable for this user",
    sqlite3.SQLITE_PERM: "cannot be opened: make it and its folder writable for this user",
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened: check that it exists, and that this user can write it and its folder"
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged: stop every process that uses it, then restore a backup (or try `.recover`)"
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database: name another file, or restore it from a backup"
    ),
}
_OTHER_ADVICE = (
    "cannot be used: check that it is the plugin's own database and that this version fits it"
)
#: Errors that the folder or its file system may explain better.
_MAY_BE_THE_PLACE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


class StoreBusy(StoreUnavailable):
    """Another process, or a thread of this one, writes for too long."""


def busy(file: Path) -> StoreBusy:
    """The error for a turn to write that did not come."""
    return StoreBusy(f"the database {file} {ADVICE[sqlite3.SQLITE_BUSY]}")


def unavailable(file: Path, error: sqlite3.Error | UnicodeDecodeError) -> StoreUnavailable:
    """The error for one of SQLite's, with what to do."""
    code = primary_code(error)
    trouble = trouble_at(file) if code in _MAY_BE_THE_PLACE else None
    advice = trouble or ADVICE.get(code, _OTHER_ADVICE)
    kind = StoreBusy if code == sqlite3.SQLITE_BUSY else StoreUnavailable
    return kind(f"the database {file} {advice} (SQLite: {error})")


def primary_code(error: Exception) -> int:
    """Its primary code: the low byte of an extended one. Errors of the sqlite3 module itself have
    none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
