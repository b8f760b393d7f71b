"""What a drain works with: one workspace's org under a lease. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.model.cause import Cause
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Fence, Store
from zsf_plugin.sync.fingerprint import Fingerprint, fingerprint_of


@dataclass(frozen=True, slots=True)
class DrainContext:
    """One workspace's org, under a lease."""

    store: Store
    crm: Crm
    rules: RuleSource
    clock: Clock
    connection: Connection
    fence: Fence

    def fingerprint(self, facts: OrgFacts) -> Fingerprint:
        """Fingerprints by these facts, and by the rules in force when one is asked for."""

        def of(cause: Cause) -> str:
            connection = self.connection
            digest = self.rules.digest(connection.workspace)
            return fingerprint_of(cause, digest, connection.connected_at, facts)

        return of
