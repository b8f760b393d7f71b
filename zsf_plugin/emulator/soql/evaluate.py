"""Evaluates a query over an org's rows: filtering, sorting, selecting and paging
(salesforce-api.md §3.12, §6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from lark import Token

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import attributes
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.soql.filters import Condition, Filters, sort_key
from zsf_plugin.emulator.soql.grammar import (
    Node,
    Query,
    child,
    dotted,
    parse_query,
    refuse_deep_semi_joins,
)
from zsf_plugin.emulator.soql.grouping import Grouping, grouping_of
from zsf_plugin.emulator.soql.paths import Paths, Read, ResolvedPath, queried_object

#: The largest LIMIT that FIELDS(ALL) allows.
_MAX_FIELDS_ALL_ROWS = 200
_MAX_OFFSET = 2000
_LOCATOR = re.compile(r"(?:0r85g0000000)?(\d+)-(\d+)")
_NOT_EVALUATED = ("subquery", "typeof")


def evaluate(org: Org, text: str, *, deleted: bool = False) -> tuple[list[dict[str, Json]], int]:
    """(selected rows, total size) of a statement; `deleted` includes the recycle bin. Raises
    SalesforceError."""
    return _evaluate(org, _prepare(org, parse_query(text)), deleted=deleted)


def _evaluate(org: Org, prepared: _Prepared, *, deleted: bool) -> tuple[list[dict[str, Json]], int]:
    rows = _rows(org, prepared, deleted=deleted)
    if prepared.counts:
        return [], len(rows)
    if prepared.grouping is not None:
        results = prepared.grouping.results(prepared.sort(rows))[prepared.window]
        return results, len(results)
    shown = [prepared.show(row) for row in prepared.sort(rows)[prepared.window]]
    return shown, len(shown)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement with its names resolved, ready to run."""

    object: ObjectType
    paths: Paths
    columns: list[ResolvedPath]
    filters: Filters
    where: Condition
    ordering: list[_SortKey]
    grouping: Grouping | None
    counts: bool
    window: slice

    def sort(self, rows: list[Row]) -> list[Row]:
        """The rows in the requested order."""
        for key in reversed(self.ordering):
            rows = key.sort(rows)
        return rows

    def show(self, row: Row) -> dict[str, Json]:
        """The selected fields, with related records nested, each with its attributes."""
        record: dict[str, Json] = {"attributes": attributes(self.object, row)}
        for column in self.columns:
            target = self._target(record, column.steps[:-1], row)
            if target is not None:
                target[column.field.name] = column.read(row)
        return record

    def _target(
        self, record: dict[str, Json], steps: Sequence[str], row: Row
    ) -> dict[str, Json] | None:
        """The nested dict that holds a column's value; None if a relationship on the way is empty,
        which is shown as null."""
        target = record
        for depth in range(len(steps)):
            found = self.paths.related(row, steps[: depth + 1])
            name = self.paths.relationship_name(row, steps[: depth + 1])
            if found is None:
                target[name] = None
                return None
            nested = target.setdefault(name, {"attributes": attributes(*found)})
            target = cast(dict[str, Json], nested)
        return target


def _prepare(org: Org, query: Query) -> _Prepared:
    """Resolve a query's names. Raises SalesforceError for the first invalid part."""
    object_ = queried_object(org, query.object)
    _check(query)
    paths = Paths(org, object_, query.text)
    filters = Filters(org, object_, paths)
    return _Prepared(
        object=object_,
        paths=paths,
        columns=[paths.resolve(name) for name in _selected(org, object_, query)],
        filters=filters,
        where=filters.compile(query.where),
        ordering=_ordering(paths, query),
        grouping=grouping_of(paths, query),
        counts=query.counts,
        window=query.window,
    )


def _check(query: Query) -> None:
    """Refuse what Salesforce refuses, and valid clauses that this emulator does not evaluate: an
    error is better than a wrong result."""
    if query.offset > _MAX_OFFSET:
        message = f"Maximum SOQL offset allowed is {_MAX_OFFSET}"
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", message)
    refuse_deep_semi_joins(query)
    unsupported = query.unsupported | {
        str(item.data) for item in query.items if item.data in _NOT_EVALUATED
    }
    if unsupported:
        verb = "is" if len(unsupported) == 1 else "are"
        raise bad(
            "MALFORMED_QUERY",
            f"{', '.join(sorted(unsupported))} {verb} not supported by this emulator",
        )


def _rows(org: Org, prepared: _Prepared, *, deleted: bool) -> list[Row]:
    """The rows visible to the user that pass the condition."""
    where = prepared.where
    rows = filter(org.shared, org.records.narrowed(prepared.object.name, where.any_of))
    return [row for row in rows if (deleted or not _is_excluded(row)) and where.test(row)]


def _is_excluded(row: Row) -> bool:
    return bool(row["IsDeleted"] or row.get("IsArchived"))


def _selected(org: Org, object_: ObjectType, query: Query) -> list[str]:
    """The paths of the SELECT clause."""
    return [
        name for item in query.items for name in _paths_of_item(org, object_, item, query.limit)
    ]


