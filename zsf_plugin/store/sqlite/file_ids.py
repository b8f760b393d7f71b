"""Whether the files that an open connection uses are still those at the database's path.

A database may be exchanged under a live process: a backup is restored, a volume mounted, a log
deleted. SQLite goes on with the files that it has open (https://www.sqlite.org/howtocorrupt.html
§4), and nobody would find there what it commits. So this is asked for each use; it opens nothing,
since a plain descriptor on a database must not be closed (§2.2).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

#: What the names of the files end with that SQLite has beside a database while it is open: the
#: write-ahead log and its index.
BESIDE = ("-wal", "-shm")


@dataclass(slots=True)
class FileIds:
    """The files at a database's path at one moment, and the bytes that it had when last seen."""

    file: str
    #: Path → device and inode, which are no other file's while it is open. The database is last.
    ids: Mapping[str, tuple[int, int]]
    size: int

    @property
    def database(self) -> tuple[int, int]:
        """The database's device and inode."""
        return self.ids[self.file]

    def are_there(self) -> bool:
        """Whether all are still at their paths, and the database has not become smaller."""
        try:
            for path, known in self.ids.items():
                found = os.stat(path)
                if (found.st_dev, found.st_ino) != known:
                    return False
        except OSError:
            return False
        is_whole, self.size = found.st_size >= self.size, found.st_size
        return is_whole

    def has_lost_its_log(self) -> bool:
        """Whether the database is still there, but not its log or the log's index, and nobody has
        begun new ones."""
        try:
            found = file_ids(self.file)
        except OSError:
            return False
        return found is not None and found.ids.items() < self.ids.items()


def file_ids(file: str) -> FileIds | None:
    """The files at that path; None if there is no database. Raises OSError."""
    ids = {}
    for path in (*(file + end for end in BESIDE), file):
        try:
            found = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        ids[path] = found.st_dev, found.st_ino
    return FileIds(file, ids, found.st_size) if file in ids else None


class StoreConnection(sqlite3.Connection):
    """A connection that knows its files."""

    files: FileIds

    def has_opened(self, found: FileIds) -> bool:
        """Whether these files, found after a first read, are its own from now on: those of the same
        database, with the log that it writes to. A log may be deleted as it is begun."""
        (mode,) = self.execute("PRAGMA journal_mode").fetchone()
        if found.database != self.files.database:
            return False
        self.files = found
        return mode != "wal" or found.file + BESIDE[0] in found.ids

    def save_lost_log(self) -> bool:
        """Put what a log that was deleted holds into the database, while no other process has begun
        a new one. False if another process uses it still. Raises sqlite3.Error."""
        if not self.files.has_lost_its_log():
            return True
        is_busy, _, _ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def let_go(self) -> None:
        """Roll back, save a lost log if possible, and close."""
        with suppress(sqlite3.Error):
            if self.in_transaction:
                self.execute("ROLLBACK")
        with suppress(sqlite3.Error):
            self.save_lost_log()
        with suppress(sqlite3.Error):
            self.close()
