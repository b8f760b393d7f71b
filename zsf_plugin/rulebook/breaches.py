"""A jsonschema error in our words: where, what is expected, did you mean. Never a payload's value.

Only names and values of rule files are quoted (an unknown key, a word beside a list of words);
payload schemas accept unknown keys and list no words, so nothing of a person gets into a message.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
Breach = tuple[Path, str]

_KINDS = {
    "object": "a table",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "null": "null",
}
_KINDS |= {"number": "a number", "boolean": "true or false"}
_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def breaches(error: ValidationError) -> Iterator[Breach]:
    """One error of jsonschema as breaches, each at its place."""
    path = tuple(error.absolute_path)
    if error.validator == "anyOf":
        yield from _branches(error, path)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, path)
    elif error.validator == "required":
        yield from _missing_keys(error, path)
    elif "propertyNames" in error.absolute_schema_path:
        yield (*path, str(error.instance)), _words(error)
    else:
        yield path, _words(error)


def _branches(error: ValidationError, path: Path) -> Iterator[Breach]:
    """Inside an `anyOf` the branch speaks whose kind of value was given; without one, all are
    named."""
    inner: dict[object, list[ValidationError]] = {}
    for each in error.context or []:
        inner.setdefault(each.relative_schema_path[0], []).append(each)
    meant = [
        errors
        for errors in inner.values()
        if not any(_is_of_wrong_kind(each, path) for each in errors)
    ]
    if all(each.validator == "required" for errors in inner.values() for each in errors):
        branches = cast(list[dict[str, list[str]]], error.validator_value)
        yield (
            path,
            f"needs one of {', '.join(name for branch in branches for name in branch['required'])}",
        )
    elif len(meant) == 1:
        for each in meant[0]:
            yield from breaches(each)
    else:
        titles = [
            str(cast(dict[str, object], errors[0].schema).get("title")) for errors in inner.values()
        ]
        yield (
            path,
            f"must be {', '.join(titles[:-1])} or {titles[-1]}, not {_given(error.instance)}",
        )


def _is_of_wrong_kind(error: ValidationError, path: Path) -> bool:
    return error.validator in ("type", "const") and tuple(error.absolute_path) == path


def _unknown_keys(error: ValidationError, path: Path) -> Iterator[Breach]:
    known = sorted(cast(dict[str, dict[str, object]], error.schema)["properties"])
    for key in sorted(set(cast(dict[str, object], error.instance)) - set(known)):
        close = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"
        yield (*path, key), f"unknown key '{key}'; {hint}"


def _missing_keys(error: ValidationError, path: Path) -> Iterator[Breach]:
    """Jsonschema reports each missing key apart; its message alone tells which."""
    for name in cast(list[str], error.validator_value):
        if error.message.startswith(repr(name)):
            yield (*path, name), "is required and missing"


def _words(error: ValidationError) -> str:
    expected = error.validator_value
    if error.validator == "type":
        kinds = cast(list[str], expected if isinstance(expected, list) else [expected])
        return (
            f"must be {' or '.join(_KINDS[kind] for kind in kinds)}, not {_given(error.instance)}"
        )
    if error.validator == "enum":
        return _one_of(error.instance, [str(word) for word in cast(list[object], expected)])
    if error.validator == "not":
        return str(cast(dict[str, object], expected).get("description"))
    if error.validator in ("pattern", "format"):
        return f"must be {cast(dict[str, object], error.schema)['title']}"
    return _PLAIN_WORDS[str(error.validator)].format(json.dumps(expected))


def _one_of(given: object, words: list[str]) -> str:
    close = difflib.get_close_matches(str(given), words, 1)
    return f"must be one of {', '.join(words)}" + (f"; did you mean '{close[0]}'?" if close else "")


def _given(value: object) -> str:
    return _KINDS[_TYPES.get(type(value), "null")]


_PLAIN_WORDS = {
    "minLength": "must not be empty",
    "minItems": "must not be empty",
    "maxLength": "must be at most {} characters long",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "const": "must be {}",
}
