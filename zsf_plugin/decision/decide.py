"""Decide: from an event and the current rules, what the event asks for. Uses nothing else
(`reconcile` does), and stores nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from operator import attrgetter

from zsf_plugin.decision.admission import without_text
from zsf_plugin.decision.payload import ignored_steps
from zsf_plugin.decision.planned_values import Inputs, evaluated, values_of
from zsf_plugin.decision.targets import person_targets, task_target
from zsf_plugin.model import IGNORED, Event, FieldRule, Plan, Rules, Step, Target

#: The attributes of a planned field that affect the outcome; its rule file does not.
_DIGESTED_ATTRIBUTES = attrgetter(
    "field", "value", "overwrite", "misfit", "too_long", "is_static", "is_default"
)
_ALTERNATIVES, _FALLBACKS = attrgetter("alternatives"), attrgetter("fallbacks")
_KEY_ATTRIBUTES = attrgetter("field", "compare", "value")


def decide(event: Event, rules: Rules, arrived: int = 0) -> Plan:
    """The plan of one event, whose place in order of arrival is `arrived` (0: not known). Contents
    may have been switched off since the event was admitted, so they are stripped again."""
    if event.kind == "touchpoint" and not rules.switches.include_contents:
        event = without_text(event)
    inputs = Inputs(event, rules, event.scope)
    targets = person_targets(inputs)
    if event.kind == "touchpoint":
        targets["Task"] = task_target(inputs)
    owned = "Task" if event.kind == "touchpoint" else rules.mode.capitalize()
    by_owner = FieldRule("OwnerId", rules.owner)
    owner = next(iter(values_of(by_owner, evaluated(inputs, owned, by_owner))), None)
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
        digest=_digest(event, rules, targets),
        ignored=left_aside,
        shared_mailbox=rules.shared_mailbox,
        arrived=arrived,
    )


def _digest(event: Event, rules: Rules, targets: Mapping[str, Target]) -> str:
    """A hash of everything that affects what is written, except the owner, which a linked record
    keeps. The event's id and time are left out, so that a repeated purchase has the same digest; a
    touchpoint's time is included."""
    shapes = []
    for target in targets.values():
        # `dataclasses.asdict` takes ten times as long
        fields: list[object] = list(map(_DIGESTED_ATTRIBUTES, target.fields))
        # appended only if there are any: a different digest makes a known person be looked up
        fields += filter(None, map(_ALTERNATIVES, target.fields))
        fields += filter(None, map(_FALLBACKS, target.fields))
        keys = []
        for key in target.keys:
            keys.append(list(map(_KEY_ATTRIBUTES, key)))
        shapes.append((target.object, target.link, target.external_id, keys, fields))
    content: list[object] = [rules.mode, rules.many, rules.alerts, rules.assignment_rules, shapes]
    if rules.shared_mailbox != "next_key":
        content.append(rules.shared_mailbox)
    if rules.unasked != "hold":
        content.append(rules.unasked)
    if event.kind == "touchpoint":
        content.append(event.occurred_at)
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
