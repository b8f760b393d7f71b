"""The store in one SQLite file (WAL, synchronous FULL): one machine, any number of threads and
processes.

One module per part: `arrivals` accepts entries, `settling` moves them on under a lease, `moving`
fits them to another org, `listing` reads them, `paging` lists them page by page,
`surveys` looks at all workspaces at once; `history`,
`leases`, `connections`, `sealed` and `facts` store what their ports define. `database` owns the
file, which `inspection` looks at first; `schema` has the migrations; `forking` keeps connections
out of child processes; `rows` converts values to columns and rows to dataclasses. Only
`store.opening` builds this engine.
"""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite.arrivals import SqliteArrivals
from zsf_plugin.store.sqlite.connections import SqliteConnections, SqliteRuleFiles
from zsf_plugin.store.sqlite.database import Database, make_database
from zsf_plugin.store.sqlite.facts import SqliteFacts
from zsf_plugin.store.sqlite.history import SqliteHistory
from zsf_plugin.store.sqlite.leases import SqliteLeases
from zsf_plugin.store.sqlite.listing import SqliteListing
from zsf_plugin.store.sqlite.paging import SqlitePaging
from zsf_plugin.store.sqlite.settling import SqliteSettling
from zsf_plugin.store.sqlite.surveys import SqliteSurveys

__all__ = ["SqliteStore", "make_database"]


class SqliteStore(
    SqliteArrivals,
    SqliteSettling,
    SqliteListing,
    SqlitePaging,
    SqliteSurveys,
    SqliteHistory,
    SqliteLeases,
    SqliteConnections,
    SqliteRuleFiles,
    SqliteFacts,
):
    """All parts of `ports.store.Store` over one database; safe to share between threads, and usable
    after a fork."""

    def __init__(self, file: Path, cipher: Cipher, *, busy_timeout_s: float = 10.0) -> None:
        """Open `file` in an existing folder; creates it if missing. Raises StoreUnavailable."""
        SqliteConnections.__init__(self, Database(file, busy_timeout_s=busy_timeout_s), cipher)

    def close(self) -> None:
        """Close the file; later calls raise StoreUnavailable."""
        self._database.close()
