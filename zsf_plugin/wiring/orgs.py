"""One Salesforce client per workspace sign-in, and reads by workspace.

Calls no org by itself. The client and the store cache an org's facts.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model import Connection, KnownFacts, Record
from zsf_plugin.ports import Clock, Crm, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.wiring.process import ProcessIdentity

if TYPE_CHECKING:
    from zsf_plugin.model import FieldSpec
    from zsf_plugin.provision import Provisioner
    from zsf_plugin.salesforce import SalesforceCrm


class Orgs:
    """Salesforce clients, by workspace. Safe to use from several threads."""

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
        #: When each workspace signed in, and its client.
        self._clients: dict[str, tuple[float, SalesforceCrm]] = {}

    def connection(self, workspace: str) -> Connection:
        """The workspace's connection. Raises ReconnectRequired if there is none."""
        connection = self._store.connection(workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        return connection

    def crm(self, workspace: str) -> Crm:
        """The workspace's client. Raises ReconnectRequired if there is no connection."""
        return self.crm_of(self.connection(workspace))

    def crm_of(self, connection: Connection) -> SalesforceCrm:
        """The workspace's client, reused for its caches and HTTP connections. A new sign-in gets a
        new one, also for callers with the connection of an earlier sign-in."""
        workspace = connection.workspace
        with self._lock:
            known = self._clients.get(workspace)
            if known is not None and known[0] != connection.connected_at:
                latest = self._store.connection(workspace) or connection
                if known[0] != latest.connected_at:
                    known[1].close()
                    connection, known = latest, None
            if known is None:
                known = (connection.connected_at, self._build(workspace))
                self._clients[workspace] = known
            return known[1]

    def read_at(self, connection: Connection) -> float | None:
        """When that org's describes were last read (seconds since 1970), or None. Costs no call."""
        return self.crm_of(connection).read_at(connection)

    def known_facts(self, workspace: str) -> KnownFacts | None:
        """The org's facts as last read, of any age; None if they never were, or the workspace is
        not connected. Costs no call."""
        connection = self._store.connection(workspace)
        if connection is None:
            return None
        return self.crm_of(connection).known_facts(connection)

    def known_users(self, workspace: str, ids: Collection[str]) -> Mapping[str, Record]:
        """The users of the workspace's org with these ids, as last read, by id; omits unknown ones.
        Costs no call."""
        connection = self._store.connection(workspace)
        if connection is None or not ids:
            return {}
        return self.crm_of(connection).known_users(connection.org_id, ids)

    def calls(self, workspace: str) -> Mapping[str, int]:
        """Our API calls to the workspace's org in the last 24 hours, from all its workspaces, by
        purpose."""
        connection = self._store.connection(workspace)
        if connection is None:
            return {}
        return self._store.allocation(connection.org_id, self._clock.now()).by_purpose

    def provisioner(self, workspace: str, *wanted: FieldSpec) -> Provisioner:
        """The provisioner that creates fields in the workspace's org: those `wanted`, by default
        the plugin's own. Raises ReconnectRequired if there is no connection."""
        from zsf_plugin.provision import Provisioner

        crm = self.crm_of(self.connection(workspace))
        if wanted:
            return Provisioner(crm, crm.metadata, wanted)
        return Provisioner(crm, crm.metadata)

    def close(self) -> None:
        """Close the HTTP connections of every client."""
        with self._lock:
            for _, client in self._clients.values():
                client.close()
            self._clients.clear()

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


@dataclass(frozen=True, slots=True)
class OrgParts:
    """The parts that drains and explanations share."""

    store: Store
    rulebook: Rulebook
    clock: Clock
    availability: OrgAvailability
    orgs: Orgs
