"""jmespath's interpreter with a bound on what one expression may cost for one event. Pure.

Over the bound the expression is null, as if it had met a wrong type. The costs are units: a visited
node, a value that is walked through, a hundred characters that are made or compared. A list of
constants is made once for all events (`with_constants`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from jmespath.visitor import TreeInterpreter

from zsf_plugin.decision.expressions import Node, TooCostly, children_of
from zsf_plugin.decision.html import MAX_TAGS

#: About 5 ms on a slow machine: a node costs about a microsecond, a value that is walked through a
#: quarter of that.
MAX_UNITS = 20_000
UNITS_OF_A_NODE = 4
#: A text that is made may have this many characters; Salesforce's longest field takes 131,072.
MAX_TEXT = 1_000_000
_CHARACTERS_OF_A_UNIT = 100
#: Where each character beyond ASCII is looked up, and where each tag is read.
_FOREIGN_CHARACTERS_OF_A_UNIT = 15
_UNITS_OF_A_TAG = 4
#: A number that is written takes as long as this many other values.
_UNITS_OF_A_FLOAT = 4
#: Constants that are compared with a value in the time of a unit.
_CONSTANTS_OF_A_UNIT = 8

#: Functions whose cost does not depend on the size of what they take.
_CHEAP = frozenset(("length", "type", "not_null", "to_array", "starts_with", "ends_with"))
#: Functions that walk through all of what they take.
_DEEP = frozenset(("to_string", "contains"))
_EQUALITY = ("eq", "ne")


class BoundedInterpreter(TreeInterpreter):  # type: ignore[misc]  # jmespath is not typed
    """Evaluates one tree for one event."""

    units = MAX_UNITS

    def visit(self, node: Any, *given: Any, **_: Any) -> Any:
        """The node's value. Raises TooCostly."""
        self.units -= UNITS_OF_A_NODE
        if self.units < 0:
            raise TooCostly
        return _METHODS[node["type"]](self, node, *given)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        """The call's value, if what it takes is not too large. Raises TooCostly."""
        name = node["value"]
        arguments = [self.visit(child, value) for child in node["children"]]
        if name in _DEEP:
            for child, argument in zip(node["children"], arguments, strict=True):
                self._spend_on_argument(child, argument)
        elif name not in _CHEAP:
            self._spend(sum(map(_UNITS_OF.get(name, _shallow_units), arguments)))
        if name == "join" and _join_length(arguments) > MAX_TEXT:
            self._spend(MAX_UNITS + 1)
        return self._functions.call_function(name, arguments)

    def visit_multi_select_list(self, node: Any, value: Any) -> Any:
        """A list of values. Raises TooCostly."""
        return self._counted(super().visit_multi_select_list(node, value))

    def visit_multi_select_dict(self, node: Any, value: Any) -> Any:
        """A table of values. Raises TooCostly."""
        return self._counted(super().visit_multi_select_dict(node, value))

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Whether the comparison holds. Raises TooCostly."""
        if node["value"] in _EQUALITY:
            sides = [self.visit(child, value) for child in node["children"]]
            if all(isinstance(side, (list, dict)) for side in sides):
                self.spend_on(sides)
            return self.COMPARATOR_FUNC[node["value"]](*sides)
        return super().visit_comparator(node, value)

    def visit_literal(self, node: Any, value: Any) -> Any:
        """A constant, which is only looked up."""
        self.units += UNITS_OF_A_NODE - 1
        return super().visit_literal(node, value)

    def visit_constant_list(self, node: Any, value: Any) -> Any:
        """A list of constants, or null where there is nothing, as of any list."""
        self.units += UNITS_OF_A_NODE - 1
        return None if value is None else node["value"]

    def _spend_on_argument(self, node: Node, argument: Any) -> None:
        if isinstance(argument, str):
            self._spend(_shallow_units(argument))
        elif node.get("is_flat"):
            self._spend(len(argument or ()) // _CONSTANTS_OF_A_UNIT)
        else:
            self.spend_on((argument,))

    def _counted(self, made: Any) -> Any:
        """What was made of several values, which may be one value many times over."""
        if made is not None:
            self.spend_on(made.values() if isinstance(made, dict) else made)
        return made

    def spend_on(self, values: Iterable[Any]) -> None:
        """Spend a unit for each value in these, and for each hundred characters. Raises
        TooCostly."""
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            self._spend(_units_of_a_value(value))
            if isinstance(value, (list, dict)):
                self._spend(len(value) // UNITS_OF_A_NODE)
                waiting += value.values() if isinstance(value, dict) else value

    def _spend(self, units: int) -> None:
        self.units -= units
        if self.units < 0:
            raise TooCostly


def _shallow_units(value: Any) -> int:
    if isinstance(value, str):
        return 1 + len(value) // _CHARACTERS_OF_A_UNIT
    return 1 + len(value) if isinstance(value, (list, dict)) else 1


def _units_of_a_value(value: Any) -> int:
    if isinstance(value, str):
        return _lookup_units(value)
    return _UNITS_OF_A_FLOAT if isinstance(value, float) else 1


def _lookup_units(value: Any) -> int:
    """The units of a text whose characters are each looked up, if not all are ASCII."""
    if isinstance(value, str) and not value.isascii():
        return 1 + len(value) // _FOREIGN_CHARACTERS_OF_A_UNIT
    return _shallow_units(value)


def _html_units(value: Any) -> int:
    if not isinstance(value, str):
        return 1
    return _shallow_units(value) // 4 + min(value.count("<"), MAX_TAGS) * _UNITS_OF_A_TAG


_UNITS_OF = {"lower": _lookup_units, "html_text": _html_units}


def _join_length(arguments: list[Any]) -> int:
    """The length of the text that `join` makes."""
    separator, texts = arguments
    if not isinstance(separator, str) or not isinstance(texts, list):
        return 0
    return len(separator) * len(texts) + sum(len(text) for text in texts if isinstance(text, str))


_METHODS = {
    name.removeprefix("visit_"): getattr(BoundedInterpreter, name)
    for name in dir(BoundedInterpreter)
    if name.startswith("visit_")
}


def with_constants(node: Node) -> Node:
    """The tree with each list of literals as one node; `is_flat`: with no list or table inside."""
    children = children_of(node)
    if node["type"] == "literal":
        return {**node, "is_flat": _is_flat(node["value"])}
    if node["type"] == "multi_select_list" and all(c["type"] == "literal" for c in children):
        values = [child["value"] for child in children]
        return {
            "type": "constant_list",
            "value": values,
            "children": [],
            "is_flat": _is_flat(values),
        }
    if not children:
        return node
    below = cast(list[object], node["children"])
    return {**node, "children": [_with_constants_below(child) for child in below]}


def _with_constants_below(child: object) -> object:
    return with_constants(cast(Node, child)) if isinstance(child, dict) else child


def _is_flat(value: object) -> bool:
    return isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value)
