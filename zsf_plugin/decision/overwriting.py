"""Overwriting: whether a planned value may replace what the org holds, by the field's policy.

Policies (design §5): `if_blank` fills a blank field, `always` overwrites, `if_ours` replaces what
we wrote last, `on_create` never touches an existing record. A blank value never erases anything.

A default, or a placeholder such as `n/a`, counts as blank where the org holds it, and replaces
nothing but a blank or an older default of ours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from zsf_plugin.decision.fit import fit_value, is_same_value, says_nothing, sources_in_order
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    ObjectDescribe,
    PlannedField,
    Target,
    defaulted_fields,
    is_blank,
    with_defaulted,
)
from zsf_plugin.model.text import normal_form


def is_due(
    planned: PlannedField,
    field: FieldDescribe,
    held: Json,
    written: Mapping[str, Json],
    describe: ObjectDescribe,
) -> bool:
    """Whether the policy allows writing over what the org holds. `written` is what we wrote last,
    by field."""
    if planned.overwrite == "on_create":
        return False
    if is_blank(held):
        return True
    value = sources_in_order(planned, field)[0]
    is_default = planned.is_default if value is planned.value else value in planned.fallbacks
    is_ours = field.name in written and is_same_value(field, held, written[field.name])
    was_default = is_ours and field.name in defaulted_fields(written)
    if is_default or says_nothing(field, value):
        return was_default and is_default and planned.overwrite != "if_blank"
    if was_default or says_nothing(field, held) or _is_default(planned, field, held, describe):
        return True
    return planned.overwrite == "always" or (planned.overwrite == "if_ours" and is_ours)


def is_first_name_of_ours(
    target: Target, held: Mapping[str, Json], written: Mapping[str, Json]
) -> bool:
    """Whether the org holds as last name the first name that we wrote there, when the event had no
    other. It counts as blank once there is one."""
    first, last = target.planned("FirstName"), held.get("LastName")
    if first is None or last is None or not is_blank(held.get("FirstName")):
        return False
    is_ours = last == written.get("LastName")
    return is_ours and normal_form("text", str(last)) == normal_form("text", str(first.value))


def filling_blanks(target: Target) -> Target:
    """The target of a purchase that came late: it fills blanks, and replaces nothing."""
    fields = []
    for planned in target.fields:
        if planned.overwrite != "on_create":
            planned = planned._replace(overwrite="if_blank")
        fields.append(planned)
    return replace(target, fields=tuple(fields))


def with_defaults_noted(
    defaults: Collection[str], before: Mapping[str, Json], written: Mapping[str, Json]
) -> dict[str, Json]:
    """What we wrote last, with the names of the fields that hold a default. `before` is the same
    before this write, which wrote defaults to the fields `defaults`."""
    known = defaulted_fields(before)
    noted = []
    for name, value in written.items():
        is_old = name in before and before[name] == value
        if name in known if is_old else name in defaults:
            noted.append(name)
    return with_defaulted(written, noted)


def _is_default(
    planned: PlannedField, field: FieldDescribe, held: Json, describe: ObjectDescribe
) -> bool:
    """Whether the org holds a default that the rules have for the field, as the field stores it:
    shortened, or the value of a label."""
    for default in planned.defaults:
        stored = fit_value(default, field, describe).value
        if is_same_value(field, held, default) or is_same_value(field, held, stored):
            return True
    return False
