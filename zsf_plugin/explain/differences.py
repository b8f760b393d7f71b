"""Changes field by field: what changes, what stays and why, what is left out and why. Pure.

Presents the result of `reconcile` for a plan and a world; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Literal

from zsf_plugin.decision.fit import fit, is_same_value
from zsf_plugin.decision.matching import Match, match_company_and_person
from zsf_plugin.decision.time_zones import time_zone
from zsf_plugin.decision.values import NOT_WRITABLE, missing_field_misfit
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
    Reference,
    Step,
    StepCode,
    Target,
    World,
    Write,
    WriteValue,
    is_blank,
)

#: `changes`: written; `stays`: the org keeps its value; `left_out`: it does not fit or cannot be
#: written.
Effect = Literal["changes", "stays", "left_out"]
#: What happens to the object's record; `none`: nothing is written, and none was found.
Action = Literal["create", "update", "none"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. `before` is the org's value, `after` the written one; `ours` is the rules' value
    if it differs but is not written. `overwrite` is None for fields that the sync itself sets.
    `step` says what was changed, or why not; `refers_to` is the object of the new record that the
    field will refer to.
    """

    field: str
    label: str
    effect: Effect
    before: Json = None
    after: Json = None
    ours: Json = None
    overwrite: Overwrite | None = None
    step: Step | None = None
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectDifference:
    """The differences of one object. `record` is the id of the found record; `by` how it was found,
    with the `fields` of an external ID or match key."""

    object: str
    label: str
    action: Action
    record: str | None = None
    by: FoundBy | None = None
    fields: tuple[str, ...] = ()
    lines: tuple[Difference, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether its record is created."""
        return self.action == "create"

    def count(self, effect: Effect) -> int:
        """The number of fields with that effect."""
        return sum(line.effect == effect for line in self.lines)


def differences(plan: Plan, world: World, changes: Changes) -> tuple[ObjectDifference, ...]:
    """The purchase's person first, then its company if it is found or created."""
    company, person = match_company_and_person(plan, world)
    object_ = person.record.object if person.record is not None else PERSON_OBJECTS[plan.mode]
    found = (
        _object(plan, object_, person, world, changes),
        _company(plan, company, world, changes, person_object=object_),
    )
    return tuple(one for one in found if one is not None)


def _company(
    plan: Plan, match: Match, world: World, changes: Changes, *, person_object: str
) -> ObjectDifference | None:
    """The company, if it is found or written."""
    account = plan.targets.get("Account")
    writes = _writes(changes, "Account")
    if account is None or (match.record is None and not writes):
        return None
    company = _object(plan, "Account", match, world, changes)
    return company if writes or _is_enriched(plan, person_object) else _without_lines(company)


def _is_enriched(plan: Plan, person_object: str) -> bool:
    """Whether an existing company gets the rules' values: a Lead's Account is only linked."""
    return person_object == "Contact" and plan.mode == "contact"


def _without_lines(one: ObjectDifference | None) -> ObjectDifference | None:
    return None if one is None else replace(one, lines=())


def _object(
    plan: Plan, object_: str, match: Match, world: World, changes: Changes
) -> ObjectDifference | None:
    """One object, if the connected user can see it."""
    describe = world.facts.describes.get(object_)
    if describe is None:
        return None
    writes = _writes(changes, object_)
    notes = _notes(changes.steps, object_)
    target, zone = plan.targets[object_], time_zone(plan, world, object_, match.record)
    return _Outcome(target, describe, match, writes, notes, zone).difference()


def _writes(changes: Changes, object_: str) -> list[Write]:
    return [write for write in changes.writes if write.object == object_]


def _notes(steps: Sequence[Step], object_: str) -> dict[str, Step]:
    """The last step about each field of the object."""
    return {step.field: step for step in steps if step.field and step.object == object_}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One object of the outcome: what was planned for it, what was found of it, and what is
    written. `notes` are the steps about its fields, by field; `zone` is the owner's."""

    target: Target
    describe: ObjectDescribe
    match: Match
    writes: Sequence[Write]
    notes: Mapping[str, Step]
    zone: tzinfo

    def difference(self) -> ObjectDifference:
        """All fields: first what is written, then what stays, then what is left out."""
        record, match = self.match.record, self.match
        return ObjectDifference(
            object=self.target.object,
            label=self.describe.label,
            action=self._action(),
            record=record.id if record is not None else None,
            by=match.by,
            fields=match.fields,
            lines=(*self._written(), *self._lines_with("stays"), *self._lines_with("left_out")),
        )

    def _action(self) -> Action:
        if self.writes:
            return self.writes[0].action
        return "update" if self.match.record is not None else "none"

    def _written(self) -> list[Difference]:
        """What is written, in the rules' order, then what the sync adds."""
        planned = {self._spelled(one.field): one for one in self.target.fields}
        written = [
            self._changed(name, write, planned.get(name))
            for write in self.writes
            for name in write.values
        ]
        return sorted(written, key=lambda line: line.field not in planned)

    def _spelled(self, name: str) -> str:
        """The field's name as the org spells it, if it has the field."""
        field = self.describe.field(name)
        return field.name if field is not None else name

    def _changed(self, name: str, write: Write, planned: PlannedField | None) -> Difference:
        line = Difference(
            field=name,
            label=self._label(name),
            effect="changes",
            before=write.before.get(name),
            overwrite=planned.overwrite if planned is not None else None,
            step=self._noted(name, "shortened", "parts_left_out", "other_source"),
        )
        return _with_value(line, write.values[name])

    def _label(self, name: str) -> str:
        field = self.describe.field(name)
        return field.label if field is not None else name

    def _noted(self, name: str, *codes: StepCode) -> Step | None:
        """The step about the field, if it has one of those codes."""
        step = self.notes.get(name)
        return step if step is not None and step.code in codes else None

    def _lines_with(self, effect: Effect) -> list[Difference]:
        """The planned fields with that effect that are not written."""
        written = {name for write in self.writes for name in write.values}
        others = self._others()
        return [line for line in others if line.effect == effect and line.field not in written]

    def _others(self) -> Iterator[Difference]:
        """The planned fields that are not written; none without a record."""
        if self.writes or self.match.record is not None:
            yield from filter(None, map(self._not_written, self.target.fields))

    def _not_written(self, planned: PlannedField) -> Difference | None:
        """A planned field that is not written: left out, or unchanged in the org."""
        field = self.describe.field(planned.field)
        if field is None:
            return self._missing(planned)
        step = self._why_left_out(planned, field)
        if step is None:
            return self._staying(planned, field)
        return self._refused(planned, field, step)

    def _refused(self, planned: PlannedField, field: FieldDescribe, step: Step) -> Difference:
        """A field that does not take the value, for the reason in `step`."""
        line = self._unchanged(planned, field)
        return replace(line, effect="left_out", ours=planned.value, step=step)

    def _why_left_out(self, planned: PlannedField, field: FieldDescribe) -> Step | None:
        """The step for a left-out value; None if the value could be written."""
        return self._noted(field.name, "left_out") or self._not_writable(planned, field)

    def _missing(self, planned: PlannedField) -> Difference:
        """A planned field that is missing in the org, or hidden."""
        name = planned.field
        step = self._left_out(planned, missing_field_misfit(self.describe, name))
        return Difference(name, name, "left_out", ours=planned.value, step=step)

    def _not_writable(self, planned: PlannedField, field: FieldDescribe) -> Step | None:
        """The step for a field of an existing record that the user cannot write; None if they
        can."""
        if self.match.record is None or field.updateable:
            return None
        return self._left_out(planned, NOT_WRITABLE)

    def _left_out(self, planned: PlannedField, misfit: Mapping[str, Json]) -> Step:
        return Step("left_out", self.describe.name, planned.field, misfit)

    def _staying(self, planned: PlannedField, field: FieldDescribe) -> Difference | None:
        """A field that keeps the org's value; None if its value was not read."""
        record = self.match.record
        if record is None or field.name not in record.values:
            return None
        ours = self._other(planned, field, record.values[field.name])
        return replace(self._unchanged(planned, field), ours=ours)

    def _unchanged(self, planned: PlannedField, field: FieldDescribe) -> Difference:
        """The field with the org's value."""
        held = self._held(field.name)
        return Difference(field.name, field.label, "stays", held, overwrite=planned.overwrite)

    def _held(self, name: str) -> Json:
        """The record's value of the field; None without a record."""
        record = self.match.record
        return record.values.get(name) if record is not None else None

    def _other(self, planned: PlannedField, field: FieldDescribe, held: Json) -> Json:
        """The rules' value if it differs from the org's; None if both agree or ours does not
        fit."""
        record = self.match.record
        layers = (record.values,) if record is not None else None
        fitted = fit(planned, field, self.describe, self.zone, layers)
        is_same = not is_blank(held) and is_same_value(field, held, fitted.value)
        return None if is_same or fitted.misfit is not None else fitted.value


def _with_value(line: Difference, value: WriteValue) -> Difference:
    """The line with the written value; the id of a new record is not known yet."""
    if isinstance(value, Reference):
        return replace(line, refers_to="Account")
    return replace(line, after=value)
