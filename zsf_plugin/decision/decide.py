"""Decide: from an event and the current rules, what may be stored and what the event asks for. Uses
nothing else (`reconcile` does), and stores nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from zsf_plugin.decision.expressions import SharedUnits, evaluate
from zsf_plugin.decision.literals import Constants, constants_of, literal_part
from zsf_plugin.decision.payload import ignored_steps
from zsf_plugin.model import (
    ANY_CHANNEL,
    IGNORED,
    TOUCHPOINT_WITHOUT_TEXT,
    Event,
    FieldRule,
    Json,
    JsonObject,
    KeyPart,
    LinkKey,
    MatchPart,
    Plan,
    PlannedField,
    PlannedKey,
    Rules,
    SkipCode,
    Step,
    Target,
    channel_name,
    company_id,
    external_id,
    is_blank,
    text_at,
)
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.text import as_text, normal_form, stored_text

#: The match part for the company's record, whose id is known only once it is found.
COMPANY_FIELD = "AccountId"
#: Fields of a person, in which a word such as `Student` says something.
_OF_A_PERSON = frozenset({"FirstName", "MiddleName", "LastName", "Title", "Department"})
#: The attributes of a planned field that affect the outcome; its rule file does not.
_DIGESTED_ATTRIBUTES = attrgetter(
    "field", "value", "overwrite", "misfit", "too_long", "is_static", "is_default"
)
_ALTERNATIVES, _FALLBACKS = attrgetter("alternatives"), attrgetter("fallbacks")
_TOO_COSTLY: Mapping[str, Json] = {"misfit": "too_costly"}
_KEY_ATTRIBUTES = attrgetter("field", "compare", "value")


@dataclass(frozen=True, slots=True)
class Admission:
    """The event as it may be stored, or why it is skipped (then only its ids may be stored)."""

    event: Event
    skipped: SkipCode | None = None


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The inputs of a plan. `scope` is what expressions read, `shared` what they may cost together;
    `notes` collects the fields whose expressions cost too much for this event."""

    event: Event
    rules: Rules
    scope: JsonObject
    shared: SharedUnits = field(default_factory=SharedUnits)
    notes: list[Step] = field(default_factory=list)


def admit(event: Event, rules: Rules) -> Admission:
    """Skip the event, or strip what the switches forbid."""
    if event.kind == "purchase":
        return Admission(event, None if rules.switches.sync_prospects else "prospects_off")
    if not rules.switches.sync_activities:
        return Admission(event, "activities_off")
    return Admission(event if rules.switches.include_contents else without_text(event))


def without_text(event: Event) -> Event:
    """The event with its touchpoint reduced to the known keys without message text. Idempotent."""
    touchpoint = event.payload.get("touchpoint")
    if not isinstance(touchpoint, dict):
        return event
    kept: dict[str, Json] = {
        key: touchpoint[key] for key in TOUCHPOINT_WITHOUT_TEXT if key in touchpoint
    }
    return replace(event, payload={**event.payload, "touchpoint": kept})


def decide(event: Event, rules: Rules, arrived: int = 0) -> Plan:
    """The plan of one event, whose place in order of arrival is `arrived` (0: not known). Contents
    may have been switched off since the event was admitted, so they are stripped again."""
    if event.kind == "touchpoint" and not rules.switches.include_contents:
        event = without_text(event)
    inputs = _Inputs(event, rules, event.scope)
    targets = _targets(inputs)
    owned = "Task" if event.kind == "touchpoint" else rules.mode.capitalize()
    owners, _ = _values(inputs, owned, FieldRule("OwnerId", rules.owner))
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
        digest=_digest(event, rules, targets),
        ignored=left_aside,
        shared_mailbox=rules.shared_mailbox,
        arrived=arrived,
    )


