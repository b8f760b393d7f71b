"""A field that Salesforce lacks, as a person asks for it: its label, type and length, and what is
wrong with them. Pure; making it is `new_field`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.mapping.picker import plain
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.model import FieldSpec, FieldType, JsonObject

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
    def full_length(self) -> int:
        """Its length, the usual one where none was chosen; 0 for a type that has none."""
        limits = LENGTHS.get(self.type)
        return (self.length or limits[2]) if limits is not None else 0

    @property
    def spec(self) -> FieldSpec:
        """The wish as provisioning takes it."""
        return FieldSpec(
            object=self.object,
            name=self.api_name,
            label=self.label,
            type=self.type,
            length=self.full_length,
            scale=self.scale if self.type == "Number" else 0,
            description=_DESCRIPTION,
        )

    def as_detail(self) -> JsonObject:
        """The field as history names it."""
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
            return "Give the field a label: it is what people see in Salesforce."
        if len(self.label) > _MAX_LABEL_LENGTH:
            return (
                f"The label has {len(self.label)} characters; Salesforce takes {_MAX_LABEL_LENGTH}."
            )
        if not self.api_name:
            return "The label needs a letter from A to Z: the API name is made from it."
        return ""

    def _length_fault(self) -> str:
        limits = LENGTHS.get(self.type)
        if limits is None or self.length is None:
            return ""
        shortest, longest, _ = limits
        if shortest <= self.length <= longest:
            return ""
        return f"The length of {TYPES[self.type]} is {shortest} to {longest}."

    def _scale_fault(self) -> str:
        if self.type != "Number" or 0 <= self.scale < self.full_length:
            return ""
        return "Decimal places are fewer than the digits."


def wish_of(form: Mapping[str, str], kind: Kind | None = None) -> Wish:
    """The wish in a form; what it does not say is what suits that kind of value."""
    suitable = _FOR[kind] if kind is not None else "Text"
    return Wish(
        object=_object_named(form.get("object", "")),
        label=" ".join(form.get("label", "").split()),
        type=_type_named(form.get("type", "")) or suitable,
        length=_number(form.get("length", "")),
        scale=_number(form.get("scale", "")) or 0,
    )


def _object_named(text: str) -> str:
    return text if text in OBJECTS else OBJECTS[0]


def _type_named(text: str) -> FieldType | None:
    return next((one for one in TYPES if one == text), None)


def _ascii(label: str) -> str:
    """The label without accents, its capitals kept: an API name has plain letters only."""
    return "".join(plain(c).upper() if c.isupper() else plain(c) for c in label)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 7 else None
