"""`/tooling`: the part of the Tooling API that creates and lists custom fields (salesforce-api.md
§8).

A new field is hidden until a permission set grants it. Queries find CustomField by table, name,
namespace or id; `field_metadata` checks new fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org.custom_fields import add_field
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType
from zsf_plugin.emulator.org.values import find_folded, folded, short_id
from zsf_plugin.emulator.resources.field_metadata import Metadata, check_metadata, describe_metadata

_NAMES = ("Id", "DeveloperName", "NamespacePrefix", "TableEnumOrId", "FullName", "Metadata")
_COLUMNS = {name: name for name in _NAMES}
_STATEMENT = re.compile(
    r"\s*SELECT\s+([\w\s,]+?)\s+FROM\s+CustomField\s+WHERE\s+(.+?)\s*", re.IGNORECASE | re.DOTALL
)
_CONDITION = re.compile(
    r"(\w+)\s*(?:=\s*('\w*'|null)|IN\s*\(\s*('\w*'(?:\s*,\s*'\w*')*)\s*\))", re.IGNORECASE
)
_UNSUPPORTED_QUERY = "this emulator's tooling query supports only CustomField with =, IN and AND"
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
_VALUE = re.compile(r"'(\w*)'")


@dataclass(frozen=True, slots=True)
class Statement:
    """A query: its columns, and the allowed values of each column in its conditions (None:
    null)."""

    columns: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[str | None, ...]], ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The objects it names; empty for all objects."""
        values = dict(reversed(self.conditions)).get("TableEnumOrId", ())
        return tuple(dict.fromkeys(map(str, values)))

    def fits(self, row: Mapping[str, Json]) -> bool:
        """Whether a row matches; as in other queries, case matters only for ids."""
        return all(_is_among(column, row[column], values) for column, values in self.conditions)


def _is_among(column: str, value: Json, values: Iterable[Json]) -> bool:
    return _folded(column, value) in [_folded(column, one) for one in values]


def parse_tooling_query(text: str) -> Statement:
    """Parse a query. Raises MALFORMED_QUERY for an unsupported query, INVALID_FIELD for an unknown
    column."""
    match = _STATEMENT.fullmatch(text)
    if match is None:
        raise _unsupported_query()
    conditions = [_parse_condition(part.strip()) for part in _AND.split(match[2])]
    columns = tuple(_column(name.strip()) for name in match[1].split(","))
    return Statement(columns, tuple((_column(name), values) for name, values in conditions))


