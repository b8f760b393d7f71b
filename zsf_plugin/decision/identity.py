"""What makes two calls of a host the same event: their values, in whatever form they came. Pure.

A host that sends an event again may hold it in other types: a decimal that was a float or, once it
went through JSON, a text; a time that was a text, or one of another zone. None of it is other
content.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from zsf_plugin.model import Json, JsonObject
from zsf_plugin.model.numbers_as_json import exact_number

#: Texts that are a number and nothing else: `0123` has a zero to keep, `1e5` may be a code.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.{0,22}", re.DOTALL)
_FIRST = frozenset("-0123456789")
#: In JSON: the beginning of a text that may be a number or a moment.
_MAY_HAVE_OTHER_FORMS = re.compile(r'"-?[0-9]')
#: In JSON: the beginning of a text that is a number or a moment; or a number with a point or an
#: exponent. Found in a text's middle, it costs a copy and changes nothing.
_HAS_OTHER_FORMS = re.compile(
    r'"-?[0-9][0-9.]*"|"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]|[0-9](?:\.0\b|e\+)'
)


def has_other_forms(text: str) -> bool:
    """Whether a document, as JSON, has anything that `same_in_every_form` might change."""
    # most have no such beginning of a text, which is found in a fifth of the time
    if _MAY_HAVE_OTHER_FORMS.search(text) or ".0" in text or "e+" in text:
        return _HAS_OTHER_FORMS.search(text) is not None
    return False


def same_in_every_form(document: JsonObject) -> JsonObject:
    """A copy of a call's plain JSON in which each number and each moment has one form only."""
    return {key: _same(value) for key, value in document.items()}


def _same(value: Json) -> Json:
    if isinstance(value, str):
        return _same_text(value) if value[:1] in _FIRST else value
    if isinstance(value, dict):
        return {key: _same(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_same(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _same_text(text: str) -> Json:
    if _NUMBER.fullmatch(text):
        return _same_number(Decimal(text))
    return _same_moment(text) if _MOMENT.fullmatch(text) else text


def _same_number(number: Decimal) -> Json:
    """The number as a whole one or a float; as text if no float equals it, as events have it."""
    exact = exact_number(number)
    return format(number, "f").rstrip("0") if exact is None else exact


def _same_moment(text: str) -> str:
    """The moment in UTC and in milliseconds, which is all that JSON encoders keep. Without an
    offset it is in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return moment.isoformat(timespec="milliseconds")
