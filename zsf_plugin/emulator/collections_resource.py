"""`/composite/sobjects`: up to 200 rows a request, one result each, in order (salesforce-api.md
§3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response, shown
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.rows import by_external_id, create, delete, update
from zsf_plugin.emulator.schema import SETUP_OBJECTS

_MOST_ROWS = 200
_MOST_CHUNKS = 10
_MOST_READ = 2000
_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was "
    "using AllOrNone header"
)
_One = Callable[[Mapping[str, Json]], dict[str, Json]]


def answer_collections(org: Org, request: Request, steps: list[str]) -> Response:
    """Create, update, upsert, delete or read many rows."""
    if request.method == "DELETE" and not steps:
        return _deleted(org, request)
    if len(steps) == 1 and request.method in ("GET", "POST"):
        return _read(org, request, steps[0])
    body = request.rows_body()
    records = _records(body)
    if request.method == "POST" and not steps:
        return _each(org, body, records, lambda record: _create(org, request, record))
    if request.method == "PATCH" and not steps:
        _refuse_twins(
            [one for record in records if (one := canonical(record.get("id", record.get("Id"))))]
        )
        return _each(org, body, records, lambda record: _update(org, request, record))
    if request.method == "PATCH" and len(steps) == 2:
        return _upserted(org, request, body, records, steps)
    raise not_found()


def _records(body: Mapping[str, Json]) -> list[dict[str, Json]]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise bad("JSON_PARSER_ERROR", "The records property must be a list")
    _refuse_more_than(_MOST_ROWS, len(records))
    types = [_type(record) for record in records]
    if len({name in SETUP_OBJECTS for name in types}) > 1:
        words = (
            "DML operation on setup object is not permitted after you have updated a "
            "non-setup object"
        )
        raise bad("MIXED_DML_OPERATION", words)
    chunks = sum(1 for at, name in enumerate(types) if at == 0 or types[at - 1] != name)
    if chunks > _MOST_CHUNKS:
        raise bad("LIMIT_EXCEEDED", "The request contains more than 10 chunks of records")
    return cast(list[dict[str, Json]], records)


def _type(record: Mapping[str, Json]) -> str:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or "type" not in attributes:
        raise bad("INVALID_INPUT", "Include an 'attributes' object with a 'type' in each record")
    return str(attributes["type"])


def _each(
    org: Org, body: Mapping[str, Json], records: list[dict[str, Json]], one: _One
) -> Response:
    """A result for each record; with allOrNone, all or none."""
    whole = bool(body.get("allOrNone"))
    org.save_size = len(records)
    results: list[dict[str, Json]] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            for record in records:
                results.append(_guarded(one, record))
            if whole and not all(result["success"] for result in results):
                raise _RollBack
    except _RollBack:
        back = SalesforceError(
            400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK
        ).in_collection()
        results = [back if result["success"] else result for result in results]
    finally:
        org.save_size = 1
    return Response(200, results)


class _RollBack(Exception):
    """One record of an allOrNone request failed."""


def _guarded(one: _One, record: Mapping[str, Json]) -> dict[str, Json]:
    try:
        return one(record)
    except SalesforceError as error:
        return error.in_collection()


def _values(record: Mapping[str, Json], *but: str) -> dict[str, Json]:
    return {key: value for key, value in record.items() if key not in ("attributes", *but)}


def _create(org: Org, request: Request, record: Mapping[str, Json]) -> dict[str, Json]:
    row = create(
        org, org.object_type(_type(record)), _values(record), request.options, request.user_id
    )
    return {"id": row["Id"], "success": True, "errors": []}


def _update(org: Org, request: Request, record: Mapping[str, Json]) -> dict[str, Json]:
    key = "id" if "id" in record else "Id"
    if record.get(key) is None:
        raise bad("MISSING_ARGUMENT", "Id not specified in an update call")
    object_, record_id = org.object_type(_type(record)), str(record[key])
    row = update(org, object_, record_id, _values(record, key), request.options, request.user_id)
    return {"id": row["Id"], "success": True, "errors": []}


def _upserted(
    org: Org,
    request: Request,
    body: Mapping[str, Json],
    records: list[dict[str, Json]],
    steps: list[str],
) -> Response:
    object_, key = org.object_type(steps[0]), steps[1]
    by_external_id(org, object_, key, "")
    given = Counter(str(record[key]).lower() for record in records if record.get(key) is not None)
    repeated = {value for value, count in given.items() if count > 1}

    def one(record: Mapping[str, Json]) -> dict[str, Json]:
        if record.get(key) is None:
            raise bad("MISSING_ARGUMENT", f"{key} not specified")
        value = str(record[key])
        if value.lower() in repeated:
            raise bad("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", key)
        matches = by_external_id(org, object_, key, value)
        if len(matches) > 1:
            raise bad(
                "DUPLICATE_EXTERNAL_ID",
                f"{key}: more than one record found for external id field",
                key,
            )
        if matches:
            record_id = str(matches[0]["Id"])
            update(org, object_, record_id, _values(record, key), request.options, request.user_id)
            return {"id": record_id, "success": True, "errors": [], "created": False}
        row = create(org, object_, _values(record), request.options, request.user_id)
        return {"id": row["Id"], "success": True, "errors": [], "created": True}

    return _each(org, body, records, one)


def _deleted(org: Org, request: Request) -> Response:
    def one(record: Mapping[str, Json]) -> dict[str, Json]:
        found = org.records.get(record["id"], deleted=True)
        if found is None:
            raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        delete(org, found[0], str(record["id"]))
        return {"id": found[1]["Id"], "success": True, "errors": []}

    records: list[dict[str, Json]] = [
        {"id": one_id} for one_id in request.query.get("ids", "").split(",")
    ]
    _refuse_more_than(_MOST_ROWS, len(records))
    return _each(org, {"allOrNone": request.query.get("allOrNone") == "true"}, records, one)


def _read(org: Org, request: Request, name: str) -> Response:
    """Rows by id; an unknown one is null in its place."""
    object_ = org.object_type(name)
    if request.method == "POST":
        body = request.rows_body()
        ids, fields = (
            cast(list[str], body.get("ids", [])),
            ",".join(cast(list[str], body.get("fields", []))),
        )
    else:
        ids, fields = request.query.get("ids", "").split(","), request.query.get("fields", "Id")
    _refuse_more_than(_MOST_READ, len(ids))
    shown(org, object_, {"Id": None}, fields)  # a wrong field name fails all, whatever is found
    rows = [org.rows[object_.name].get(canonical(one_id) or "") for one_id in ids]
    living = [
        row if row is not None and not row["IsDeleted"] and org.shared(row) else None
        for row in rows
    ]
    return Response(
        200, [None if row is None else shown(org, object_, row, fields) for row in living]
    )


def _refuse_twins(ids: list[str]) -> None:
    twin = next((one for one, count in Counter(ids).items() if count > 1), None)
    if twin is not None:
        raise bad("DUPLICATE_VALUE", f"duplicate id in list: {twin}", "Id")


def _refuse_more_than(most: int, count: int) -> None:
    if count > most:
        raise bad(
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {most} records into this call",
        )
