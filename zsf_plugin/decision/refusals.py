"""Refusals about values: what Salesforce refuses although it fits the describe (a list of states, a
validation rule, a lookup filter), and the plan without it.

A rule that leaves out a value that does not fit (`misfit`) also leaves out one that only Salesforce
sees does not fit. Everything else that is refused holds its entry (`sync.settlements`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from zsf_plugin.decision.fit import fit
from zsf_plugin.decision.matching import OWNER_FIELD
from zsf_plugin.errors import Rejected
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    ObjectDescribe,
    OrgFacts,
    Plan,
    PlannedField,
    Reference,
    Target,
    Write,
)

#: Refusals that may name fields but say nothing about a value: a missing one, a permission, another
#: record (salesforce-api.md §4.2).
NOT_ABOUT_A_VALUE = frozenset(
    {
        "REQUIRED_FIELD_MISSING",
        "DUPLICATE_VALUE",
        "DUPLICATES_DETECTED",
        "DUPLICATE_EXTERNAL_ID",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "ENTITY_IS_DELETED",
        "ENTITY_IS_LOCKED",
        "NOT_FOUND",
        "STORAGE_LIMIT_EXCEEDED",
        "FUNCTIONALITY_NOT_ENABLED",
        "TXN_SECURITY_NO_ACCESS",
        "TXN_SECURITY_METERING_ERROR",
    }
)
#: About the owner, whether they name the field or not (§4.2).
_ABOUT_THE_OWNER = frozenset(
    {
        "INACTIVE_OWNER_OR_USER",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        "TRANSFER_REQUIRES_READ",
    }
)
#: Identify a Task without our id, with its person. Description cannot be filtered by (§9 trap 21).
TASK_PROBE = ("Subject", "ActivityDate")
#: With state and country lists on, a text field and its code field are one (§9 trap 60): Salesforce
#: may name either.
_CODE = "code"


class RefusedValue(NamedTuple):
    """A value that Salesforce refused with `code`: of `field` in the rule's spelling, planned as
    `value` (with alternatives, the first) and written as `written`."""

    object: str
    field: str
    value: Json
    written: Json
    code: str


def refused_values(
    plan: Plan, write: Write, error: Rejected, facts: OrgFacts
) -> tuple[RefusedValue, ...]:
    """The planned values that the refusal is about, if the write can do without all of them, or has
    others for them; else none. An owner is one if a rule maps it.

    A validation rule may also name fields that cannot be left out: those that were not written, and
    those that no rule fills (our id, an activity's person). The write is tried without the others.
    """
    target, describe = plan.targets.get(write.object), facts.describes.get(write.object)
    if error.code in NOT_ABOUT_A_VALUE or target is None or describe is None:
        return ()
    refused: list[RefusedValue] = []
    names = error.fields or ((OWNER_FIELD,) if error.code in _ABOUT_THE_OWNER else ())
    for name in names:
        planned, field = _written_as(name, write, target, describe)
        written = write.values[field.name] if field is not None else None
        if planned is None or field is None or isinstance(written, Reference):
            continue
        one = RefusedValue(write.object, planned.field, planned.value, written, error.code)
        if not _may_lack(planned, field, write, one) and not _has_other(planned, field, one, facts):
            return ()
        if one not in refused:
            refused.append(one)
    return tuple(refused)


def without_refused(plan: Plan, refused: Sequence[RefusedValue]) -> Plan:
    """The plan with those values marked as refused: `fit` takes the next source that fits, or none.
    Its digest stays, since it asks for the same."""
    targets = dict(plan.targets)
    for one in refused:
        target = targets.get(one.object)
        planned = target.planned(one.field) if target is not None else None
        if target is None or planned is None or not is_planned(one, planned):
            continue
        marked = _marked(planned, one)
        fields = tuple([marked if it is planned else it for it in target.fields])
        targets[one.object] = replace(target, fields=fields)
    return replace(plan, targets=targets)


def is_planned(refused: RefusedValue, planned: PlannedField) -> bool:
    """Whether the field would be written with that value as well, as far as is known."""
    return planned.value == refused.value and (refused.written, refused.code) not in planned.refused


def _written_as(
    name: str, write: Write, target: Target, describe: ObjectDescribe
) -> tuple[PlannedField | None, FieldDescribe | None]:
    """(the planned field, None if no rule maps it; the field) that Salesforce means by that name;
    no field if the write has none of its values."""
    lowered = name.lower()
    by_name = {one.field.lower(): one for one in target.fields}
    for alike in (lowered, lowered.removesuffix(_CODE), lowered + _CODE):
        field = describe.field(alike)
        if field is not None and field.name in write.values:
            return by_name.get(alike), field
    return None, None


def _may_lack(
    planned: PlannedField, field: FieldDescribe, write: Write, refused: RefusedValue
) -> bool:
    """Whether the rule leaves out such a value, and the org does without it."""
    is_too_long = refused.code == "STRING_TOO_LONG"
    if planned.misfit == "hold" or (is_too_long and planned.too_long == "hold"):
        return False
    return write.action == "update" or not field.required


def _has_other(
    planned: PlannedField, field: FieldDescribe, refused: RefusedValue, facts: OrgFacts
) -> bool:
    """Whether another source of the rule, or its default, fits the field and was not refused."""
    if not planned.alternatives and planned.default is None:
        return False
    describe = facts.describes[refused.object]
    marked = _marked(planned, refused)
    if fit(marked, field, describe).misfit is None:
        return True
    if planned.default is None or planned.misfit == "hold":
        return False
    return (
        fit(marked._replace(value=planned.default, alternatives=()), field, describe).misfit is None
    )


def _marked(planned: PlannedField, refused: RefusedValue) -> PlannedField:
    return planned._replace(refused=(*planned.refused, (refused.written, refused.code)))


def as_first_planned(target: Target) -> Target:
    """The target as it was before any value was refused."""
    fields = []
    for one in target.fields:
        fields.append(one._replace(refused=()) if one.refused else one)
    return target if fields == [*target.fields] else replace(target, fields=tuple(fields))


def lacks_every_key(target: Target) -> bool:
    """Whether refused values leave no match key whole: then no lookup finds the record by its key,
    or a Task by what identifies it."""
    refused: set[str] = set()
    for one in target.fields:
        if one.refused:
            refused.add(one.field.lower())
    keys: list[Iterable[str]] = [[part.field for part in key] for key in target.keys]
    if target.object == "Task":
        keys = [TASK_PROBE]
    return bool(refused) and not any(refused.isdisjoint(map(str.lower, key)) for key in keys)
