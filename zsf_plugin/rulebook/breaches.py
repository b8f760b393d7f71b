"""A jsonschema error in our words: where, what is expected, did you mean. Never a payload's value.

Only names and values of rule files are quoted (an unknown key, a word beside a list of words);
payload schemas accept unknown keys and list no words, so nothing of a person gets into a message.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from zsf_plugin.messages.faults import KINDS, fault_text
from zsf_plugin.model import Json

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
#: Where, what is wrong in words, and of a fault that a payload can have, the same as data.
Breach = tuple[Path, str, dict[str, Json]]

_NOT_BLANK = r"\S"
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
        yield (*path, str(error.instance)), *_fault(error)
    else:
        yield path, *_fault(error)


def _branches(error: ValidationError, path: Path) -> Iterator[Breach]:
    """Inside an `anyOf` the branch speaks whose kind of value was given; without one, all are
    named."""
    branches = _errors_by_branch(error)
    meant = [errors for errors in branches if not _is_of_wrong_kind(errors, path)]
    if all(each.validator == "required" for each in error.context or []):
        yield path, f"needs one of {', '.join(_required_in_branches(error))}", {}
    elif len(meant) == 1:
        for each in meant[0]:
            yield from breaches(each)
    else:
        kind = KINDS[_kind_of(error.instance)]
        yield path, f"must be {_kinds_of(branches)}, not {kind}", {}


def _kinds_of(branches: list[list[ValidationError]]) -> str:
    *titles, last = [_value_of(errors[0].schema, "title") for errors in branches]
    return f"{', '.join(titles)} or {last}"


def _errors_by_branch(error: ValidationError) -> list[list[ValidationError]]:
    branches: dict[object, list[ValidationError]] = {}
    for each in error.context or []:
        branches.setdefault(each.relative_schema_path[0], []).append(each)
    return list(branches.values())


def _required_in_branches(error: ValidationError) -> Iterator[str]:
    for branch in cast(list[dict[str, list[str]]], error.validator_value):
        yield from branch["required"]


def _is_of_wrong_kind(errors: list[ValidationError], path: Path) -> bool:
    for error in errors:
        if error.validator in ("type", "const") and tuple(error.absolute_path) == path:
            return True
    return False


def _unknown_keys(error: ValidationError, path: Path) -> Iterator[Breach]:
    known = cast(dict[str, dict[str, object]], error.schema)["properties"].keys()
    given = cast(dict[str, object], error.instance).keys()
    for key in sorted(given - known):
        yield (*path, key), f"unknown key '{key}'; {_hint(key, sorted(known))}", {}


def _hint(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"


def _missing_keys(error: ValidationError, path: Path) -> Iterator[Breach]:
    """Jsonschema reports each missing key apart; its message alone tells which."""
    for name in cast(list[str], error.validator_value):
        if error.message.startswith(repr(name)):
            missing: dict[str, Json] = {"fault": "missing"}
            yield (*path, name), fault_text(missing), missing


def _fault(error: ValidationError) -> tuple[str, dict[str, Json]]:
    """(what is wrong in words, the same as data): no data where only a rule can have that fault."""
    data = _fault_data(error)
    return (fault_text(data), data) if data else (_words(error), {})


def _fault_data(error: ValidationError) -> dict[str, Json]:
    keyword, expected = error.validator, error.validator_value
    if keyword == "type":
        kinds = cast(list[Json], expected if isinstance(expected, list) else [expected])
        return {"fault": "wrong_type", "expected": kinds, "given": _kind_of(error.instance)}
    if keyword in ("minLength", "minItems"):
        return {"fault": "empty"}
    if keyword == "maxLength":
        return {"fault": "too_long", "limit": cast(int, expected)}
    return _format_fault(error) if keyword in ("pattern", "format") else {}


def _format_fault(error: ValidationError) -> dict[str, Json]:
    """The fault of a text's form: a moment is known by its schema, a blank by its pattern."""
    if "format" in cast(dict[str, object], error.schema):
        return {"fault": "not_a_moment"}
    return {"fault": "blank"} if error.validator_value == _NOT_BLANK else {}


def _words(error: ValidationError) -> str:
    """What a value of a rule must be, by the keyword that it breaks."""
    keyword, expected = error.validator, error.validator_value
    if keyword == "enum":
        return _one_of(error.instance, [str(word) for word in cast(list[object], expected)])
    if keyword == "not":
        return _value_of(expected, "description")
    if keyword in ("pattern", "format"):
        return f"must be {_value_of(error.schema, 'title')}"
    return _PLAIN_WORDS[str(keyword)].format(json.dumps(expected))


def _value_of(schema: object, name: str) -> str:
    return str(cast(dict[str, object], schema).get(name))


def _one_of(given: object, words: list[str]) -> str:
    close = difflib.get_close_matches(str(given), words, 1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"must be one of {', '.join(words)}{hint}"


def _kind_of(value: object) -> str:
    return _TYPES.get(type(value), "null")


_PLAIN_WORDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "const": "must be {}",
}
