"""Values of an event for which a condition holds, or does not. Pure.

A condition is taken apart at `&&`, `||` and `!`; of what is left, the values that it is compared
with, and those beside them, are tried. What is found is certain; not everything is found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from typing import cast

from zsf_plugin.decision.expressions import (
    Node,
    children_of,
    evaluate,
    is_true,
    is_truth,
    places_read_by,
    tree_of,
    visitor_of,
)
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.combined_texts import combined, parts_sought
from zsf_plugin.rulebook.event_building import with_truth

#: A place of an event, as a path of names.
EventPlace = tuple[str, ...]
#: Values to put at places of an event.
Assignment = Mapping[EventPlace, Json]

#: How many solutions are found for a condition, and tried for a part of it.
MAX_SOLUTIONS = 4
MAX_TRIED = 300
#: Texts and lists are made at most this long.
MAX_SIZE = 60
#: More places than these are not solved for at once.
MAX_PLACES = 3

#: The end of a moment of which a rule names the beginning; and moments before and after all others.
_MOMENT = "2026-01-01T00:00:00Z"
MOMENTS = ("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
#: Of the places that are no tables, those that rules may read.
_TOP = (("workspace",), ("occurred_at",), ("event_id",))


def can_vary(place: EventPlace) -> bool:
    """Whether values can be put there: a part of an event as a whole can be none of them."""
    return len(place) > 1 or place in _TOP


def solutions(text: str, event: JsonObject, *, wanted: bool) -> list[Assignment]:
    """Changes of the event with which the condition is true, or false, at most `MAX_SOLUTIONS`."""
    tree = tree_of(text)
    if tree is None:
        return []
    found = chain(_solve(tree, event, wanted=wanted), _of_whole(tree, event, wanted=wanted))
    return list(islice(_meeting(text, event, found, wanted=wanted), MAX_SOLUTIONS))


def _of_whole(tree: Node, event: JsonObject, *, wanted: bool) -> Iterator[Assignment]:
    """Values for all parts at once: built along the paths, and texts with several parts."""
    places = sorted(filter(can_vary, places_read_by(tree)))
    yield values_at(with_truth(tree, event, wanted=wanted), places)
    sought = list(parts_sought(tree))
    for place in dict.fromkeys(place for place, _ in sought):
        for value in combined(part for other, part in sought if other == place):
            yield {place: value}


def _meeting(
    text: str, event: JsonObject, assignments: Iterable[Assignment], *, wanted: bool
) -> Iterator[Assignment]:
    """Those with which the condition is as wanted."""
    return (one for one in assignments if is_true(text, with_values(event, one)) is wanted)


def _solve(node: Node, event: JsonObject, *, wanted: bool) -> list[Assignment]:
    kind = node["type"]
    if kind == "not_expression":
        return _solve(children_of(node)[0], event, wanted=not wanted)
    if kind not in ("and_expression", "or_expression"):
        return list(islice(_solve_part(node, event, wanted=wanted), MAX_SOLUTIONS))
    left, right = (_solve(child, event, wanted=wanted) for child in children_of(node))
    needs_both = (kind == "and_expression") is wanted
    return _both(left, right) if needs_both else _either(left, right)


def _either(left: list[Assignment], right: list[Assignment]) -> list[Assignment]:
    return [*left, *right][: 2 * MAX_SOLUTIONS]


def _both(left: list[Assignment], right: list[Assignment]) -> list[Assignment]:
    both = ({**one, **other} for one, other in product(left, right))
    return list(islice(both, 4 * MAX_SOLUTIONS))


def _solve_part(node: Node, event: JsonObject, *, wanted: bool) -> Iterator[Assignment]:
    """Values at the places that the part reads, tried one after the other."""
    visitor = visitor_of(node)
    for assignment in _assignments(node):
        if is_truth(evaluate(visitor, with_values(event, assignment))) is wanted:
            yield assignment


def _assignments(node: Node) -> Iterator[Assignment]:
    """The event as it is first, then each value that is tried at each of the places."""
    yield {}
    places = [place for place in sorted(places_read_by(node)) if can_vary(place)]
    given = list(_tried(_each_once(constants_in(node))))
    for values in islice(product(given, repeat=min(len(places), MAX_PLACES)), MAX_TRIED):
        yield dict(zip(places, values, strict=False))


def _each_once(constants: Iterable[Json]) -> list[Json]:
    return [constant.value for constant in dict.fromkeys(map(_Constant, constants))]


class _Constant:
    """A constant, of which 1 and true are two."""

    def __init__(self, value: Json) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Constant) and repr(other.value) == repr(self.value)


def _tried(constants: Sequence[Json]) -> Iterator[Json]:
    for constant in constants:
        yield from neighbours(constant)
    yield from (None, "x", 1, True, ["x"], *MOMENTS)


def neighbours(constant: Json) -> Iterator[Json]:
    """The constant and what lies beside it: one more and less, another case, around it, as an
    element, as a host."""
    if isinstance(constant, list):
        for element in constant[:MAX_SIZE]:
            yield from neighbours(element)
        return
    yield constant
    if isinstance(constant, str):
        yield from _beside_text(constant)
    elif isinstance(constant, bool):
        yield not constant
    elif isinstance(constant, (int, float)):
        yield from _beside_number(constant)


def _beside_text(text: str) -> Iterator[Json]:
    yield from (text.lower(), text.upper(), f"{text}x", f"x{text}")
    yield from ([text], f"x@{text}", f"https://{text}")
    is_begun_moment = text[:4].isdigit() and len(text) < len(_MOMENT)
    if is_begun_moment:
        yield text + _MOMENT[len(text) :]


def _beside_number(number: float) -> Iterator[Json]:
    if not math.isfinite(number):
        return
    yield from (number + 1, number - 1, str(number), str(number + 1))
    yield from _of_size(int(number) + 1)


def _of_size(size: int) -> Iterator[Json]:
    """A text and a list of that size."""
    if 0 <= size <= MAX_SIZE:
        yield "x" * size
        yield ["x"] * size


def constants_in(node: Node) -> Iterator[Json]:
    """The literals of a part of an expression."""
    if node["type"] == "literal":
        yield cast(Json, node["value"])
    for child in children_of(node):
        yield from constants_in(child)


def without_keys(document: JsonObject, *names: str) -> JsonObject:
    """The document without those keys."""
    return {key: value for key, value in document.items() if key not in names}


def values_at(document: Json, places: Iterable[EventPlace]) -> Assignment:
    """What the document has at those places."""
    return {place: _value_at(document, place) for place in places}


def _value_at(document: Json, place: EventPlace) -> Json:
    for name in place:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def with_values(event: JsonObject, assignment: Assignment) -> JsonObject:
    """A copy of the event with those values; tables that are missing are made."""
    for place, value in assignment.items():
        event = cast(JsonObject, with_value(event, place, value))
    return event


def with_value(document: Json, place: EventPlace, value: Json) -> Json:
    """A copy of the document with that value at that place."""
    if not place:
        return value
    table = document if isinstance(document, dict) else {}
    return {**table, place[0]: with_value(table.get(place[0]), place[1:], value)}