def _targets(inputs: _Inputs) -> dict[str, Target]:
    """The targets: Account if the event names a company, and gives a name or a match key for it;
    Lead and Contact; and a touchpoint's Task."""
    targets: dict[str, Target] = {}
    tables = inputs.rules.fields
    company = company_id(inputs.event.payload.get("prospect"))
    if company is not None:
        fields = _planned_fields(inputs, "Account", tables.get("Account", {}))
        account = _target("Account", ("company", company), fields, inputs)
        if account.keys or is_named(account):
            targets["Account"] = account
    person: LinkKey = ("prospect", inputs.event.prospect_id)
    has_company = bool(targets)
    for object_ in ("Lead", "Contact"):
        fields = _planned_fields(inputs, object_, tables.get(object_, {}))
        last = fields.get("LastName")
        if last is not None and is_placeholder("LastName", str(last.value)):
            _keep_one_name(fields, last)
        targets[object_] = _target(object_, person, fields, inputs, has_company=has_company)
    if not has_company and _names_no_company(inputs):
        targets["Contact"] = replace(targets["Contact"], names_none=(COMPANY_FIELD,))
    if inputs.event.kind == "touchpoint":
        targets["Task"] = _task(inputs)
    return targets


def is_named(account: Target) -> bool:
    """Whether the event names the company, so that an Account may be created: a default name would
    make unrelated companies look alike. One named `Self-employed` needs a match key, or each of
    those who are would get an Account that nothing finds again."""
    planned = account.planned("Name")
    name = first_real(planned) if planned is not None else None
    return name is not None and (bool(account.keys) or not names_no_company(name))


def first_real(planned: PlannedField) -> str | None:
    """The first value of a text that says something about the event: no placeholder. None if there
    is none, or it is static."""
    for value in (planned.value, *planned.alternatives):
        if not is_placeholder(planned.field, str(value)):
            is_first = value is planned.value
            is_static = planned.is_static if is_first else value in planned.static
            return None if is_static else str(value)
    return None


def _names_no_company(inputs: _Inputs) -> bool:
    """Whether what the event or the rules give as the company's name names none."""
    names = [text_at(inputs.event.payload, "prospect", "company", "name") or ""]
    rule = inputs.rules.field_rule("Account", "Name")
    if rule is not None:
        names += map(str, _values(inputs, "Account", rule)[0])
    return any(map(names_no_company, names))


def _keep_one_name(fields: dict[str, PlannedField], last: PlannedField) -> None:
    """A first name that becomes the last name, which is missing (`-`), is not written twice."""
    first = fields.get("FirstName")
    if first is not None and first_real(last) == first.value:
        del fields["FirstName"]


def _target(
    object_: str,
    link: LinkKey,
    fields: Mapping[str, PlannedField],
    inputs: _Inputs,
    *,
    has_company: bool = False,
) -> Target:
    """The object with its usable match keys: a key is left out if a part of it has no usable
    value."""
    keys: list[PlannedKey] = []
    names_none: dict[str, None] = {}
    rules = inputs.rules.fields.get(object_, {})
    for key in inputs.rules.match.get(object_, ()):
        parts = []
        for part in key:
            planned, rule = fields.get(part.field), rules.get(part.field)
            known = _usable_part(part, planned, rule, has_company=has_company)
            if known is None:
                continue
            is_words = part.compare == "text" and part.field not in _OF_A_PERSON
            if is_words and names_no_company(known.value or ""):
                names_none[part.field] = None
            else:
                parts.append(known)
        if parts and len(parts) == len(key):
            keys.append(tuple(parts))
    our_id = external_id(inputs.event.workspace, *link)
    return Target(object_, link, our_id, tuple(keys), tuple(fields.values()), tuple(names_none))


def _usable_part(
    part: MatchPart, planned: PlannedField | None, rule: FieldRule | None, *, has_company: bool
) -> KeyPart | None:
    """The part with its values; None if none is usable: empty, static or shared by many."""
    if planned is None:
        is_company = part.field == COMPANY_FIELD and has_company
        return KeyPart(part.field, part.compare, None) if is_company else None
    if rule is None:
        return None
    constants = constants_of(rule.sources).values
    usable: list[str] = []
    for value in (planned.value, *planned.alternatives):
        text = as_text(value)
        if part.compare == "text" and text is not None and is_placeholder(part.field, text):
            continue
        is_static = planned.is_static if value is planned.value else value in planned.static
        if is_static or value in constants:
            if not usable:
                return None  # this is what will be written
        elif text is not None and normal_form(part.compare, text) is not None:
            usable.append(text)
    return KeyPart(part.field, part.compare, usable[0], tuple(usable[1:])) if usable else None


