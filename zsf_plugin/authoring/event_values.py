"""What the parts of an event can hold, to find where rules differ: the constants that rules compare
with and what lies beside them, and the boundaries of the payloads' schemas. Pure but for the
schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import cast

from zsf_plugin.decision.expressions import places_read, tree_of
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import FieldRule, Json, JsonObject, Rule, Rules
from zsf_plugin.rulebook.combined_texts import combined, parts_sought
from zsf_plugin.rulebook.document_violations import expressions_in
from zsf_plugin.rulebook.schema import schema_document
from zsf_plugin.rulebook.solving import MOMENTS, EventPlace, can_vary, constants_in, neighbours

#: A text of this many characters is longer than most fields of Salesforce.
MAX_TEXT = 300
_PARTS = ("prospect", "user", "touchpoint")
_EMPLOYEES = ("prospect", "company", "employees")
#: What a complete event holds; where nothing is listed, the place's own name.
_FILLED: Mapping[EventPlace, Json] = {
    ("prospect", "id"): "p1",
    ("prospect", "first_name"): "Ada",
    ("prospect", "last_name"): "Falk",
    ("prospect", "email"): "ada.falk@acme.example",
    ("prospect", "phone"): "+46 40 123456",
    ("prospect", "title"): "Engineer",
    ("prospect", "linkedin_url"): "https://www.linkedin.com/in/ada-falk",
    ("prospect", "location", "country_code"): "SE",
    ("prospect", "location", "country"): "Sweden",
    ("prospect", "company", "name"): "Acme",
    ("prospect", "company", "domain"): "acme.example",
    ("prospect", "company", "website"): "https://acme.example",
    ("prospect", "company", "phone"): "+46 40 654321",
    _EMPLOYEES: 100,
    ("touchpoint", "channel"): "email",
    ("touchpoint", "sent_at"): "2026-11-20T10:00:00Z",
    ("touchpoint", "step"): 1,
    ("user", "email"): "seller@zaplify.example",
}
#: Where only a text can be that is not blank.
_NAMES: tuple[EventPlace, ...] = (
    ("prospect", "id"),
    ("touchpoint", "id"),
    ("workspace",),
    ("event_id",),
)


@dataclass(frozen=True, slots=True)
class EventValues:
    """The values to try at each place, those that rules name first; and the places that the given
    rules read."""

    by_place: Mapping[EventPlace, Sequence[Json]]
    read: frozenset[EventPlace]


@dataclass(slots=True)
class _Collected:
    """Values by place, each once."""

    values: dict[EventPlace, dict[str, Json]] = field(default_factory=dict)

    def add(self, place: EventPlace, values: Iterable[Json]) -> None:
        """Add them, if the place can hold anything."""
        known = self.values.setdefault(place, {})
        for value in values:
            known.setdefault(repr(value), value)

    def by_place(self) -> dict[EventPlace, tuple[Json, ...]]:
        """The values, in the order in which they were added."""
        return {place: tuple(values.values()) for place, values in self.values.items()}


def event_values(rules: Sequence[Rule]) -> EventValues:
    """What to try for rules that may differ."""
    collected = _Collected()
    for places, constants in _named(rules):
        for place in sorted(filter(_holds_values, places)):
            collected.add(place, chain.from_iterable(map(neighbours, constants)))
    read = sorted(collected.values)
    for place, parts in _sought(rules).items():
        if place in collected.values:
            collected.add(place, combined(parts))
    for place in (*leaves_of_schemas(), *read):
        collected.add(place, _boundaries(place))
    return EventValues(collected.by_place(), frozenset(read))


def _sought(rules: Sequence[Rule]) -> dict[EventPlace, list[str]]:
    """The parts of texts that the expressions of all rules look for, by place."""
    found: dict[EventPlace, list[str]] = {}
    for _, text in chain.from_iterable(expressions_in(rule.document) for rule in rules):
        tree = tree_of(text)
        for place, part in () if tree is None else parts_sought(tree):
            found.setdefault(place, []).append(part)
    return found


def _holds_values(place: EventPlace) -> bool:
    return can_vary(place) and place not in tables_of_schemas()


def _named(rules: Iterable[Rule]) -> Iterator[tuple[frozenset[EventPlace], list[Json]]]:
    """The places that each expression of the rules reads, and the constants beside them."""
    for rule in rules:
        merged = merge([rule])
        if rule.when is not None:
            yield places_read(rule.when), _constants(rule.when)
        yield _read_by(merged.owner), []
        for field_rule in _field_rules(merged):
            yield _read_by(field_rule.sources), _constants_of_field(field_rule)


def _field_rules(merged: Rules) -> Iterator[FieldRule]:
    for table in chain(merged.fields.values(), merged.activities.values()):
        yield from table.values()


def _read_by(sources: Sequence[str]) -> frozenset[EventPlace]:
    return frozenset(chain.from_iterable(map(places_read, sources)))


def _constants_of_field(rule: FieldRule) -> list[Json]:
    return [*chain.from_iterable(map(_constants, rule.sources)), *(rule.values or ())]


def _constants(text: str) -> list[Json]:
    tree = tree_of(text)
    return [] if tree is None else list(constants_in(tree))


def _boundaries(place: EventPlace) -> Iterator[Json]:
    """By what most rules differ: nothing, blank, two values, a long one, and zero."""
    if place == ("occurred_at",):
        yield from MOMENTS
        return
    yield filled(place)
    if place not in _NAMES:
        yield None
    yield from (0, 1, 250) if place == _EMPLOYEES else _texts(place)


def _texts(place: EventPlace) -> Iterator[str]:
    yield from ("", " ", f"Other {place[-1]}", "x" * MAX_TEXT)


def filled(place: EventPlace) -> Json:
    """What a complete event holds at that place."""
    return _FILLED.get(place, f"Any {place[-1]}")


@lru_cache(maxsize=1)
def leaves_of_schemas() -> tuple[EventPlace, ...]:
    """The places of an event that the schemas know, without tables."""
    return tuple(place for place, is_table in _places_of_schemas() if not is_table)


@lru_cache(maxsize=1)
def tables_of_schemas() -> frozenset[EventPlace]:
    """The places of an event where the schemas have a table."""
    return frozenset(place for place, is_table in _places_of_schemas() if is_table)


def _places_of_schemas() -> Iterator[tuple[EventPlace, bool]]:
    for part in _PARTS:
        yield from _places_below((part,), cast(JsonObject, schema_document(part)))


def _places_below(place: EventPlace, schema: JsonObject) -> Iterator[tuple[EventPlace, bool]]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        yield place, False
        return
    yield place, True
    for name, below in properties.items():
        yield from _places_below((*place, name), cast(JsonObject, below))
