"""An entry of a batch with its plan, and how a plan comes of an event. Asks no org."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision.decide import decide
from zsf_plugin.errors import Candidate
from zsf_plugin.model import Event, Plan
from zsf_plugin.ports import Entry, RuleSource


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry in a batch with its plan. `looked_again`: it was refused once already, and had a
    fresh look; `candidates` are the records that the refusal named."""

    entry: Entry
    plan: Plan
    looked_again: bool = False
    candidates: tuple[Candidate, ...] = ()


def plan_of(rules: RuleSource, event: Event) -> Plan:
    """The plan of an event under the rules now in force."""
    return decide(event, rules.rules_for(event.workspace, event.scope))
