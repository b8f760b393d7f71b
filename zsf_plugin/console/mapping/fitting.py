"""What fits a Salesforce field: the kinds of values it takes, its type in words, and a sample
value. Pure.

`decision.fit` fits the values; this module predicts the result for a kind of value, and puts it
into words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from zsf_plugin.console import labels
from zsf_plugin.console.mapping.drafts import FIXED
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.decision.fit import fit
from zsf_plugin.messages.text import misfit_text, step_about_field
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    ObjectDescribe,
    PlannedField,
    Step,
    Target,
    is_external_id,
)

#: As in "Fits a web address" and "An address is not a number".
_KINDS: Mapping[Kind, tuple[str, str]] = {
    "text": ("a text", "A text"),
    "email": ("an e-mail address", "An e-mail address"),
    "phone": ("a phone number", "A phone number"),
    "url": ("a web address", "An address"),
    "number": ("a number", "A number"),
    "date": ("a date", "A date"),
    "yes_no": ("a yes or no", "A yes or no"),
}
#: The type's name, and as in "is not a number".
_TYPES: Mapping[str, tuple[str, str]] = {
    "string": ("Text", "a text"),
    "textarea": ("Long text", "a text"),
    "combobox": ("Text", "a text"),
    "encryptedstring": ("Encrypted text", "a text"),
    "email": ("Email", "an e-mail address"),
    "phone": ("Phone", "a phone number"),
    "url": ("URL", "a web address"),
    "int": ("Number", "a number"),
    "long": ("Number", "a number"),
    "double": ("Number", "a number"),
    "currency": ("Currency", "an amount of money"),
    "percent": ("Percent", "a percentage"),
    "date": ("Date", "a date"),
    "datetime": ("Date and time", "a date"),
    "boolean": ("Checkbox", "a yes or no"),
    "picklist": ("Picklist", "a picklist value"),
    "multipicklist": ("Multi-select picklist", "a picklist value"),
    "reference": ("Lookup", "a record ID"),
    "id": ("ID", "a record ID"),
}
_TEXTS = frozenset({"string", "textarea", "combobox", "encryptedstring"})
_PICKLISTS = frozenset({"picklist", "multipicklist"})
_NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})
#: Types that are shown with their size.
_SIZED = _TEXTS | _NUMBERS | {"email", "phone", "url"}
#: The types made for each kind: a picker lists them first.
_OWN: Mapping[Kind, frozenset[str]] = {
    "text": _TEXTS | _PICKLISTS,
    "email": frozenset({"email"}),
    "phone": frozenset({"phone"}),
    "url": frozenset({"url"}),
    "number": _NUMBERS,
    "date": frozenset({"date", "datetime"}),
    "yes_no": frozenset({"boolean"}),
}
#: Filled by the sync, never by a mapping: owner, account, record links.
_OURS = frozenset({"OwnerId", "AccountId"})
#: A text field of at least this length is never too short for a prospect's values.
_AMPLE_LENGTH = 255
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T.*")


@dataclass(frozen=True, slots=True)
class Sample:
    """The field's value for the sample prospect ("": none), and a note if it does not fit."""

    text: str = ""
    note: str = ""


def fits_words(kind: Kind | None) -> str:
    """The heading above fields that fit: "Fits a web address"."""
    return f"Fits {_KINDS[kind][0]}" if kind is not None else "Fits"


def is_ours(name: str) -> bool:
    """Whether the sync itself fills the field."""
    return name in _OURS or is_external_id(name)


def is_own_type(kind: Kind | None, field: FieldDescribe) -> bool:
    """Whether the field is made for that kind, rather than merely able to hold it."""
    return kind is not None and field.type in _OWN[kind]


def is_read_only(field: FieldDescribe) -> bool:
    """Whether the connected user can write the field neither on create nor on update."""
    return not field.createable and not field.updateable


def unfit(kind: Kind | None, field: FieldDescribe) -> str | None:
    """Why a field cannot take that kind of value; None if it can. An unknown kind fits all."""
    return _never_filled(field) or _mismatch(kind, field)


