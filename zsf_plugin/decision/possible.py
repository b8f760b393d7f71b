"""What an expression can give for any event at all: the types that its value can have, and its
values where they are known. Pure, and sound: what an event can give is always among it.

So `prospect.company.employees > '100'` is known to be null: the number of employees is a number or
null, and JMESPath orders a number only beside a number. It says nothing about what an event
probably holds; `prospect.custom.x` can be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import cast

from zsf_plugin.decision.expressions import Node, children_of, evaluate, is_truth, visitor_of
from zsf_plugin.forking import fork_guard
from zsf_plugin.model import Json

Types = frozenset[str]

_EVERY = frozenset(("null", "boolean", "number", "string", "array", "object"))
_NULL = frozenset(("null",))
#: More known values than these are only known by their types.
MAX_VALUES = 16


@dataclass(frozen=True, slots=True)
class Possible:
    """What a value can be. No types at all: the expression fails, so that its whole is null.

    `values`: all that it can be, if that is known. `keys`: of an object, what is known of the
    values at its keys; others can be anything, and each can be missing. `is_lower`: a text has no
    capital letters. `is_whole`: a number is a whole one.
    `truth`: whether it is true, if the types do not show that.
    """

    types: Types
    values: tuple[Json, ...] | None = None
    keys: Mapping[str, Possible] = field(default_factory=dict)
    is_lower: bool = False
    is_whole: bool = False
    truth: bool | None = None

    def can_be_true(self) -> bool:
        """Whether some event can make it true in JMESPath's sense."""
        if self.truth is not None:
            return self.truth
        if self.values is not None:
            return any(map(is_truth, self.values))
        return not self.types <= _NULL

    def can_be_false(self) -> bool:
        """Whether some event can make it false in JMESPath's sense."""
        if self.truth is not None:
            return not self.truth
        if self.values is not None:
            return not all(map(is_truth, self.values))
        return not self.types <= {"number"}


ANYTHING = Possible(_EVERY)
_FAILS = Possible(frozenset(), ())


def of_values(*values: Json) -> Possible:
    """One of those values."""
    return Possible(frozenset(map(type_name, values)), values)