def _paths_of_item(org: Org, object_: ObjectType, item: Node, limit: int | None) -> list[str]:
    """The paths of one item of the SELECT clause; none for a count."""
    match item.data:
        case "path":
            return [dotted(item)]
        case "label":
            return [dotted(child(item, -1))]
        case "fields":
            return _fields_of_group(org, object_, str(item.children[-1]).upper(), limit)
    return []


def _fields_of_group(org: Org, object_: ObjectType, group: str, limit: int | None) -> list[str]:
    """The fields of FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""
    _check_group(group, limit)
    return [field.name for field in org.visible_fields(object_) if _is_in_group(field, group)]


def _is_in_group(field: Field, group: str) -> bool:
    return group == "ALL" or field.custom == (group == "CUSTOM")


def _check_group(group: str, limit: int | None) -> None:
    if group not in ("ALL", "STANDARD", "CUSTOM"):
        raise bad("MALFORMED_QUERY", f"unknown group of fields: {group}")
    if group != "STANDARD":
        _check_limit(limit)


def _check_limit(limit: int | None) -> None:
    if limit is None or limit > _MAX_FIELDS_ALL_ROWS:
        message = "The SOQL FIELDS function must have a LIMIT of at most"
        raise bad("MALFORMED_QUERY", f"{message} {_MAX_FIELDS_ALL_ROWS}")


@dataclass(frozen=True, slots=True)
class _SortKey:
    """One part of ORDER BY; nulls come first unless NULLS LAST is given."""

    read: Read
    descending: bool
    nulls_last: bool

    def sort(self, rows: list[Row]) -> list[Row]:
        """The rows in this order; the sort is stable."""
        filled = [row for row in rows if self.read(row) is not None]
        empty = [row for row in rows if self.read(row) is None]
        filled.sort(key=self._key, reverse=self.descending)
        return filled + empty if self.nulls_last else empty + filled

    def _key(self, row: Row) -> tuple[int, float, str]:
        return sort_key(self.read(row))


def _ordering(paths: Paths, query: Query) -> list[_SortKey]:
    """The parts of ORDER BY. Raises INVALID_FIELD for a field that cannot be sorted."""
    if query.order is None:
        return []
    return [_sort_key(paths, cast(Node, part)) for part in query.order.children]


def _sort_key(paths: Paths, part: Node) -> _SortKey:
    path = paths.resolve(dotted(child(part, 0)))
    if not path.field.filterable or path.field.encrypted:
        raise paths.invalid(f"field '{path.field.name}' can not be sorted in a query call")
    keywords = {str(word).upper() for word in part.children if isinstance(word, Token)}
    nulls_last = any("LAST" in word for word in keywords)
    return _SortKey(path.read, "DESC" in keywords, nulls_last)


def run_query(org: Org, text: str, *, deleted: bool = False, rows: int = 2000) -> Json:
    """The first page of a statement's rows: `rows` of them, or the org's page size if smaller."""
    if not text.strip():
        raise bad("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    prepared = _prepare(org, parse_query(text))
    org.refusals.check_query(prepared.object.name, prepared.filters.asks_for)
    found, total = _evaluate(org, prepared, deleted=deleted)
    if len(found) <= min(org.page_size, rows):
        return {"totalSize": total, "done": True, "records": found}
    org.cursors.append(found)
    return _page(org, len(org.cursors) - 1, 0, rows)


def run_table(org: Org, text: str, *, deleted: bool) -> tuple[list[str], list[list[Json]]]:
    """The names of a statement's columns, and all its rows: a query of Bulk API 2.0. Raises
    SalesforceError."""
    query = parse_query(text)
    prepared = _prepare(org, query)
    if prepared.counts or prepared.grouping is not None or query.offset:
        raise bad("API_ERROR", "Bulk API 2.0 takes no aggregates, GROUP BY or OFFSET")
    org.refusals.check_query(prepared.object.name, prepared.filters.asks_for)
    shown = prepared.sort(_rows(org, prepared, deleted=deleted))[prepared.window]
    names = [".".join((*column.steps[:-1], column.field.name)) for column in prepared.columns]
    return names, [[column.read(row) for column in prepared.columns] for row in shown]


def page_at(org: Org, locator: str, *, rows: int = 2000) -> Json:
    """The page at a locator. Raises INVALID_QUERY_LOCATOR."""
    match = _LOCATOR.fullmatch(locator)
    if match is not None:
        cursor, offset = int(match[1]), int(match[2])
        if cursor < len(org.cursors) and offset < len(org.cursors[cursor]):
            return _page(org, cursor, offset, rows)
    raise bad("INVALID_QUERY_LOCATOR", "invalid query locator")


def _page(org: Org, cursor: int, offset: int, most: int) -> Json:
    rows, end = org.cursors[cursor], offset + min(org.page_size, most)
    page: dict[str, Json] = {
        "totalSize": len(rows),
        "done": end >= len(rows),
        "records": rows[offset:end],
    }
    return page if page["done"] else {**page, "nextRecordsUrl": _next_url(cursor, end)}


def _next_url(cursor: int, offset: int) -> str:
    return f"/services/data/v68.0/query/0r85g0000000{cursor:06d}-{offset}"