def _task(inputs: _Inputs) -> Target:
    event, activities = inputs.event, inputs.rules.activities
    channel = text_at(event.payload, "touchpoint", "channel") or ANY_CHANNEL
    table = activities.get(channel_name(channel)) or activities.get(ANY_CHANNEL, {})
    link: LinkKey = ("touchpoint", text_at(event.payload, "touchpoint", "id") or event.event_id)
    return Target(
        object="Task",
        link=link,
        external_id=external_id(event.workspace, *link),
        keys=(),
        fields=tuple(_planned_fields(inputs, "Task", table).values()),
    )


def _planned_fields(
    inputs: _Inputs, object_: str, table: Mapping[str, FieldRule]
) -> dict[str, PlannedField]:
    """The values that the rules plan for this event, by field; blank values are left out, and those
    of expressions that cost too much are noted."""
    planned = {}
    for rule in table.values():
        values, found = _values(inputs, object_, rule)
        constants, default = constants_of(rule.sources), rule.default
        value = values[0] if values else default
        if is_blank(value):
            continue
        fallbacks, static = constants.fallbacks, constants.values
        if constants.in_parts:
            fallbacks, static = _with_parts(rule, inputs, found, constants)
        is_default = not values or value in fallbacks
        planned[rule.field] = PlannedField(
            field=rule.field,
            value=value,
            overwrite=rule.overwrite,
            misfit=rule.misfit,
            too_long=rule.too_long,
            origin=rule.origin,
            is_static=is_default or rule.value is not None or value in static,
            is_default=is_default,
            alternatives=tuple(values[1:]),
            static=tuple(filter(static.__contains__, values[1:])),
            fallbacks=tuple(filter(fallbacks.__contains__, values[1:])),
            defaults=constants.fallbacks if default is None else (*constants.fallbacks, default),
            default=default if values else None,
        )
    return planned


def _with_parts(
    rule: FieldRule, inputs: _Inputs, found: Sequence[Json], constants: Constants
) -> tuple[tuple[Json, ...], tuple[Json, ...]]:
    """(the fallbacks, all constants) of the rule, with the values that are made of them in part for
    this event; `found` is what its sources give."""
    fallbacks, static = constants.fallbacks, constants.values
    for source, value in zip(rule.sources, found, strict=True):
        part = literal_part(source, inputs.scope, value, inputs.shared)
        if part is None:
            continue
        written = _translated(value, rule.values) if rule.values else value
        static += (written,)
        fallbacks += (written,) if part == "fallback" else ()
    return fallbacks, static


def _values(inputs: _Inputs, object_: str, rule: FieldRule) -> tuple[list[Json], list[Json]]:
    """(the rule's constant, or the values of its sources, translated, each once; what each source
    gives). Only a list of sources needs more than the first value: the first that fits is written.
    A source that costs too much, alone or with those before it, gives null, which is noted."""
    if rule.value is not None:
        return [rule.value], []
    values: list[Json] = []
    found: list[Json] = []
    too_costly: list[str] = []
    for source in rule.sources:
        value = evaluate(source, inputs.scope, too_costly, inputs.shared)
        found.append(value)
        if rule.values and value is not None:
            value = _translated(value, rule.values)
        if isinstance(value, str):
            is_empty = not stored_text(value)  # also if it has only marks that nobody sees
        else:
            is_empty = is_blank(value) or (isinstance(value, list) and all(map(is_blank, value)))
        if not is_empty and value not in values:
            values.append(value)
    if too_costly:
        note = Step("left_out", object_, rule.field, _TOO_COSTLY)
        inputs.notes.extend([note] if note not in inputs.notes else [])
    return values, found


def _translated(value: Json, values: Mapping[str, Json]) -> Json:
    """The value as the rule translates it: as a whole, else part by part, of a list or of a text
    with semicolons as multi-select picklists have them. A number or boolean is translated as its
    text, and blanks around a text say nothing."""
    if isinstance(value, list):
        return [_translated(item, values) for item in value]
    for text in (value, as_text(value)):
        if isinstance(text, str) and text in values:
            return values[text]
    if not isinstance(value, str):
        return value
    parts = value.split(";")
    if len(parts) == 1 or not any(part.strip() in values for part in parts):
        return value
    translated = [values.get(part.strip(), part) for part in parts]
    return ";".join("" if is_blank(part) else str(part) for part in translated)


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
