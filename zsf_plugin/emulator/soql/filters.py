"""Compiles WHERE clauses to conditions on rows (salesforce-api.md §6)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

from lark import Token, Tree

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.field_types import TYPES
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.org.tables import Among, AnyOf
from zsf_plugin.emulator.org.values import canonical_id
from zsf_plugin.emulator.soql.grammar import Node, child, dotted, unquoted
from zsf_plugin.emulator.soql.paths import Paths, ResolvedPath, queried_object

Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: `test` decides; each row that passes matches at least one of `any_of`,
    by which an index finds it. None: any row may pass."""

    test: Test
    any_of: AnyOf | None = None


#: The types of text that LIKE takes.
_LIKE_TYPES = ("string", "textarea", "email", "phone", "url", "picklist", "combobox")
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Filters:
    """Compiles the conditions of one statement; its paths are passed in."""

    def __init__(self, org: Org, object_: ObjectType, paths: Paths) -> None:
        self._org = org
        self._object = object_
        self._paths = paths
        #: The fields that are compared with values for equality, by path in lower case.
        self._asked: dict[str, list[tuple[Field, set[Json]]]] = {}
        self._compilers: dict[str, Callable[[Node], Condition]] = {
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

    def compile(self, condition: Node | None) -> Condition:
        """Compile a condition; without one, every row passes. Raises SalesforceError."""
        if condition is None:
            return Condition(lambda _: True)
        return self._compilers[str(condition.data)](condition)

    def asks_for(self, name: str, value: Json) -> bool:
        """Whether a condition compiled so far asks for that value of a field, by `=` or `IN`."""
        asked = self._asked.get(name.lower(), ())
        return any(field.comparable(value) in wanted for field, wanted in asked)

    def _equal(self, node: Node, path: ResolvedPath, wanted: set[Json]) -> Condition:
        """That the field has one of these values, which are noted as asked for."""
        self._asked.setdefault(dotted(child(node, 0)).lower(), []).append((path.field, wanted))
        return _is_among(path, wanted)

    def _parts(self, node: Node) -> list[Condition]:
        return [self.compile(cast(Node, part)) for part in node.children]

    def _all_of(self, node: Node) -> Condition:
        parts = self._parts(node)
        return Condition(_passes_all(parts), self._narrowest(parts))

    def _narrowest(self, parts: Sequence[Condition]) -> AnyOf | None:
        """What the fewest rows match: rows that pass all parts pass this one too."""
        found = [part.any_of for part in parts if part.any_of is not None]
        return min(found, key=partial(self._org.records.count, self._object.name), default=None)

    def _any_of(self, node: Node) -> Condition:
        parts = self._parts(node)
        return Condition(_passes_any(parts), _united(parts))

    def _negation(self, node: Node) -> Condition:
        return _negated(self._group_of(node))

    def _group_of(self, node: Node) -> Condition:
        return self.compile(child(node, 0))

    def _compare(self, node: Node) -> Condition:
        sign, token = str(node.children[1]), cast(Token, node.children[2])
        path = self._filtered(node, by_order=sign in _ORDERINGS)
        wanted = path.field.comparable(self._literal(path.field, token))
        if sign == "=":
            return self._equal(node, path, {wanted})
        if sign in ("!=", "<>"):
            return _negated(_is_among(path, {wanted}))
        if wanted is None or isinstance(wanted, bool):
            raise self._paths.invalid(f"invalid operator on field '{path.field.name}': {sign}")
        return Condition(_ordered(path, _ORDERINGS[sign], wanted))

    def _like(self, node: Node) -> Condition:
        path = self._filtered(node, by_order=True)
        if path.field.type not in _LIKE_TYPES:
            raise self._invalid_operator(path.field)
        text = unquoted(str(node.children[1]), for_like=True)
        pattern = like_pattern(text, exact=path.field.case_sensitive)

        def test(row: Row) -> bool:
            value = path.read(row)
            return isinstance(value, str) and pattern.fullmatch(value) is not None

        return Condition(test)

    def _is_in(self, node: Node) -> Condition:
        path = self._filtered(node)
        return self._equal(node, path, self._wanted(path.field, node))

    def _wanted(self, field: Field, node: Node) -> set[Json]:
        """The values of a list, ready for comparison."""
        return {field.comparable(value) for value in self._literals(field, node)}

    def _not_in(self, node: Node) -> Condition:
        path = self._filtered(node)
        return _negated(_is_among(path, self._wanted(path.field, node)))

    def _in_query(self, node: Node) -> Condition:
        path = self._filtered(node)
        return _is_among(path, self._sub_select(child(node, 1)))

    def _not_in_query(self, node: Node) -> Condition:
        return _negated(self._in_query(node))

    def _includes(self, node: Node) -> Condition:
        """Whether all the values of one literal are chosen: `('A;B', 'C')` is A and B, or C."""
        path = self._filtered(node)
        if path.field.type != "multipicklist":
            raise self._invalid_operator(path.field)
        wanted = [_parts_of(value) for value in self._literals(path.field, node)]

        def test(row: Row) -> bool:
            chosen = _parts_of(path.read(row))
            return any(parts <= chosen for parts in wanted)

        return Condition(test)

    def _excludes(self, node: Node) -> Condition:
        return _negated(self._includes(node))

    def _invalid_operator(self, field: Field) -> SalesforceError:
        """INVALID_QUERY_FILTER_OPERATOR, quoting the statement."""
        message = f"\n{self._paths.text}\ninvalid operator on {field.type} field"
        return bad("INVALID_QUERY_FILTER_OPERATOR", message)

    def _filtered(self, node: Node, *, by_order: bool = False) -> ResolvedPath:
        """The field of a comparison. Raises INVALID_FIELD for a field that cannot be filtered;
        encrypted ones cannot be compared by order or with LIKE (§9 trap 61)."""
        path = self._paths.resolve(dotted(child(node, 0)))
        if not path.field.filterable or (by_order and path.field.encrypted):
            message = f"field '{path.field.name}' can not be filtered in a query call"
            raise self._paths.invalid(message)
        return path

    def _literals(self, field: Field, node: Node) -> list[Json]:
        tokens = child(node, 1).children
        return [self._literal(field, cast(Token, token)) for token in tokens]

    def _literal(self, field: Field, token: Token) -> Json:
        """A literal's value. Raises INVALID_FIELD for the wrong kind of literal."""
        message = mistyped(field, token.type)
        if message is not None:
            raise self._paths.invalid(message)
        return literal_value(field, token.type, str(token))

    def _sub_select(self, node: Node) -> set[Json]:
        """The values of a semi-join's column."""
        object_ = queried_object(self._org, _object_name(node))
        paths = Paths(self._org, object_, self._paths.text)
        column = paths.resolve(dotted(child(node, 0)))
        condition = Filters(self._org, object_, paths).compile(_where(node))
        rows = self._org.records.narrowed(object_.name, condition.any_of)
        seen = (row for row in rows if not (row["IsDeleted"] or row.get("IsArchived")))
        return {_value(column, row) for row in seen if condition.test(row)}


def _object_name(node: Node) -> str:
    """The object name of a semi-join."""
    return next(str(child) for child in node.children if isinstance(child, Token))


def _where(node: Node) -> Node | None:
    """The condition of a semi-join, which comes last, or None."""
    last = node.children[-1]
    return cast(Node, last.children[0]) if isinstance(last, Tree) else None


def _parts_of(value: Json) -> frozenset[str]:
    """The values of a multi-select picklist, ignoring case."""
    return frozenset(part for part in str(value or "").lower().split(";") if part)


def _passes_all(parts: Sequence[Condition]) -> Test:
    tests = [part.test for part in parts]
    return lambda row: all(test(row) for test in tests)


def _passes_any(parts: Sequence[Condition]) -> Test:
    tests = [part.test for part in parts]
    return lambda row: any(test(row) for test in tests)


def _united(parts: Sequence[Condition]) -> AnyOf | None:
    """What the rows that pass any of these parts match."""
    found: list[Among] = []
    for part in parts:
        if part.any_of is None:
            return None
        found += part.any_of
    return found


def _negated(condition: Condition) -> Condition:
    return Condition(lambda row: not condition.test(row))


def _is_among(path: ResolvedPath, wanted: set[Json]) -> Condition:
    """That the field has one of these values. An index knows the fields of the object itself, but
    not times, whose values may be none."""
    is_indexed = len(path.steps) == 1 and path.field.type != "datetime"
    any_of = [Among(path.field, wanted)] if is_indexed else None
    return Condition(lambda row: _value(path, row) in wanted, any_of)


def _value(path: ResolvedPath, row: Row) -> Json:
    """The value of a path for a row, ready for comparison."""
    return path.field.comparable(path.read(row))


def _ordered(path: ResolvedPath, compare: Callable[[Any, Any], bool], wanted: Json) -> Test:
    def test(row: Row) -> bool:
        value = _value(path, row)
        return value is not None and compare(value, wanted)

    return test


_DAYS = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1, "LAST_90_DAYS": -90, "NEXT_90_DAYS": 90}
_DAYS_BY_NUMBER = {"LAST_N_DAYS": -1, "N_DAYS_AGO": -1, "NEXT_N_DAYS": 1}
_LIKE_PART = re.compile(r"\\.|.", re.DOTALL)
_WILDCARDS = {"%": ".*", "_": "."}