def _parse_condition(text: str) -> tuple[str, tuple[str | None, ...]]:
    """(column as written, allowed values) of one condition."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise _unsupported_query()
    return match[1], _values(match)


def _unsupported_query() -> SalesforceError:
    return bad("MALFORMED_QUERY", _UNSUPPORTED_QUERY)


def _values(condition: re.Match[str]) -> tuple[str | None, ...]:
    """The allowed values of a condition; an unquoted null is None."""
    return tuple(_VALUE.findall(condition[2] or condition[3])) or (None,)


def _column(name: str) -> str:
    known = find_folded(_COLUMNS, name)
    if known is None:
        raise bad("INVALID_FIELD", f"No such column '{name}' on entity 'CustomField'.")
    return known


def _folded(column: str, value: Json) -> Json:
    if column == "Id":
        return short_id(value)
    return folded(value)


#: Columns that a query can select only if it returns a single row.
_SINGLE_ROW_COLUMNS = {"Metadata", "FullName"}
_TOO_MANY = (
    "When retrieving results with Metadata or FullName fields, the query qualifications must "
    "specify no more than one row for retrieval."
)
_NO_ACCESS = "You do not have the level of access necessary to perform the operation you requested."


def answer_tooling(org: Org, request: Request, steps: list[str]) -> Response:
    """Create a CustomField, read one by id, or query the existing ones."""
    if not org.permissions_of().view_setup:
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", _NO_ACCESS)
    match request.method, steps:
        case "GET", ["query"]:
            return Response(200, _query(org, parse_tooling_query(request.query.get("q", ""))))
        case "POST", ["sobjects", "CustomField"]:
            return _create(org, request)
        case "GET", ["sobjects", "CustomField", field_id]:
            return Response(200, _read(org, field_id))
    raise not_found()


def _query(org: Org, statement: Statement) -> Json:
    """The custom fields that match a query, hidden or not; `Metadata` and `FullName` only for a
    single row."""
    rows = [row for row in _rows(org, statement.tables) if statement.fits(row)]
    if len(rows) > 1 and not _SINGLE_ROW_COLUMNS.isdisjoint(statement.columns):
        raise bad("MALFORMED_QUERY", f"{_TOO_MANY} Result size: {len(rows)}")
    records = [_shown(row, statement.columns) for row in rows]
    return {"size": len(records), "totalSize": len(records), "done": True, "records": records}


def _read(org: Org, field_id: str) -> Json:
    for row in _rows(org, ()):
        if short_id(row["Id"]) == short_id(field_id):
            return _shown(row, tuple(row))
    raise not_found()


def _shown(row: dict[str, Json], columns: tuple[str, ...]) -> Json:
    url = f"/services/data/v68.0/tooling/sobjects/CustomField/{row['Id']}"
    return {
        "attributes": {"type": "CustomField", "url": url},
        **{name: row[name] for name in columns},
    }


def _rows(org: Org, tables: tuple[str, ...]) -> Iterator[dict[str, Json]]:
    """The CustomFields of these objects, by default of all."""
    for table in tables or _tables(org):
        for field in _custom_fields(org, table):
            yield _row(org, table, field)


def _custom_fields(org: Org, table: str) -> list[Field]:
    """The custom fields of an object; empty for an unknown object."""
    try:
        fields = _object(org, table).fields
    except SalesforceError:
        return []
    return [field for name, field in fields.items() if name.endswith("__c")]


def _tables(org: Org) -> tuple[str, ...]:
    """The objects that have fields; Activity holds those of Task and Event."""
    return (*(name for name in org.objects if name not in ("Task", "Event")), "Activity")


def _object(org: Org, table: str) -> ObjectType:
    return org.object_type("Task" if table == "Activity" else table)


def _row(org: Org, table: str, field: Field) -> dict[str, Json]:
    """One CustomField; DeveloperName omits `__c` and the package's namespace."""
    namespace, _, name = field.name.removesuffix("__c").rpartition("__")
    return {
        "Id": org.field_id(table, field.name),
        "DeveloperName": name,
        "NamespacePrefix": namespace or None,
        "TableEnumOrId": table,
        "FullName": f"{table}.{field.name}",
        "Metadata": describe_metadata(field),
    }


@dataclass(frozen=True, slots=True)
class _NewField:
    """A CustomField to create: `table` is an object's name or Activity."""

    table: str
    name: str
    metadata: Metadata


def _create(org: Org, request: Request) -> Response:
    if not org.permissions_of().customize_application:
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", _NO_ACCESS)
    body = request.rows_body()
    new = _parse_new(body)
    _check_new(org, new)
    org.conditions.check_write(creating=False)
    org.refusals.check("create", "CustomField", body)
    add_field(org, {**new.metadata, "object": new.table, "name": new.name}, hidden=True)
    org.records.writes["created"] += 1
    return Response(201, _saved(org.field_id(new.table, new.name)))


def _check_new(org: Org, new: _NewField) -> None:
    object_ = _object(org, new.table)
    if object_.find(new.name) is not None:
        message = f"There is already a field named {new.name.removesuffix('__c')} on {new.table}."
        raise bad("DUPLICATE_DEVELOPER_NAME", message, "DeveloperName")
    check_metadata(object_, new.metadata)


def _parse_new(body: dict[str, Json]) -> _NewField:
    """Parse the field of a body. Raises INVALID_FIELD, and refuses Task and Event, whose fields
    belong to Activity."""
    table, _, name = str(body.get("FullName", "")).partition(".")
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict) or not name.endswith("__c"):
        raise bad("INVALID_FIELD", "FullName and Metadata are required", "FullName")
    if table in ("Task", "Event"):
        message = "bad value for restricted picklist field"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, "FullName")
    return _NewField(table, name, metadata)


def _saved(record_id: str) -> Json:
    return {"id": record_id, "success": True, "errors": [], "warnings": [], "infos": []}
