"""The store in one SQLite file (WAL, synchronous FULL): one machine, any number of threads and
processes.

`database` owns the file, which `inspection` looks at first; `group_commit` and `inserting` make
what hooks insert durable together; `schema` has the migrations; `file_ids` knows whether the file
is still the one that was opened. The statements are in `sql`. Only `store.opening` builds this
engine.
"""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql import SqlStore
from zsf_plugin.store.sqlite.database import SqliteDatabase, make_database

__all__ = ["SqliteStore", "make_database"]


class SqliteStore(SqlStore):
    """A store in one SQLite file; safe to share between threads, and usable after a fork."""

    def __init__(self, file: Path, cipher: Cipher, *, busy_timeout_s: float = 10.0) -> None:
        """Open `file` in an existing folder; creates it if missing. Raises StoreUnavailable."""
        super().__init__(SqliteDatabase(file, busy_timeout_s=busy_timeout_s), cipher)
