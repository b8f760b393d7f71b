"""The shipped schemas, and documents checked by them offline. A fault names the place and what was
expected there; for a payload, no value.

Each schema is read and its validator built once. Valid payloads pass by `quick`, and never load
jsonschema. `rules/` and `schemas/` lie in a checkout beside the package, in a wheel or zip inside
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Json
from zsf_plugin.rulebook.quick import Check, Schema, is_instant, quick_check

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from referencing import Registry

_SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One breach of a schema: the path of keys to it, and the breach in words; as data, too, where
    a payload can have it."""

    path: tuple[str | int, ...]
    message: str
    data: Mapping[str, Json] = field(default_factory=dict, compare=False)

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer; empty for the whole document."""
        return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in self.path)


def schema_violations(name: str, document: Json) -> list[SchemaViolation]:
    """All breaches of the schema of that name (`rule`, `purchase`, …), by their place."""
    from zsf_plugin.rulebook.violations import violations_in

    errors = _validator(name).iter_errors(document)
    found = {SchemaViolation(*breach) for error in errors for breach in violations_in(error)}
    return sorted(found, key=_by_place)


def _by_place(fault: SchemaViolation) -> tuple[list[str], str]:
    return [str(key) for key in fault.path], fault.message


def first_violation(name: str, document: Json) -> SchemaViolation | None:
    """A payload's first breach by place, or None where it is valid."""
    if _quick(name)(document):
        return None
    return next(iter(schema_violations(name, document)), None)


@lru_cache(maxsize=16)
def _quick(name: str) -> Check:
    return quick_check(_documents()[f"{name}{_SUFFIX}"], _documents())


@lru_cache(maxsize=16)
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    formats.checks("instant")(is_instant)
    schema = _documents()[f"{name}{_SUFFIX}"]
    return Draft202012Validator(dict(schema), registry=_registry(), format_checker=formats)


@lru_cache(maxsize=1)
def _documents() -> dict[str, Schema]:
    entries = shipped("schemas").iterdir()
    return {entry.name: _document(entry) for entry in entries if entry.name.endswith(_SUFFIX)}


def _document(entry: Traversable) -> Schema:
    return cast(Schema, json.loads(entry.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _registry() -> Registry[Any]:
    """Only our own schemas: jsonschema's default would fetch an unknown reference over the
    network."""
    from referencing import Registry

    return Registry().with_contents(_documents().items())


@lru_cache(maxsize=2)
def shipped(folder: str) -> Traversable:
    """The folder `rules` or `schemas`. Raises ConfigurationError where the installation lacks
    it."""
    package = files("zsf_plugin")
    for place in (package / "_shipped", _checkout(package)):
        if place is not None and (place / folder).is_dir():
            return place / folder
    raise ConfigurationError((f"the shipped folder {folder}/ is missing: install zsf-plugin anew",))


def _checkout(package: Traversable) -> Path | None:
    """The checkout that the package lies in. Installed, the folder beside it may be anybody's."""
    if isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        return package.parent
    return None
