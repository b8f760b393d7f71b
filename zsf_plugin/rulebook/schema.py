"""Schemas: each validator built once, offline. A fault names the place and what was expected, never the value."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from zsf_plugin.model.json import Json
from zsf_plugin.rulebook.shipped import shipped

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from referencing import Registry

_SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach of a schema: the path of keys to it, and the breach in words."""

    path: tuple[str | int, ...]
    message: str

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer; empty for the whole document."""
        return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in self.path)


def faults(name: str, document: Json) -> list[Fault]:
    """All breaches of the schema of that name (`rule`, `purchase`, …), by their place."""
    errors = _validator(name).iter_errors(document)
    found = {fault for error in errors for fault in _of(error)}
    return sorted(found, key=lambda fault: [str(key) for key in fault.path])


def first_fault(name: str, document: Json) -> tuple[str, str] | None:
    """(pointer, reason) of the first breach by place, or None where the document is valid."""
    if _validator(name).is_valid(document):
        return None
    fault = faults(name, document)[0]
    return fault.pointer, fault.message


@lru_cache(maxsize=16)
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_documents()[f"{name}{_SUFFIX}"], registry=_registry())


@lru_cache(maxsize=1)
def _documents() -> dict[str, dict[str, object]]:
    entries = (entry for entry in shipped("schemas").iterdir() if entry.name.endswith(_SUFFIX))
    return {entry.name: json.loads(entry.read_text(encoding="utf-8")) for entry in entries}


@lru_cache(maxsize=1)
def _registry() -> Registry[Any]:
    """Only our own schemas: jsonschema's default would fetch an unknown reference over the network."""
    from referencing import Registry, Resource

    resources = ((name, Resource.from_contents(body)) for name, body in _documents().items())
    return Registry().with_resources(resources)


def _of(error: ValidationError) -> Iterator[Fault]:
    """One error as faults; inside an `anyOf` the branch that came closest speaks."""
    path = tuple(error.absolute_path)
    if error.context:
        from jsonschema.exceptions import best_match

        closest = best_match(_closest_branch(error))
        yield from _of(closest) if closest is not None else ()
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, path)
    elif error.validator == "required":
        yield Fault(path, error.message.replace("is a required property", "is required and missing"))
    else:
        yield Fault(path, _words(error))


def _closest_branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the branch whose type fits the value: what its writer meant."""
    branches: dict[object, list[ValidationError]] = {}
    for sub in error.context or []:
        branches.setdefault(sub.schema_path[0], []).append(sub)
    fitting = [subs for subs in branches.values() if not any(_is_wrong_kind(sub) for sub in subs)]
    return min(fitting or list(branches.values()), key=len)


def _is_wrong_kind(error: ValidationError) -> bool:
    return error.validator in ("type", "const") and len(error.path) == 0


def _unknown_keys(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[Fault]:
    known = sorted(cast(dict[str, object], cast(dict[str, object], error.schema).get("properties", {})))
    for key in sorted(set(cast(dict[str, object], error.instance)) - set(known)):
        close = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"
        yield Fault((*path, key), f"unknown key '{key}', {hint}")


def _words(error: ValidationError) -> str:
    """The breach without the value: a payload's values are nobody's business here."""
    expected = error.validator_value
    if error.validator == "type":
        kinds = expected if isinstance(expected, list) else [expected]
        return f"must be {' or '.join(str(kind) for kind in kinds)}, not {_kind(error.instance)}"
    if error.validator == "enum":
        options = [str(option) for option in cast(list[object], expected)]
        close = difflib.get_close_matches(str(error.instance), options, 1)
        return f"must be one of {', '.join(options)}" + (f"; did you mean '{close[0]}'?" if close else "")
    words = {
        "minLength": "must not be empty",
        "maxLength": f"must be at most {expected} characters long",
        "minItems": "must not be empty",
        "minProperties": "must not be empty",
        "pattern": f"must match {expected}",
        "const": f"must be {json.dumps(expected)}",
        "maximum": f"must be at most {expected}",
        "exclusiveMinimum": f"must be more than {expected}",
    }
    return words.get(str(error.validator), f"breaks '{error.validator}' ({expected})")


def _kind(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
