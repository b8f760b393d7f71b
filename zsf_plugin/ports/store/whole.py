"""The store: all its parts."""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.ports.rules import LastValidRules
from zsf_plugin.ports.store.daily import DailyCounts
from zsf_plugin.ports.store.facts import Facts
from zsf_plugin.ports.store.history import History
from zsf_plugin.ports.store.leases import Leases
from zsf_plugin.ports.store.outbox import Outbox
from zsf_plugin.ports.store.pages import EntryPages
from zsf_plugin.ports.store.purging import Purging
from zsf_plugin.ports.store.secrets import Secrets
from zsf_plugin.ports.store.surveys import Surveys
from zsf_plugin.ports.store.undos import Undos
from zsf_plugin.ports.store.upkeep import Upkeep
from zsf_plugin.ports.store.workspaces import Connections


class Store(
    Outbox,
    Undos,
    EntryPages,
    Surveys,
    Upkeep,
    Purging,
    DailyCounts,
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
