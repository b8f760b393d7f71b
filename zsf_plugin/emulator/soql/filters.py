"""Compiles WHERE clauses to predicates on rows, and normalises values for comparison
(salesforce-api.md §6)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from lark import Token, Tree

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.field_types import TYPES
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import Row
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.org.values import canonical_id, parse_moment
from zsf_plugin.emulator.soql.grammar import Node, child, dotted, unquoted
from zsf_plugin.emulator.soql.paths import Paths, ResolvedPath, queried_object

Test = Callable[[Row], bool]

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

    def __init__(self, org: Org, paths: Paths) -> None:
        self._org = org
        self._paths = paths
        #: The fields that are compared with values for equality, by path in lower case.
        self._asked: dict[str, list[tuple[Field, set[Json]]]] = {}
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
        """The predicate of a condition; without one, every row passes. Raises SalesforceError."""
        if condition is None:
            return lambda _: True
        return self._compilers[str(condition.data)](condition)

    def asks_for(self, name: str, value: Json) -> bool:
        """Whether a condition compiled so far asks for that value of a field, by `=` or `IN`."""
        for field, wanted in self._asked.get(name.lower(), ()):
            if comparable(field, value) in wanted:
                return True
        return False

    def _equal(self, node: Node, path: ResolvedPath, wanted: set[Json]) -> Test:
        """That the field has one of these values, which are noted as asked for."""
        self._asked.setdefault(dotted(child(node, 0)).lower(), []).append((path.field, wanted))
        return _is_among(path, wanted)

    def _parts(self, node: Node) -> list[Test]:
        return [self.compile(cast(Node, part)) for part in node.children]

    def _all_of(self, node: Node) -> Test:
        tests = self._parts(node)
        return lambda row: all(test(row) for test in tests)

    def _any_of(self, node: Node) -> Test:
        tests = self._parts(node)
        return lambda row: any(test(row) for test in tests)

    def _negation(self, node: Node) -> Test:
        return _negated(self._group_of(node))

    def _group_of(self, node: Node) -> Test:
        return self.compile(child(node, 0))

    def _compare(self, node: Node) -> Test:
        sign, token = str(node.children[1]), cast(Token, node.children[2])
        path = self._filtered(node, by_order=sign in _ORDERINGS)
        wanted = comparable(path.field, self._literal(path.field, token))
        if sign == "=":
            return self._equal(node, path, {wanted})
        if sign in ("!=", "<>"):
            return _negated(_is_among(path, {wanted}))
        if wanted is None or isinstance(wanted, bool):
            raise self._paths.invalid(f"invalid operator on field '{path.field.name}': {sign}")
        return _ordered(path, _ORDERINGS[sign], wanted)

    def _like(self, node: Node) -> Test:
        path = self._filtered(node, by_order=True)
        if path.field.type not in _LIKE_TYPES:
            raise self._invalid_operator(path.field)
        text = unquoted(str(node.children[1]), for_like=True)
        pattern = like_pattern(text, exact=path.field.case_sensitive)

        def test(row: Row) -> bool:
            value = path.read(row)
            return isinstance(value, str) and pattern.fullmatch(value) is not None

        return test

    def _is_in(self, node: Node) -> Test:
        path = self._filtered(node)
        return self._equal(node, path, self._wanted(path.field, node))

    def _wanted(self, field: Field, node: Node) -> set[Json]:
        """The values of a list, ready for comparison."""
        return {comparable(field, value) for value in self._literals(field, node)}

    def _not_in(self, node: Node) -> Test:
        path = self._filtered(node)
        return _negated(_is_among(path, self._wanted(path.field, node)))

    def _in_query(self, node: Node) -> Test:
        path = self._filtered(node)
        return _is_among(path, self._sub_select(child(node, 1)))

    def _not_in_query(self, node: Node) -> Test:
        return _negated(self._in_query(node))

    def _includes(self, node: Node) -> Test:
        """Whether all the values of one literal are chosen: `('A;B', 'C')` is A and B, or C."""
        path = self._filtered(node)
        if path.field.type != "multipicklist":
            raise self._invalid_operator(path.field)
        wanted = [_parts_of(value) for value in self._literals(path.field, node)]

        def test(row: Row) -> bool:
            chosen = _parts_of(path.read(row))
            return any(parts <= chosen for parts in wanted)

        return test

    def _excludes(self, node: Node) -> Test:
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
        test = Filters(self._org, paths).compile(_where(node))
        rows = [
            row for row in self._org.records.live_rows(object_.name) if not row.get("IsArchived")
        ]
        return {_value(column, row) for row in rows if test(row)}


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


def _negated(test: Test) -> Test:
    return lambda row: not test(row)


def _is_among(path: ResolvedPath, wanted: set[Json]) -> Test:
    return lambda row: _value(path, row) in wanted


def _value(path: ResolvedPath, row: Row) -> Json:
    """The value of a path for a row, ready for comparison."""
    return comparable(path.field, path.read(row))


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


def comparable(field: Field, value: Json) -> Json:
    """A value normalised for comparison: 18-character ids, lower-case text unless the field is
    case-sensitive, times in UTC."""
    if isinstance(value, str):
        return _comparable_text(field, value)
    if field.type == "boolean" and (value is None or isinstance(value, bool)):
        return bool(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, bool) else None


def _comparable_text(field: Field, text: str) -> str | None:
    if field.holds_id:
        return canonical_id(text)
    if field.type == "datetime":
        return _instant(text)
    return field.folded(text)


def _instant(text: str) -> str:
    return parse_moment(text).astimezone(UTC).isoformat()


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
