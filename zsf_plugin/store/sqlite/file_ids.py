"""Whether the files that an open connection uses are still those at the database's path.

A database may be exchanged under a live process: a backup is restored, a volume mounted, a log
deleted. SQLite goes on with the files that it has open (https://www.sqlite.org/howtocorrupt.html
§4), and nobody would find there what it commits. So this is asked for each use; it opens nothing,
since a plain descriptor on a database must not be closed (§2.2).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter

#: What the names of the files end with that SQLite has beside a database while it is open: the
#: write-ahead log and its index.
BESIDE = ("-wal", "-shm")
#: What changed this shortly ago may change again with the same timestamp, since file system clocks
#: tick slowly.
MIN_SETTLED_AGE_NS = 100_000_000
_STATE_OF = attrgetter("st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev")


@dataclass(slots=True)
class FileIds:
    """The files at a database's path at one moment, and the bytes that it had when last seen."""

    file: str
    #: Path → device and inode, which are no other file's while it is open. The database is last.
    ids: Mapping[str, tuple[int, int]]
    size: int
    folder: str
    #: That folder as it was when all of them were last there. No file comes or goes without a
    #: change of it.
    _folder: tuple[int, ...] | None = None

    @property
    def database(self) -> tuple[int, int]:
        """The database's device and inode."""
        return self.ids[self.file]

    def are_there(self) -> bool:
        """Whether all are still at their paths, and the database has not become smaller."""
        try:
            found, folder = os.stat(self.file), os.stat(self.folder)
            of_folder: tuple[int, ...] = _STATE_OF(folder)
            if of_folder != self._folder:
                self._folder = None
                for path, known in self.ids.items():
                    found = os.stat(path)
                    if (found.st_dev, found.st_ino) != known:
                        return False
                if _is_settled(folder):
                    self._folder = of_folder
        except OSError:
            return False
        is_whole, self.size = found.st_size >= self.size, found.st_size
        return is_whole and (found.st_dev, found.st_ino) == self.ids[self.file]

    def has_lost_its_log(self) -> bool:
        """Whether the database is still there, but not its log or the log's index, and nobody has
        begun new ones."""
        try:
            found = file_ids(self.file)
        except OSError:
            return False
        return found is not None and found.ids.items() < self.ids.items()


def _is_settled(folder: os.stat_result) -> bool:
    """Whether the folder last changed so long ago that any other change has another time."""
    now = time.time_ns()
    return min(abs(now - folder.st_mtime_ns), abs(now - folder.st_ctime_ns)) > MIN_SETTLED_AGE_NS


def file_ids(file: str) -> FileIds | None:
    """The files at that path; None if there is no database. Raises OSError."""
    ids = {}
    for path in (*(file + end for end in BESIDE), file):
        try:
            found = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        ids[path] = found.st_dev, found.st_ino
    return FileIds(file, ids, found.st_size, os.path.dirname(file)) if file in ids else None


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
