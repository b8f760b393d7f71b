"""One value for one field: taken as Salesforce takes it, or refused as it refuses
(salesforce-api.md §3.11, §4.2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.schema import Field

_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[A-Za-z0-9-]{2,}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_TEXTS = (
    "string",
    "textarea",
    "picklist",
    "multipicklist",
    "combobox",
    "email",
    "phone",
    "url",
    "encryptedstring",
)


def accepted(org: Org, field: Field, value: Json) -> Json:
    """The value as it is stored. Raises SalesforceError."""
    if value is None or value == "":
        return None
    if field.type in _TEXTS:
        return _text(field, value)
    if field.type in ("reference", "id"):
        return _reference(org, field, value)
    if field.type == "boolean":
        return _typed(field, value, isinstance(value, bool))
    if field.type in ("int", "double", "currency", "percent", "long"):
        return _number(field, value)
    return _moment(field, value)


def label(field: Field) -> str:
    """The field's label: its name in words where none was given."""
    return field.label or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field.name.removesuffix("Id"))


def _typed(field: Field, value: Json, fits: bool) -> Json:
    if not fits:
        raise bad(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            f"{label(field)}: value not of required type: {value}",
            field.name,
        )
    return value


def _text(field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        raise _cannot_read("string", value)
    text = value.strip() or None
    if text is None:
        return None
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > field.length:
        words = f"{label(field)}: data value too large: {text[:60]} (max length={field.length})"
        raise bad("STRING_TOO_LONG", words, field.name)
    if field.type == "email" and not _EMAIL.fullmatch(text):
        raise bad(
            "INVALID_EMAIL_ADDRESS", f"{label(field)}: invalid email address: {text}", field.name
        )
    chosen = text.split(";") if field.type == "multipicklist" else [text]
    if field.restricted and any(one not in field.picklist for one in chosen):
        words = f"{label(field)}: bad value for restricted picklist field: {text}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, field.name)
    return text


def _reference(org: Org, field: Field, value: Json) -> Json:
    whole = canonical(value)
    if whole is None:
        raise bad(
            "MALFORMED_ID", f"{label(field)} ID: id value of incorrect type: {value}", field.name
        )
    allowed = {org.objects[name].prefix for name in field.references if name in org.objects}
    if allowed and whole[:3] not in allowed:
        shown = "Name" if field.name == "WhoId" else label(field)
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"{shown} ID: id value of incorrect type: {value}",
            field.name,
        )
    if org.get(whole) is None:
        gone = org.get(whole, deleted=True) is not None
        raise (
            bad("ENTITY_IS_DELETED", "entity is deleted")
            if gone
            else bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.name)
        )
    return whole


def _number(field: Field, value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _cannot_read(field.type, value)
    if field.type == "int" and value != int(value):
        raise _cannot_read("int", value)
    if field.precision and abs(value) >= 10 ** (field.precision - field.scale):
        words = f"{label(field)}: value outside of valid range on numeric field: {value}"
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", words, field.name)
    return value


def _moment(field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        raise _cannot_read(field.type, value)
    try:
        if not _MOMENT.fullmatch(value):
            raise ValueError(value)
        if field.type == "date":
            return date.fromisoformat(value[:10]).isoformat()
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    except ValueError as error:
        raise _cannot_read(field.type, value) from error


def _cannot_read(kind: str, value: Json) -> SalesforceError:
    shown = "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER_INT"
    words = (
        f"Cannot deserialize instance of {kind} from {shown} value {value} or request "
        f"may be missing a required field"
    )
    return bad("JSON_PARSER_ERROR", f"{words} at [line:1, column:1]")
