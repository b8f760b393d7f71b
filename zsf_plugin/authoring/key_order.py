"""The order of a rule's keys in its canonical layout: that of the schema, where the schema names
them. Keys that authors choose, such as fields and channels, stay in the author's order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.language import ANY, Names

_Schema: TypeAlias = Mapping[str, Json]
#: What the schema says of a table, and the places of its keys.
_Known: TypeAlias = tuple[list[_Schema], dict[str, int]]
_PART = "#/$defs/"


class KeyOrder:
    """The order of the keys of each table, by a schema of rules."""

    def __init__(self, schema: JsonObject) -> None:
        self._schema = schema
        self._known: dict[Names, _Known] = {}

    def rank(self, path: Names) -> int | None:
        """The place of a key among those of its table; None if the schema does not name it."""
        _, ranks = self._at(path[:-1])
        return ranks.get(path[-1])

    def _at(self, path: Names) -> _Known:
        if path not in self._known:
            schemas = self._below(path) if path else self._branches(self._schema)
            self._known[path] = schemas, _places_of_keys(schemas)
        return self._known[path]

    def _below(self, path: Names) -> list[_Schema]:
        found: list[_Schema] = []
        for schema in self._at(path[:-1])[0]:
            for below in _named_below(schema, path[-1]):
                found += self._branches(below)
        return found

    def _branches(self, schema: _Schema) -> list[_Schema]:
        """A schema, with those that it refers to and those that it lets choose from."""
        return [*self._each_branch(schema)]

    def _each_branch(self, schema: _Schema) -> Iterator[_Schema]:
        yield schema
        refers_to = schema.get("$ref")
        if isinstance(refers_to, str):
            yield from self._each_branch(self._definition(refers_to))
        for branch in cast(Sequence[_Schema], schema.get("anyOf", ())):
            yield from self._each_branch(branch)

    def _definition(self, reference: str) -> _Schema:
        return _table(_table(self._schema, "$defs"), reference.removeprefix(_PART))


def _places_of_keys(schemas: Iterable[_Schema]) -> dict[str, int]:
    names = [name for schema in schemas for name in _table(schema, "properties")]
    return {name: at for at, name in enumerate(dict.fromkeys(names))}


def _named_below(schema: _Schema, name: str) -> Iterator[_Schema]:
    """What the schema of a table or list says of one of its keys or items."""
    if name == ANY and "items" in schema:
        yield _table(schema, "items")
    named = _table(schema, "properties").get(name, schema.get("additionalProperties"))
    if isinstance(named, Mapping):
        yield named


def _table(schema: _Schema, name: str) -> _Schema:
    found = schema.get(name)
    return found if isinstance(found, Mapping) else {}
