"""The org's fields: reads them again and compares; and creates a missing field on request.

Creating uses the same code and permission set as `zsf provision`, so that the connected user sees
the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console.labels import plural
from zsf_plugin.console.mapping.drafts import OBJECTS, TASK
from zsf_plugin.console.mapping.picker import plain
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import ACTIVITY, FieldSpec, FieldType, JsonObject, OrgFacts
from zsf_plugin.ports import HistoryLine
from zsf_plugin.provision import ApplyResult, ProvisionItem, ProvisionPlan, click_path
from zsf_plugin.provision.reasons import FIELD_FIRST
from zsf_plugin.wiring.apps import ConsoleApp

#: (object, API name).
_Place: TypeAlias = "tuple[str, str]"

#: The name of each type, in the order of the page.
TYPES: Mapping[FieldType, str] = {
    "Text": "Text",
    "LongTextArea": "Long text",
    "Url": "URL",
    "Email": "Email",
    "Phone": "Phone",
    "Number": "Number",
    "Date": "Date",
    "DateTime": "Date and time",
    "Checkbox": "Checkbox",
}
_FOR: Mapping[Kind, FieldType] = {
    "text": "Text",
    "email": "Email",
    "phone": "Phone",
    "url": "Url",
    "number": "Number",
    "date": "Date",
    "yes_no": "Checkbox",
}
#: (minimum, maximum, default) of the types that have a length; salesforce-api.md §8.
LENGTHS: Mapping[FieldType, tuple[int, int, int]] = {
    "Text": (1, 255, 255),
    "LongTextArea": (256, 131_072, 32_768),
    "Number": (1, 18, 18),
}
_MAX_LABEL_LENGTH = 40
_MAX_NAME_LENGTH = 40
_DESCRIPTION = "Filled by Zaplify."


@dataclass(frozen=True, slots=True)
class NewField:
    """A field that was not there at the last reading, by its API name."""

    object: str
    name: str
    label: str

    @property
    def place(self) -> str:
        """`Lead.Region__c`"""
        return f"{self.object}.{self.name}"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The difference between two readings of the org's fields: the new ones, and the labels of
    those that are gone."""

    new: tuple[NewField, ...] = ()
    gone: tuple[str, ...] = ()
    gone_mapped: tuple[str, ...] = ()
    first: bool = False

    @property
    def title(self) -> str:
        """`3 new fields, 1 removed.`"""
        if self.first:
            return "The fields were read."
        if not self.new and not self.gone:
            return "No fields were added or removed."
        gone = f", {len(self.gone)} removed" if self.gone else ""
        return f"{self._how_many_new}{gone}."

    @property
    def _how_many_new(self) -> str:
        return plural(len(self.new), "new field", "new fields") if self.new else "No new fields"

    @property
    def text(self) -> str:
        """`Fax was mapped: choose another field.`"""
        names = ", ".join(self.gone_mapped)
        if len(self.gone_mapped) == 1:
            return f"{names} was mapped: choose another field."
        return f"{names} were mapped: choose other fields." if names else ""

    def as_detail(self) -> JsonObject:
        """The difference as the history stores it."""
        return {
            "new": [one.label for one in self.new],
            "gone": [*self.gone],
            "mapped": [*self.gone_mapped],
        }


def refresh_org_fields(app: ConsoleApp, visitor: Visitor, now: float) -> Refreshed:
    """Read the org's fields again.

    Raises Unavailable, QuotaReached, ReconnectRequired, StoreUnavailable.
    """
    workspace = visitor.workspace
    before = _known_facts(app, workspace)
    after = app.orgs.crm(workspace).facts(refresh=True)
    mapped = _mapped(app, workspace)
    refreshed = compared(before, after, mapped)
    line = HistoryLine(now, "fields_refreshed", visitor.name, refreshed.as_detail())
    app.store.add_history(workspace, line)
    return refreshed


def _known_facts(app: ConsoleApp, workspace: str) -> OrgFacts | None:
    """The org's facts as last read."""
    known = app.orgs.known_facts(workspace)
    return known.facts if known is not None else None


def compared(before: OrgFacts | None, after: OrgFacts, mapped: frozenset[_Place]) -> Refreshed:
    """The difference between two readings. `mapped` are (object, API name in lower case)."""
    if before is None:
        return Refreshed(first=True)
    was, now = _labels(before), _labels(after)
    gone, new = was.keys() - now.keys(), now.keys() - was.keys()
    lost = {place for place in gone if _in_lower_case(place) in mapped}
    added = tuple(NewField(*place, now[place]) for place in sorted(new))
    return Refreshed(added, _in_order(was, gone), _in_order(was, lost))


def _in_lower_case(place: _Place) -> _Place:
    return place[0], place[1].lower()


def _in_order(labels: Mapping[_Place, str], places: Set[_Place]) -> tuple[str, ...]:
    return tuple(labels[place] for place in sorted(places))


def _labels(facts: OrgFacts) -> dict[_Place, str]:
    """The label of every field of the page's objects."""
    objects = (*OBJECTS, TASK)
    known = [(name, facts.describes[name]) for name in objects if name in facts.describes]
    return {
        (object_, field.name): field.label
        for object_, describe in known
        for field in describe.fields.values()
    }


