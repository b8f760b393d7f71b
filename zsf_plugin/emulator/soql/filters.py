"""WHERE clauses compiled to tests of a row (salesforce-api.md §6)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, cast

from lark import Token, Tree

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import Row
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.soql.grammar import Node, dotted, unquoted
from zsf_plugin.emulator.soql.literals import comparable, like_pattern, literal_value, mistyped
from zsf_plugin.emulator.soql.paths import Paths, ResolvedPath, queried_object

Test = Callable[[Row], bool]

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Filters:
    """Compiles the conditions of one statement, whose paths are handed in."""

    def __init__(self, org: Org, paths: Paths) -> None:
        self._org = org
        self._paths = paths
        self._compilers: dict[str, Callable[[Node], Test]] = {
            "all_of": self._all_of,
            "any_of": self._any_of,
            "negation": self._negation,
            "group_of": self._group_of,
            "compare": self._compare,
            "like": self._like,
            "is_in": self._is_in,
            "not_in": self._not_in,
            "in_query": self._in_query,
            "not_in_query": self._not_in_query,
            "includes": self._includes,
            "excludes": self._excludes,
        }

    def compile(self, condition: Node | None) -> Test:
        """The test of a condition; every row passes that of none. Raises SalesforceError."""
        if condition is None:
            return lambda _: True
        return self._compilers[str(condition.data)](condition)

    def _parts(self, node: Node) -> list[Test]:
        return [self.compile(cast(Node, child)) for child in node.children]

    def _all_of(self, node: Node) -> Test:
        tests = self._parts(node)
        return lambda row: all(test(row) for test in tests)

    def _any_of(self, node: Node) -> Test:
        tests = self._parts(node)
        return lambda row: any(test(row) for test in tests)

    def _negation(self, node: Node) -> Test:
        return _negated(self._group_of(node))

    def _group_of(self, node: Node) -> Test:
        return self.compile(cast(Node, node.children[0]))

    def _compare(self, node: Node) -> Test:
        path = self._filtered(node)
        field, read = path.field, path.read
        sign, token = str(node.children[1]), cast(Token, node.children[2])
        wanted = comparable(field, self._literal(field, token))
        if sign == "=":
            return lambda row: comparable(field, read(row)) == wanted
        if sign in ("!=", "<>"):
            return lambda row: comparable(field, read(row)) != wanted
        if wanted is None or isinstance(wanted, bool):
            raise self._paths.invalid(f"invalid operator on field '{field.name}': {sign}")
        return _ordered(path, _ORDERINGS[sign], wanted)

    def _like(self, node: Node) -> Test:
        path = self._filtered(node)
        text = unquoted(str(node.children[1]), for_like=True)
        pattern = like_pattern(text, exact=path.field.case_sensitive)

        def test(row: Row) -> bool:
            value = path.read(row)
            return isinstance(value, str) and pattern.fullmatch(value) is not None

        return test

    def _is_in(self, node: Node) -> Test:
        path = self._filtered(node)
        values = self._literals(path.field, node)
        return _is_among(path, {comparable(path.field, value) for value in values})

    def _not_in(self, node: Node) -> Test:
        return _negated(self._is_in(node))

    def _in_query(self, node: Node) -> Test:
        path = self._filtered(node)
        return _is_among(path, self._sub_select(cast(Node, node.children[1])))

    def _not_in_query(self, node: Node) -> Test:
        return _negated(self._in_query(node))

    def _includes(self, node: Node) -> Test:
        path = self._filtered(node)
        wanted = set(self._literals(path.field, node))

        def test(row: Row) -> bool:
            chosen = str(path.read(row) or "").split(";")
            return not wanted.isdisjoint(chosen)

        return test

    def _excludes(self, node: Node) -> Test:
        return _negated(self._includes(node))

    def _filtered(self, node: Node) -> ResolvedPath:
        """The field of a comparison. Raises INVALID_FIELD for one that cannot be filtered by."""
        path = self._paths.resolve(dotted(cast(Node, node.children[0])))
        if not path.field.filterable:
            words = f"field '{path.field.name}' can not be filtered in a query call"
            raise self._paths.invalid(words)
        return path

    def _literals(self, field: Field, node: Node) -> list[Json]:
        tokens = cast(Node, node.children[1]).children
        return [self._literal(field, cast(Token, token)) for token in tokens]

    def _literal(self, field: Field, token: Token) -> Json:
        """A literal's value; one of the wrong kind for the field is refused as Salesforce does."""
        words = mistyped(field, token.type)
        if words is not None:
            raise self._paths.invalid(words)
        return literal_value(field, token.type, str(token))

    def _sub_select(self, node: Node) -> set[Json]:
        """The values of a semi-join's column."""
        object_ = queried_object(self._org, _object_name(node))
        paths = Paths(self._org, object_, self._paths.text)
        column = paths.resolve(dotted(cast(Node, node.children[0])))
        test = Filters(self._org, paths).compile(_where(node))
        values = set()
        for row in self._org.records.living(object_.name):
            if not row.get("IsArchived") and test(row):
                values.add(comparable(column.field, column.read(row)))
        return values


def _object_name(node: Node) -> str:
    """The object's name of a semi-join."""
    return next(str(child) for child in node.children if isinstance(child, Token))


def _where(node: Node) -> Node | None:
    """The condition of a semi-join, which stands last; None where it has none."""
    last = node.children[-1]
    return cast(Node, last.children[0]) if isinstance(last, Tree) else None


def _negated(test: Test) -> Test:
    return lambda row: not test(row)


def _is_among(path: ResolvedPath, wanted: set[Json]) -> Test:
    return lambda row: comparable(path.field, path.read(row)) in wanted


def _ordered(path: ResolvedPath, compare: Callable[[Any, Any], bool], wanted: Json) -> Test:
    def test(row: Row) -> bool:
        value = comparable(path.field, path.read(row))
        return value is not None and compare(value, wanted)

    return test
