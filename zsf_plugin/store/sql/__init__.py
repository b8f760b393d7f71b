"""What every engine stores and reads, each statement once, in the SQL that SQLite and PostgreSQL
share. No engine of its own: `database` says what one offers.

One module per part: `arrivals` accepts entries, `settling` moves them on under a lease, `undoing`
stores what of them was undone, `moving` fits them to another org, `listing` reads them, `paging`
lists them page by page, `surveys` and `upkeep` look at all workspaces at once, `purging` removes
what ended long ago, `daily` counts by day; `history`, `leases`, `connections`, `sealed` and `facts`
store what their ports define. `rows` converts values to columns and rows to dataclasses.
"""

from __future__ import annotations

from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql.arrivals import Arrivals
from zsf_plugin.store.sql.connections import Connections, RuleFiles
from zsf_plugin.store.sql.daily import Daily
from zsf_plugin.store.sql.database import Database
from zsf_plugin.store.sql.facts import Facts
from zsf_plugin.store.sql.history import History
from zsf_plugin.store.sql.leases import Leases
from zsf_plugin.store.sql.listing import Listing
from zsf_plugin.store.sql.paging import Paging
from zsf_plugin.store.sql.purging import Purging
from zsf_plugin.store.sql.sealed import Sealed
from zsf_plugin.store.sql.settling import Settling
from zsf_plugin.store.sql.surveys import Surveys
from zsf_plugin.store.sql.undoing import Undoing
from zsf_plugin.store.sql.upkeep import Upkeep

__all__ = ["SqlStore"]


class SqlStore(
    Arrivals,
    Settling,
    Undoing,
    Listing,
    Paging,
    Surveys,
    Upkeep,
    Purging,
    Daily,
    History,
    Leases,
    Connections,
    RuleFiles,
    Facts,
):
    """All parts of `ports.store.Store` over one database."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        Sealed.__init__(self, database, cipher)

    def close(self) -> None:
        """Close the database; later calls raise StoreUnavailable."""
        self._database.close()
