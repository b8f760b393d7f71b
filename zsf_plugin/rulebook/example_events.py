"""Events that conditions of rules are true or false for, made from what the conditions compare.
Pure, and only such as a host may send: by the types of the payload schemas.

An event that is found is a proof; none may be found although one exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, product
from typing import cast

from zsf_plugin.decision.expressions import (
    Node,
    children_of,
    evaluate,
    is_true,
    is_truth,
    nodes_of,
    places_read_by,
    tree_of,
    visitor_of,
)
from zsf_plugin.decision.possible import ANYTHING, Possible, type_name
from zsf_plugin.model import Json, JsonObject

#: How many events are tried for one comparison or call.
MAX_TRIED = 300
#: What no condition names: a text that is long enough for most, and passes for an address.
_OTHER_VALUES: tuple[Json, ...] = (
    "another value@example.org",
    1_000_001,
    True,
    False,
    ["another value"],
)
#: Nodes that are as wanted if one of their children is, or all are.
_JOINING = frozenset(("and_expression", "or_expression"))


class ExampleEvents:
    """Finds events like a given one, of the kind that `possible` describes."""

    def __init__(self, given: JsonObject, possible: Possible) -> None:
        self._given = given
        self._possible = possible

    def for_condition(
        self, when: str, event: JsonObject | None = None, *, wanted: bool = True
    ) -> JsonObject | None:
        """An event that the condition is true for, or false, as little different as possible from
        `event`, by default the given one; None if none is found."""
        event = event or self._given
        if is_true(when, event) is wanted:
            return event
        tree = tree_of(when)
        if tree is None:
            return None
        self._literals = list(_literals(when))
        return self._changed(tree, event, wanted)

    def for_conditions(
        self, whens: Sequence[str], event: JsonObject, *, wanted: bool
    ) -> JsonObject:
        """The event, changed for each condition in turn as far as an event is found for it."""
        for when in whens:
            event = self.for_condition(when, event, wanted=wanted) or event
        return event

    def _changed(self, node: Node, event: JsonObject, wanted: bool) -> JsonObject | None:
        """The event with what the node needs, part by part; else as a whole."""
        if _is_so(node, event, wanted):
            return event
        for found in self._changed_parts(node, event, wanted):
            if _is_so(node, found, wanted):
                return found
        return self._tried(node, event, wanted)

    def _changed_parts(self, node: Node, event: JsonObject, wanted: bool) -> Iterator[JsonObject]:
        kind, parts = str(node["type"]), children_of(node)
        if kind == "not_expression":
            parts, wanted = parts[:1], not wanted
        elif kind not in _JOINING:
            return
        together = event
        for part in parts:
            found = self._changed(part, event, wanted)
            if found is not None:
                yield found
            together = self._changed(part, together, wanted) or together
        yield together

    def _tried(self, node: Node, event: JsonObject, wanted: bool) -> JsonObject | None:
        """The event with other values where the node reads."""
        places = sorted(place for place in places_read_by(node) if self._may_change(place))
        values = [[*self._values_for(place)] for place in places]
        visitor = visitor_of(node)
        for chosen in islice(product(*values), MAX_TRIED):
            tried = event
            for place, value in zip(places, chosen, strict=True):
                tried = _with_value(tried, place, value)
            if is_truth(evaluate(visitor, tried)) is wanted:
                return tried
        return None

    def _may_change(self, place: Sequence[str]) -> bool:
        """A touchpoint is there or not, and the workspace is what it is."""
        return len(place) > 1 and place[0] in self._given

    def _values_for(self, place: Sequence[str]) -> Iterator[Json]:
        types = self._types_of(place)
        for value in (*self._literals, None, *_OTHER_VALUES):
            if type_name(value) in types:
                yield value

    def _types_of(self, place: Sequence[str]) -> frozenset[str]:
        found = self._possible
        for name in place:
            found = found.keys.get(name, ANYTHING)
        return found.types


def _literals(when: str) -> Iterator[Json]:
    """What a condition compares with, and values like it."""
    nodes = nodes_of(when)
    values = [cast(Json, node["value"]) for node in nodes if node["type"] == "literal"]
    names = [str(node["value"]) for node in nodes if node["type"] == "field"]
    yield from chain.from_iterable(_like(value, names) for value in values)


def _like(value: Json, names: Sequence[str]) -> Iterator[Json]:
    yield value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from (value + 1, value - 1, "x" * min(max(int(value) + 1, 0), 200))
    elif isinstance(value, str):
        yield from (f"someone@{value}", f"https://{value}")
    yield [value]
    yield [dict.fromkeys(names, value)]


def _is_so(node: Node, event: JsonObject, wanted: bool) -> bool:
    return is_truth(evaluate(visitor_of(node), event)) is wanted


def _with_value(event: JsonObject, place: Sequence[str], value: Json) -> JsonObject:
    """A copy of the event with that value at that place; None stands for a key that is missing."""
    name, *below = place
    if below:
        inner = event.get(name)
        table = inner if isinstance(inner, dict) else {}
        return {**event, name: _with_value(table, below, value)}
    return {**event, name: value}
