"""A field that Salesforce lacks: what a person asks for, what it takes, and making it.

It is made by the same parts as by `zsf provision`, with the same permission set, so that the
connected user sees it. What may be filled is `picker`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.mapping.picker import plain
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import FieldSpec, FieldType, JsonObject
from zsf_plugin.ports import HistoryLine
from zsf_plugin.provision import Applied, Line, Plan, click_path
from zsf_plugin.provision.reasons import FIELD_FIRST
from zsf_plugin.wiring.console import ConsoleApp

#: What people call each type, in the order in which they are offered.
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
#: (shortest, longest, usual) of the types that have a length; salesforce-api.md §8.
LENGTHS: Mapping[FieldType, tuple[int, int, int]] = {
    "Text": (1, 255, 255),
    "LongTextArea": (256, 131_072, 32_768),
    "Number": (1, 18, 18),
}
_MAX_LABEL_LENGTH = 40
_MAX_NAME_LENGTH = 40
_DESCRIPTION = "Filled by Zaplify."


@dataclass(frozen=True, slots=True)
class Wish:
    """A field as a person asks for it. `length` is for a Number its digits, `scale` of them after
    the point."""

    object: str
    label: str = ""
    type: FieldType = "Text"
    length: int | None = None
    scale: int = 0

    @property
    def api_name(self) -> str:
        """`LinkedIn_profile__c`, made from the label; "" where it has no letter that an API name
        may have."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", _ascii(self.label)).strip("_")
        words = re.sub(r"^[^A-Za-z]+", "", words)[:_MAX_NAME_LENGTH].strip("_")
        return f"{words}__c" if words else ""

    @property
    def spec(self) -> FieldSpec:
        """The wish as provisioning takes it."""
        sized = self.type in LENGTHS
        length = (self.length or LENGTHS[self.type][2]) if sized else 0
        scale = self.scale if self.type == "Number" else 0
        return FieldSpec(
            object=self.object,
            name=self.api_name,
            label=self.label,
            type=self.type,
            length=length,
            scale=scale,
            description=_DESCRIPTION,
        )

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, in words."""
        found = [self._label_fault(), self._length_fault()]
        if self.type == "Number" and not 0 <= self.scale < (self.length or LENGTHS["Number"][2]):
            found.append("Decimal places are fewer than the digits.")
        return tuple(fault for fault in found if fault)

    def _label_fault(self) -> str:
        if not self.label:
            return "Give the field a label: it is what people see in Salesforce."
        if len(self.label) > _MAX_LABEL_LENGTH:
            return (
                f"The label has {len(self.label)} characters; Salesforce takes {_MAX_LABEL_LENGTH}."
            )
        if not self.api_name:
            return "The label needs a letter from A to Z: the API name is made from it."
        return ""

    def _length_fault(self) -> str:
        if self.type not in LENGTHS or self.length is None:
            return ""
        shortest, longest, _ = LENGTHS[self.type]
        if shortest <= self.length <= longest:
            return ""
        return f"The length of {TYPES[self.type]} is {shortest} to {longest}."


def wish_of(form: Mapping[str, str], kind: Kind | None = None) -> Wish:
    """The wish in a form; what it does not say is what suits that kind of value."""
    return Wish(
        object=next((name for name in OBJECTS if name == form.get("object")), OBJECTS[0]),
        label=" ".join(form.get("label", "").split()),
        type=_type_named(form.get("type", "")) or (_FOR[kind] if kind else "Text"),
        length=_number(form.get("length", "")),
        scale=_number(form.get("scale", "")) or 0,
    )


def _type_named(text: str) -> FieldType | None:
    types: tuple[FieldType, ...] = get_args(FieldType)
    return next((one for one in types if one == text), None)


def plan_for(app: ConsoleApp, workspace: str, wish: Wish) -> Plan:
    """What would be made; looks, and writes nothing. Raises Unavailable, QuotaReached,
    ReconnectRequired."""
    return app.orgs.provisioner(workspace, wish.spec).look().plan


def create(app: ConsoleApp, visitor: Visitor, wish: Wish, now: float) -> Applied:
    """Make the field, show it to the connected user, and read the org's fields anew. Raises as
    `plan_for`."""
    provisioner = app.orgs.provisioner(visitor.workspace, wish.spec)
    applied = provisioner.apply(provisioner.look())
    if any(step.state == "made" and step.line.kind == "field" for step in applied.steps):
        line = HistoryLine(now, "field_created", visitor.name, _detail(wish))
        app.store.note(visitor.workspace, line)
    return applied


def lines_of(plan: Plan) -> list[tuple[Line, str]]:
    """The lines of a plan, each with its reason in words."""
    return [(line, provision_text(line.reason)) for line in plan.lines]


def blocked(plan: Plan) -> list[str]:
    """Why the field cannot be made here, the reasons that others follow from."""
    found: dict[str, None] = {}
    for line in plan.lines:
        if line.state == "cannot" and line.reason != FIELD_FIRST:
            found[f"{line.field}: {provision_text(line.reason)}"] = None
    return list(found)


def way_by_hand(plan: Plan, username: str) -> tuple[str, ...]:
    """The way through Salesforce's Setup; what follows it there is here a button."""
    lines = click_path(plan, username)
    return (*lines[:-1], "Then here: Refresh fields") if lines else ()


def _detail(wish: Wish) -> JsonObject:
    """The field as history names it."""
    return {
        "object": wish.object,
        "field": wish.api_name,
        "label": wish.label,
        "type": wish.type,
    }


def _ascii(label: str) -> str:
    """The label without accents, its capitals kept: an API name has plain letters only."""
    return "".join(plain(c).upper() if c.isupper() else plain(c) for c in label)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 7 else None
