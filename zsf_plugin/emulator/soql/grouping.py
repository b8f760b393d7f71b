"""Groups of rows and their aggregates: GROUP BY, COUNT(), MIN, MAX, SUM and AVG (salesforce-api.md
§3.12, §6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from lark import Token

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.org.schema import Field, Row
from zsf_plugin.emulator.soql.filters import sort_key
from zsf_plugin.emulator.soql.grammar import Node, Query, child, dotted
from zsf_plugin.emulator.soql.paths import Paths, ResolvedPath

_NUMBERS = ("int", "long", "double", "currency", "percent")
#: Types whose values have no order or are too long to be compared.
_NOT_GROUPED = ("textarea", "multipicklist", "address")


@dataclass(frozen=True, slots=True)
class _Column:
    """One item of SELECT: its name in the result, and its value for a group."""

    name: str
    value: Callable[[Sequence[Row]], Json]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The fields to group by, none for one group of all rows, and the columns of the result."""

    keys: Sequence[ResolvedPath]
    columns: Sequence[_Column]

    def results(self, rows: Sequence[Row]) -> list[dict[str, Json]]:
        """One result for each group, in the order of the groups' first rows."""
        groups: dict[tuple[Json, ...], list[Row]] = {} if self.keys else {(): []}
        for row in rows:
            key = tuple(one.field.comparable(one.read(row)) for one in self.keys)
            groups.setdefault(key, []).append(row)
        return [self._result(group) for group in groups.values()]

    def _result(self, group: Sequence[Row]) -> dict[str, Json]:
        result: dict[str, Json] = {"attributes": {"type": "AggregateResult"}}
        return result | {column.name: column.value(group) for column in self.columns}


def grouping_of(paths: Paths, query: Query) -> Grouping | None:
    """How a statement groups its rows; None if it does not.

    Raises INVALID_FIELD for a field that cannot be grouped or aggregated, MALFORMED_QUERY for one
    that is selected without either.
    """
    aggregates = [item for item in query.items if item.data == "aggregate"]
    if query.group is None and not aggregates:
        return None
    nodes = query.group.children if query.group is not None else []
    keys = [_key(paths, cast(Node, node)) for node in nodes]
    names = {key.steps for key in keys}
    columns = [_column(paths, item, names, aggregates) for item in query.items]
    return Grouping(keys, columns)


def _key(paths: Paths, node: Node) -> ResolvedPath:
    path = paths.resolve(dotted(node))
    if not _is_groupable(path.field):
        raise paths.invalid(f"field '{path.field.name}' can not be grouped in a query call")
    return path


def _is_groupable(field: Field) -> bool:
    return field.filterable and not field.encrypted and field.type not in _NOT_GROUPED


def _column(
    paths: Paths, item: Node, grouped: set[tuple[str, ...]], aggregates: Sequence[Node]
) -> _Column:
    if item.data == "aggregate":
        return _aggregate(paths, item, aggregates.index(item))
    path = paths.resolve(dotted(item)) if item.data == "path" else None
    if path is None or path.steps not in grouped:
        shown = dotted(item) if item.data == "path" else str(item.data)
        raise bad("MALFORMED_QUERY", f"Field must be grouped or aggregated: {shown}")
    return _Column(path.field.name, lambda group: path.read(group[0]))


def _aggregate(paths: Paths, item: Node, position: int) -> _Column:
    """A function of a field's values in a group, under its alias or `expr0`, `expr1`, …"""
    name, path = str(item.children[0]).upper(), paths.resolve(dotted(child(item, 1)))
    tokens = [str(one) for one in item.children if isinstance(one, Token)]
    alias = tokens[1] if len(tokens) > 1 else f"expr{position}"
    if not _takes(name, path.field):
        message = f"field {path.field.name} does not support aggregate operator {name}"
        raise paths.invalid(message)
    function = _FUNCTIONS[name]
    return _Column(alias, lambda group: function(_values(path, group)))


def _takes(function: str, field: Field) -> bool:
    if function in ("SUM", "AVG"):
        return field.type in _NUMBERS
    return function == "COUNT" or _is_groupable(field)


def _values(path: ResolvedPath, group: Sequence[Row]) -> list[Json]:
    """The values of a field in a group that are not null."""
    return [value for value in map(path.read, group) if value is not None]


def _sum(values: Sequence[Json]) -> Json:
    return sum(cast(Sequence[float], values)) if values else None


def _average(values: Sequence[Json]) -> Json:
    return sum(cast(Sequence[float], values)) / len(values) if values else None


_FUNCTIONS: dict[str, Callable[[Sequence[Json]], Json]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len({str(value).lower() for value in values}),
    "MIN": lambda values: min(values, key=sort_key, default=None),
    "MAX": lambda values: max(values, key=sort_key, default=None),
    "SUM": _sum,
    "AVG": _average,
}
