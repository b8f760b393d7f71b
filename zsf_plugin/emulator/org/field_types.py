"""Field types: how each stores values, what it refuses, and how the setup API and SOQL treat it.

A new type or storage rule is a function here and a row of `TYPES` (salesforce-api.md
§3.11, §4.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from zsf_plugin.emulator.documents import is_number
from zsf_plugin.emulator.errors import Json, SalesforceError, bad, bad_reference
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.org.values import canonical_id, format_datetime, parse_moment

#: Before the @: dots anywhere but at the beginning, 64 characters (§9 trap 58).
_LOCAL = re.compile(r"(?!\.)[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64}")
#: The same with letters of other scripts, which some orgs accept.
_INTERNATIONAL_LOCAL = re.compile(r"(?!\.)[\w!#$%&'*+\-/=?^`{|}~.]{1,64}")
#: After the @: labels of letters of any script, in punycode too; a top-level domain is needed.
_DOMAIN = re.compile(r"(?:[^\W_](?:[^\W_]|-)*\.)+[^\W_](?:[^\W_]|-)+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_LINE_BREAK = re.compile(r"\r\n?|\n")
_MAX_SHOWN_CHARACTERS = 60
_FIRST_DAY, _LAST_DAY = date(1700, 1, 1), date(4000, 12, 31)
#: The largest int and long, and the most digits of a number with decimals.
_MAX_INT, _MAX_LONG, MAX_DIGITS = 2**31 - 1, 2**63 - 1, 18
#: The types of numbers with decimals.
DECIMALS = ("double", "currency", "percent")
_OR_MISSING = "or request may be missing a required field at [line:1, column:1]"


def store(org: Org, field: Field, value: Json) -> Json:
    """The value as the field stores it; None if blank. Raises SalesforceError.

    A flag cannot be blank, and an empty text is no number and no date.
    """
    kind = TYPES[field.type]
    if value is None or (value == "" and "STRING" in kind.tokens):
        _check_blank(field)
        return None
    if field.type == "textarea" and org.conditions.crlf:
        value = _with_crlf(value)
    stored = kind.store(field, value)
    if kind.check is not None:
        kind.check(org, field, value)
    return stored


def _check_blank(field: Field) -> None:
    if field.type == "boolean":
        message = "value not of required type: "
        raise _refused(field, "INVALID_TYPE_ON_FIELD_IN_RECORD", message)
    if field.name == "OwnerId":
        message = "Owner ID: owner cannot be blank"
        raise bad("INVALID_CROSS_REFERENCE_KEY", message, field.name)


def _with_crlf(value: Json) -> Json:
    return _LINE_BREAK.sub("\r\n", value) if isinstance(value, str) else value


def label(field: Field) -> str:
    """The field's label; by default, its name split into words."""
    return field.label or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field.name.removesuffix("Id"))


def _store_text(field: Field, value: Json) -> str | None:
    text = _read_text("string", value).strip()
    if _utf16_length(text) > field.length:
        shown = text[:_MAX_SHOWN_CHARACTERS]
        message = f"data value too large: {shown} (max length={field.length})"
        raise _refused(field, "STRING_TOO_LONG", message)
    return text or None


def _utf16_length(text: str) -> int:
    """The length in UTF-16 code units, as Salesforce counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _store_email(field: Field, value: Json) -> Json:
    """Addresses are stored in lower case (§9 trap 57)."""
    text = _store_text(field, value)
    return text.lower() if text else None


def _check_email(org: Org, field: Field, value: Json) -> None:
    """Refuse what is not one address; some orgs accept letters of other scripts before the @."""
    text = str(value).strip()
    local, _, domain = text.rpartition("@")
    pattern = _INTERNATIONAL_LOCAL if org.conditions.international_email else _LOCAL
    if text and not (pattern.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise _refused(field, "INVALID_EMAIL_ADDRESS", f"invalid email address: {text}")


def _store_choice(field: Field, value: Json) -> Json:
    text = _store_text(field, value)
    if text is not None:
        _check_choices(field, [text])
    return text


def _store_choices(field: Field, value: Json) -> Json:
    """The parts that are not blank, each once, in the order of the field's list (§9 trap 57)."""
    text = _store_text(field, value)
    chosen = [part for part in (text or "").split(";") if part.strip()]
    _check_choices(field, chosen)
    listed = [one for one in field.picklist if one in chosen]
    return ";".join(dict.fromkeys([*listed, *chosen])) or None


def _check_choices(field: Field, chosen: list[str]) -> None:
    if not field.allows(chosen):
        message = f"bad value for restricted picklist field: {';'.join(chosen)}"
        raise _refused(field, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message)


def _store_reference(field: Field, value: Json) -> Json:
    record_id = canonical_id(value)
    if record_id is None:
        raise _wrong_id("MALFORMED_ID", field, label(field), value)
    return record_id


def _check_reference(org: Org, field: Field, value: Json) -> None:
    """Refuse the id of a missing record, or of an object that the field cannot reference."""
    record_id = canonical_id(value) or ""
    prefixes = [org.objects[name].prefix for name in field.references if name in org.objects]
    if prefixes and record_id[:3] not in prefixes:
        shown = "Name" if field.name == "WhoId" else label(field)
        raise _wrong_id("FIELD_INTEGRITY_EXCEPTION", field, shown, value)
    _check_exists(org, field, record_id)


