"""What the product keeps: outbox, links, journal, leases, connections, rules of the console, facts,
call counts.

Each part is a Protocol; `Store` is all of them, and every engine passes one contract suite
(`tests/contract/store_contract.py`). All times are seconds since the epoch, passed in: a store has
no clock. Every method may raise StoreUnavailable. One module an idea.
"""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.ports.rules import KeptRules
from zsf_plugin.ports.store.entries import (
    LOOK_AT,
    Accepted,
    Counts,
    Entry,
    EntryFilter,
    EntryPage,
    HeldGroup,
    JournalLine,
    NewEntry,
    Settlement,
)
from zsf_plugin.ports.store.facts import Allocation, Fact, Facts
from zsf_plugin.ports.store.outbox import Fence, Leases, Outbox, Pages
from zsf_plugin.ports.store.workspaces import (
    Connections,
    History,
    HistoryLine,
    ReleasedBy,
    WorkspacePause,
)

__all__ = [
    "LOOK_AT",
    "Accepted",
    "Allocation",
    "Connections",
    "Counts",
    "Entry",
    "EntryFilter",
    "EntryPage",
    "Fact",
    "Facts",
    "Fence",
    "HeldGroup",
    "History",
    "HistoryLine",
    "JournalLine",
    "Leases",
    "NewEntry",
    "Outbox",
    "Pages",
    "ReleasedBy",
    "Settlement",
    "Store",
    "WorkspacePause",
]


class Store(Outbox, Pages, History, Leases, Connections, KeptRules, Facts, Protocol):
    """All that is kept, in one engine."""

    def close(self) -> None:
        """Let go of files and connections."""
        ...
