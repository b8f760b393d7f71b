"""What a drain works with: one workspace's org under a lease. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.model import Cause, Connection, OrgFacts
from zsf_plugin.ports import Clock, Counts, Crm, Fence, RuleSource, Store
from zsf_plugin.sync.fingerprint import fingerprint_of


@dataclass(frozen=True, slots=True)
class DrainContext:
    """One workspace's org, under a lease."""

    store: Store
    crm: Crm
    rules: RuleSource
    clock: Clock
    connection: Connection
    fence: Fence

    def counts(self) -> Counts:
        """The workspace's entries by state."""
        return self.store.counts(self.connection.workspace)

    def fingerprint(self, facts: OrgFacts, cause: Cause) -> str:
        """The cause's fingerprint by these facts and the rules that are in force now."""
        digest = self.rules.digest(self.connection.workspace)
        return fingerprint_of(cause, digest, self.connection.connected_at, facts)