def type_name(value: Json) -> str:
    """A value's type, as JMESPath names it."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object"


_NOTHING = of_values(None)
_EITHER = of_values(True, False)


@dataclass(slots=True)
class Analysis:
    """What the nodes of an expression can give, parents last. `may_fail`: a call or comparison in
    it can meet what it does not take."""

    seen: list[tuple[Node, Possible]] = field(default_factory=list)
    may_fail: bool = False

    def of(self, node: Node, given: Possible) -> Possible:
        """What the node can give for what it is given."""
        read = _READERS.get(str(node["type"]))
        found = ANYTHING if read is None else read(self, node, given)
        self.seen.append((node, found))
        return found

    def each_of(self, node: Node, given: Possible) -> list[Possible]:
        """What each child can give for the same."""
        return [self.of(child, given) for child in children_of(node)]


def _literal(_: Analysis, node: Node, __: Possible) -> Possible:
    return of_values(cast(Json, node["value"]))


def _current(_: Analysis, __: Node, given: Possible) -> Possible:
    return given


def _field(_: Analysis, node: Node, given: Possible) -> Possible:
    name = str(node["value"])
    if given.values is not None:
        found = [value.get(name) if isinstance(value, dict) else None for value in given.values]
        return of_values(*found)
    if "object" not in given.types:
        return _NOTHING
    known = given.keys.get(name, ANYTHING)
    return replace(known, types=known.types | _NULL, values=None, truth=None)


def _chain(analysis: Analysis, node: Node, given: Possible) -> Possible:
    for child in children_of(node):
        given = analysis.of(child, given)
    return given


def _element(_: Analysis, __: Node, given: Possible) -> Possible:
    return ANYTHING if "array" in given.types else _NOTHING


def _slice(_: Analysis, __: Node, given: Possible) -> Possible:
    return Possible(frozenset(("array", "null"))) if "array" in given.types else _NOTHING


def _projection(analysis: Analysis, node: Node, given: Possible) -> Possible:
    """A list, or null if its base is none. Its elements may be anything."""
    base, *rest = children_of(node)
    of_base = analysis.of(base, given)
    wanted = "object" if node["type"] == "value_projection" else "array"
    if wanted not in of_base.types:
        return _NOTHING if of_base.types else _FAILS
    passed = [analysis.of(child, ANYTHING) for child in rest]
    if node["type"] == "filter_projection" and not passed[1].can_be_true():
        return of_values(None, [])
    return Possible(frozenset(("array", "null")))


def _selection(analysis: Analysis, node: Node, given: Possible) -> Possible:
    parts = analysis.each_of(node, given)
    if not all(part.types for part in parts) and given.types and "null" not in given.types:
        return _FAILS
    kind = "object" if node["type"] == "multi_select_dict" else "array"
    known = [part.values[0] for part in parts if part.values is not None and len(part.values) == 1]
    if kind == "array" and len(known) == len(parts) and given.types == {"object"}:
        return of_values(known)
    return Possible(frozenset((kind, "null")) if "null" in given.types else frozenset((kind,)))


def _or(analysis: Analysis, node: Node, given: Possible) -> Possible:
    left, right = analysis.each_of(node, given)
    if not left.can_be_false():
        return left
    return _either(_only(left, is_true=True), right)


def _and(analysis: Analysis, node: Node, given: Possible) -> Possible:
    left, right = analysis.each_of(node, given)
    if not left.can_be_true():
        return left
    return _either(_only(left, is_true=False), right)


def _not(analysis: Analysis, node: Node, given: Possible) -> Possible:
    (found,) = analysis.each_of(node, given)
    if not found.types:
        return _FAILS
    outcomes = (True,) if found.can_be_false() else ()
    return of_values(*outcomes, *((False,) if found.can_be_true() else ()))


def _only(found: Possible, *, is_true: bool) -> Possible:
    """The true values, or the false ones."""
    if found.values is not None:
        return of_values(*(value for value in found.values if is_truth(value) is is_true))
    types = found.types - (_NULL if is_true else {"number"})
    return replace(found, types=types, truth=is_true if types else None)


def _either(one: Possible, other: Possible) -> Possible:
    types = one.types | other.types
    values = None
    if one.values is not None and other.values is not None:
        values = (*one.values, *other.values)
        values = values if len(values) <= MAX_VALUES else None
    is_lower, is_whole = one.is_lower and other.is_lower, one.is_whole and other.is_whole
    can_be_true = one.can_be_true() or other.can_be_true()
    can_be_false = one.can_be_false() or other.can_be_false()
    truth = can_be_true if can_be_true is not can_be_false else None
    return Possible(types, values, is_lower=is_lower, is_whole=is_whole, truth=truth)


def _comparator(analysis: Analysis, node: Node, given: Possible) -> Possible:
    left, right = analysis.each_of(node, given)
    if not (left.types and right.types):
        return _FAILS
    if left.values is not None and right.values is not None:
        return _computed(analysis, node, left.values, right.values)
    operator = str(node["value"])
    if operator in ("eq", "ne"):
        return _EITHER if _can_be_equal(left, right) else of_values(operator == "ne")
    return _ordered(analysis, left, right)


def _computed(
    analysis: Analysis, node: Node, lefts: Sequence[Json], rights: Sequence[Json]
) -> Possible:
    """The outcomes for known values."""
    found: list[Json] = []
    for left in lefts:
        for right in rights:
            if {type_name(left), type_name(right)} == {"number", "string"}:
                analysis.may_fail = analysis.may_fail or node["value"] not in ("eq", "ne")
            children = [{"type": "literal", "children": [], "value": v} for v in (left, right)]
            found.append(evaluate(visitor_of({**node, "children": children}), {}))
    return of_values(*found[:MAX_VALUES]) if len(found) <= MAX_VALUES else ANYTHING


def _can_be_equal(left: Possible, right: Possible) -> bool:
    if not left.types & right.types:
        return False
    one, other = (left, right) if right.values is not None else (right, left)
    if other.values is None:
        return True
    return any(_can_be(one, value) for value in other.values)


def _can_be(found: Possible, value: Json) -> bool:
    """Whether that can be the value."""
    if type_name(value) not in found.types:
        return False
    if isinstance(value, str):
        return not found.is_lower or not has_capitals(value)
    is_fraction = isinstance(value, float) and not value.is_integer()
    return not (found.is_whole and is_fraction)


def has_capitals(text: str) -> bool:
    """Whether `lower` can never give this text, or one that contains it."""
    return any(letter.lower() != letter for letter in text)


def _ordered(analysis: Analysis, left: Possible, right: Possible) -> Possible:
    """The outcome of <, <=, > and >=: jmespath orders numbers, and texts, and fails for one beside
    the other; anything else is null."""
    ordered = {"number", "string"}
    ours, others = left.types & ordered, right.types & ordered
    if not ours or not others:
        return _NOTHING
    is_mixed = len(ours | others) > 1
    analysis.may_fail = analysis.may_fail or is_mixed
    is_null = not (left.types <= ordered and right.types <= ordered)
    if ours & others:
        return of_values(True, False, None) if is_null else _EITHER
    return _NOTHING if is_null else _FAILS


def _call(analysis: Analysis, node: Node, given: Possible) -> Possible:
    with fork_guard.inside():
        from zsf_plugin.decision.functions import parameter_types

    arguments = analysis.each_of(node, given)
    name = str(node["value"])
    taken = parameter_types(name, len(arguments))
    for argument, types in zip(arguments, taken, strict=True):
        if not argument.types:
            return _FAILS
        wanted = types or argument.types
        if not argument.types & wanted:
            analysis.may_fail = True
            return _FAILS
        analysis.may_fail = analysis.may_fail or not argument.types <= wanted
    if name in _MAY_FAIL:
        analysis.may_fail = True
    return _RESULTS.get(name, _of_anything)(arguments)


#: Functions that fail for some values of the right type, such as a list of mixed elements.
_MAY_FAIL = frozenset(
    ("avg", "join", "max", "min", "sort", "sort_by", "max_by", "min_by", "sum", "contains", "map")
)


def _of_anything(_: Sequence[Possible]) -> Possible:
    return ANYTHING


def _fixed(*types: str, is_lower: bool = False, is_whole: bool = False) -> _Result:
    found = Possible(frozenset(types), is_lower=is_lower, is_whole=is_whole)
    return lambda _: found


def _contains(arguments: Sequence[Possible]) -> Possible:
    subject, search = arguments
    if subject.types & {"string", "array"} == {"string"} and "string" not in search.types:
        return _FAILS
    if subject.types == {"array"} and subject.values is not None:
        return _EITHER if _can_be_listed(subject.values, search) else of_values(False)
    return _within(subject, search) if "array" not in subject.types else _EITHER


def _can_be_listed(lists: Sequence[Json], search: Possible) -> bool:
    """Whether what is sought can be an element of one of the lists; to Python, 1 is true."""
    taken = {"boolean", "number"} if search.types & {"boolean", "number"} else set()
    elements = [element for one in lists if isinstance(one, list) for element in one]
    return any(type_name(one) in taken or _can_be(search, one) for one in elements)


def _at_an_end(arguments: Sequence[Possible]) -> Possible:
    return _within(*arguments)


def _within(subject: Possible, search: Possible) -> Possible:
    """Whether a text can stand in another: none with capitals in one in lower case."""
    texts = search.values or ("",)
    is_never = subject.is_lower and all(isinstance(t, str) and has_capitals(t) for t in texts)
    return of_values(False) if is_never else _EITHER


def _type(arguments: Sequence[Possible]) -> Possible:
    types = arguments[0].types
    return of_values(*sorted(types - {"expref"}), *((None,) if "expref" in types else ()))


def _first_of(arguments: Sequence[Possible]) -> Possible:
    return reduce(_either, arguments)


_Result = Callable[[Sequence[Possible]], Possible]
_RESULTS: Mapping[str, _Result] = {
    "abs": _fixed("number"),
    "avg": _fixed("number", "null"),
    "ceil": _fixed("number", is_whole=True),
    "concat": _fixed("string", "null"),
    "contains": _contains,
    "domain": _fixed("string", "null"),
    "ends_with": _at_an_end,
    "floor": _fixed("number", is_whole=True),
    "html_text": _fixed("string", "null"),
    "join": _fixed("string"),
    "keys": _fixed("array"),
    "length": _fixed("number", is_whole=True),
    "lower": _fixed("string", "null", is_lower=True),
    "map": _fixed("array"),
    "max": _fixed("number", "string", "null"),
    "merge": _fixed("object"),
    "min": _fixed("number", "string", "null"),
    "not_null": _first_of,
    "reverse": _fixed("array", "string"),
    "sort": _fixed("array"),
    "sort_by": _fixed("array"),
    "starts_with": _at_an_end,
    "sum": _fixed("number"),
    "to_array": _fixed("array"),
    "to_number": _fixed("number", "null"),
    "to_string": _fixed("string"),
    "type": _type,
    "values": _fixed("array"),
}
_READERS: Mapping[str, Callable[[Analysis, Node, Possible], Possible]] = {
    "literal": _literal,
    "current": _current,
    "identity": _current,
    "field": _field,
    "subexpression": _chain,
    "pipe": _chain,
    "index_expression": _chain,
    "index": _element,
    "slice": _slice,
    "flatten": _projection,
    "projection": _projection,
    "value_projection": _projection,
    "filter_projection": _projection,
    "multi_select_list": _selection,
    "multi_select_dict": _selection,
    "key_val_pair": _chain,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "comparator": _comparator,
    "function_expression": _call,
    "expref": lambda _, __, ___: Possible(frozenset(("expref",))),
}
