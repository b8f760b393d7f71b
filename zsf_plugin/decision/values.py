"""Values: what to write to one record, field by field: everything for a create, what is due for an
update.

What is due for an update is decided in `overwriting`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from zsf_plugin.decision import causes
from zsf_plugin.decision.fit import RECORD_TYPE_FIELD, fit, is_same_value
from zsf_plugin.decision.fit_addresses import country_in, has_state_of_other_country
from zsf_plugin.decision.misfits import Fitted, MisfitCode
from zsf_plugin.decision.overwriting import is_due, is_first_name_of_ours
from zsf_plugin.model import (
    AddressList,
    Cause,
    FieldDescribe,
    Json,
    ObjectDescribe,
    PlannedField,
    Record,
    Step,
    Target,
    is_blank,
)
from zsf_plugin.model.text import as_text, normal_form

#: The misfit of a field that the connected user cannot write.
NOT_WRITABLE: Mapping[str, Json] = {"misfit": "not_writable"}


@dataclass(frozen=True, slots=True)
class FittedValues:
    """Fitted values by field in the org's spelling, with steps for those changed or left out; or
    why the entry is held. `defaults` are the fields whose value is a default."""

    values: Mapping[str, Json]
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    defaults: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Filling:
    """The values and steps collected so far for one record, which holds `held`, of which we wrote
    `written` last. `defaults` are the fields whose value is a default."""

    describe: ObjectDescribe
    zone: tzinfo
    held: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    written: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    values: dict[str, Json] = dataclasses.field(default_factory=dict)
    steps: list[Step] = dataclasses.field(default_factory=list)
    defaults: set[str] = dataclasses.field(default_factory=set)
    cause: Cause | None = None

    def take(self, planned: PlannedField, field: FieldDescribe) -> None:
        """Add a value that fits and differs from what the org holds, or set the cause to hold the
        entry."""
        fitted = fit(planned, field, self.describe, self.zone, (self.values, self.held))
        held = self.held.get(field.name)
        if fitted.misfit is not None and planned.default is not None and is_blank(held):
            fitted = self._default_for(planned, field, fitted)
        if fitted.misfit is None:
            if held is not None and is_same_value(field, held, fitted.value):
                return
            if fitted.skipped and not self._may_replace(planned, field, fitted):
                left_out = Step("left_out", self.describe.name, field.name, fitted.skipped)
                self.steps.append(left_out)
                return
            self.values[field.name] = fitted.value
            if fitted.is_default:
                self.defaults.add(field.name)
        if fitted.misfit or fitted.shortened or fitted.skipped or fitted.dropped:
            self.note(planned, field.name, fitted)

    def _may_replace(self, planned: PlannedField, field: FieldDescribe, fitted: Fitted) -> bool:
        """Whether the value of a later source may replace what the org holds: a default or
        placeholder never replaces what a person entered."""
        held = self.held.get(field.name)
        if is_blank(held):
            return True
        taken = planned._replace(value=fitted.value, alternatives=(), is_default=fitted.is_default)
        return is_due(taken, field, held, self.written, self.describe)

    def _default_for(self, planned: PlannedField, field: FieldDescribe, unfit: Fitted) -> Fitted:
        """The rule's default in place of values none of which fits, if the rule does not hold its
        entry for them."""
        if _holds(planned, unfit.misfit):
            return unfit
        default = planned._replace(value=planned.default, alternatives=())
        fitted = fit(default, field, self.describe, self.zone, (self.values, self.held))
        if fitted.misfit is not None:
            return unfit
        return fitted._replace(skipped=unfit.misfit_data, is_default=True)

    def note(self, planned: PlannedField, name: str, fitted: Fitted) -> None:
        """Add the steps about a fitted value, or set the cause if its policy holds the entry."""
        if fitted.misfit is not None and _holds(planned, fitted.misfit):
            self.cause = causes.does_not_fit(self.describe.name, planned.field, fitted.misfit_data)
        else:
            self.steps += fitted.steps(self.describe.name, name)

    def leave_out_half_a_name(self, target: Target) -> None:
        """Leave out the first name, if the record keeps another last name than the event's."""
        last, held = target.planned("LastName"), as_text(self.held.get("LastName"))
        if last is None or not held or "LastName" in self.values:
            return
        if normal_form("text", held) != normal_form("text", as_text(last.value) or ""):
            del self.values["FirstName"]
            data = {"misfit": "other_last_name"}
            self.steps.append(Step("left_out", self.describe.name, "FirstName", data))

    def leave_out_countries(self, target: Target) -> None:
        """Leave out a country of which the record's state is none: Salesforce would refuse both
        (§9 trap 60)."""
        lists = self.describe.address_lists
        for planned, name, of in self._written_of_lists(target, "country"):
            layers = (self.values, self.held)
            if of.states and has_state_of_other_country(of, lists[of.states[0]], layers):
                del self.values[name]
                self.note(planned, name, Fitted(misfit="other_states_country"))

    def leave_out_states(self, target: Target) -> None:
        """Leave out a state that was read as one of the record's country while the event's own is
        another: `WA` is Washington there, and Western Australia here."""
        for planned, name, of in self._written_of_lists(target, "state"):
            position = self._position_of_planned_country(target, of)
            kept = country_in(of, (self.values, self.held))
            if position is not None and kept is not None and of.position(kept) != position:
                del self.values[name]
                self.note(planned, name, Fitted(misfit="not_of_country"))

    def _written_of_lists(
        self, target: Target, part: str
    ) -> list[tuple[PlannedField, str, AddressList]]:
        """The planned countries or states that will be written, with their names and lists."""
        found = []
        for planned in target.fields:
            field = self.describe.field(planned.field)
            of = self.describe.address_lists.get(field.name) if field is not None else None
            if field is None or of is None or of.part != part or field.name not in self.values:
                continue
            found.append((planned, field.name, of))
        return found

    def _position_of_planned_country(self, target: Target, states: AddressList) -> int | None:
        """The place of the event's country among all countries; None if it names none of them."""
        for planned in target.fields:
            field = self.describe.field(planned.field)
            if field is None or field.name not in states.countries or planned.is_default:
                continue
            country = fit(planned, field, self.describe, self.zone).value
            if isinstance(country, str):
                return states.position(country)
        return None

    def leave_out(self, planned: PlannedField, field: FieldDescribe | None) -> None:
        """Add a step for a field that does not exist or cannot be written, or set the cause if the
        rule holds what does not fit."""
        misfit = (
            NOT_WRITABLE
            if field is not None
            else missing_field_misfit(self.describe, planned.field)
        )
        if planned.misfit == "hold":
            self.cause = causes.does_not_fit(self.describe.name, planned.field, misfit)
        else:
            self.steps.append(Step("left_out", self.describe.name, planned.field, misfit))

    def as_held(self) -> FittedValues:
        """The result if the entry is held."""
        return FittedValues({}, tuple(self.steps), self.cause)