def mistyped(field: Field, kind: str) -> str | None:
    """The error message for a literal of the wrong kind for the field; None if it fits."""
    tokens = TYPES[field.type].tokens
    if kind == "NULL" or kind in tokens:
        return None
    if "STRING" in tokens:
        wanted = "string and should be"
    else:
        wanted = f"{'dateTime' if field.type == 'datetime' else field.type} and should not be"
    message = f"value of filter criterion for field '{field.name}' must be of type {wanted}"
    return f"{message} enclosed in quotes"


def literal_value(field: Field, kind: str, text: str) -> Json:
    """The value of a literal that fits the field. Raises INVALID_QUERY_FILTER_OPERATOR for an
    invalid id."""
    if kind == "NULL":
        return None
    if kind == "STRING":
        return _text(field, unquoted(text))
    if kind in ("TRUE", "FALSE"):
        return kind == "TRUE"
    if kind == "NUMBER":
        return float(text)
    return _relative(text) if kind == "RELATIVE" else text


def _text(field: Field, value: str) -> Json:
    if field.holds_id and value and canonical_id(value) is None:
        raise bad("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
    return value or None


def _relative(text: str) -> str:
    word, _, number = text.upper().partition(":")
    return (datetime.now(UTC).date() + timedelta(days=_days(word, number))).isoformat()


def _days(word: str, number: str) -> int:
    """The days from today to a relative date; negative in the past."""
    if word in _DAYS:
        return _DAYS[word]
    if word in _DAYS_BY_NUMBER:
        return _DAYS_BY_NUMBER[word] * int(number)
    raise bad("MALFORMED_QUERY", f"{word} is not supported by this emulator")


def like_pattern(pattern: str, *, exact: bool) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression: `%` matches any text, `_` one character, a backslash
    escapes."""
    parts = _LIKE_PART.findall(pattern)
    text = "".join(_WILDCARDS.get(part, re.escape(part[-1])) for part in parts)
    return re.compile(text, re.DOTALL if exact else re.IGNORECASE | re.DOTALL)


def sort_key(value: Json) -> tuple[int, float, str]:
    """The sort key of ORDER BY: numbers before texts, texts ignoring case."""
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, str(value).lower())
