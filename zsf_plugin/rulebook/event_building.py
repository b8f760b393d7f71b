"""Documents for which an expression gives a wanted value, built along its own paths, indexes,
filters and calls. Pure. What is built is likely to give it, and never certain to: it is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from zsf_plugin.decision.expressions import Node, children_of, evaluate, is_truth, visitor_of
from zsf_plugin.decision.functions import parameter_types
from zsf_plugin.decision.possible import type_name
from zsf_plugin.model import Json, JsonObject

#: A list whose elements differ, and are in another order than sorted or turned round.
LIST: tuple[Json, ...] = ("m second", "Z third", "a first")
#: A list is made of at least that many elements, and at most that many come before a wanted one.
MIN_ELEMENTS = 3
MAX_ELEMENTS = 60
_NUMBERS = (10, 100, 9)
_TEXT = "Any text"
_FILLING: Mapping[str, Json] = {
    "array": list(LIST),
    "string": _TEXT,
    "number": 7,
    "object": {"key": _TEXT},
    "boolean": True,
}
_OPERATORS_TURNED = {"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}

_Build = Callable[[Node, Json, Json], Json]


def with_result(node: Node, document: Json, value: Json) -> Json:
    """A copy of the document for which the node gives the value, or something like it."""
    build = _BUILDS.get(str(node["type"]))
    return document if build is None else build(node, document, value)


def with_truth(node: Node, document: Json, *, wanted: bool) -> Json:
    """A copy of the document for which the node is true, or is not."""
    is_condition = node["type"] in _CONDITIONS or node.get("value") in _SEARCHES
    return with_result(node, document, wanted if is_condition or wanted else None)


def _value_of(node: Node, document: Json) -> Json:
    return evaluate(visitor_of(node), cast(JsonObject, document))


def _unchanged(_: Node, __: Json, value: Json) -> Json:
    return value


def _field(node: Node, document: Json, value: Json) -> Json:
    table = document if isinstance(document, dict) else {}
    return {**table, str(node["value"]): value}


def _chain(node: Node, document: Json, value: Json) -> Json:
    return _along(children_of(node), document, value)


def _along(steps: Sequence[Node], document: Json, value: Json) -> Json:
    """Each step sees what the one before gives."""
    first, *others = steps
    if others:
        value = _along(others, _value_of(first, document), value)
    return with_result(first, document, value)


def _element(node: Node, document: Json, value: Json) -> Json:
    index = cast(int, node["value"])
    elements = _filled_up(document, index + 1 if index >= 0 else -index)
    if -len(elements) <= index < len(elements):
        elements[index] = value
    return elements


def _filled_up(document: Json, size: int) -> list[Json]:
    """The list with at least that number of elements, unless it is too large."""
    elements = list(document) if isinstance(document, list) else []
    wanted = max(size, MIN_ELEMENTS) if size <= MAX_ELEMENTS else MIN_ELEMENTS
    return [*elements, *_others(len(elements), wanted)]


def _others(start: int, end: int) -> list[Json]:
    return [f"other {number}" for number in range(start, end)]


def _slice(node: Node, _: Json, value: Json) -> Json:
    start = cast(list[int | None], node["children"])[0] or 0
    elements = _elements(value)
    if start < 0:
        return [*_others(0, MIN_ELEMENTS), *elements]
    return [*_others(0, min(start, MAX_ELEMENTS)), *elements, *_others(start, start + 2)]


def _elements(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else [value]


def _projection(node: Node, document: Json, value: Json) -> Json:
    base, each = children_of(node)
    return with_result(base, document, _each_with(each, value))


def _each_with(node: Node, value: Json) -> list[Json]:
    """Elements for each of which the node gives one of the values."""
    return [with_result(node, None, one) for one in _elements(value)]


def _of_table(node: Node, document: Json, value: Json) -> Json:
    base, each = children_of(node)
    keys = enumerate(_each_with(each, value))
    return with_result(base, document, {f"key {number}": one for number, one in keys})


def _filter(node: Node, document: Json, value: Json) -> Json:
    """Elements that the filter lets through, after one that it does not."""
    base, each, condition = children_of(node)
    others = [with_truth(condition, one, wanted=False) for one in _each_with(each, "left out")]
    let_through = [with_truth(condition, one, wanted=True) for one in _each_with(each, value)]
    return with_result(base, document, [*others, *let_through])


def _flatten(node: Node, document: Json, value: Json) -> Json:
    """A list that has a list."""
    first, *others = _elements(value) or [_TEXT]
    return with_result(children_of(node)[0], document, [[first], *others])


def _several(node: Node, document: Json, value: Json) -> Json:
    values = _elements(value)
    for number, child in enumerate(children_of(node)):
        one = values[number] if number < len(values) else f"part {number}"
        document = with_result(child, document, one)
    return document


def _named(node: Node, document: Json, value: Json) -> Json:
    for child in children_of(node):
        document = with_result(child, document, value)
    return document


def _or(node: Node, document: Json, value: Json) -> Json:
    left, right = children_of(node)
    if is_truth(value):
        return with_result(left, document, value)
    return with_truth(right, with_truth(left, document, wanted=False), wanted=False)


def _and(node: Node, document: Json, value: Json) -> Json:
    left, right = children_of(node)
    if not is_truth(value):
        return with_truth(left, document, wanted=False)
    return with_result(right, with_truth(left, document, wanted=True), value)


def _not(node: Node, document: Json, value: Json) -> Json:
    return with_truth(children_of(node)[0], document, wanted=not is_truth(value))


def _comparator(node: Node, document: Json, value: Json) -> Json:
    """One side is given what makes the comparison true, or not; the other has a value before."""
    left, right = children_of(node)
    operator = str(node["value"])
    if left["type"] == "literal":
        left, right, operator = right, left, _OPERATORS_TURNED.get(operator, operator)
    if _value_of(right, document) is None and right["type"] != "literal":
        document = with_result(right, document, 7)
    other = _beside(operator, _value_of(right, document), wanted=is_truth(value))
    return with_result(left, document, other)


def _beside(operator: str, value: Json, *, wanted: bool) -> Json:
    """What compares with the value in that way, or does not."""
    is_equal = operator in ("eq", "lte", "gte")
    if is_equal is wanted:
        return value
    return _next_to(value, -1 if operator in ("lt", "gte") else 1)


def _next_to(value: Json, step: int) -> Json:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + step
    if isinstance(value, str):
        return f"{value}x" if step > 0 else value[:-1]
    return None if value is not None else _TEXT


def _call(node: Node, document: Json, value: Json) -> Json:
    name, arguments = str(node["value"]), children_of(node)
    build = _CALLS.get(name, _any_call)
    return build(node, document, value) if arguments else document


def _any_call(node: Node, document: Json, value: Json) -> Json:
    """Each argument is something that the function takes; the wanted value, if it takes that."""
    arguments = children_of(node)
    taken = parameter_types(str(node["value"]), len(arguments))
    for argument, types in zip(arguments, taken, strict=True):
        document = with_result(argument, document, _taken(types, value))
    return document


def _taken(types: frozenset[str], value: Json) -> Json:
    if not types or type_name(value) in types:
        return value
    return next((filling for name, filling in _FILLING.items() if name in types), None)


def _number_of_text(node: Node, document: Json, value: Json) -> Json:
    """A text of digits, which is a number only for who converts it."""
    number = value if type_name(value) == "number" else 7
    return with_result(children_of(node)[0], document, str(number))


def _host_of(node: Node, document: Json, value: Json) -> Json:
    return with_result(children_of(node)[0], document, f"ada@{value}")


def _joined(node: Node, document: Json, value: Json) -> Json:
    separator, elements = children_of(node)
    between = _value_of(separator, document)
    parts: Json = list(LIST)
    if isinstance(value, str) and isinstance(between, str) and between and between in value:
        parts = [*value.split(between)]
    return with_result(elements, document, parts)


def _concatenated(node: Node, document: Json, value: Json) -> Json:
    """Each part that is read has what stands before the literal after it."""
    text = value if isinstance(value, str) else _TEXT
    arguments = children_of(node)
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if argument["type"] == "literal":
            text = text.removeprefix(str(argument["value"]))
            continue
        part = _before(text, following)
        document, text = with_result(argument, document, part), text[len(part) :]
    return document


def _before(text: str, following: Node | None) -> str:
    """The part of the text before a literal; all of it before nothing, half of it before others."""
    if following is None:
        return text
    if following["type"] == "literal":
        return text.partition(str(following["value"]) or "\0")[0]
    return text[: (len(text) + 1) // 2]


def _search(node: Node, document: Json, value: Json) -> Json:
    """A text with what is sought at both ends, or without it."""
    subject, sought = children_of(node)
    if subject["type"] == "literal":
        listed = _elements(cast(Json, subject["value"]))
        return with_result(sought, document, listed[0] if is_truth(value) and listed else _TEXT)
    wanted = _value_of(sought, document)
    return with_result(subject, document, wanted if is_truth(value) else _TEXT)


def _mapped(node: Node, document: Json, value: Json) -> Json:
    each, of_list = children_of(node)
    values = value if isinstance(value, list) else list(LIST)
    return with_result(of_list, document, _each_with(children_of(each)[0], values))


def _by_key(node: Node, document: Json, value: Json) -> Json:
    """Elements that are like the wanted one, with numbers in no order where the key is."""
    of_list, key = children_of(node)
    like = next((one for one in _elements(value) if isinstance(one, dict)), {})
    elements = [
        with_result(children_of(key)[0], _varied(like, position), number)
        for position, number in enumerate(_NUMBERS)
    ]
    return with_result(of_list, document, elements)


def _varied(table: JsonObject, number: int) -> JsonObject:
    """The table, with another text at each key."""
    return {key: f"{one} {number}" if isinstance(one, str) else one for key, one in table.items()}


_CONDITIONS = frozenset(("comparator", "and_expression", "or_expression", "not_expression"))
_SEARCHES = frozenset(("contains", "starts_with", "ends_with"))
_CALLS: Mapping[str, _Build] = {
    **dict.fromkeys(_SEARCHES, _search),
    **dict.fromkeys(("sort_by", "max_by", "min_by"), _by_key),
    "map": _mapped,
    "to_number": _number_of_text,
    "domain": _host_of,
    "join": _joined,
    "concat": _concatenated,
}
_BUILDS: Mapping[str, _Build] = {
    "current": _unchanged,
    "identity": _unchanged,
    "field": _field,
    "subexpression": _chain,
    "pipe": _chain,
    "index_expression": _chain,
    "index": _element,
    "slice": _slice,
    "flatten": _flatten,
    "projection": _projection,
    "value_projection": _of_table,
    "filter_projection": _filter,
    "multi_select_list": _several,
    "multi_select_dict": _named,
    "key_val_pair": _chain,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "comparator": _comparator,
    "function_expression": _call,
}
