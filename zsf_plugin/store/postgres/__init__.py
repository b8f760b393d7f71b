"""The store in a PostgreSQL database: any number of machines, processes and threads.

`database` has the connections, transactions and their locks; `connecting` what a connection
reads; `dialect` turns a shared statement into one of PostgreSQL; `schema` has the
migrations; `advice` says what to do about an error. The statements are in `sql`. Only
`store.opening` builds this engine, and only then loads psycopg.
"""

from __future__ import annotations

from zsf_plugin.store.postgres.database import PostgresDatabase
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql import SqlStore

__all__ = ["PostgresStore"]


class PostgresStore(SqlStore):
    """A store in a PostgreSQL database; safe to share between threads, and usable after a fork."""

    def __init__(self, url: str, cipher: Cipher) -> None:
        """Open the database; makes or upgrades its tables. Raises StoreUnavailable."""
        super().__init__(PostgresDatabase(url), cipher)
