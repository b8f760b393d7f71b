"""Values of an event with which an expression gives something: along its paths are what it asks
for. Pure; what is found is likely to do so, and tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, product

from zsf_plugin.decision.expressions import Node, children_of, places_read_by, tree_of
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.event_building import LIST, with_result, with_truth
from zsf_plugin.rulebook.solving import (
    Assignment,
    can_vary,
    constants_in,
    neighbours,
    values_at,
)

#: For one expression, no more are made.
MAX_EXERCISES = 40
_SAMPLES: tuple[Json, ...] = ("Any text", [*LIST], 7, "71", [10, 9, 100], True, {"key": "Any text"})
_PROJECTIONS = ("projection", "value_projection", "filter_projection", "flatten")
_PATHS = frozenset(("field", "subexpression", "index_expression", "pipe", *_PROJECTIONS))


def exercises(text: str, event: JsonObject) -> list[Assignment]:
    """Changes of the event with which the expression gives different values; first, none."""
    tree = tree_of(text)
    if tree is None:
        return [{}]
    places = sorted(filter(can_vary, places_read_by(tree)))
    built = (values_at(document, places) for document in _built(tree, event))
    found = {repr(one): one for one in chain([{}], built)}
    return list(islice(found.values(), MAX_EXERCISES))


def _built(tree: Node, event: JsonObject) -> Iterator[Json]:
    for wanted in (True, False):
        yield with_truth(tree, event, wanted=wanted)
    paths = list(_paths(tree))
    samples = [*_SAMPLES, *chain.from_iterable(map(neighbours, constants_in(tree)))]
    yield from _with_each((tree,), event, _SAMPLES)
    yield from _with_each(paths, event, samples)


def _with_each(nodes: Iterable[Node], event: JsonObject, values: Iterable[Json]) -> Iterator[Json]:
    for value, node in product(values, nodes):
        yield with_result(node, event, value)


def _paths(node: Node) -> Iterator[Node]:
    """The longest paths of the expression that start at the event."""
    if node["type"] in _PATHS:
        yield node
    elif node["type"] != "expref":
        yield from chain.from_iterable(map(_paths, children_of(node)))
