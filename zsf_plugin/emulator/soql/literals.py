"""Values as SOQL compares them: a literal's value for a field, and the form two values share.

No tree of the grammar is read here, no row looked at (salesforce-api.md §6).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.org.field_types import TYPES
from zsf_plugin.emulator.org.ids import canonical
from zsf_plugin.emulator.org.moments import parse_moment
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.soql.grammar import unquoted

_DAYS = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1, "LAST_90_DAYS": -90, "NEXT_90_DAYS": 90}
_DAYS_BY_NUMBER = {"LAST_N_DAYS": -1, "N_DAYS_AGO": -1, "NEXT_N_DAYS": 1}
_WILDCARDS = {"%": ".*", "_": "."}


def mistyped(field: Field, kind: str) -> str | None:
    """What is wrong with a literal, a token of this kind, for the field; None where it fits."""
    tokens = TYPES[field.type].tokens
    if kind == "NULL" or kind in tokens:
        return None
    quoted = "STRING" in tokens
    wanted = "string" if quoted else field.type
    wanted = "dateTime" if wanted == "datetime" else wanted
    should = "should" if quoted else "should not"
    words = f"value of filter criterion for field '{field.name}' must be of type {wanted}"
    return f"{words} and {should} be enclosed in quotes"


def literal_value(field: Field, kind: str, text: str) -> Json:
    """The value of a literal that fits the field. Raises INVALID_QUERY_FILTER_OPERATOR for an id
    that is none."""
    if kind == "NULL":
        return None
    if kind == "STRING":
        return _text(field, unquoted(text))
    if kind in ("TRUE", "FALSE"):
        return kind == "TRUE"
    if kind == "NUMBER":
        return float(text)
    return _relative(text) if kind == "RELATIVE" else text


def _text(field: Field, value: str) -> Json:
    if field.holds_id and value and canonical(value) is None:
        raise bad("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
    return value or None


def _relative(text: str) -> str:
    word, _, number = text.upper().partition(":")
    days = _DAYS.get(word)
    if days is None:
        sign = _DAYS_BY_NUMBER.get(word)
        if sign is None:
            raise bad("MALFORMED_QUERY", f"{word} is not part of this emulator")
        days = sign * int(number)
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def comparable(field: Field, value: Json) -> Json:
    """A value as comparisons see it: ids long, text folded unless the field says otherwise,
    instants in UTC."""
    if isinstance(value, str):
        return _comparable_text(field, value)
    if field.type == "boolean" and (value is None or isinstance(value, bool)):
        return bool(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, bool) else None


def _comparable_text(field: Field, text: str) -> str | None:
    if field.holds_id:
        return canonical(text)
    if field.type == "datetime":
        return _instant(text)
    return field.folded(text)


def _instant(text: str) -> str:
    return parse_moment(text).astimezone(UTC).isoformat()


def like_pattern(pattern: str, *, exact: bool) -> re.Pattern[str]:
    """LIKE's pattern as a regular expression: `%` any run, `_` one character, a backslash takes the
    next literally."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    text = "".join(_WILDCARDS.get(part, re.escape(part[-1])) for part in parts)
    return re.compile(text, re.DOTALL if exact else re.IGNORECASE | re.DOTALL)


def sort_key(value: Json) -> tuple[int, float, str]:
    """What ORDER BY sorts a value by: numbers before texts, texts folded."""
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, str(value).lower())
