"""What the product stores: outbox, links, journal, leases, connections, console rules, facts, call
counts.

Each part is a Protocol; `Store` is all of them, and every implementation passes one contract suite
(`tests/contract/store_contract.py`). All times are seconds since the epoch and passed in: a store
has no clock. Every method may raise StoreUnavailable.
"""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.ports.rules import LastValidRules
from zsf_plugin.ports.store.entries import (
    MAX_SCANNED,
    AcceptResult,
    Entry,
    EntryCounts,
    EntryFilter,
    EntryPage,
    HeldGroup,
    JournalLine,
    NewEntry,
    Settlement,
)
from zsf_plugin.ports.store.facts import ASKED_AGAIN, Allocation, Fact, Facts
from zsf_plugin.ports.store.outbox import (
    ORG_LEASE,
    REFRESH_LEASE,
    REFRESH_LEASE_S,
    WITH_ID,
    EntryPages,
    Fence,
    HeldLease,
    Leases,
    Outbox,
)
from zsf_plugin.ports.store.secrets import DigestKey, Resealed, Secrets
from zsf_plugin.ports.store.surveys import HoldingWorkspace, Surveys, WaitingWorkspace
from zsf_plugin.ports.store.workspaces import (
    Connections,
    History,
    HistoryLine,
    ReleasedBy,
    WorkspacePause,
)

__all__ = [
    "ASKED_AGAIN",
    "MAX_SCANNED",
    "ORG_LEASE",
    "REFRESH_LEASE",
    "REFRESH_LEASE_S",
    "WITH_ID",
    "AcceptResult",
    "Allocation",
    "Connections",
    "DigestKey",
    "Entry",
    "EntryCounts",
    "EntryFilter",
    "EntryPage",
    "EntryPages",
    "Fact",
    "Facts",
    "Fence",
    "HeldGroup",
    "HeldLease",
    "History",
    "HistoryLine",
    "HoldingWorkspace",
    "JournalLine",
    "Leases",
    "NewEntry",
    "Outbox",
    "ReleasedBy",
    "Resealed",
    "Secrets",
    "Settlement",
    "Store",
    "Surveys",
    "WaitingWorkspace",
    "WorkspacePause",
]


class Store(
    Outbox,
    EntryPages,
    Surveys,
    History,
    Leases,
    Connections,
    Secrets,
    LastValidRules,
    Facts,
    Protocol,
):
    """All parts of the store."""

    def close(self) -> None:
        """Close files and connections."""
        ...
