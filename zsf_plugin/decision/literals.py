"""Literals of expressions: which values they give say nothing about the event, as a whole or in
part.

`constants_of` knows whole values without looking at the event: `company || 'Private'` may give
`Private`. `literal_part` tries one value: if it changes when the expression's literals change, it
is made of them in part, as `Unknown Lovelace` is of `concat(first || 'Unknown', ' ', last)`. Text
around a value of the event (`concat('id-', id)`) is no such part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Literal, NamedTuple, cast

from zsf_plugin.decision.expressions import (
    Node,
    SharedUnits,
    Visitor,
    evaluate,
    is_plain_path,
    is_truth,
    nodes_of,
    tree_of,
    visitor_of,
)
from zsf_plugin.model import Json, JsonObject, is_blank
from zsf_plugin.model.placeholders import is_placeholder


class Constants(NamedTuple):
    """Values that say nothing about an event: `values` are the literals of expressions, and what
    they give for an event that holds nothing; `fallbacks` those of the latter that fill a field
    whose value is missing, as a rule's `default` does. `in_parts`: a literal may also be a part of
    a value."""

    values: tuple[Json, ...]
    fallbacks: tuple[Json, ...]
    in_parts: bool = False


#: What a literal is to the value that contains it: it replaces what the event lacks, or a condition
#: chose it. Neither identifies anything; the first also replaces nothing that a person entered.
LiteralPart = Literal["fallback", "chosen"]
#: Where a literal stands: as a value, around others (`concat`), or after what may be missing.
_Place = Literal["value", "around", "fallback"]

#: Functions whose arguments only decide.
_ASKING = frozenset({"contains", "starts_with", "ends_with", "length", "type"})
#: Nodes that choose among the elements of a list or table.
_CHOOSING = (
    "pipe",
    "subexpression",
    "index_expression",
    "projection",
    "filter_projection",
    "value_projection",
)


@lru_cache(maxsize=1024)
def constants_of(sources: tuple[str, ...]) -> Constants:
    """The values that these expressions can give whatever the event holds."""
    texts: list[Json] = []
    bare: list[Json] = []
    in_parts = False
    for source in sources:
        if not is_plain_path(source):
            texts += _literals(source)
            bare.append(evaluate(source, {}))
            in_parts = in_parts or any(_varied_forms(source))
    known = [value for value in bare if value not in (None, "", [], {})]
    is_one_constant = len(sources) == 1 and bool(known) and not _reads_the_event(sources[0])
    fallbacks = () if is_one_constant else tuple(known)
    return Constants((*texts, *known), fallbacks, in_parts and not is_one_constant)


def literal_part(
    source: str, scope: JsonObject, value: Json, shared: SharedUnits | None = None
) -> LiteralPart | None:
    """What the expression's literals are to the value that it gives for that scope; None if it is
    all from the event. A value that costs too much to try counts as made of them: nothing is
    matched by it."""
    fallbacks, both = _varied_forms(source)
    if fallbacks is not None and evaluate(fallbacks, scope, shared=shared) != value:
        return "fallback"
    if both is not None and evaluate(both, scope, shared=shared) != value:
        return "chosen"
    return None


def _literals(text: str) -> list[Json]:
    """The literals in an expression."""
    return [cast(Json, node["value"]) for node in nodes_of(text) if node["type"] == "literal"]


def _reads_the_event(text: str) -> bool:
    return any(node["type"] in ("field", "current", "identity") for node in nodes_of(text))


@lru_cache(maxsize=1024)
def _varied_forms(source: str) -> tuple[Visitor | None, Visitor | None]:
    """The expression with other fallbacks, and with other literals of both kinds; None for one that
    has none to change."""
    tree = None if is_plain_path(source) else tree_of(source)
    if tree is None:
        return None, None
    fallbacks, both = _varied(tree, ("fallback",), "value"), _varied(tree, None, "value")
    return (
        visitor_of(fallbacks) if fallbacks != tree else None,
        visitor_of(both) if both != fallbacks else None,
    )


def _varied(node: Node, kinds: Sequence[LiteralPart] | None, place: _Place) -> Node:
    """The node with other literals of those kinds; None: of all."""
    if node["type"] == "literal":
        value = cast(Json, node["value"])
        kind = _kind(value, place)
        is_kept = kind is None or (kinds is not None and kind not in kinds)
        return node if is_kept else {**node, "value": _other(value)}
    children = cast(Sequence[object], node["children"])
    places = _places(node, place)
    varied = []
    for child, of_child in zip(children, places, strict=True):
        is_kept = of_child is None or not isinstance(child, dict)
        varied.append(child if is_kept else _varied(cast(Node, child), kinds, of_child or place))
    return {**node, "children": varied}


def _kind(value: Json, place: _Place) -> LiteralPart | None:
    """What a literal in that place is to a value."""
    if is_blank(value):
        return None
    if place == "around":
        is_word = isinstance(value, str) and any(map(str.isalnum, value))
        return "fallback" if is_word and is_placeholder("Company", str(value)) else None
    return "fallback" if place == "fallback" else "chosen"


def _places(node: Node, place: _Place) -> list[_Place | None]:
    """The place of each child; None for one that only decides."""
    children = cast(Sequence[object], node["children"])
    count, type_ = len(children), node["type"]
    whole: _Place = "value" if place == "around" else place
    if type_ in ("comparator", "not_expression"):
        return [None] * count
    if type_ == "or_expression":
        return [whole, "fallback"]
    if type_ == "and_expression":
        return [None, _chosen_by(cast(Node, children[0]))]
    if type_ == "function_expression":
        return _places_of_arguments(str(node["value"]), count, place)
    found: list[_Place | None] = []
    for child in children:
        is_table = isinstance(child, dict) and str(child["type"]).startswith("multi_select")
        found.append("fallback" if is_table and type_ in _CHOOSING else place)
    if type_ == "filter_projection":
        found[2] = None
    return found


def _chosen_by(condition: Node) -> _Place:
    """The place of what a condition chooses: a fallback, if it is true for an event that holds
    nothing."""
    return "fallback" if is_truth(evaluate(visitor_of(condition), {})) else "value"


def _places_of_arguments(name: str, count: int, place: _Place) -> list[_Place | None]:
    fallback: _Place = "fallback"
    if name in _ASKING:
        return [None] * count
    if name in ("concat", "join"):
        return ["fallback" if place == "fallback" else "around"] * count
    if name == "merge":
        return [fallback] * count
    if name == "not_null":
        return [place, *repeat(fallback, count - 1)]
    return [place] * count


def _other(value: Json) -> Json:
    """Another value of the same type."""
    if isinstance(value, str):
        return f"zq{value}zq"
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return [_other(item) for item in value]
    if isinstance(value, dict):
        return {key: _other(item) for key, item in value.items()}
    return value
