"""Fit a planned value to its field in the org, or leave it out.

Sources: salesforce-api.md "Values in JSON", §3.11 (types, lengths, picklists), §9 traps 37, 38, 47,
49.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from operator import attrgetter
from typing import Literal

from zsf_plugin.model import FieldDescribe, Json, ObjectDescribe, PlannedField, Step
from zsf_plugin.model.text import one_line, storable_text, utf16_length

_EMAIL = re.compile(
    r"[^\s@,;<>()\[\]\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_LINE_BREAKS = re.compile(r"[\r\n\t]")
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_BOOLEANS = {"true": True, "false": False}
_INT_LIMIT = 2**31
_MAX_FLOAT = sys.float_info.max

#: Why a value does not fit: because of the value, or of the field itself.
MisfitCode = Literal[
    "no_such_field",
    "field_gone",
    "not_writable",
    "unfillable",
    "too_long",
    "too_long_to_cut",
    "not_text",
    "not_one_line",
    "not_email",
    "not_in_picklist",
    "not_boolean",
    "not_whole_number",
    "not_number",
    "out_of_range",
    "not_id",
    "no_record_type",
    "not_date",
    "not_iso_date",
    "outside_calendar",
    "no_calendar_day",
    "refused",
]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value ready to be written; or None with the kind of `misfit`.

    `data` holds what the misfit's text needs besides the code (never the value itself); if the
    value was `shortened`, the lengths before and after.
    """

    value: Json = None
    misfit: MisfitCode | None = None
    data: Mapping[str, Json] = field(default_factory=dict)
    shortened: bool = False

    @property
    def misfit_data(self) -> Mapping[str, Json]:
        """The misfit as the data of a step or cause."""
        return {"misfit": self.misfit, **self.data}


def fit(
    planned: PlannedField, field: FieldDescribe, describe: ObjectDescribe, zone: tzinfo = UTC
) -> Fitted:
    """Fit one value to one field. `zone` is the owner's time zone, which decides the day of a date
    (trap 38)."""
    if field.name == "RecordTypeId":
        return _record_type(planned.value, describe)
    if field.type in ("date", "datetime"):
        return _moment(planned.value, field, zone)
    fitter = _FITTERS.get(field.type)
    if fitter is None:
        return Fitted(misfit="unfillable", data={"type": field.type})
    fitted = fitter(planned.value, field)
    if fitted.shortened and planned.too_long == "hold":
        return Fitted(misfit="too_long", data={"limit": field.length})
    return fitted


def is_same_value(field: FieldDescribe, held: Json, fitted: Json) -> bool:
    """Whether the org already holds that value, compared as the org stores it (trimmed, instants,
    numbers)."""
    if isinstance(held, str) and isinstance(fitted, str):
        return _is_same_text(field, held, fitted)
    if isinstance(held, bool):
        return held == fitted
    if isinstance(held, (int, float)) and isinstance(fitted, (int, float)):
        return math.isclose(held, fitted, rel_tol=1e-9)
    return held == fitted


def _is_same_text(field: FieldDescribe, held: str, fitted: str) -> bool:
    if field.type == "datetime":
        return _instant(held) == _instant(fitted)
    if field.type in ("reference", "id"):
        return held[:15] == fitted[:15]
    return _as_stored(held) == _as_stored(fitted)


def fitting_step(fitted: Fitted, object_: str, name: str) -> Step | None:
    """The step for a value that was changed or left out; None if it was written unchanged."""
    if fitted.misfit is not None:
        return Step("left_out", object_, name, fitted.misfit_data)
    if fitted.shortened:
        return Step("shortened", object_, name, fitted.data)
    return None


