"""JMESPath expressions of rules: checked when loaded, never raising when evaluated.

A plain path (`prospect.company.name`) is followed directly, which is faster than jmespath and gives
the same result. Our own functions are in `functions`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

from zsf_plugin.forking import fork_guard
from zsf_plugin.model import Json, JsonObject

if TYPE_CHECKING:
    from jmespath.exceptions import JMESPathError
    from jmespath.parser import ParsedResult

    from zsf_plugin.decision.interpreter import BoundedInterpreter

#: The names an expression can start from, even if an event has had them stripped.
ROOTS = ("prospect", "touchpoint", "user", "occurred_at", "event_id", "workspace")

_PLAIN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
#: The number of leading children of a node that see what the node sees; the others see the value of
#: the first child. All children of any other node see what the node sees.
_SEEING_CHILDREN = {
    "subexpression": 1,
    "pipe": 1,
    "index_expression": 1,
    "projection": 1,
    "value_projection": 1,
    "filter_projection": 1,
    "expref": 0,
}
#: What jmespath raises on unusual input besides its own errors: comparing text with a number, a
#: slice by 0, deep nesting; and its warning about an old text syntax, if the host turns warnings
#: into errors.
_ODD_INPUT = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    Warning,
)

#: As in events (`copying`): of a longer number, Python refuses to write the digits.
_MAX_BITS = 1024

#: A node of an expression's tree, as jmespath makes it.
Node = Mapping[str, object]


class TooCostly(RuntimeError):
    """An expression costs more for this event than any may (`interpreter`)."""


@dataclass(slots=True)
class SharedUnits:
    """What all conditions of an event, or all other expressions, may cost together (`interpreter`),
    beyond the first `FREE_UNITS` of each."""

    left: int = 100_000


#: Nearly all expressions cost less.
FREE_UNITS = 400


@dataclass(frozen=True, slots=True)
class Visitor:
    """An expression's tree, and its interpreter: a new one for each event, whose cost it counts."""

    tree: Node
    interpreter: Callable[[], BoundedInterpreter]


#: The names of a plain path, or the interpreter of any other expression; None: invalid. Rules are
#: checked when loaded, so the latter should never be needed.
_Compiled = tuple[str, ...] | Visitor | None


def expression_errors(text: str) -> tuple[str, ...]:
    """The errors of an expression, as texts; empty if it is valid. Never raises."""
    with fork_guard.inside():
        from zsf_plugin.decision import growth

    if len(text) > growth.MAX_LENGTH:
        return (f"the expression is longer than {growth.MAX_LENGTH} characters",)
    try:
        tree = _parsed(text).parsed
    except _ODD_INPUT as error:
        return (_syntax_fault(text, error),)
    if found := growth.bound_error(tree):
        return (found,)
    return tuple(dict.fromkeys([*_unknown_roots(tree), *_call_faults(tree)]))


def evaluate(
    expression: str | Visitor,
    scope: JsonObject,
    too_costly: list[str] | None = None,
    shared: SharedUnits | None = None,
) -> Json:
    """The value of an expression, or of its `visitor_of`, for an event's scope; null if it meets
    null or a wrong type, or costs too much, alone or with others; then its text is added to
    `too_costly`. Never raises."""
    compiled = _compiled(expression) if isinstance(expression, str) else expression
    if isinstance(compiled, tuple):
        value: Json = scope
        for name in compiled:
            value = value.get(name) if isinstance(value, dict) else None
        return value
    if compiled is None:
        return None
    interpreter = compiled.interpreter()
    if shared is not None:
        interpreter.units = min(interpreter.units, FREE_UNITS + shared.left)
    given = interpreter.units
    try:
        found: object = interpreter.visit(compiled.tree, scope)
        if found is None or isinstance(found, str):
            return found
        interpreter.spend_on((found,))
        return cast(Json, found) if _is_json(found) else None
    except _ODD_INPUT as error:
        if too_costly is not None and isinstance(error, TooCostly):
            too_costly.append(str(expression))
        return None
    finally:
        if shared is not None:
            shared.left -= min(max(given - interpreter.units - FREE_UNITS, 0), shared.left)


def is_true(
    text: str,
    scope: JsonObject,
    too_costly: list[str] | None = None,
    shared: SharedUnits | None = None,
) -> bool:
    """Whether a `when` is true in JMESPath's sense: null, false and anything empty are false, 0 is
    true. One that costs too much is false, and added to `too_costly`."""
    return is_truth(evaluate(text, scope, too_costly, shared))


def is_truth(value: Json) -> bool:
    """Whether JMESPath takes a value for true."""
    return not (value is None or value is False or value in ("", [], {}))


def places_read(text: str) -> frozenset[tuple[str, ...]]:
    """The places of an event that an expression reads, each as a path of names: at least the place,
    or one that contains it. None for an invalid expression."""
    tree = tree_of(text)
    return frozenset() if tree is None else places_read_by(tree)


