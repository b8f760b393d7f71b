"""Overwriting: whether a planned value may replace what the org holds, by the field's policy.

Policies (design §5): `if_blank` fills a blank field, `always` overwrites, `if_ours` replaces what
we wrote last, `on_create` never touches an existing record. A blank value never erases anything.

A default, or a placeholder such as `n/a`, counts as blank where the org holds it, and replaces
nothing but a blank or an older default of ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.decision.fit import is_same_value
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    PlannedField,
    Target,
    defaulted_fields,
    is_blank,
    with_defaulted,
)
from zsf_plugin.model.placeholders import is_placeholder

#: Fields whose values people choose instead of typing them: "Unknown" is a choice.
_CHOSEN_TYPES = frozenset({"picklist", "multipicklist"})


def is_due(
    planned: PlannedField, field: FieldDescribe, held: Json, written: Mapping[str, Json]
) -> bool:
    """Whether the policy allows writing over what the org holds. `written` is what we wrote last,
    by field."""
    if planned.overwrite == "on_create":
        return False
    if is_blank(held):
        return True
    is_ours = field.name in written and is_same_value(field, held, written[field.name])
    was_default = is_ours and field.name in defaulted_fields(written)
    if planned.is_default or _is_placeholder(field, planned.value):
        return was_default and planned.is_default and planned.overwrite != "if_blank"
    if was_default or _is_placeholder(field, held) or _is_default(planned, field, held):
        return True
    return planned.overwrite == "always" or (planned.overwrite == "if_ours" and is_ours)


def with_defaults_noted(
    target: Target, before: Mapping[str, Json], written: Mapping[str, Json]
) -> dict[str, Json]:
    """What we wrote last, with the names of the fields that hold a default. `before` is the same
    before this write."""
    defaults = {planned.field.lower() for planned in target.fields if planned.is_default}
    known = defaulted_fields(before)
    noted = []
    for name, value in written.items():
        is_old = name in before and before[name] == value
        if name in known if is_old else name.lower() in defaults:
            noted.append(name)
    return with_defaulted(written, noted)


def _is_default(planned: PlannedField, field: FieldDescribe, held: Json) -> bool:
    """Whether the org holds a default that the rules have for the field."""
    return any(is_same_value(field, held, default) for default in planned.defaults)


def _is_placeholder(field: FieldDescribe, value: Json) -> bool:
    """Whether a typed text only says that there is no value."""
    if not isinstance(value, str) or field.type in _CHOSEN_TYPES:
        return False
    return is_placeholder(field.name, value)
