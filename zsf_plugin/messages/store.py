"""Texts for a database that may not be used as it is, by the codes of `errors.StoreDamaged`, or
cannot be where it is (`store.places`): what is wrong, and what to do. Nothing was changed."""

from __future__ import annotations

from collections.abc import Mapping

_RESTORE = "stop every process that uses it, then restore a backup"
_START_OVER = (
    "to start over, move it away together with the files of its name that end with -wal and -shm: "
    "waiting events, links and the sign-in are lost"
)

#: Code → a clause that follows "the database FILE ", and what to do.
DAMAGE: dict[str, tuple[str, str]] = {
    "folder": ("is a folder", "name a file in ZSF_DATABASE_URL, or move the folder away"),
    "no_file": (
        "is no file (a pipe, a socket or a device)",
        "name a file in ZSF_DATABASE_URL, or move it away",
    ),
    "lost_link": (
        "is a link to a file that is not there",
        "mount the volume that has it, or restore a backup there; to start over, remove the link",
    ),
    "no_database": (
        "is not a SQLite database",
        "name another file in ZSF_DATABASE_URL, or restore it from a backup",
    ),
    "empty": ("has no content left (0 bytes)", f"{_RESTORE}; {_START_OVER}"),
    "log_alone": (
        "is missing, but its write-ahead log (the file that ends with -wal) is there",
        f"{_RESTORE}, both files of the same moment; to start over, move the log away: what it "
        "holds is lost",
    ),
    "foreign_log": (
        "has a write-ahead log (the file that ends with -wal) of another database beside it",
        "stop every process that uses it, and move that file away, or restore both files from one "
        "backup",
    ),
    "gone": (
        "was there, and is gone or another now",
        "put it back, from where it was moved or from a backup; to begin with a new one, start the "
        "process again",
    ),
    "other_application": (
        "belongs to another application",
        "name another file in ZSF_DATABASE_URL, or set ZSF_DATA_DIR to another folder",
    ),
    "tables_missing": (
        "lacks tables, columns or indexes that it had",
        f"{_RESTORE}; {_START_OVER}",
    ),
    "other_version": (
        "has tables of a later version than the one that it says it is of",
        f"{_RESTORE}; {_START_OVER}",
    ),
    "pages_damaged": (
        "is damaged",
        f"{_RESTORE} (or try `.recover` of the sqlite3 command); {_START_OVER}",
    ),
}
#: Code → a clause that follows the name of a file or folder, and what to do.
PLACES: dict[str, tuple[str, str]] = {
    "read_only": (
        "is on a file system that is mounted read-only",
        "mount it writable, or set ZSF_DATA_DIR to a folder on another",
    ),
    "of_another": (
        "cannot be written by this process, which runs as user id {uid}: {path} belongs to user id "
        "{owner} and has mode {mode}",
        "give the data folder (0700) and its files (0600) to this user, or run as their owner",
    ),
    "failing": ("is on a disk that fails (input/output error)", "check that disk"),
    "full": ("cannot grow, the disk or a quota is full", "free some space"),
    "too_long": (
        "has a path of {length} bytes, and SQLite opens at most {most}",
        "set ZSF_DATA_DIR to a shorter one",
    ),
    "network": (
        "is on a network file system ({kind}), where SQLite's locks and shared memory do not work",
        "set ZSF_DATA_DIR to a folder on a local disk",
    ),
}
#: A database works on a network file system for now, which is no promise.
ON_NETWORK = (
    "the data folder %s is on a network file system (%s), where SQLite's locks and shared memory "
    "cannot be relied on: events may be lost; set ZSF_DATA_DIR to a folder on a local disk"
)
#: A new database was made although a key was there: perhaps the old database is lost.
MADE_BESIDE_A_KEY = (
    "a new, empty database was made: %s was not there, but its key %s was. If there was a "
    "database, stop, move the new one away and restore the old one from a backup; otherwise "
    "there is nothing to do"
)
#: PostgreSQL is named, and what speaks to it is not installed.
NO_PSYCOPG = (
    "a PostgreSQL server is reached by psycopg, which is not installed: install "
    "zsf-plugin[postgres]"
)
#: The database is for many machines, and its key is on this one.
KEY_OF_ONE_MACHINE = (
    "the secret key is in %s: set ZSF_SECRET_KEY to what it holds, on every machine that uses the "
    "database"
)
#: A backup of a database that only its server can copy.
NO_COPY_OF_POSTGRES = (
    "the database is PostgreSQL's, which has its own tool: "
    'pg_dump --format=custom --schema=zsf --file=FILE "$ZSF_DATABASE_URL"'
)
#: A database file whose rows are in another database now.
TRANSFERRED = (
    "what was in the database {file} was transferred to PostgreSQL: name that one in "
    "ZSF_DATABASE_URL"
)
#: A database file that cannot be transferred, and a target that cannot take it.
IN_USE = (
    "another process uses the database {file}: stop every host, `zsf worker` and `zsf console` "
    "that has it open, then transfer it; nothing was changed"
)
NOT_EMPTY = (
    "the database {name} has rows of the plugin already: name an empty one; nothing was changed"
)
#: What can be transferred, and to where.
TRANSFERS_TO_POSTGRES = (
    "only a database file can be transferred, and only to postgresql://USER@HOST:PORT/NAME"
)
#: Another database took the place of the one in use.
EXCHANGED = (
    "another database took the place of %s while it was in use (a backup was restored, or a volume "
    "mounted): it is used from now on; what only the one before it has is not sent"
)


def place_text(code: str, data: Mapping[str, object]) -> str:
    """What is wrong with the place of a file, and what to do."""
    what, advice = PLACES[code]
    return f"{what.format_map(data)}: {advice}; nothing was changed"


def damage_text(code: str, file: str) -> str:
    """What is wrong with that file, and what to do."""
    what, advice = DAMAGE[code]
    return f"the database {file} {what}: {advice}; nothing was changed"
