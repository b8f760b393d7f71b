"""Expressions that may not be rules, whatever the event holds: too long, too deep, or such that
each step multiplies what the one before gave. Pure; the interpreter bounds the rest.
"""

from __future__ import annotations

from math import prod

from zsf_plugin.decision.expressions import Node, children_of

#: Reading and running 4,000 characters costs about 2 ms; the longest shipped expression has 60.
MAX_LENGTH = 4_000
#: jmespath reads and runs recursively: each level costs two of Python's 1,000 frames.
MAX_DEPTH = 60
MAX_NODES = 1_000
#: How often one value of the event may stand in the result: `concat(@, @)` ten times over.
MAX_GROWTH = 1_000

#: Nodes whose later children are given what the first one gives.
_CHAINS = frozenset(
    (
        "pipe",
        "subexpression",
        "index_expression",
        "projection",
        "value_projection",
        "filter_projection",
    )
)


def bound_error(tree: Node) -> str:
    """Why a parsed expression may not be a rule; empty if it may."""
    nodes, depth = _size(tree)
    if nodes > MAX_NODES:
        return f"the expression has more than {MAX_NODES} parts; split it over several rules"
    if depth > MAX_DEPTH:
        return f"the expression is nested more than {MAX_DEPTH} levels deep"
    if growth_of(tree) > MAX_GROWTH:
        return (
            f"the expression can repeat a value more than {MAX_GROWTH} times, because each step "
            "multiplies what the one before gave; use fewer steps"
        )
    return ""


def _size(tree: Node) -> tuple[int, int]:
    """How many nodes the tree has, up to the limit, and how deep it is."""
    nodes, depth, level = 0, 0, [tree]
    while level and nodes <= MAX_NODES:
        nodes += len(level)
        depth += 1
        level = [child for node in level for child in children_of(node)]
    return nodes, depth


def growth_of(node: Node) -> int:
    """How often what the node is given can stand in its value, at most."""
    parts = [growth_of(child) for child in children_of(node)]
    type_, name = node["type"], node.get("value")
    if not parts or type_ == "comparator":
        return 1
    if type_ in _CHAINS or (type_ == "function_expression" and name == "map"):
        return prod(parts[:2] if type_ == "filter_projection" else parts)
    if type_ in ("or_expression", "and_expression"):
        return max(parts)
    return sum(parts)
