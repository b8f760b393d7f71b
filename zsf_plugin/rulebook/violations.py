"""jsonschema errors in plain words: where, what is expected, did you mean. Never a value of a
payload.

Only keys and values of rule files are quoted. Payload schemas accept unknown keys and have no
enums, so no personal data gets into a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import TYPE_CHECKING, cast

from zsf_plugin.messages.faults import KINDS, fault_text
from zsf_plugin.model import Json
from zsf_plugin.rulebook.near_names import closest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
#: A violation: its path, its message, and, if a payload can have it, the same as data.
Violation = tuple[Path, str, dict[str, Json]]
_Schema = dict[str, dict[str, object]]

_NOT_BLANK = r"\S"
_MISSING: dict[str, Json] = {"fault": "missing"}
_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def violations_in(error: ValidationError) -> Iterable[Violation]:
    """The violations in one jsonschema error, each with its path."""
    read = _READERS.get(str(error.validator), _value_violation)
    return read(error, tuple(error.absolute_path))


def _value_violation(error: ValidationError, path: Path) -> Iterator[Violation]:
    """A violation by a value, or by a key under `propertyNames`."""
    if "propertyNames" in error.absolute_schema_path:
        path += (str(error.instance),)
    yield path, *_message_and_data(error)


def _any_of(error: ValidationError, path: Path) -> Iterable[Violation]:
    """The violations inside an `anyOf`: those of the branch for the given type; if there is none,
    one that lists the branches."""
    if all(each.validator == "required" for each in error.context):
        return [(path, f"needs one of {', '.join(_required_in_branches(error))}", {})]
    return _of_branches(error, _errors_by_branch(error), path)


def _of_branches(
    error: ValidationError, branches: list[list[ValidationError]], path: Path
) -> Iterable[Violation]:
    meant = [errors for errors in branches if not _is_of_wrong_kind(errors, path)]
    if len(meant) == 1:
        return chain.from_iterable(map(violations_in, meant[0]))
    kind = KINDS[_kind_of(error.instance)]
    return [(path, f"must be {_kinds_of(branches)}, not {kind}", {})]


def _kinds_of(branches: list[list[ValidationError]]) -> str:
    *titles, last = map(_title_of, branches)
    return f"{', '.join(titles)} or {last}"


def _title_of(branch: list[ValidationError]) -> str:
    return _value_of(branch[0].schema, "title")


def _errors_by_branch(error: ValidationError) -> list[list[ValidationError]]:
    """The errors of each branch, in order."""
    return [list(errors) for _, errors in groupby(error.context, _branch_of)]


def _branch_of(error: ValidationError) -> str | int:
    return error.relative_schema_path[0]


def _required_in_branches(error: ValidationError) -> Iterator[str]:
    for branch in cast(list[dict[str, list[str]]], error.validator_value):
        yield from branch["required"]


def _is_of_wrong_kind(errors: list[ValidationError], path: Path) -> bool:
    for error in errors:
        if error.validator in ("type", "const") and tuple(error.absolute_path) == path:
            return True
    return False


def _unknown_keys(error: ValidationError, path: Path) -> Iterator[Violation]:
    known = sorted(cast(_Schema, error.schema)["properties"])
    for key in sorted(cast(dict[str, object], error.instance).keys() - known):
        yield (*path, key), f"unknown key '{key}'; {_hint(key, known)}", {}


def _hint(key: str, known: list[str]) -> str:
    return _did_you_mean(key, known) or f"the keys here are {', '.join(known)}"


def _did_you_mean(given: str, known: Sequence[str]) -> str:
    """A hint with the nearest known word, whatever its case; empty if none is near."""
    meant = closest(given, known)
    return f"did you mean '{meant}'?" if meant else ""


def _missing_keys(error: ValidationError, path: Path) -> Iterator[Violation]:
    """The missing key; jsonschema reports each one separately and names it only in its message."""
    for name in cast(list[str], error.validator_value):
        if error.message.startswith(repr(name)):
            yield (*path, name), fault_text(_MISSING), _MISSING


_READERS: dict[str, Callable[[ValidationError, Path], Iterable[Violation]]] = {
    "anyOf": _any_of,
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
}


def _message_and_data(error: ValidationError) -> tuple[str, dict[str, Json]]:
    """The message, and the same as data; without data if only a rule can have this violation."""
    data = _fault_data(error)
    return fault_text(data) if data else _rule_message(error), data


def _fault_data(error: ValidationError) -> dict[str, Json]:
    return _FAULTS.get(str(error.validator), _no_data)(error)


def _no_data(_: ValidationError) -> dict[str, Json]:
    return {}


def _wrong_type(error: ValidationError) -> dict[str, Json]:
    expected = error.validator_value
    kinds = cast(list[Json], expected if isinstance(expected, list) else [expected])
    return {"fault": "wrong_type", "expected": kinds, "given": _kind_of(error.instance)}


def _empty(_: ValidationError) -> dict[str, Json]:
    return {"fault": "empty"}


def _too_long(error: ValidationError) -> dict[str, Json]:
    return {"fault": "too_long", "limit": cast(int, error.validator_value)}


def _blank(error: ValidationError) -> dict[str, Json]:
    return {"fault": "blank"} if error.validator_value == _NOT_BLANK else {}


def _format_fault(error: ValidationError) -> dict[str, Json]:
    """The violation of a `format` or `pattern`: a schema with a format is for a date and time, a
    pattern is for blank text."""
    is_moment = "format" in cast(dict[str, object], error.schema)
    return {"fault": "not_a_moment"} if is_moment else _blank(error)


#: By the keywords that a payload can violate.
_FAULTS: dict[str, Callable[[ValidationError], dict[str, Json]]] = {
    "type": _wrong_type,
    "minLength": _empty,
    "minItems": _empty,
    "maxLength": _too_long,
    "pattern": _format_fault,
    "format": _format_fault,
}


def _rule_message(error: ValidationError) -> str:
    """The message for a rule's value, by the keyword it violates."""
    return _RULE_MESSAGES.get(str(error.validator), _bound)(error)


def _bound(error: ValidationError) -> str:
    return _BOUNDS[str(error.validator)].format(json.dumps(error.validator_value))


def _one_of(error: ValidationError) -> str:
    words = list(map(str, cast(list[object], error.validator_value)))
    hint = _did_you_mean(str(error.instance), words)
    rule = f"must be one of {', '.join(words)}"
    return f"{rule}; {hint}" if hint else rule


def _described(error: ValidationError) -> str:
    return _value_of(error.validator_value, "description")


def _titled(error: ValidationError) -> str:
    return f"must be {_value_of(error.schema, 'title')}"


_RULE_MESSAGES: dict[str, Callable[[ValidationError], str]] = {
    "enum": _one_of,
    "not": _described,
    "pattern": _titled,
    "format": _titled,
}
_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "const": "must be {}",
}


def _value_of(schema: object, name: str) -> str:
    return str(cast(dict[str, object], schema).get(name))


def _kind_of(value: object) -> str:
    return _TYPES.get(type(value), "null")