def for_create(
    target: Target, describe: ObjectDescribe, given: Mapping[str, Json], zone: tzinfo = UTC
) -> FittedValues:
    """All values of a new record: the target's that fit, our id, and `given` (other ids, owner,
    status) on top.

    Holds if a field that Salesforce requires stays empty, or if a rule holds a value that does not
    fit.
    """
    filling = _Filling(describe, zone)
    for planned in _in_order(target, describe) if describe.has_order else target.fields:
        field = describe.field(planned.field)
        if field is None or not field.createable:
            filling.leave_out(planned, field)
        else:
            filling.take(planned, field)
        if filling.cause is not None:
            return filling.as_held()
    our_id = describe.external_id_field
    if our_id is not None and describe.fields[our_id].createable:
        filling.values[our_id] = target.external_id
    filling.values.update(given)
    cause, defaults = _required_empty(filling), frozenset(filling.defaults)
    return FittedValues(filling.values, tuple(filling.steps), cause, defaults)


def for_update(
    target: Target,
    describe: ObjectDescribe,
    record: Record,
    written: Mapping[str, Json],
    zone: tzinfo = UTC,
) -> FittedValues:
    """The values to write to an existing record by its fields' policies. What is already true is
    not written."""
    filling = _Filling(describe, zone, record.values, written)
    for planned in _in_order(target, describe) if describe.has_order else target.fields:
        field = describe.field(planned.field)
        if field is None and planned.misfit == "hold" and planned.overwrite != "on_create":
            filling.leave_out(planned, field)
            return filling.as_held()
        if field is None or not field.updateable or field.name not in record.values:
            continue
        may_give_way = field.name == "LastName" and planned.overwrite != "on_create"
        if may_give_way and is_first_name_of_ours(target, record.values, written):
            planned = planned._replace(overwrite="always")
        if is_due(planned, field, record.values[field.name], written, describe):
            filling.take(planned, field)
        if filling.cause is not None:
            return filling.as_held()
    if "FirstName" in filling.values and is_blank(record.values.get("FirstName")):
        filling.leave_out_half_a_name(target)
    if describe.address_lists:
        filling.leave_out_countries(target)
        filling.leave_out_states(target)
    if filling.cause is not None:
        return filling.as_held()
    return FittedValues(filling.values, tuple(filling.steps), None, frozenset(filling.defaults))


def _in_order(target: Target, describe: ObjectDescribe) -> Sequence[PlannedField]:
    """The target's fields: the record type first, on which picklists depend, and states last, which
    depend on their country."""
    return sorted(target.fields, key=lambda planned: _place_in_order(planned, describe))


def _place_in_order(planned: PlannedField, describe: ObjectDescribe) -> int:
    field = describe.field(planned.field)
    if field is None or field.name == RECORD_TYPE_FIELD:
        return 0
    of = describe.address_lists.get(field.name)
    return 2 if of is not None and of.part == "state" else 1


def _holds(planned: PlannedField, misfit: MisfitCode | None) -> bool:
    """Whether the rule holds the entry for that misfit."""
    is_too_long = misfit in ("too_long", "too_long_to_cut")
    return planned.misfit == "hold" or (is_too_long and planned.too_long == "hold")


def missing_field_misfit(describe: ObjectDescribe, name: str) -> Mapping[str, Json]:
    """The misfit of a field that the describe lacks: it never existed, or was there until
    `last_seen` (a date)."""
    since = describe.gone_since(name)
    if since is None:
        return {"misfit": "no_such_field"}
    day = datetime.fromtimestamp(since, UTC).date().isoformat()
    return {"misfit": "field_gone", "last_seen": day}


def _required_empty(filling: _Filling) -> Cause | None:
    """The first required field, by name, that nothing fills."""
    describe = filling.describe
    for field in describe.required_fields:
        if is_blank(filling.values.get(field.name)):
            misfit = _misfit_of(field.name, filling.steps)
            return causes.required_empty(describe.name, field.name, misfit)
    return None


def _misfit_of(name: str, steps: Sequence[Step]) -> Mapping[str, Json] | None:
    """Why the value for that field was left out; None if there was no value."""
    for step in reversed(steps):
        if step.code == "left_out" and step.field == name:
            return step.data
    return None
