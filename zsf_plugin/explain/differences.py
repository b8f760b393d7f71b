"""Changes told field by field, pure: what changes, what stays and why, what is left out and why.

Looks at what `reconcile` made of a plan and a world; decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.decision.fit import fit, is_blank, same
from zsf_plugin.decision.matching import Match, match_company, match_person
from zsf_plugin.decision.values import NOT_WRITABLE, missing_field
from zsf_plugin.model.changes import Changes, FoundBy, Reference, Step, Write, WriteValue
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import Plan, PlannedField, Target
from zsf_plugin.model.rules import Overwrite
from zsf_plugin.model.world import World

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


def differences(plan: Plan, world: World, changes: Changes) -> tuple[ObjectDifference, ...]:
    """The purchase's person first, then its company where that is found or made."""
    company, person = found_in(plan, world)
    object_ = person.record.object if person.record is not None else plan.person_object
    told = [_object(plan.targets[object_], person, world, changes)]
    if "Account" in plan.targets and (company.record is not None or _writes(changes, "Account")):
        enriched = object_ == "Contact" and plan.mode == "contact"
        told.append(_object(plan.targets["Account"], company, world, changes, enriched=enriched))
    return tuple(one for one in told if one is not None)


def _object(
    target: Target, match: Match, world: World, changes: Changes, *, enriched: bool = True
) -> ObjectDifference | None:
    """`enriched` False: the record is linked alone, whatever the rules map (a Lead's Account)."""
    describe = world.facts.describe(target.object)
    if describe is None:
        return None
    writes = _writes(changes, target.object)
    action: Action = (
        writes[0].action if writes else ("update" if match.record is not None else "none")
    )
    lines = (
        tuple(_lines(target, match.record, writes, describe, changes.steps))
        if enriched or writes
        else ()
    )
    record = match.record.id if match.record is not None else None
    return ObjectDifference(
        target.object, describe.label, action, record, match.by, match.fields, lines
    )


def _writes(changes: Changes, object_: str) -> list[Write]:
    return [write for write in changes.writes if write.object == object_]


def _lines(
    target: Target,
    record: Record | None,
    writes: Sequence[Write],
    describe: ObjectDescribe,
    steps: Sequence[Step],
) -> Iterator[Difference]:
    """What is written first, in the rules' order, then what the sync adds; then what stays, then
    what is left out."""
    planned = {
        name: one for one in target.fields if (name := _name(describe, one.field)) is not None
    }
    written = {name: (write, value) for write in writes for name, value in write.values.items()}
    notes = {
        step.field: step
        for step in steps
        if step.object == describe.name and step.field is not None
    }
    for name in sorted(written, key=lambda name: name not in planned):
        write, value = written[name]
        yield _changed(name, write, value, describe, planned.get(name), notes.get(name))
    if not writes and record is None:
        return
    rest = [
        _kept(one, record, describe, notes)
        for one in target.fields
        if _name(describe, one.field) not in written
    ]
    yield from sorted(
        (line for line in rest if line is not None), key=lambda line: line.fate == "left_out"
    )


def _name(describe: ObjectDescribe, name: str) -> str | None:
    field = describe.field(name)
    return field.name if field is not None else None


def _changed(
    name: str,
    write: Write,
    value: WriteValue,
    describe: ObjectDescribe,
    planned: PlannedField | None,
    step: Step | None,
) -> Difference:
    field = describe.field(name)
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


def _kept(
    planned: PlannedField, record: Record | None, describe: ObjectDescribe, notes: dict[str, Step]
) -> Difference | None:
    """A planned field that is not written: left out of it, or staying as the org has it."""
    field = describe.field(planned.field)
    if field is None:
        missing = _left_out(planned, describe, missing_field(describe, planned.field))
        return Difference(
            planned.field, planned.field, "left_out", ours=planned.value, step=missing
        )
    step = notes.get(field.name)
    if step is not None and step.code == "left_out":
        return _line(field, "left_out", planned, record, ours=planned.value, step=step)
    if record is None:
        return None
    if not field.updateable:
        step = _left_out(planned, describe, NOT_WRITABLE)
        return _line(field, "left_out", planned, record, ours=planned.value, step=step)
    if field.name not in record.values:
        return None
    return _line(field, "stays", planned, record, ours=_other(planned, field, describe, record))


def _left_out(planned: PlannedField, describe: ObjectDescribe, misfit: Mapping[str, Json]) -> Step:
    return Step("left_out", describe.name, planned.field, misfit)


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
