"""What the mapping asks for of one entry, by today's rules: value, policy and the file that says
so. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console import labels
from zsf_plugin.console.activity.entry_head import EntryHead
from zsf_plugin.console.activity.texts import IN_ITS_PLACE, Texts, is_planned
from zsf_plugin.console.presenters.deciders import origins_of
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.model import PERSON_OBJECTS, Plan, PlannedField, Target
from zsf_plugin.sync.planned import plan_of
from zsf_plugin.wiring.apps import ConsoleApp

#: So many fields of an object stand open; the rest are folded.
_OPEN = 6


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """One field: what it would hold, by which policy, and who says so. `note`: what came of it when
    it was tried; `hidden`: words of ours stand in the place of the value."""

    label: str
    value: str
    policy: str
    origin: str
    note: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """One object's fields, and how its record is looked for (the keys that have values). `origins`:
    who says what each rule file says."""

    target: Target
    head: EntryHead
    texts: Texts
    origins: Mapping[str, str]

    @property
    def object(self) -> str:
        """Its API name."""
        return self.target.object

    @property
    def keys(self) -> list[str]:
        """What its record is looked for by, one after the other."""
        return [" + ".join(self._label(part.field) for part in key) for key in self.target.keys]

    @property
    def fields(self) -> list[PlannedValue]:
        """All of its fields."""
        return [self._value(field) for field in self.target.fields]

    @property
    def open(self) -> list[PlannedValue]:
        """The fields that are seen at once."""
        return self.fields[:_OPEN]

    @property
    def folded(self) -> list[PlannedValue]:
        """The others."""
        return self.fields[_OPEN:]

    def _label(self, field: str) -> str:
        return self.head.org.label(self.object, field)

    def _value(self, field: PlannedField) -> PlannedValue:
        value, notes = value_text(field.value), self.head.history.notes(self.object)
        hidden = self.object == "Task" and (field.field, value) not in self.texts.textless
        return PlannedValue(
            label=self._label(field.field),
            value=IN_ITS_PLACE["text"] if hidden else value,
            policy=labels.small(labels.OVERWRITES[field.overwrite]),
            origin=labels.clipped(self.origins.get(field.origin, field.origin)),
            note=labels.clipped(notes.get(field.field, ""), 300),
            hidden=hidden,
        )


def planned_objects(app: ConsoleApp, head: EntryHead, texts: Texts) -> list[PlannedObject] | None:
    """The plan by the rules in force; None where too little of the event was kept."""
    entry = head.history.entry
    if not is_planned(entry):
        return None
    origins = origins_of(app.rulebook.rules(entry.event.workspace))
    targets = _targets(plan_of(app.rulebook, entry.event), head)
    return [PlannedObject(target, head, texts, origins) for target in targets]


def _targets(plan: Plan, head: EntryHead) -> list[Target]:
    """What the event is about: its activity; else its person, as it became, and its company."""
    names = ("Task",) if "Task" in plan.targets else _people(plan, head)
    return [plan.targets[name] for name in names if name in plan.targets]


def _people(plan: Plan, head: EntryHead) -> tuple[str, ...]:
    """The object that the person became, and before it the company's Account, where it has one."""
    person = head.history.person_object or PERSON_OBJECTS[plan.mode]
    has_account = person == "Contact" or head.history.first_written(("Account",))
    return ("Account", person) if has_account else (person,)