def places_read_by(tree: Node) -> frozenset[tuple[str, ...]]:
    """The places of an event that an expression's tree reads, as `places_read`."""
    waiting = [tree]
    found: set[tuple[str, ...]] = set()
    while waiting:
        node = waiting.pop()
        names = _leading_names(node)
        if names is None:
            waiting += _seeing_the_event(node)
        else:
            found.add(names)
    return frozenset(found)


def _leading_names(node: Node) -> tuple[str, ...] | None:
    """The names that a path starts with, as many as are plain; None if the node is no path."""
    steps = children_of(node) if node["type"] == "subexpression" else [node]
    if steps[0]["type"] not in ("field", "current"):
        return None
    names: list[str] = []
    for step in steps:
        if step["type"] not in ("field", "current"):
            break
        if step["type"] == "field":
            names.append(str(step["value"]))
    return tuple(names)


def is_plain_path(text: str) -> bool:
    """Whether an expression is only a path of names."""
    return _PLAIN_PATH.fullmatch(text) is not None


def tree_of(text: str) -> Node | None:
    """The tree of an expression; None if it is invalid."""
    try:
        tree: Node = _parsed(text).parsed
    except _ODD_INPUT:
        return None
    return tree


def nodes_of(text: str) -> list[Node]:
    """All nodes of an expression; none if it is invalid."""
    tree = tree_of(text)
    return [] if tree is None else list(_walked(tree, children_of))


@lru_cache(maxsize=16_384)  # fewer than the rules of a workspace would compile each for each event
def _compiled(text: str) -> _Compiled:
    if _PLAIN_PATH.fullmatch(text):
        return tuple(text.split("."))
    tree = tree_of(text)
    return None if tree is None else visitor_of(tree)


def visitor_of(tree: Node) -> Visitor:
    """The interpreter of an expression's tree."""
    with fork_guard.inside():
        from zsf_plugin.decision.functions import jmespath_options
        from zsf_plugin.decision.interpreter import BoundedInterpreter, with_constants

    return Visitor(with_constants(tree), partial(BoundedInterpreter, jmespath_options()))


def _is_json(value: object) -> bool:
    """False for values that only jmespath can make: an expression as a value (`&x`),
    to_number('nan'), or a whole number of thousands of digits, which no event holds."""
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() <= _MAX_BITS
    return value is None or isinstance(value, str)


def _parsed(text: str) -> ParsedResult:
    with fork_guard.inside():
        from jmespath.parser import Parser

    return Parser().parse(text)


def _syntax_fault(text: str, error: Exception) -> str:
    from jmespath import exceptions

    with fork_guard.inside():
        from zsf_plugin.decision.syntax_hints import syntax_hint

    if not text.strip():
        return "the expression is empty"
    if isinstance(error, exceptions.JMESPathError):
        return f"not a JMESPath expression: {_describe_place(error)}{syntax_hint(text)}"
    why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return f"not a JMESPath expression: {why}"


def _describe_place(error: JMESPathError) -> str:
    from jmespath import exceptions

    if isinstance(error, exceptions.LexerError):
        return f"{error.message} (column {error.lexer_position + 1})"
    if isinstance(error, exceptions.ParseError):
        if not error.token_value:
            return "it ends too early"
        return f"unexpected {error.token_value!r} (column {error.lex_position + 1})"
    return str(error)


def _unknown_roots(tree: Node) -> Iterator[str]:
    """Names that no event has at the top level: `propsect.email` would always be null."""
    for node in _walked(tree, _seeing_the_event):
        if node["type"] == "field" and node["value"] not in ROOTS:
            name = str(node["value"])
            yield f"unknown name {name}; {_root_hint(name)}{_quoting_hint(name)}"


def _walked(tree: Node, below: Callable[[Node], list[Node]]) -> Iterator[Node]:
    """The nodes of the tree, parents first."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += below(node)


def _root_hint(name: str) -> str:
    with fork_guard.inside():
        from difflib import get_close_matches

    close = get_close_matches(name, ROOTS, 1)
    return f"did you mean {close[0]}?" if close else f"an event has {', '.join(ROOTS)}"


def _quoting_hint(name: str) -> str:
    """In JMESPath, "DE" is a name and 'DE' a text; mixing them up is the most common mistake."""
    if name.lower() in ("null", "true", "false", "none"):
        return f" (write `{'null' if name.lower() == 'none' else name.lower()}` with backticks)"
    if _PLAIN_PATH.fullmatch(name) and name.islower():
        return ""
    return f" (a text is written '{name}')"


def _seeing_the_event(node: Node) -> list[Node]:
    return children_of(node)[: _SEEING_CHILDREN.get(str(node["type"]))]


def _call_faults(tree: Node) -> Iterator[str]:
    """Unknown functions and wrong numbers of arguments; jmespath itself finds them only when
    run."""
    return filter(None, map(_call_fault, _walked(tree, children_of)))


def _call_fault(node: Node) -> str | None:
    if node["type"] != "function_expression":
        return None
    with fork_guard.inside():
        from zsf_plugin.decision.functions import call_error

    return call_error(str(node["value"]), len(children_of(node)))


def children_of(node: Node) -> list[Node]:
    """The child nodes; those of a slice are numbers."""
    return [child for child in cast(list[object], node["children"]) if isinstance(child, dict)]
