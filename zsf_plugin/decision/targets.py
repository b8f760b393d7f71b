"""The targets of an event: the objects that it concerns, each with its fields and its usable match
keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zsf_plugin.decision.literals import constants_of
from zsf_plugin.decision.planned_values import Inputs, planned_fields, values_of
from zsf_plugin.model import (
    ANY_CHANNEL,
    FieldRule,
    KeyPart,
    LinkKey,
    MatchPart,
    PlannedField,
    PlannedKey,
    Target,
    channel_name,
    company_id,
    external_id,
    text_at,
)
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.text import as_text, normal_form

#: The match part for the company's record, whose id is known only once it is found.
COMPANY_FIELD = "AccountId"
#: Fields of a person, in which a word such as `Student` says something.
_OF_A_PERSON = frozenset({"FirstName", "MiddleName", "LastName", "Title", "Department"})


def person_targets(inputs: Inputs) -> dict[str, Target]:
    """The targets of the event's person: Account if it names a company, by its id alone too, which
    an earlier event may have linked; Lead and Contact."""
    targets: dict[str, Target] = {}
    tables = inputs.rules.fields
    company = company_id(inputs.event.payload.get("prospect"))
    if company is not None and "Account" in tables:
        fields = planned_fields(inputs, "Account", tables["Account"])
        account = _target("Account", ("company", company), fields, inputs)
        if account.keys or is_named(account) or not _names_no_company(inputs):
            targets["Account"] = account
    person: LinkKey = ("prospect", inputs.event.prospect_id)
    has_company = bool(targets)
    for object_ in ("Lead", "Contact"):
        fields = planned_fields(inputs, object_, tables.get(object_, {}))
        last = fields.get("LastName")
        if last is not None and is_placeholder("LastName", str(last.value)):
            _keep_one_name(fields, last)
        targets[object_] = _target(object_, person, fields, inputs, has_company=has_company)
    if not has_company and _names_no_company(inputs):
        targets["Contact"] = replace(targets["Contact"], names_none=(COMPANY_FIELD,))
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


def _names_no_company(inputs: Inputs) -> bool:
    """Whether what the event or the rules give as the company's name names none."""
    names = [text_at(inputs.event.payload, "prospect", "company", "name") or ""]
    rule = inputs.rules.field_rule("Account", "Name")
    if rule is not None:
        names += map(str, values_of(inputs, "Account", rule)[0])
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
    inputs: Inputs,
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


def task_target(inputs: Inputs) -> Target:
    event, activities = inputs.event, inputs.rules.activities
    channel = text_at(event.payload, "touchpoint", "channel") or ANY_CHANNEL
    every = activities.get(ANY_CHANNEL, {})
    table = activities.get(channel_name(channel), every)
    link: LinkKey = ("touchpoint", text_at(event.payload, "touchpoint", "id") or event.event_id)
    return Target(
        object="Task",
        link=link,
        external_id=external_id(event.workspace, *link),
        keys=(),
        fields=tuple(planned_fields(inputs, "Task", table).values()),
    )
