"""Changes told field by field, pure: what changes, what stays and why, what is left out and why.

Looks at what `reconcile` made of a plan and a world; decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.decision.fit import fit, is_blank, same
from zsf_plugin.decision.matching import Match, match_company, match_person
from zsf_plugin.decision.values import NOT_WRITABLE, missing_field
from zsf_plugin.model import (
    PERSON_OBJECTS,
    Changes,
    FieldDescribe,
    FoundBy,
    Json,
    ObjectDescribe,
    Overwrite,
    Plan,
    PlannedField,
    Record,
    Reference,
    Step,
    Target,
    World,
    Write,
)

#: `changes`: written; `stays`: the org's value is kept; `left_out`: it does not fit, or may not be
#: written.
Fate = Literal["changes", "stays", "left_out"]
#: What becomes of the object's record; `none`: nothing is written, nor was one found.
Action = Literal["create", "update", "none"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. `before` is what the org holds, `after` what is written; `ours` the rules' value
    where it is not written and not the same. `overwrite` None: set by the sync itself. `step` tells
    what was changed or why not; `refers_to` names the object whose new record the field will hold.
    """

    field: str
    label: str
    fate: Fate
    before: Json = None
    after: Json = None
    ours: Json = None
    overwrite: Overwrite | None = None
    step: Step | None = None
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectDifference:
    """One object of the outcome. `record` is the id of the record found; `by` what it was found by,
    with the `fields` of an external ID or match key."""

    object: str
    label: str
    action: Action
    record: str | None = None
    by: FoundBy | None = None
    fields: tuple[str, ...] = ()
    lines: tuple[Difference, ...] = ()

    def count(self, fate: Fate) -> int:
        """How many fields end so."""
        return sum(line.fate == fate for line in self.lines)


def found_in(plan: Plan, world: World) -> tuple[Match, Match]:
    """(the company's match, the person's), as `reconcile` made them."""
    company = match_company(plan, world)
    return company, match_person(plan, world, company.record)


@dataclass(frozen=True, slots=True)
class _Part:
    """One object of the outcome: what was planned for it, what was found of it, and what is
    written. `notes` are the steps about its fields, by field."""

    target: Target
    describe: ObjectDescribe
    record: Record | None
    writes: Sequence[Write]
    notes: Mapping[str, Step]


def differences(plan: Plan, world: World, changes: Changes) -> tuple[ObjectDifference, ...]:
    """The purchase's person first, then its company where that is found or made."""
    company, person = found_in(plan, world)
    object_ = person.record.object if person.record is not None else PERSON_OBJECTS[plan.mode]
    shown = [_object(plan.targets[object_], person, world, changes)]
    account = plan.targets.get("Account")
    if account is not None and (company.record is not None or _writes(changes, "Account")):
        enriched = object_ == "Contact" and plan.mode == "contact"
        shown.append(_object(account, company, world, changes, enriched=enriched))
    return tuple(one for one in shown if one is not None)


def _object(
    target: Target, match: Match, world: World, changes: Changes, *, enriched: bool = True
) -> ObjectDifference | None:
    """`enriched` False: the record is linked alone, whatever the rules map (a Lead's Account)."""
    describe = world.facts.describes.get(target.object)
    if describe is None:
        return None
    writes = _writes(changes, target.object)
    notes = _notes(changes.steps, target.object)
    part = _Part(target, describe, match.record, writes, notes)
    return ObjectDifference(
        object=target.object,
        label=describe.label,
        action=_action(part),
        record=match.record.id if match.record is not None else None,
        by=match.by,
        fields=match.fields,
        lines=tuple(_lines(part)) if enriched or writes else (),
    )


def _writes(changes: Changes, object_: str) -> list[Write]:
    return [write for write in changes.writes if write.object == object_]


def _notes(steps: Sequence[Step], object_: str) -> dict[str, Step]:
    notes: dict[str, Step] = {}
    for step in steps:
        if step.object == object_ and step.field is not None:
            notes[step.field] = step
    return notes


