"""Decide: from an event and the current rules, what the event asks for. Uses nothing else
(`reconcile` does), and stores nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision.admission import admit, without_text
from zsf_plugin.decision.payload import ignored_steps
from zsf_plugin.decision.people import KnownPeople, digest_of
from zsf_plugin.decision.planned_values import Inputs, values_of
from zsf_plugin.decision.targets import task_target
from zsf_plugin.model import IGNORED, Event, FieldRule, Plan, Rules, SkipCode, Step
from zsf_plugin.ports import RulesInForce


@dataclass(frozen=True, slots=True)
class Decided:
    """What rules make of an event that arrives: the merged rules, its plan, and why it would be
    skipped all the same."""

    rules: Rules
    plan: Plan
    skipped: SkipCode | None


def decide_arriving(event: Event, in_force: RulesInForce) -> Decided:
    """What those rules make of an event, if it arrived and were drained under them."""
    rules = in_force.rules_for(event.scope)
    admission = admit(event, in_force.switches_for(event.scope))
    return Decided(rules, decide(admission.event, rules), admission.skipped)


def decide(event: Event, rules: Rules, arrived: int = 0, known: KnownPeople | None = None) -> Plan:
    """The plan of one event, whose place in order of arrival is `arrived` (0: not known). Contents
    may have been switched off since the event was admitted, so they are stripped again.

    The plan is the same with and without `known`, which saves planning one person twice.
    """
    if event.kind == "touchpoint" and not rules.switches.include_contents:
        event = without_text(event)
    inputs = Inputs(event, rules, event.scope)
    person = (known or KnownPeople()).planned(inputs)
    targets, digest = person.targets, person.digest
    if event.kind == "touchpoint":
        task = task_target(inputs)
        targets = {**targets, "Task": task}
        digest = digest_of([digest, event.occurred_at], [task])
    owned = "Task" if event.kind == "touchpoint" else rules.mode.capitalize()
    owners, _ = values_of(inputs, owned, FieldRule("OwnerId", rules.owner))
    owner = owners[0] if owners else None
    left_aside = ignored_steps(event.payload[IGNORED]) if IGNORED in event.payload else ()
    if inputs.notes or rules.undecided:
        undecided = [Step("undecided", field=file) for file in rules.undecided]
        left_aside = (*left_aside, *undecided, *inputs.notes)
    return Plan(
        kind=event.kind,
        event_id=event.event_id,
        mode=rules.mode,
        targets=targets,
        owner_email=owner.strip() if isinstance(owner, str) else None,
        many=rules.many,
        assignment_rules=rules.assignment_rules,
        save_alerted=rules.alerts == "save",
        unasked=rules.unasked,
        digest=digest,
        person_digest=person.digest,
        ignored=left_aside,
        shared_mailbox=rules.shared_mailbox,
        arrived=arrived,
    )
