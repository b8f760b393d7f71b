"""The orgs of this process's connections: one client each, and what is asked of it by workspace.

Asks nothing by itself, and keeps no facts: those are in the client and the store.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.describe import KnownFacts
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.store import Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.process import ProcessIdentity

if TYPE_CHECKING:
    from zsf_plugin.model.metadata import FieldSpec
    from zsf_plugin.provision import Provisioner
    from zsf_plugin.salesforce import SalesforceCrm


class Orgs:
    """Salesforce, by workspace. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        identity: ProcessIdentity,
    ) -> None:
        self._settings = settings
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._identity = identity
        self._lock = threading.Lock()
        self._crms: dict[tuple[str, float], SalesforceCrm] = {}

    def connection(self, workspace: str) -> Connection:
        """The workspace's connection. Raises ReconnectRequired where there is none."""
        connection = self._store.connection(workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        return connection

    def crm(self, workspace: str) -> Crm:
        """The workspace's org. Raises ReconnectRequired where there is no connection."""
        return self.crm_of(self.connection(workspace))

    def crm_of(self, connection: Connection) -> SalesforceCrm:
        """The connection's client: the same one each time, for its caches and HTTP connections are
        worth keeping."""
        key = (connection.workspace, connection.connected_at)
        with self._lock:
            crm = self._crms.get(key)
            if crm is None:
                self._forget_earlier_sign_ins(connection.workspace)
                crm = self._crms[key] = self._build(connection.workspace)
            return crm

    def known_facts(self, workspace: str) -> KnownFacts | None:
        """The org as last read, however old; None where it never was, or nobody is connected. Costs
        no call."""
        connection = self._store.connection(workspace)
        if connection is None:
            return None
        return self.crm_of(connection).known_facts(connection)

    def calls(self, workspace: str) -> Mapping[str, int]:
        """Our API calls of the last 24 hours to the workspace's org, by purpose."""
        connection = self._store.connection(workspace)
        if connection is None:
            return {}
        return self._store.allocation(connection.org_id, self._clock.now()).by_purpose

    def provisioner(self, workspace: str, *wanted: FieldSpec) -> Provisioner:
        """Creates fields in the workspace's org: those `wanted`, else our own. Raises
        ReconnectRequired where there is no connection."""
        from zsf_plugin.provision import Provisioner

        crm = self.crm_of(self.connection(workspace))
        if wanted:
            return Provisioner(crm, crm.metadata, wanted)
        return Provisioner(crm, crm.metadata)

    def close(self) -> None:
        """Close the HTTP connections of every client."""
        with self._lock:
            for crm in self._crms.values():
                crm.close()

    def _forget_earlier_sign_ins(self, workspace: str) -> None:
        for key in list(self._crms):
            if key[0] == workspace:
                self._crms.pop(key).close()

    def _build(self, workspace: str) -> SalesforceCrm:
        from zsf_plugin.salesforce import SalesforceCrm

        rules = self._rulebook.rules_for(workspace, {"workspace": workspace})
        return SalesforceCrm(
            workspace,
            store=self._store,
            clock=self._clock,
            client_secret=self._settings.client_secret,
            identity=self._identity,
            calls_per_second=rules.limits.calls_per_second,
            read_timeout_s=self._settings.read_timeout_s,
        )
