"""Create a missing field: what a person asks for, as a wish that provisioning plans and makes.

The wish is made by the same parts as `zsf provision`, with the same permission set, so that the
connected user sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.mapping.picker import plain
from zsf_plugin.console.telling.sources import Kind
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.model.metadata import FieldSpec, FieldType
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.provision import Applied, Plan, click_path
from zsf_plugin.provision.plan import FIELD_FIRST
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
_LONGEST_LABEL = 40
_LONGEST_NAME = 40
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
        words = re.sub(r"^[^A-Za-z]+", "", words)[:_LONGEST_NAME].strip("_")
        return f"{words}__c" if words else ""

    @property
    def spec(self) -> FieldSpec:
        """The wish as provisioning takes it."""
        sized = self.type in LENGTHS
        length = (self.length or LENGTHS[self.type][2]) if sized else 0
        scale = self.scale if self.type == "Number" else 0
        return FieldSpec(
            self.object,
            self.api_name,
            self.label,
            self.type,
            length,
            scale,
            description=_DESCRIPTION,
        )

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, in words."""
        found = []
        if not self.label:
            found.append("Give the field a label: it is what people see in Salesforce.")
        elif len(self.label) > _LONGEST_LABEL:
            found.append(
                f"The label has {len(self.label)} characters; Salesforce takes {_LONGEST_LABEL}."
            )
        elif not self.api_name:
            found.append("The label needs a letter from A to Z: the API name is made from it.")
        if self.type in LENGTHS and self.length is not None:
            shortest, longest, _ = LENGTHS[self.type]
            if not shortest <= self.length <= longest:
                found.append(f"The length of {TYPES[self.type]} is {shortest} to {longest}.")
        if self.type == "Number" and not 0 <= self.scale < (self.length or LENGTHS["Number"][2]):
            found.append("Decimal places are fewer than the digits.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be made for a wish. `way` is what to do by hand where something cannot be made
    here."""

    wish: Wish
    plan: Plan
    way: tuple[str, ...]

    @property
    def blocked(self) -> tuple[str, ...]:
        """Why the field cannot be made here, the reasons that others follow from."""
        found = (
            line
            for line in self.plan.lines
            if line.state == "cannot" and line.reason != FIELD_FIRST
        )
        return tuple(dict.fromkeys(f"{line.field}: {line.reason}" for line in found))

    @property
    def there(self) -> bool:
        """Whether nothing is to be made: the field is there, and seen."""
        return self.plan.complete


@dataclass(frozen=True, slots=True)
class Created:
    """What became of it. `visible` is False where Salesforce made it and does not show it yet."""

    planned: Planned
    complete: bool
    visible: bool


def wish_of(form: Mapping[str, str], kind: Kind | None = None) -> Wish:
    """The wish in a form; what it does not say is what suits that kind of value."""
    type_ = next(
        (one for one in get_args(FieldType) if one == form.get("type")),
        _FOR[kind] if kind else "Text",
    )
    object_ = next((name for name in OBJECTS if name == form.get("object")), OBJECTS[0])
    label = " ".join(form.get("label", "").split())
    return Wish(
        object_, label, type_, _number(form.get("length", "")), _number(form.get("scale", "")) or 0
    )


def plan_for(app: ConsoleApp, workspace: str, wish: Wish) -> Planned:
    """What would be made; looks, and writes nothing. Raises Unavailable, QuotaReached,
    ReconnectRequired."""
    looked = app.orgs.provisioner(workspace, wish.spec).look()
    return Planned(wish, looked.plan, _way(app, workspace, looked.plan))


def create(app: ConsoleApp, visitor: Visitor, wish: Wish, now: float) -> Created:
    """Make the field, show it to the connected user, and read the org's fields anew. Raises as
    `plan_for`."""
    provisioner = app.orgs.provisioner(visitor.workspace, wish.spec)
    done = provisioner.apply(provisioner.look())
    made = any(step.state == "made" and step.line.kind == "field" for step in done.steps)
    if made:
        detail = {
            "object": wish.object,
            "field": wish.api_name,
            "label": wish.label,
            "type": wish.type,
        }
        app.store.note(visitor.workspace, HistoryLine(now, "field_created", visitor.name, detail))
    planned = Planned(wish, done.plan, _way(app, visitor.workspace, done.plan))
    return Created(planned, done.complete, _is_visible(done))


def _is_visible(done: Applied) -> bool:
    return all(step.state != "not_visible" for step in done.steps)


def _way(app: ConsoleApp, workspace: str, plan: Plan) -> tuple[str, ...]:
    """The way through Salesforce's Setup; what follows it there is here a button."""
    lines = click_path(plan, app.orgs.connection(workspace).username)
    return (*lines[:-1], "Then here: Refresh fields") if lines else ()


def _ascii(label: str) -> str:
    """The label without accents, its capitals kept: an API name has plain letters only."""
    return "".join(plain(c).upper() if c.isupper() else plain(c) for c in label)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 7 else None
