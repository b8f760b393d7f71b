"""Decide: from an event and the rules in force, what it asks for. Looks at nothing else;
`reconcile` does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zsf_plugin.decision.admit import without_text
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.identity import company_id, external_id
from zsf_plugin.model import (
    ANY_CHANNEL,
    Event,
    FieldRule,
    Json,
    JsonObject,
    KeyPart,
    LinkKey,
    MatchKey,
    MatchPart,
    Plan,
    PlannedField,
    PlannedKey,
    Rules,
    Target,
    text_at,
)
from zsf_plugin.model.compare import normal_form

#: A match part that stands for the company's record: known only once that was found.
COMPANY_FIELD = "AccountId"


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a plan is made of. `scope` is what expressions see of the event."""

    event: Event
    rules: Rules
    scope: JsonObject


def decide(event: Event, rules: Rules) -> Plan:
    """The plan of one event. The stricter contents switch of the two moments wins: text is stripped
    here once more."""
    if not rules.switches.include_contents:
        event = without_text(event)
    inputs = _Inputs(event, rules, event.scope)
    targets = _targets(inputs)
    return Plan(
        kind=event.kind,
        event_id=event.event_id,
        mode=rules.mode,
        targets=targets,
        owner_email=_first_text(rules.owner, inputs.scope),
        many=rules.many,
        assignment_rules=rules.assignment_rules,
        save_alerted=rules.alerts == "save",
        digest=_digest(event, rules, targets),
    )


def _targets(inputs: _Inputs) -> dict[str, Target]:
    """Account, where the prospect names a company, then Lead and Contact, then a touchpoint's
    Task."""
    targets = {}
    account = _company(inputs)
    if account is not None:
        targets["Account"] = account
    has_company = account is not None
    person: LinkKey = ("prospect", inputs.event.prospect_id)
    targets["Lead"] = _target("Lead", person, inputs, has_company=has_company)
    targets["Contact"] = _target("Contact", person, inputs, has_company=has_company)
    if inputs.event.kind == "touchpoint":
        targets["Task"] = _activity(inputs)
    return targets


def _company(inputs: _Inputs) -> Target | None:
    """The Account; None where the event names no company: a defaulted name would join
    strangers."""
    prospect = inputs.event.payload.get("prospect")
    company = company_id(prospect) if isinstance(prospect, dict) else None
    if company is None:
        return None
    account = _target("Account", ("company", company), inputs, has_company=False)
    name = account.planned("Name")
    return account if name is not None and not name.defaulted else None


def _target(object_: str, link: LinkKey, inputs: _Inputs, *, has_company: bool) -> Target:
    rules = inputs.rules
    fields = _planned(rules.fields.get(object_, {}), inputs.scope)
    keys = _usable_keys(rules.match.get(object_, ()), fields, has_company=has_company)
    return Target(
        object=object_,
        link=link,
        external_id=external_id(inputs.event.workspace, *link),
        keys=keys,
        fields=fields,
    )


def _usable_keys(
    keys: Iterable[MatchKey], fields: Iterable[PlannedField], *, has_company: bool
) -> tuple[PlannedKey, ...]:
    values = {}
    for field in fields:
        values[field.field] = field
    usable = []
    for key in keys:
        planned = _usable_key(key, values, has_company=has_company)
        if planned:
            usable.append(planned)
    return tuple(usable)


def _usable_key(
    key: MatchKey, values: Mapping[str, PlannedField], *, has_company: bool
) -> PlannedKey | None:
    """The key with its values, or None where one of them would match anybody."""
    parts = []
    for part in key:
        usable = _usable_part(part, values.get(part.field), has_company=has_company)
        if usable is None:
            return None
        parts.append(usable)
    return tuple(parts)


def _usable_part(
    part: MatchPart, planned: PlannedField | None, *, has_company: bool
) -> KeyPart | None:
    """The part with its value, or None where that is empty, defaulted or shared by millions."""
    if planned is None:
        is_company = part.field == COMPANY_FIELD and has_company
        return KeyPart(part.field, part.compare, None) if is_company else None
    if planned.defaulted or isinstance(planned.value, (dict, list)):
        return None
    text = str(planned.value)
    if normal_form(part.compare, text) is None:
        return None
    return KeyPart(part.field, part.compare, text)


def _activity(inputs: _Inputs) -> Target:
    event, activities = inputs.event, inputs.rules.activities
    channel = text_at(event.payload, "touchpoint", "channel") or ANY_CHANNEL
    table = activities.get(channel) or activities.get(ANY_CHANNEL, {})
    link: LinkKey = ("touchpoint", text_at(event.payload, "touchpoint", "id") or event.event_id)
    return Target(
        object="Task",
        link=link,
        external_id=external_id(event.workspace, *link),
        keys=(),
        fields=_planned(table, inputs.scope),
    )


def _planned(table: Mapping[str, FieldRule], scope: JsonObject) -> tuple[PlannedField, ...]:
    fields = []
    for rule in table.values():
        field = _planned_field(rule, scope)
        if field is not None:
            fields.append(field)
    return tuple(fields)


def _planned_field(rule: FieldRule, scope: JsonObject) -> PlannedField | None:
    """What the rule plans for this event, or None: blank means no opinion."""
    value = _value(rule, scope)
    is_default = _is_blank(value)
    if is_default:
        value = rule.default
    if _is_blank(value):
        return None
    return PlannedField(
        field=rule.field,
        value=value,
        overwrite=rule.overwrite,
        misfit=rule.misfit,
        too_long=rule.too_long,
        origin=rule.origin,
        defaulted=is_default or rule.value is not None,
        is_default=is_default,
    )


def _value(rule: FieldRule, scope: JsonObject) -> Json:
    """The rule's constant, or what its sources give; translated."""
    value = rule.value if rule.value is not None else _first(rule.sources, scope)
    if rule.values is not None and isinstance(value, str):
        return rule.values.get(value, value)
    return value


def _first(sources: tuple[str, ...], scope: JsonObject) -> Json:
    for source in sources:
        value = evaluate(source, scope)
        if not _is_blank(value):
            return value
    return None


def _first_text(sources: tuple[str, ...], scope: JsonObject) -> str | None:
    value = _first(sources, scope)
    return value.strip() if isinstance(value, str) else None


def _is_blank(value: Json) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ([], {})


def _digest(event: Event, rules: Rules, targets: Mapping[str, Target]) -> str:
    """Over all that could change what is written; not over the event's own id and time (a purchase
    repeats), nor over which file a value came from."""
    shapes = []
    for target in targets.values():
        shapes.append(_shape(target))
    content: list[object] = [rules.mode, rules.many, rules.alerts]
    content += [rules.assignment_rules, shapes]
    if event.kind == "touchpoint":
        content.append(event.occurred_at)
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _shape(target: Target) -> tuple[object, ...]:
    """What of a target decides an outcome, as plain lists: `asdict` would take ten times as
    long."""
    keys = []
    for key in target.keys:
        parts = []
        for part in key:
            parts.append((part.field, part.compare, part.value))
        keys.append(parts)
    fields = []
    for one in target.fields:
        policies = (one.overwrite, one.misfit, one.too_long, one.defaulted, one.is_default)
        fields.append((one.field, one.value, *policies))
    return target.object, target.link, target.external_id, keys, fields