def _action(part: _Part) -> Action:
    if part.writes:
        return part.writes[0].action
    return "update" if part.record is not None else "none"


def _lines(part: _Part) -> list[Difference]:
    """What is written first, then what stays, then what is left out."""
    written = _written(part)
    names = {line.field for line in written}
    stays: list[Difference] = []
    left_out: list[Difference] = []
    for planned in part.target.fields:
        line = _not_written(planned, part)
        if line is None or line.field in names:
            continue
        (left_out if line.fate == "left_out" else stays).append(line)
    return [*written, *stays, *left_out]


def _written(part: _Part) -> list[Difference]:
    """What is written, in the rules' order, then what the sync adds."""
    planned = _planned_by_name(part)
    mapped: list[Difference] = []
    added: list[Difference] = []
    for write in part.writes:
        for name in write.values:
            line = _changed(name, write, part, planned.get(name))
            (mapped if name in planned else added).append(line)
    return [*mapped, *added]


def _planned_by_name(part: _Part) -> dict[str, PlannedField]:
    """The planned fields that the org has, by its spelling."""
    planned = {}
    for one in part.target.fields:
        field = part.describe.field(one.field)
        if field is not None:
            planned[field.name] = one
    return planned


def _changed(name: str, write: Write, part: _Part, planned: PlannedField | None) -> Difference:
    field, value, step = part.describe.field(name), write.values[name], part.notes.get(name)
    return Difference(
        field=name,
        label=field.label if field is not None else name,
        fate="changes",
        before=write.before.get(name) if write.action == "update" else None,
        after=None if isinstance(value, Reference) else value,
        overwrite=planned.overwrite if planned is not None else None,
        step=step if step is not None and step.code == "shortened" else None,
        refers_to="Account" if isinstance(value, Reference) else None,
    )


def _not_written(planned: PlannedField, part: _Part) -> Difference | None:
    """A planned field as it is where it is not written: left out, or staying as the org has it."""
    if not part.writes and part.record is None:
        return None
    field = part.describe.field(planned.field)
    if field is None:
        return _missing(planned, part)
    reason = _why_left_out(planned, field, part)
    if reason is not None:
        return _line(field, "left_out", planned, part.record, ours=planned.value, step=reason)
    if part.record is None or field.name not in part.record.values:
        return None
    ours = _other(planned, field, part.describe, part.record)
    return _line(field, "stays", planned, part.record, ours=ours)


def _missing(planned: PlannedField, part: _Part) -> Difference:
    """A planned field that the org does not have, or does not show."""
    step = _left_out(planned, part, missing_field(part.describe, planned.field))
    name = planned.field
    return Difference(name, name, "left_out", ours=planned.value, step=step)


def _why_left_out(planned: PlannedField, field: FieldDescribe, part: _Part) -> Step | None:
    """The step that says so; None where the value would be written if it were due."""
    step = part.notes.get(field.name)
    if step is not None and step.code == "left_out":
        return step
    if part.record is not None and not field.updateable:
        return _left_out(planned, part, NOT_WRITABLE)
    return None


def _left_out(planned: PlannedField, part: _Part, misfit: Mapping[str, Json]) -> Step:
    return Step("left_out", part.describe.name, planned.field, misfit)


def _line(
    field: FieldDescribe,
    fate: Fate,
    planned: PlannedField,
    record: Record | None,
    *,
    ours: Json = None,
    step: Step | None = None,
) -> Difference:
    before = record.values.get(field.name) if record is not None else None
    return Difference(field.name, field.label, fate, before, None, ours, planned.overwrite, step)


def _other(
    planned: PlannedField, field: FieldDescribe, describe: ObjectDescribe, record: Record
) -> Json:
    """The rules' value, where it differs from what the org keeps; None where both agree or ours
    would not fit."""
    fitted = fit(planned, field, describe)
    held = record.values.get(field.name)
    if fitted.misfit is not None or (not is_blank(held) and same(field, held, fitted.value)):
        return None
    return fitted.value