def _never_filled(field: FieldDescribe) -> str | None:
    """Why no mapping may fill the field; None if it may."""
    if is_ours(field.name):
        return "Filled by Zaplify"
    if is_read_only(field):
        return "Read-only in Salesforce"
    if field.type not in _TYPES or field.type == "id":
        return "Fields of this type can’t be filled"
    if field.type == "reference" and field.name != "RecordTypeId":
        return "Looks up another record"
    return None


def _mismatch(kind: Kind | None, field: FieldDescribe) -> str | None:
    if kind is None or _takes(kind, field):
        return None
    return f"{_KINDS[kind][1]} is not {_TYPES[field.type][1]}"


def _takes(kind: Kind, field: FieldDescribe) -> bool:
    """Whether the field can hold that kind of value, judging by its type."""
    if field.name == "RecordTypeId" or field.type in _TEXTS or field.type in _OWN[kind]:
        return True
    return field.type in _PICKLISTS and not field.restricted and kind != "yes_no"


def fit_note(kind: Kind | None, field: FieldDescribe) -> str:
    """What happens to values that do not fit a field that takes their kind; else "Fits"."""
    if field.type in _PICKLISTS and field.restricted:
        return "Fits; values not in the picklist are left out"
    if not field.updateable:
        return "Fits; filled on create only"
    return "Fits; longer values are shortened" if _may_be_too_long(kind, field) else "Fits"


def _may_be_too_long(kind: Kind | None, field: FieldDescribe) -> bool:
    """Whether the field is a text too short for some values of that kind."""
    return (
        kind not in ("number", "date", "yes_no")
        and field.type in _TEXTS
        and 0 < field.length < _AMPLE_LENGTH
    )


def picklist_choices(field: FieldDescribe) -> list[tuple[str, str]]:
    """The active values of the field's picklist: (source, label)."""
    return [(FIXED + value.value, value.label) for value in field.picklist if value.active]


def type_words(field: FieldDescribe) -> str:
    """`Text, 80`: the type's name, with its length or digits if it has any."""
    name, size = _type_name(field), _size(field)
    return f"{name}, {size}" if size else name


def _type_name(field: FieldDescribe) -> str:
    known = _TYPES.get(field.type)
    return known[0] if known is not None else field.type.capitalize()


def _size(field: FieldDescribe) -> int:
    """The type's length or digits, if it is shown with them; else 0."""
    return (field.length or _digits(field)) if field.type in _SIZED else 0


def _digits(field: FieldDescribe) -> int:
    return field.precision - field.scale if field.precision else field.digits


def sample(target: Target, describe: ObjectDescribe | None, name: str) -> Sample:
    """The sample of one field, from the plan for the sample prospect."""
    planned = _planned(target, name)
    if planned is None:
        return Sample()
    note = _note(planned, describe) if describe is not None else ""
    return Sample(format_value(planned.value), note)


def _planned(target: Target, name: str) -> PlannedField | None:
    """The planned value of the field; case does not matter."""
    return next((one for one in target.fields if one.field.lower() == name.lower()), None)


def format_value(value: Json) -> str:
    """A value in words; a timestamp as its day."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _day(value)
    return value_text(value)


def _note(planned: PlannedField, describe: ObjectDescribe) -> str:
    """How the value changes to fit the field; "" if it does not."""
    step = _step(planned, describe)
    if step is None:
        return ""
    if step.code != "left_out":
        return labels.capital(step_about_field(step))
    end = "held" if planned.misfit == "hold" else "left out"
    return f"{labels.capital(misfit_text(step.data))}: {end}"


def _step(planned: PlannedField, describe: ObjectDescribe) -> Step | None:
    """The step about fitting the value; None if it fits or the field is unknown."""
    field = describe.field(planned.field)
    if field is None:
        return None
    steps = fit(planned, field, describe).steps(describe.name, planned.field)
    return steps[0] if steps else None


def _day(text: str) -> str:
    try:
        return labels.day_of(_in_utc(datetime.fromisoformat(text)))
    except ValueError:
        return text


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at
