"""`/composite/sobjects`: up to 200 rows per request, with one result each, in order
(salesforce-api.md §3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, bad_reference, not_found
from zsf_plugin.emulator.exchange import Author, Request, Response, objects_of, sent_attribute
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import refuse_mixed_objects
from zsf_plugin.emulator.org.schema import ObjectType, Row
from zsf_plugin.emulator.org.values import canonical_id
from zsf_plugin.emulator.resources.sobjects import saved, upserted, visible_row
from zsf_plugin.emulator.writes.rows import by_external_id, create, delete, key_field, update

_MAX_ROWS = 200
_MAX_CHUNKS = 10
_MAX_ROWS_READ = 2000
_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was "
    "using AllOrNone header"
)
#: A record as it was sent, and the result of its write.
_Sent = dict[str, Json]
_Result = dict[str, Json]


def answer_collections(org: Org, request: Request, steps: list[str]) -> Response:
    """Create, update, upsert, delete or read many rows."""
    match request.method, steps:
        case "DELETE", []:
            return _delete_all(org, request)
        case "GET", [name]:
            return _read_all(org, name, _ids(request), request.query.get("fields", "Id"))
        case "POST", [name]:
            return _read_all(org, name, *_columns(request.rows_body()))
        case "POST", []:
            return _create_all(org, request)
        case "PATCH", []:
            return _update_all(org, request)
        case "PATCH", [name, key]:
            return _upsert_all(org, request, name, key)
    _parse_records(request)
    raise not_found()


def _parse_records(request: Request) -> list[_Sent]:
    """Parse the records of a body and check them as a whole."""
    records = objects_of(request.rows_body().get("records"), "records")
    _refuse_more_than(_MAX_ROWS, len(records))
    names = [_object_name(record) for record in records]
    refuse_mixed_objects(names)
    if len(list(groupby(names))) > _MAX_CHUNKS:
        raise bad("LIMIT_EXCEEDED", "The request contains more than 10 chunks of records")
    return records


def _object_name(record: _Sent) -> str:
    name = sent_attribute(record, "type")
    if name is None:
        raise bad("INVALID_INPUT", "Include an 'attributes' object with a 'type' in each record")
    return name


def _each(
    org: Org, records: list[_Sent], save: Callable[[_Sent], _Result], *, whole: bool
) -> Response:
    """Save each record and return its result; if `whole` (allOrNone), all or none."""
    org.save_size = len(records)
    results: list[_Result] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            results += [save_one(save, record) for record in records]
            if whole and not all(result["success"] for result in results):
                raise _RollBack
    except _RollBack:
        results = [_rolled_back(result) for result in results]
    finally:
        org.save_size = 1
    return Response(200, results)


class _RollBack(Exception):
    """One record of an allOrNone request failed."""


def save_one(save: Callable[[_Sent], _Result], record: _Sent) -> _Result:
    """The result of saving one record, also if it is refused."""
    try:
        return save(record)
    except SalesforceError as error:
        return error.in_collection()


def _rolled_back(result: _Result) -> _Result:
    """Failed records keep their own codes; the others are reported as rolled back."""
    if not result["success"]:
        return result
    return bad("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK).in_collection()


def _save_each(
    org: Org, request: Request, records: list[_Sent], save: Callable[[_Sent], _Result]
) -> Response:
    """Save each record; all or none if the body has allOrNone."""
    return _each(org, records, save, whole=bool(request.rows_body().get("allOrNone")))


def _values(record: _Sent, *but: str) -> dict[str, Json]:
    return {name: value for name, value in record.items() if name not in ("attributes", *but)}


def _create_all(org: Org, request: Request) -> Response:
    save = partial(_create, org, request.author)
    return _save_each(org, request, _parse_records(request), save)


def _create(org: Org, author: Author, record: _Sent) -> _Result:
    object_ = org.object_type(_object_name(record))
    return saved(create(org, object_, _values(record), author))


def _update_all(org: Org, request: Request) -> Response:
    records = _parse_records(request)
    _refuse_repeated_ids(records)
    return _save_each(org, request, records, partial(_update, org, request.author))


def _update(org: Org, author: Author, record: _Sent) -> _Result:
    key = "id" if "id" in record else "Id"
    if record.get(key) is None:
        raise bad("MISSING_ARGUMENT", "Id not specified in an update call")
    object_ = org.object_type(_object_name(record))
    _refuse_unknown(org, object_, str(record[key]))
    values = _values(record, key)
    return saved(update(org, object_, str(record[key]), values, author))


def _refuse_unknown(org: Org, object_: ObjectType, record_id: str) -> None:
    """A record that does not exist is an invalid reference here, not a missing resource."""
    full_id = canonical_id(record_id)
    row = org.rows[object_.name].get(full_id or "")
    if full_id is not None and (row is None or not org.shared(row)):
        raise bad_reference()


def _refuse_repeated_ids(records: list[_Sent]) -> None:
    ids = [canonical_id(record.get("id", record.get("Id"))) for record in records]
    for position, record_id in enumerate(ids):
        if record_id is not None and record_id in ids[:position]:
            raise bad("DUPLICATE_VALUE", f"duplicate id in list: {record_id}", "Id")


@dataclass(frozen=True, slots=True)
class Upsert:
    """Creates or updates records by external id; `repeated` holds lower-case values given twice."""

    org: Org
    author: Author
    object: ObjectType
    key: str
    repeated: frozenset[str]

    def save(self, record: _Sent) -> _Result:
        """Write one record and return its result. Raises SalesforceError."""
        match = self._match(self._key_value(record))
        if match is None:
            row = create(self.org, self.object, _values(record), self.author)
            return upserted(row, created=True)
        values = _values(record, self.key)
        row = update(self.org, self.object, str(match["Id"]), values, self.author)
        return upserted(row, created=False)

    def _key_value(self, record: _Sent) -> str:
        if record.get(self.key) is None:
            raise bad("MISSING_ARGUMENT", f"{self.key} not specified")
        value = str(record[self.key])
        if value.lower() in self.repeated:
            message = f"Duplicate external id specified: {value}"
            raise bad("DUPLICATE_VALUE", message, self.key)
        return value

    def _match(self, value: str) -> Row | None:
        """The only row with that value, or None."""
        matches = by_external_id(self.org, self.object, self.key, value)
        if len(matches) > 1:
            message = f"{self.key}: more than one record found for external id field"
            raise bad("DUPLICATE_EXTERNAL_ID", message, self.key)
        return matches[0] if matches else None


def _upsert_all(org: Org, request: Request, object_name: str, key: str) -> Response:
    records = _parse_records(request)
    object_ = org.object_type(object_name)
    key_field(org, object_, key)
    upsert = Upsert(org, request.author, object_, key, _repeated(records, key))
    return _save_each(org, request, records, upsert.save)


def _repeated(records: list[_Sent], key: str) -> frozenset[str]:
    """The key values, in lower case, that several records share."""
    counts = Counter(_lowered_values(records, key))
    return frozenset(value for value, count in counts.items() if count > 1)


def _lowered_values(records: list[_Sent], key: str) -> list[str]:
    return [str(record[key]).lower() for record in records if record.get(key) is not None]


def _delete_all(org: Org, request: Request) -> Response:
    records: list[_Sent] = [{"id": record_id} for record_id in _ids(request)]
    _refuse_more_than(_MAX_ROWS, len(records))
    whole = request.query.get("allOrNone") == "true"
    return _each(org, records, partial(_delete, org), whole=whole)


def _ids(request: Request) -> list[str]:
    return request.query.get("ids", "").split(",")


def _delete(org: Org, record: _Sent) -> _Result:
    found = org.records.get(record["id"], deleted=True)
    if found is None:
        raise bad_reference()
    object_, row = found
    delete(org, object_, str(row["Id"]))
    return saved(row)


def _columns(body: Mapping[str, Json]) -> tuple[list[str], str]:
    """(ids, fields) of a read whose body names them."""
    return _texts(body, "ids"), ",".join(_texts(body, "fields"))


def _texts(body: Mapping[str, Json], name: str) -> list[str]:
    return cast(list[str], body.get(name, []))


def _read_all(org: Org, object_name: str, ids: list[str], fields: str) -> Response:
    """Read rows by id; an unknown id gives null."""
    object_ = org.object_type(object_name)
    _refuse_more_than(_MAX_ROWS_READ, len(ids))
    visible_row(org, object_, {"Id": None}, fields)  # a wrong field name fails the whole read
    rows = [_live_row(org, object_, record_id) for record_id in ids]
    return Response(200, [row and visible_row(org, object_, row, fields) for row in rows])


def _live_row(org: Org, object_: ObjectType, record_id: str) -> Row | None:
    """The live row with that id, if the user can see it."""
    row = org.rows[object_.name].get(canonical_id(record_id) or "")
    return None if row is None or row["IsDeleted"] or not org.shared(row) else row


def _refuse_more_than(most: int, count: int) -> None:
    if count > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise bad("EXCEEDED_ID_LIMIT", message)
