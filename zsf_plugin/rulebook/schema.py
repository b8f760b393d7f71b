"""The shipped schemas, and checking documents by them, offline. A violation names the place and
what is expected; for a payload, never a value.

Each schema is read and compiled once. Valid payloads pass by `quick` and never load jsonschema.
`rules/` and `schemas/` are beside the package in a checkout, and inside it in a wheel or zip.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.forking import fork_guard
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.package_files import files_of
from zsf_plugin.rulebook.names import SCHEMA_NAME
from zsf_plugin.rulebook.quick import Check, Schema, is_instant, quick_check

__all__ = [
    "MAX_VIOLATIONS",
    "SCHEMA_NAME",
    "SchemaViolation",
    "first_violation",
    "rule_violations",
    "schema_document",
    "schema_violations",
    "shipped",
]

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from jsonschema import Draft202012Validator
    from referencing import Registry

_SUFFIX = ".schema.json"
#: A hint for an unknown key costs about 100 microseconds.
MAX_VIOLATIONS = 200


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One schema violation: the path of keys to it and a message; also as data if a payload can
    have it."""

    path: tuple[str | int, ...]
    message: str
    data: Mapping[str, Json] = field(default_factory=dict, compare=False)

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer; empty for the whole document."""
        return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in self.path)


def schema_violations(name: str, document: Json) -> list[SchemaViolation]:
    """The violations of the schema with that name (`rule`, `purchase`, …), sorted by path; of very
    many, the first that are found."""
    with fork_guard.inside():
        from zsf_plugin.rulebook.violations import violations_in

    errors = _validator(name).iter_errors(document)
    violations = chain.from_iterable(map(violations_in, errors))
    found = {SchemaViolation(*violation) for violation in islice(violations, MAX_VIOLATIONS)}
    return sorted(found, key=_by_place)


def rule_violations(document: JsonObject) -> list[SchemaViolation]:
    """The violations of a rule, as `schema_violations` gives them; jsonschema, which takes twenty
    times as long, sees only what is not valid."""
    is_valid = _quick("rule")
    return [] if is_valid(document) else schema_violations("rule", _without_valid(document))


def _without_valid(document: JsonObject) -> JsonObject:
    """The rule without the fields that are valid each by itself."""
    is_valid = _quick("rule")
    left = dict(document)
    for section in ("fields", "activity"):
        tables = document.get(section)
        if not isinstance(tables, dict):
            continue
        shown: dict[str, Json] = {}
        for name, table in tables.items():
            if isinstance(table, dict):
                entries = table.items()
                table = {k: v for k, v in entries if not is_valid({section: {name: {k: v}}})}
            shown[name] = table
        left[section] = shown
    return left


def _by_place(fault: SchemaViolation) -> tuple[list[str], str]:
    return [str(key) for key in fault.path], fault.message


def schema_document(name: str) -> Schema:
    """The schema with that name."""
    return _documents()[f"{name}{_SUFFIX}"]


def first_violation(name: str, document: Json) -> SchemaViolation | None:
    """A payload's first violation by path, or None if it is valid."""
    if _quick(name)(document):
        return None
    return next(iter(schema_violations(name, document)), None)


@lru_cache(maxsize=16)
def _quick(name: str) -> Check:
    schema = schema_document(name)
    parts = cast(Mapping[str, Schema], schema.get("$defs", {}))
    return quick_check(schema, {**_documents(), **{f"#/$defs/{key}": parts[key] for key in parts}})


@lru_cache(maxsize=16)
def _validator(name: str) -> Draft202012Validator:
    with fork_guard.inside():
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
    """Our own schemas only: jsonschema's default would fetch unknown references over the
    network."""
    with fork_guard.inside():
        from referencing import Registry

    return Registry().with_contents(_documents().items())


@lru_cache(maxsize=2)
def shipped(folder: str) -> Traversable:
    """The folder `rules` or `schemas`. Raises ConfigurationError if it is missing."""
    package = files_of("zsf_plugin")
    for place in (package / "_shipped", _checkout(package)):
        if place is not None and (place / folder).is_dir():
            return place / folder
    raise ConfigurationError((f"the shipped folder {folder}/ is missing: reinstall zsf-plugin",))


def _checkout(package: Traversable) -> Path | None:
    """The checkout that contains the package; None if it is installed, where the folder beside it
    could be anything."""
    if isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        return package.parent
    return None
