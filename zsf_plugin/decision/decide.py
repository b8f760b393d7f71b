"""Decide: from an event and the rules in force, what it asks for. Looks at nothing else;
`reconcile` does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from zsf_plugin.decision.admit import without_text
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.identity import company_id, external_id
from zsf_plugin.model.compare import normal_form
from zsf_plugin.model.event import Event, text_at
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.link import LinkKey
from zsf_plugin.model.plan import KeyPart, Plan, PlannedField, PlannedKey, Target
from zsf_plugin.model.rules import ANY_CHANNEL, FieldRule, MatchKey, Rules

#: A match part that stands for the company's record: known only once that was found.
COMPANY_FIELD = "AccountId"


def decide(event: Event, rules: Rules) -> Plan:
    """The plan of one event. The stricter contents switch of the two moments wins: text is stripped
    here once more."""
    event = event if rules.switches.include_contents else without_text(event)
    scope = event.scope
    targets = _people(event, rules, scope)
    if event.kind == "touchpoint":
        targets["Task"] = _activity(event, rules, scope)
    digest = _digest(event, rules, targets)
    return Plan(
        kind=event.kind,
        event_id=event.event_id,
        mode=rules.mode,
        targets=targets,
        owner_email=_first_text(rules.owner, scope),
        many=rules.many,
        assignment_rules=rules.assignment_rules,
        save_alerted=rules.alerts == "save",
        digest=digest,
    )


def _people(event: Event, rules: Rules, scope: JsonObject) -> dict[str, Target]:
    """Lead, Contact and, where the prospect names a company, Account."""
    prospect = event.payload.get("prospect")
    company = company_id(prospect) if isinstance(prospect, dict) else None
    targets: dict[str, Target] = {}
    if company is not None:
        account = _target("Account", ("company", company), event, rules, scope, has_company=False)
        if (name := account.planned("Name")) is not None and not name.defaulted:
            targets["Account"] = account
    for object_ in ("Lead", "Contact"):
        key: LinkKey = ("prospect", event.prospect_id)
        targets[object_] = _target(
            object_, key, event, rules, scope, has_company="Account" in targets
        )
    return targets


def _target(
    object_: str, link: LinkKey, event: Event, rules: Rules, scope: JsonObject, *, has_company: bool
) -> Target:
    fields = _planned(rules.fields.get(object_, {}), scope)
    values = {field.field: field for field in fields}
    keys = (
        _usable_key(key, values, has_company=has_company) for key in rules.match.get(object_, ())
    )
    return Target(
        object=object_,
        link=link,
        external_id=external_id(event.workspace, link[0], link[1]),
        keys=tuple(key for key in keys if key),
        fields=fields,
    )


def _usable_key(
    key: MatchKey, values: Mapping[str, PlannedField], *, has_company: bool
) -> PlannedKey | None:
    """The key with its values, or None where one is empty, defaulted or shared by millions: it
    would match anybody."""
    parts = []
    for part in key:
        if part.field == COMPANY_FIELD and part.field not in values:
            if not has_company:
                return None
            parts.append(KeyPart(part.field, part.compare, None))
            continue
        planned = values.get(part.field)
        if planned is None or planned.defaulted or isinstance(planned.value, (dict, list)):
            return None
        text = str(planned.value)
        if normal_form(part.compare, text) is None:
            return None
        parts.append(KeyPart(part.field, part.compare, text))
    return tuple(parts)


def _activity(event: Event, rules: Rules, scope: JsonObject) -> Target:
    channel = text_at(event.payload, "touchpoint", "channel") or ANY_CHANNEL
    table = rules.activities.get(channel) or rules.activities.get(ANY_CHANNEL, {})
    link: LinkKey = ("touchpoint", text_at(event.payload, "touchpoint", "id") or event.event_id)
    return Target(
        object="Task",
        link=link,
        external_id=external_id(event.workspace, *link),
        keys=(),
        fields=_planned(table, scope),
    )


def _planned(table: Mapping[str, FieldRule], scope: JsonObject) -> tuple[PlannedField, ...]:
    planned = (_value(rule, scope) for rule in table.values())
    return tuple(field for field in planned if field is not None)


def _value(rule: FieldRule, scope: JsonObject) -> PlannedField | None:
    """The rule's value for this event, or None: blank means no opinion."""
    value = rule.value if rule.value is not None else _first(rule.sources, scope)
    if rule.values is not None and isinstance(value, str):
        value = rule.values.get(value, value)
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
    content: list[object] = [
        rules.mode,
        rules.many,
        rules.alerts,
        rules.assignment_rules,
        [_shape(t) for t in targets.values()],
    ]
    if event.kind == "touchpoint":
        content.append(event.occurred_at)
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _shape(target: Target) -> list[object]:
    """What of a target decides an outcome, as plain lists: `asdict` would take ten times as
    long."""
    fields = []
    for one in target.fields:
        policies = (one.overwrite, one.misfit, one.too_long, one.defaulted, one.is_default)
        fields.append((one.field, one.value, *policies))
    keys = [[(part.field, part.compare, part.value) for part in key] for key in target.keys]
    return [target.object, target.link, target.external_id, keys, fields]