def _as_stored(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _as_text(value: Json) -> str | None:
    if isinstance(value, str):
        return storable_text(value).strip()
    return str(value).lower() if isinstance(value, (bool, int, float)) else None


def _text(value: Json, field: FieldDescribe) -> Fitted:
    text = _as_text(value)
    if not text:
        return Fitted(misfit="not_text")
    if field.type != "textarea":
        text = one_line(text)
    if not field.length or utf16_length(text) <= field.length:
        return Fitted(text)
    lengths = {"from": utf16_length(text), "to": field.length}
    return Fitted(_shortened(text, field.length), data=lengths, shortened=True)


def _shortened(text: str, length: int) -> str:
    """The text cut to `length` UTF-16 units, ending in an ellipsis, without splitting a
    character."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * (length - 1)]
    return encoded.decode("utf-16-le", "ignore").rstrip() + "…"


def _whole_text(value: Json, field: FieldDescribe) -> Fitted:
    """A text that must not be cut, such as an e-mail address, URL or phone number."""
    text = _as_text(value)
    if not text or _LINE_BREAKS.search(text):
        return Fitted(misfit="not_one_line")
    if field.length and utf16_length(text) > field.length:
        return Fitted(misfit="too_long_to_cut", data={"limit": field.length})
    if field.type == "email" and not _EMAIL.fullmatch(text):
        return Fitted(misfit="not_email")
    return Fitted(text)


def _picklist(value: Json, field: FieldDescribe) -> Fitted:
    """The active value with that API name, else the first whose name or label differs only by
    case."""
    text = _as_text(value)
    if not text:
        return Fitted(misfit="not_text")
    alike: dict[str, str] = {}
    for item in filter(attrgetter("active"), field.picklist):
        if item.value == text:
            return Fitted(text)
        for name in (item.value, item.label):
            alike.setdefault(name.casefold(), item.value)
    folded = text.casefold()
    if folded in alike:
        return Fitted(alike[folded])
    return Fitted(misfit="not_in_picklist") if field.restricted else _whole_text(text, field)


def _multipicklist(value: Json, field: FieldDescribe) -> Fitted:
    items: Sequence[Json] = value if isinstance(value, list) else str(value).split(";")
    values: list[str] = []
    for item in items:
        fitted = _picklist(item, field)
        if fitted.misfit is not None:
            return fitted
        values.append(str(fitted.value))
    return Fitted(";".join(values))


def _boolean(value: Json, _: FieldDescribe) -> Fitted:
    if isinstance(value, str):
        value = _BOOLEANS.get(value.strip().lower())
    return Fitted(value) if isinstance(value, bool) else Fitted(misfit="not_boolean")


def _number(value: Json) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value if abs(value) <= _MAX_FLOAT else None  # false for nan too
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value) if "." in value else int(value)
    return None


def _integer(value: Json, field: FieldDescribe) -> Fitted:
    number = _number(value)
    if number is None or number != int(number):
        return Fitted(misfit="not_whole_number")
    if abs(number) >= _INT_LIMIT or (field.digits and abs(number) >= 10**field.digits):
        return Fitted(misfit="out_of_range")
    return Fitted(int(number))


def _decimal(value: Json, field: FieldDescribe) -> Fitted:
    number = _number(value)
    if number is None:
        return Fitted(misfit="not_number")
    if field.precision and abs(number) >= 10.0 ** (field.precision - field.scale):
        return Fitted(misfit="out_of_range")
    return Fitted(number)


def _reference(value: Json, _: FieldDescribe) -> Fitted:
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        return Fitted(value.strip())
    return Fitted(misfit="not_id")


def _record_type(value: Json, describe: ObjectDescribe) -> Fitted:
    """Rules name a record type by its DeveloperName, because ids differ between an org and its
    sandboxes."""
    for kind in describe.record_types:
        if kind.available and value in (kind.developer_name, kind.id):
            return Fitted(kind.id)
    return Fitted(misfit="no_record_type")


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(value: Json, field: FieldDescribe, zone: tzinfo) -> Fitted:
    if not isinstance(value, str):
        return Fitted(misfit="not_date")
    text, is_day = value.strip(), field.type == "date"
    if is_day and _DAY.fullmatch(text):
        return _calendar_day(text)
    moment = _instant(text)
    if moment is None:
        return Fitted(misfit="not_iso_date")
    try:
        local = moment.astimezone(zone if is_day else UTC)
    except OverflowError:
        return Fitted(misfit="outside_calendar")
    return Fitted(local.date().isoformat() if is_day else local.strftime(_INSTANT_FORMAT))


def _calendar_day(text: str) -> Fitted:
    try:
        return Fitted(date.fromisoformat(text).isoformat())
    except ValueError:
        return Fitted(misfit="no_calendar_day")


_FITTERS: dict[str, Callable[[Json, FieldDescribe], Fitted]] = {
    "string": _text,
    "textarea": _text,
    "combobox": _text,
    "encryptedstring": _text,
    "phone": _whole_text,
    "url": _whole_text,
    "email": _whole_text,
    "picklist": _picklist,
    "multipicklist": _multipicklist,
    "boolean": _boolean,
    "int": _integer,
    "long": _integer,
    "double": _decimal,
    "currency": _decimal,
    "percent": _decimal,
    "reference": _reference,
}