def _check_exists(org: Org, field: Field, record_id: str) -> None:
    found = org.records.get(record_id, deleted=True)
    if found is None:
        raise bad_reference(field.name)
    if found[1]["IsDeleted"]:
        raise bad("ENTITY_IS_DELETED", "entity is deleted")


def _wrong_id(code: str, field: Field, shown: str, value: Json) -> SalesforceError:
    return bad(code, f"{shown} ID: id value of incorrect type: {value}", field.name)


def _store_boolean(field: Field, value: Json) -> Json:
    if not isinstance(value, bool):
        message = f"value not of required type: {value}"
        raise _refused(field, "INVALID_TYPE_ON_FIELD_IN_RECORD", message)
    return value


def _store_number(field: Field, value: Json) -> Json:
    """A number, rounded half up to the field's scale before its range is checked (§9 trap 57)."""
    number = _read_number(field, value)
    if not field.precision:
        return number
    if abs(number) >= field.limit or abs(_rounded(number, field.scale)) >= field.limit:
        raise _outside_range(field, value)
    return _rounded(number, field.scale)


def _read_number(field: Field, value: Json) -> int | float:
    if not is_number(value):
        raise _cannot_read(field.type, value)
    if not math.isfinite(value):
        raise _outside_range(field, value)
    return value


def _rounded(number: int | float, scale: int) -> int | float:
    if isinstance(number, int):
        return number
    return float(Decimal(str(number)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP))


def _outside_range(field: Field, value: Json) -> SalesforceError:
    message = f"value outside of valid range on numeric field: {value}"
    return _refused(field, "NUMBER_OUTSIDE_VALID_RANGE", message)


def _store_int(field: Field, value: Json) -> Json:
    return _store_whole(field, value, _MAX_INT)


def _store_long(field: Field, value: Json) -> Json:
    return _store_whole(field, value, _MAX_LONG)


def _store_whole(field: Field, value: Json, highest: int) -> Json:
    """A whole number; decimals are not rounded away but refused."""
    if isinstance(value, float) and not value.is_integer():
        raise _cannot_read(field.type, value)
    if abs(_read_number(field, value)) > highest:
        raise _outside_range(field, value)
    return _store_number(field, value)


def _store_date(field: Field, value: Json) -> Json:
    day = _read_moment(field, value)[:10]
    return _parse_utc(field, day, value).date().isoformat()


def _store_datetime(field: Field, value: Json) -> Json:
    return format_datetime(_parse_utc(field, _read_moment(field, value), value))


def _parse_utc(field: Field, text: str, value: Json) -> datetime:
    """Parse a date or dateTime taken from the value that was sent (§9 trap 59)."""
    try:
        moment = parse_moment(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _cannot_read(field.type, value) from error
    if not _FIRST_DAY <= moment.date() <= _LAST_DAY:
        message = f"value outside of valid range on date field: {value}"
        raise _refused(field, "NUMBER_OUTSIDE_VALID_RANGE", message)
    return moment


def _read_moment(field: Field, value: Json) -> str:
    text = _read_text(field.type, value)
    if not _MOMENT.fullmatch(text):
        raise _cannot_read(field.type, value)
    return text


def _read_text(kind: str, value: Json) -> str:
    if not isinstance(value, str):
        raise _cannot_read(kind, value)
    return value


def _refused(field: Field, code: str, message: str) -> SalesforceError:
    """An error about one field's value; the message names the field by its label."""
    return bad(code, f"{label(field)}: {message}", field.name)


def _cannot_read(kind: str, value: Json) -> SalesforceError:
    shown = "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER_INT"
    return bad(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {shown} value {value} {_OR_MISSING}",
    )


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field type and its storage rule.

    `check`: validates a value against the org's records. `metadata`: the type's name in the setup
    API (None: not available there). `tokens`: the kinds of SOQL literal it compares with.
    `default_length`: the length of a custom field whose spec names none.
    """

    store: Callable[[Field, Json], Json]
    check: Callable[[Org, Field, Json], None] | None = None
    metadata: str | None = None
    tokens: tuple[str, ...] = ("STRING",)
    default_length: int = 255


_number = partial(FieldType, tokens=("NUMBER",), default_length=0)

#: Every type by its name in describes.
TYPES: dict[str, FieldType] = {
    "string": FieldType(_store_text, metadata="Text"),
    "textarea": FieldType(_store_text, metadata="LongTextArea"),
    "encryptedstring": FieldType(_store_text),
    "phone": FieldType(_store_text, metadata="Phone"),
    "url": FieldType(_store_text, metadata="Url"),
    "email": FieldType(_store_email, _check_email, metadata="Email"),
    "combobox": FieldType(_store_choice),
    "picklist": FieldType(_store_choice, metadata="Picklist"),
    "multipicklist": FieldType(_store_choices, default_length=4099),
    "boolean": FieldType(
        _store_boolean, metadata="Checkbox", tokens=("TRUE", "FALSE"), default_length=0
    ),
    "int": _number(_store_int),
    "long": _number(_store_long, default_length=255),
    "double": _number(_store_number, metadata="Number"),
    "currency": _number(_store_number),
    "percent": _number(_store_number),
    "date": FieldType(_store_date, metadata="Date", tokens=("DATE", "RELATIVE"), default_length=0),
    "datetime": FieldType(
        _store_datetime, metadata="DateTime", tokens=("DATETIME", "RELATIVE"), default_length=0
    ),
    "address": FieldType(_store_text),
    "id": FieldType(_store_reference, _check_reference),
    "reference": FieldType(_store_reference, _check_reference),
}
