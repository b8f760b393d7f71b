"""Texts that have several of the parts that expressions look for in one place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, permutations

from zsf_plugin.decision.expressions import Node, children_of, places_read_by
from zsf_plugin.model import Json

#: Of more parts, the others are only looked for alone.
MAX_PARTS = 6
#: Of more orders of all parts, the others are not tried.
MAX_ORDERS = 6
_SEARCHES = ("contains", "starts_with", "ends_with")
_Place = tuple[str, ...]


def parts_sought(node: Node) -> Iterator[tuple[_Place, str]]:
    """Each place in which the expression looks for a part of a text, and that part."""
    if node["type"] == "function_expression" and node["value"] in _SEARCHES:
        yield from _of_search(*children_of(node))
    for child in children_of(node):
        yield from parts_sought(child)


def _of_search(subject: Node, sought: Node) -> Iterator[tuple[_Place, str]]:
    part = sought.get("value")
    if sought["type"] == "literal" and isinstance(part, str):
        for place in places_read_by(subject):
            yield place, part


def combined(parts: Iterable[str]) -> Iterator[Json]:
    """Texts and lists with two of the parts, in either order, and with all in some orders."""
    known = list(dict.fromkeys(filter(None, parts)))[:MAX_PARTS]
    for pair in permutations(known, 2):
        yield from _of(pair)
    for several in islice(permutations(known), MAX_ORDERS) if len(known) > 2 else ():
        yield from _of(several)


def _of(parts: Sequence[str]) -> Iterator[Json]:
    yield " ".join(parts)
    yield [*parts]
