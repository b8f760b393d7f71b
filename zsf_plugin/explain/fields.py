"""The org's fields with the rules: which fields can be mapped, what fills them, and which mappings
have no field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.model import (
    FieldDescribe,
    FieldRule,
    JsonObject,
    Layer,
    ObjectDescribe,
    OrgFacts,
    Rule,
    Rules,
    table_in,
)

#: The objects whose fields a rule can fill, in the order of the sync.
OBJECTS = ("Lead", "Contact", "Account", "Task")


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One mapping of a field: the rule file, its layer, and its source in words. `some`: for some
    events only."""

    field: str
    file: str
    layer: Layer
    source: str
    some: bool = False


@dataclass(frozen=True, slots=True)
class MappedField:
    """One field of the org and its mappings, lowest layer first."""

    describe: FieldDescribe
    mapped: tuple[FieldMapping, ...]

    @property
    def writable(self) -> bool:
        """Whether the connected user can write it at all."""
        return self.describe.createable or self.describe.updateable


@dataclass(frozen=True, slots=True)
class ObjectFields:
    """One object: its fields by name, and the mappings whose field is missing or hidden."""

    describe: ObjectDescribe
    lines: tuple[MappedField, ...]
    lacking: tuple[FieldMapping, ...]

    @property
    def read_only(self) -> tuple[FieldMapping, ...]:
        """The mappings to fields that the user cannot write."""
        return tuple(one for line in self.lines if not line.writable for one in line.mapped)


def object_fields(
    facts: OrgFacts, object_: str, merged: Rules, rules: Sequence[Rule]
) -> ObjectFields | None:
    """The object's fields with their mappings; None if the object is hidden from the connected
    user."""
    describe = facts.describes.get(object_)
    if describe is None:
        return None
    mapped = _by_field(describe, _mappings(object_, merged, rules))
    lacking = mapped.pop(None, [])
    return ObjectFields(describe, _lines(describe, mapped), tuple(lacking))


def _by_field(
    describe: ObjectDescribe, mappings: Iterable[FieldMapping]
) -> dict[str | None, list[FieldMapping]]:
    """The mappings by the field's name in the org; under None those to fields that it lacks."""
    mapped: dict[str | None, list[FieldMapping]] = {}
    for mapping in mappings:
        field = describe.field(mapping.field)
        mapped.setdefault(field.name if field is not None else None, []).append(mapping)
    return mapped


def _lines(
    describe: ObjectDescribe, mapped: Mapping[str | None, Sequence[FieldMapping]]
) -> tuple[MappedField, ...]:
    """Every field of the object, by name, with what is mapped to it."""
    names = sorted(describe.fields, key=str.lower)
    return tuple(MappedField(describe.fields[name], tuple(mapped.get(name, ()))) for name in names)


def _mappings(object_: str, merged: Rules, rules: Sequence[Rule]) -> Iterator[FieldMapping]:
    """The mappings of every event, then those that rules with a `when` add for some."""
    layers = {rule.file: rule.layer for rule in rules}
    yield from _of_every_event(object_, merged, layers)
    for rule in rules:
        if rule.when is not None:
            yield from _of_some_events(object_, rule)


def _of_every_event(
    object_: str, merged: Rules, layers: Mapping[str, Layer]
) -> Iterator[FieldMapping]:
    for channel, fields in _tables(object_, merged):
        for field in fields.values():
            layer = layers.get(field.origin, "shipped")
            source = _where(channel, source_of(field))
            yield FieldMapping(field.field, field.origin, layer, source)


def _of_some_events(object_: str, rule: Rule) -> Iterator[FieldMapping]:
    """The mappings of a rule with a `when`."""
    for channel, table in _raw_tables(object_, rule):
        source = _where(channel, f"when {rule.when}")
        for name in table:
            yield FieldMapping(name, rule.file, rule.layer, source, some=True)


def _tables(object_: str, rules: Rules) -> Iterator[tuple[str | None, Mapping[str, FieldRule]]]:
    if object_ == "Task":
        yield from rules.activities.items()
    else:
        yield None, rules.fields.get(object_, {})


def _raw_tables(object_: str, rule: Rule) -> Iterator[tuple[str | None, Sequence[str]]]:
    """(channel or None, the fields it maps) of a rule's document."""
    if object_ == "Task":
        channels = table_in(rule.document, "activity")
        for channel in channels:
            yield channel, _mapped_names(channels, channel)
    else:
        yield None, _mapped_names(table_in(rule.document, "fields"), object_)


def _mapped_names(tables: JsonObject, name: str) -> list[str]:
    """The fields that a table maps; False unmaps a field."""
    return [field for field, entry in table_in(tables, name).items() if entry is not False]


def source_of(field: FieldRule) -> str:
    """The field's source, as the rule has it."""
    if field.value is not None:
        return f"the constant {field.value!r}"
    words = ", else ".join(field.sources)
    return f"{words}, else {field.default!r}" if field.default is not None else words


def _where(channel: str | None, words: str) -> str:
    return words if channel is None else f"{channel}: {words}"
