"""One Salesforce client per workspace sign-in, and reads by workspace.

Calls no org by itself. The client and the store cache an org's facts.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model import is_same_org
from zsf_plugin.ports import describes_stamp
from zsf_plugin.wiring.org_findings import OrgFindings

if TYPE_CHECKING:
    from zsf_plugin.model import Connection, FieldSpec, KnownFacts, Record
    from zsf_plugin.ports import Clock, Crm, Entry, HoldingWorkspace, Store
    from zsf_plugin.provision import Provisioner
    from zsf_plugin.rulebook import Rulebook
    from zsf_plugin.salesforce.adapter import SalesforceCrm
    from zsf_plugin.settings import Settings
    from zsf_plugin.sync.availability import OrgAvailability
    from zsf_plugin.wiring.process import ProcessIdentity

#: How many workspaces keep their client: the describes of an org may take megabytes, a connection
#: its certificates. Another is built when it is needed, and reads what the store has.
MAX_CLIENTS = 64
#: When a workspace signed in, and the org's id.
_SignIn: TypeAlias = tuple[float, str]


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
        #: What in the rules does not fit the orgs.
        self.findings = OrgFindings(store, rulebook, clock)
        self._settings = settings
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._identity = identity
        self._lock = threading.Lock()
        #: Each workspace's latest sign-in and its client, the one that was used last at the end.
        self._clients: dict[str, tuple[_SignIn, SalesforceCrm]] = {}

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
        """The workspace's client, reused for its caches and HTTP connections while it is among
        those used last. A new sign-in gets a new one, also for callers with the connection of an
        earlier sign-in to the same org; those of another org get a client that makes no call any
        more."""
        asked, workspace = connection.org_id, connection.workspace
        with self._lock:
            known = self._clients.get(workspace)
            if known is not None and known[0] != (connection.connected_at, asked):
                connection = self._store.connection(workspace) or connection
                if known[0] != (connection.connected_at, connection.org_id):
                    known[1].close()
                    known = None
            if known is None:
                sign_in = (connection.connected_at, connection.org_id)
                known = (sign_in, self._build(connection))
            self._clients.pop(workspace, None)
            self._clients[workspace] = known  # the one that was used last, at the end
            while len(self._clients) > MAX_CLIENTS:
                _, unused = self._clients.pop(next(iter(self._clients)))
                unused.close()
            (_, org_id), client = known
        is_same = org_id == asked or is_same_org(org_id, asked)
        return client if is_same else self._build(connection, asked)

    def read_at(self, workspaces: Collection[HoldingWorkspace]) -> dict[str, float]:
        """When the describes of the orgs of these workspaces were last read (seconds since 1970),
        by workspace; without those that never were. Costs no call."""
        stamps = {one.workspace: (one.org_id, describes_stamp(one.user_id)) for one in workspaces}
        fetched = self._store.fetched_at(stamps.values())
        found = {name: fetched[stamp] for name, stamp in stamps.items() if stamp in fetched}
        for workspace in [name for name, at in found.items() if not at]:
            at = self._read_before(workspace)
            if at is not None:
                found[workspace] = at
        return found

    def _read_before(self, workspace: str) -> float | None:
        """When the describes of the workspace's org were read that expired since."""
        connection = self._store.connection(workspace)
        return None if connection is None else self.crm_of(connection).read_at(connection)

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

    def settled_elsewhere(self, entry: Entry) -> str:
        """The org in which the entry was settled, by name and id, if its workspace is not connected
        to it now; else "". Costs no call."""
        from zsf_plugin.connect import settled_elsewhere

        return settled_elsewhere(self._store, entry)

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

    def _build(self, connection: Connection, org_id: str | None = None) -> SalesforceCrm:
        from zsf_plugin.salesforce.adapter import SalesforceCrm

        workspace = connection.workspace
        rules = self._rulebook.rules_for(workspace, {"workspace": workspace})
        return SalesforceCrm(
            workspace,
            org_id=org_id or connection.org_id,
            store=self._store,
            clock=self._clock,
            client_secret=self._settings.client_secret,
            identity=self._identity,
            calls_per_second=rules.limits.calls_per_second,
            read_timeout_s=self._settings.read_timeout_s,
            network=self._settings.network,
            on_facts=self.findings.look_after_refresh,
        )


@dataclass(frozen=True, slots=True)
class OrgParts:
    """The parts that drains and explanations share."""

    store: Store
    rulebook: Rulebook
    clock: Clock
    availability: OrgAvailability
    orgs: Orgs
