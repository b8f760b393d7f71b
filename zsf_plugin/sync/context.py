"""What a drain works with: one workspace's org under a lease. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.model import Cause, Connection, OrgFacts
from zsf_plugin.ports import Clock, Crm, Fence, RuleSource, Store
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