def _mapped(app: ConsoleApp, workspace: str) -> frozenset[_Place]:
    rules = merge_unconditional(app.rulebook.rules(workspace))
    activities = ((TASK, table) for table in rules.activities.values())
    return frozenset(
        (object_, rule.field.lower())
        for object_, table in (*rules.fields.items(), *activities)
        for rule in table.values()
    )


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """A field that a person requests. For a Number, `length` is its digits and `scale` those after
    the decimal point."""

    object: str
    label: str = ""
    type: FieldType = "Text"
    length: int | None = None
    scale: int = 0

    @property
    def api_name(self) -> str:
        """`LinkedIn_profile__c`, derived from the label; "" if the label has no usable letter."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", _ascii(self.label)).strip("_")
        words = re.sub(r"^[^A-Za-z]+", "", words)[:_MAX_NAME_LENGTH].strip("_")
        return f"{words}__c" if words else ""

    @property
    def full_length(self) -> int:
        """Its length or the default one; 0 for a type without length."""
        limits = LENGTHS.get(self.type)
        return (self.length or limits[2]) if limits is not None else 0

    @property
    def spec(self) -> FieldSpec:
        """The field for provisioning."""
        return FieldSpec(
            object=ACTIVITY if self.object == TASK else self.object,
            name=self.api_name,
            label=self.label,
            type=self.type,
            length=self.full_length,
            scale=self.scale if self.type == "Number" else 0,
            description=_DESCRIPTION,
        )

    def as_detail(self) -> JsonObject:
        """The field as the history stores it."""
        return {
            "object": self.object,
            "field": self.api_name,
            "label": self.label,
            "type": self.type,
        }

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, in words."""
        found = (self._label_fault(), self._length_fault(), self._scale_fault())
        return tuple(filter(None, found))

    def _label_fault(self) -> str:
        if not self.label:
            return "Enter a label. People see it in Salesforce."
        if len(self.label) > _MAX_LABEL_LENGTH:
            return f"The label has {len(self.label)} characters; the limit is {_MAX_LABEL_LENGTH}."
        if not self.api_name:
            return "The label needs a letter from A to Z for the API name."
        return ""

    def _length_fault(self) -> str:
        limits = LENGTHS.get(self.type)
        if limits is None or self.length is None:
            return ""
        minimum, maximum, _ = limits
        if minimum <= self.length <= maximum:
            return ""
        return f"Length for {TYPES[self.type]}: {minimum} to {maximum}."

    def _scale_fault(self) -> str:
        if self.type != "Number" or 0 <= self.scale < self.full_length:
            return ""
        return "There must be fewer decimal places than digits."


def field_request(form: Mapping[str, str], kind: Kind | None = None) -> FieldRequest:
    """The request in a form; the type defaults to one for that kind of value."""
    suitable = _FOR[kind] if kind is not None else "Text"
    return FieldRequest(
        object=_object_named(form.get("object", "")),
        label=" ".join(form.get("label", "").split()),
        type=_type_named(form.get("type", "")) or suitable,
        length=_number(form.get("length", "")),
        scale=_number(form.get("scale", "")) or 0,
    )


def _object_named(text: str) -> str:
    return text if text in (*OBJECTS, TASK) else OBJECTS[0]


def _type_named(text: str) -> FieldType | None:
    return next((one for one in TYPES if one == text), None)


def _ascii(label: str) -> str:
    """The label without accents: an API name has plain letters only."""
    return "".join(plain(c).upper() if c.isupper() else plain(c) for c in label)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 7 else None


def plan_for(app: ConsoleApp, workspace: str, field: FieldRequest) -> ProvisionPlan:
    """The plan for the field. Reads only. Raises Unavailable, QuotaReached,
    ReconnectRequired."""
    return app.orgs.provisioner(workspace, field.spec).inspect().plan


def create_org_field(
    app: ConsoleApp, visitor: Visitor, field: FieldRequest, now: float
) -> ApplyResult:
    """Create the field, make it visible to the connected user, and read the fields again. Raises
    as `plan_for`."""
    provisioner = app.orgs.provisioner(visitor.workspace, field.spec)
    applied = provisioner.apply(provisioner.inspect())
    if _is_made(applied):
        line = HistoryLine(now, "field_created", visitor.name, field.as_detail())
        app.store.add_history(visitor.workspace, line)
    return applied


def _is_made(applied: ApplyResult) -> bool:
    """Whether the field itself was created."""
    return any(step.state == "made" and step.line.kind == "field" for step in applied.steps)


def plan_rows(plan: ProvisionPlan) -> list[tuple[ProvisionItem, str]]:
    """The lines of a plan, each with its reason in words."""
    return [(line, provision_text(line.reason)) for line in plan.lines]


def blocked(plan: ProvisionPlan) -> list[str]:
    """Why the field cannot be created, each reason once."""
    reasons = (
        f"{line.field}: {provision_text(line.reason)}" for line in plan.lines if _is_own(line)
    )
    return list(dict.fromkeys(reasons))


def _is_own(line: ProvisionItem) -> bool:
    """Whether the line has a reason of its own why it cannot be created."""
    return line.state == "cannot" and line.reason != FIELD_FIRST


def manual_steps(plan: ProvisionPlan, username: str) -> tuple[str, ...]:
    """The click path in Setup; its last line leads back to this page instead of a command."""
    lines = click_path(plan, username)
    return (*lines[:-1], "Then return here and select Refresh fields") if lines else ()
