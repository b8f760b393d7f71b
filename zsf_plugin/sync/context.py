"""What a batch works with: one workspace's org under a lease, and an entry with its plan. Decides
nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from zsf_plugin import __version__
from zsf_plugin.decision.decide import decide
from zsf_plugin.errors import Candidate
from zsf_plugin.model.cause import DEFECT, OUTCOME_UNCLEAR, Cause
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.link import Connection
from zsf_plugin.model.plan import Plan
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Entry, Fence, Store
from zsf_plugin.sync.due import depends_on_describe

Fingerprint = Callable[[Cause], str]


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
        """What could make a cause go away, as one short text: the rules, the object's describe, the
        connection; for a defect of ours, another version of us. Empty for what only a person can
        judge: nothing releases it by itself."""

        def of(cause: Cause) -> str:
            if cause.code == OUTCOME_UNCLEAR:
                return ""
            describe = facts.describe(cause.object or "") if depends_on_describe(cause) else None
            parts = (
                self.rules.digest(self.connection.workspace),
                describe.fingerprint if describe is not None else "",
                repr(self.connection.connected_at),
                *((__version__,) if cause.code == DEFECT else ()),
            )
            return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

        return of


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry in a batch with its plan. `retried`: it was refused once already, and looked at
    again; `candidates` are the records that the refusal named."""

    entry: Entry
    plan: Plan
    retried: bool = False
    candidates: tuple[Candidate, ...] = ()


def plan_of(rules: RuleSource, event: Event) -> Plan:
    """The plan of an event under the rules now in force."""
    return decide(event, rules.rules_for(event.workspace, event.scope))
