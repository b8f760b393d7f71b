"""Values: what one target wants of one record, field by field: everything for a create, the due
rest for an update.

Overwrite policies (design §5): `if_blank` fills, `always` keeps equal, `if_ours` replaces what we
wrote last, `on_create` never touches an existing record. Blank means no opinion: nothing is ever
erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from zsf_plugin.decision import causes
from zsf_plugin.decision.fit import Fitted, fit, is_blank, same, step_of
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Step
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import PlannedField, Target

#: The misfit of a field that the connected user may not write.
NOT_WRITABLE: Mapping[str, Json] = {"misfit": "not_writable"}


@dataclass(frozen=True, slots=True)
class Values:
    """Fitted values by field in the org's spelling, the story of those changed or left out, or why
    it must wait."""

    values: Mapping[str, Json]
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None


def for_create(
    target: Target, describe: ObjectDescribe, given: Mapping[str, Json], zone: tzinfo = UTC
) -> Values:
    """All values of a new record: the target's that fit, with `given` (ids, owner, status) on top.

    Holds where a field that Salesforce demands stays empty, or a rule holds what does not fit.
    """
    values: dict[str, Json] = {}
    steps: list[Step] = []
    misfits: dict[str, Mapping[str, Json]] = {}
    for planned in target.fields:
        field = describe.field(planned.field)
        if field is None or not field.createable:
            steps.append(_unwritable(planned, field, describe))
            continue
        fitted = fit(planned, field, describe, zone)
        if (cause := _held(planned, fitted, describe.name)) is not None:
            return Values({}, tuple(steps), cause)
        _take(fitted, field, values, steps, describe.name)
        if fitted.misfit is not None:
            misfits[field.name] = fitted.misfit_data
    values.update(given)
    return Values(values, tuple(steps), _empty(describe, values, misfits))


def for_update(
    target: Target,
    describe: ObjectDescribe,
    record: Record,
    written: Mapping[str, Json],
    zone: tzinfo = UTC,
) -> Values:
    """The values that an existing record lacks by its fields' policies. What is already true is not
    written."""
    values: dict[str, Json] = {}
    steps: list[Step] = []
    for planned in target.fields:
        field = describe.field(planned.field)
        if field is None or not field.updateable or field.name not in record.values:
            continue
        held = record.values[field.name]
        if not _is_due(planned, field, held, written):
            continue
        fitted = fit(planned, field, describe, zone)
        if (cause := _held(planned, fitted, describe.name)) is not None:
            return Values({}, tuple(steps), cause)
        if fitted.misfit is None and same(field, held, fitted.value):
            continue
        _take(fitted, field, values, steps, describe.name)
    return Values(values, tuple(steps))


def _is_due(
    planned: PlannedField, field: FieldDescribe, held: Json, written: Mapping[str, Json]
) -> bool:
    """Whether the policy lets us write over what the org holds. A default never replaces a person's
    word: `always` is no more than `if_ours` for it."""
    if planned.overwrite == "on_create":
        return False
    if is_blank(held):
        return True
    if planned.overwrite == "if_blank":
        return False
    if planned.overwrite == "always" and not planned.is_default:
        return True
    return field.name in written and same(field, held, written[field.name])


def _take(
    fitted: Fitted, field: FieldDescribe, values: dict[str, Json], steps: list[Step], object_: str
) -> None:
    step = step_of(fitted, object_, field.name)
    if step is not None:
        steps.append(step)
    if fitted.misfit is None:
        values[field.name] = fitted.value


def _held(planned: PlannedField, fitted: Fitted, object_: str) -> Cause | None:
    if fitted.misfit is None:
        return None
    too_long = fitted.misfit in ("too_long", "too_long_to_cut")
    holds = planned.too_long == "hold" if too_long else planned.misfit == "hold"
    return causes.does_not_fit(object_, planned.field, fitted.misfit_data) if holds else None


def _unwritable(
    planned: PlannedField, field: FieldDescribe | None, describe: ObjectDescribe
) -> Step:
    misfit = NOT_WRITABLE if field is not None else missing_field(describe, planned.field)
    return Step("left_out", describe.name, planned.field, misfit)


def missing_field(describe: ObjectDescribe, name: str) -> Mapping[str, Json]:
    """The misfit of a field that the org's describe lacks: it never was there, or it was until
    lately (`last_seen`, a day)."""
    since = describe.gone_since(name)
    if since is None:
        return {"misfit": "no_such_field"}
    day = datetime.fromtimestamp(since, UTC).date().isoformat()
    return {"misfit": "field_gone", "last_seen": day}


def _empty(
    describe: ObjectDescribe,
    values: Mapping[str, Json],
    misfits: Mapping[str, Mapping[str, Json]],
) -> Cause | None:
    """The first field, by name, that Salesforce demands and nothing fills."""
    for name in sorted(describe.fields):
        field = describe.fields[name]
        if field.required and is_blank(values.get(field.name)):
            return causes.required_empty(describe.name, field.name, misfits.get(field.name))
    return None
