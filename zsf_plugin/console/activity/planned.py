"""What the mapping asks for of one entry, by today's rules: value, policy and the file that says
so. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console import labels
from zsf_plugin.console.presenters.deciders import origin
from zsf_plugin.console.presenters.records import label_of, value_text
from zsf_plugin.decision.admit import without_text
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.text import step_about_field
from zsf_plugin.model import (
    PERSON_OBJECTS,
    Link,
    LinkKey,
    OrgFacts,
    Plan,
    PlannedField,
    Step,
    Target,
)
from zsf_plugin.ports import Entry, JournalLine
from zsf_plugin.sync.planned import plan_of
from zsf_plugin.wiring.console import ConsoleApp

#: (field, value) of an activity that hold nothing of what its message said.
Textless = frozenset[tuple[str, str]]

#: What stands in the place of a value that holds some of it, whatever the contents switch says.
WITH_TEXT = "with its text"

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
    note: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """One object's fields, and how its record is looked for (the keys that have values)."""

    object: str
    keys: tuple[str, ...]
    fields: tuple[PlannedValue, ...]

    @property
    def open(self) -> tuple[PlannedValue, ...]:
        """The fields that are seen at once."""
        return self.fields[:_OPEN]

    @property
    def folded(self) -> tuple[PlannedValue, ...]:
        """The others."""
        return self.fields[_OPEN:]


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of one entry. `textless`: (field, value) of the activity that would be the same of
    an empty message."""

    objects: tuple[PlannedObject, ...]
    textless: Textless


def plan_view(
    app: ConsoleApp,
    entry: Entry,
    journal: Sequence[JournalLine],
    links: Mapping[LinkKey, Link],
    facts: OrgFacts | None,
) -> Planned | None:
    """The plan by the rules in force; None where too little of the event was kept."""
    if not isinstance(entry.payload.get("prospect"), dict):
        return None
    event = entry.event
    plan = plan_of(app.rulebook, event)
    origins = {rule.file: origin(rule) for rule in app.rulebook.rules(entry.event.workspace)}
    targets = _touched(plan, journal, links)
    textless = _textless(plan_of(app.rulebook, without_text(event)))
    objects = tuple(_object(target, entry.steps, origins, facts, textless) for target in targets)
    return Planned(objects, textless)


def _textless(plan: Plan) -> Textless:
    """What the activity's fields hold where there is no text to hold."""
    task = plan.targets.get("Task")
    return (
        frozenset((f.field, value_text(f.value)) for f in task.fields)
        if task is not None
        else frozenset()
    )


def _touched(
    plan: Plan, journal: Sequence[JournalLine], links: Mapping[LinkKey, Link]
) -> list[Target]:
    """The objects that the event is about: its activity; else its company's Account and its person,
    as it became."""
    if "Task" in plan.targets:
        return [plan.targets["Task"]]
    link = links.get(plan.targets["Lead"].link)
    written = next((line.object for line in journal if line.object in PEOPLE), None)
    person = written or (link.object if link is not None else PERSON_OBJECTS[plan.mode])
    names = (
        ("Account", person)
        if person == "Contact" or "Account" in {line.object for line in journal}
        else (person,)
    )
    return [plan.targets[name] for name in names if name in plan.targets]


def _object(
    target: Target,
    steps: Sequence[Step],
    origins: Mapping[str, str],
    facts: OrgFacts | None,
    textless: Textless,
) -> PlannedObject:
    keys = tuple(
        " + ".join(label_of(facts, target.object, part.field) for part in key)
        for key in target.keys
    )
    notes = {
        step.field: step_about_field(step)
        for step in steps
        if step.object == target.object and step.field is not None
    }
    fields = tuple(_value(field, target.object, notes, origins, facts) for field in target.fields)
    if target.object == "Task":
        pairs = zip(target.fields, fields, strict=True)
        fields = tuple(
            told
            if (field.field, told.value) in textless
            else replace(told, value=WITH_TEXT, hidden=True)
            for field, told in pairs
        )
    return PlannedObject(target.object, keys, fields)


def _value(
    field: PlannedField,
    object_: str,
    notes: Mapping[str, str],
    origins: Mapping[str, str],
    facts: OrgFacts | None,
) -> PlannedValue:
    note = notes.get(field.field)
    return PlannedValue(
        label=label_of(facts, object_, field.field),
        value=value_text(field.value),
        policy=labels.small(labels.OVERWRITES[field.overwrite]),
        origin=labels.clipped(origins.get(field.origin, field.origin)),
        note=labels.clipped(note, 300) if note else None,
    )
