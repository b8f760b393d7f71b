"""A yes-or-no check of payloads, made from their schemas: what a hook pays each time. Never says
what is wrong.

It knows the few keywords that payload schemas use, and refuses to be made from any other. Its
answers are those of jsonschema (a test holds it to that), which takes ten times as long and is
loaded only to put a fault into words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

Check = Callable[[object], bool]
Schema = Mapping[str, object]

_SILENT = frozenset(("$schema", "$id", "title", "description"))


def is_instant(value: object) -> bool:
    """The format `instant`: a text that is a date and time of the calendar. What is no text, is
    left to `type`."""
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def quick_check(schema: Schema, named: Mapping[str, Schema]) -> Check:
    """Whether a document is valid by `schema`; `named` holds the schemas it may refer to, by `$id`.

    Raises LookupError for a reference to, or a keyword of, something else.
    """
    checks = tuple(
        _check(word, wanted, named) for word, wanted in schema.items() if word not in _SILENT
    )
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _check(word: str, wanted: object, named: Mapping[str, Schema]) -> Check:
    if word == "$ref":
        return quick_check(named[str(wanted)], named)
    if word == "properties":
        return _properties(cast(Mapping[str, Schema], wanted), named)
    if word == "items":
        inner = quick_check(cast(Schema, wanted), named)
        return lambda value: not isinstance(value, list) or all(inner(item) for item in value)
    return _PLAIN[word](wanted)


def _properties(wanted: Mapping[str, Schema], named: Mapping[str, Schema]) -> Check:
    checks = [(name, quick_check(schema, named)) for name, schema in wanted.items()]

    def check(value: object) -> bool:
        return not isinstance(value, dict) or all(
            inner(value[name]) for name, inner in checks if name in value
        )

    return check


def _required(wanted: object) -> Check:
    names = cast(list[str], wanted)
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _type(wanted: object) -> Check:
    kinds = tuple(_KINDS[kind] for kind in (wanted if isinstance(wanted, list) else [wanted]))
    exact = frozenset(kind for kind in kinds if kind is not int)
    if int not in kinds:
        return lambda value: type(value) in exact
    return lambda value: type(value) in exact or _is_integer(value)


def _is_integer(value: object) -> bool:
    """To JSON Schema 2.0 is an integer, and true is none."""
    return type(value) is int or (isinstance(value, float) and value.is_integer())


def _min_length(wanted: object) -> Check:
    least = cast(int, wanted)
    return lambda value: not isinstance(value, str) or len(value) >= least


def _max_length(wanted: object) -> Check:
    most = cast(int, wanted)
    return lambda value: not isinstance(value, str) or len(value) <= most


def _pattern(wanted: object) -> Check:
    search = re.compile(str(wanted)).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _format(wanted: object) -> Check:
    return {"instant": is_instant}[str(wanted)]


_KINDS: dict[object, type] = {
    "string": str,
    "null": type(None),
    "object": dict,
    "array": list,
    "integer": int,
}
_PLAIN: dict[str, Callable[[object], Check]] = {
    "type": _type,
    "required": _required,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "format": _format,
}
