"""`/sobjects`: describes, rows by id or external id, and changes within a time span
(salesforce-api.md §3.2 to §3.5, §3.14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import attributes, record_path
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.org.values import canonical_id, format_datetime, parse_moment
from zsf_plugin.emulator.resources import describe
from zsf_plugin.emulator.writes.rows import by_external_id, create, delete, get_live_row, update


def answer_sobjects(org: Org, request: Request, steps: list[str]) -> Response:
    """Serve `/sobjects/…`."""
    if not steps:
        return Response(200, describe.global_describe(org))
    object_ = org.object_type(steps[0])
    match steps[1:]:
        case []:
            return _object_resource(org, request, object_)
        case ["describe" | "updated" | "deleted" as name]:
            return _OBJECT_RESOURCES[name](org, object_, request)
        case ["describe", "layouts", *more] if len(more) <= 1:
            return Response(200, describe.layouts(org, object_, "".join(more)))
        case [record_id] if canonical_id(record_id):
            return _row(org, request, object_, record_id)
        case [key]:
            message = "Provided external ID field does not exist or is not accessible"
            raise not_found(f"{message}: {key}")
        case [key, value]:
            return _row_by_key(org, request, object_, key, value)
    raise not_found()


def method_not_allowed(request: Request, allowed: str) -> SalesforceError:
    """405, with the allowed methods."""
    message = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
    return SalesforceError(405, "METHOD_NOT_ALLOWED", message)


def saved(row: Mapping[str, Json]) -> dict[str, Json]:
    """The result of writing one row."""
    return {"id": row["Id"], "success": True, "errors": []}


def upserted(row: Mapping[str, Json], *, created: bool) -> dict[str, Json]:
    """The result of upserting one row."""
    return {**saved(row), "created": created}


def visible_row(org: Org, object_: ObjectType, row: Row, fields: str | None) -> Json:
    """A row as returned by a read: the named fields or all visible ones. Raises INVALID_FIELD."""
    columns = org.visible_fields(object_)
    if fields:
        columns = [_column(org, object_, name) for name in fields.split(",")]
    values = {column.name: row.get(column.name) for column in columns}
    return {"attributes": attributes(object_, row), **values, "Id": row["Id"]}


def _column(org: Org, object_: ObjectType, name: str) -> Field:
    field = org.visible(object_, name.strip())
    if field is None:
        raise object_.no_column(name)
    return field


def _object_resource(org: Org, request: Request, object_: ObjectType) -> Response:
    if request.method == "POST":
        row = create(org, object_, request.rows_body(), request.author)
        return Response(201, saved(row), {"Location": record_path(object_, row)})
    if request.method == "GET":
        return Response(200, {"objectDescribe": {"name": object_.name}, "recentItems": []})
    raise method_not_allowed(request, "GET,HEAD,POST")


def _describe(org: Org, object_: ObjectType, request: Request) -> Response:
    headers = {"Last-Modified": object_.changed}
    if describe.is_unmodified_since(object_, request.headers.get("if-modified-since")):
        return Response(304, None, headers)
    return Response(200, describe.object_describe(org, object_), headers)


def _row(org: Org, request: Request, object_: ObjectType, record_id: str) -> Response:
    if request.method in ("GET", "HEAD"):
        return _read(org, request, object_, record_id)
    if request.method == "PATCH":
        _check_preconditions(request, object_, get_live_row(org, object_, record_id))
        update(org, object_, record_id, request.rows_body(), request.author)
        return Response(204)
    if request.method == "DELETE":
        delete(org, object_, record_id)
        return Response(204)
    raise method_not_allowed(request, "DELETE,GET,HEAD,PATCH")


def _read(org: Org, request: Request, object_: ObjectType, record_id: str) -> Response:
    row = get_live_row(org, object_, record_id)
    headers = {"ETag": _etag(row)} if object_.name == "Account" else {}
    return Response(200, visible_row(org, object_, row, request.query.get("fields")), headers)


def _check_preconditions(request: Request, object_: ObjectType, row: Row) -> None:
    """`If-Unmodified-Since`, to the second; `If-Match` on Accounts only (§3.3, §9 trap 54)."""
    since = request.headers.get("if-unmodified-since")
    if since is not None and _was_changed_after(row, since):
        message = "The record was modified since the given time"
        raise SalesforceError(412, "PRECONDITION_FAILED", message)
    etag = request.headers.get("if-match", _etag(row))
    if object_.name == "Account" and etag != _etag(row):
        raise SalesforceError(412, "PRECONDITION_FAILED", "The record's ETag is another by now")


def _was_changed_after(row: Row, http_date: str) -> bool:
    return _parse_http_date(http_date) < _parse_second(str(row["SystemModstamp"]))


def _etag(row: Row) -> str:
    return f'"{row["SystemModstamp"]}"'


def _parse_http_date(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as error:
        raise bad("INVALID_REQUEST_HEADER", f"not an HTTP date: {text}") from error


def _parse_second(moment: str) -> datetime:
    return datetime.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _row_by_key(org: Org, request: Request, object_: ObjectType, key: str, value: str) -> Response:
    """Read, delete or upsert by external id (§3.5). Several matches return 300 and write
    nothing."""
    matches = by_external_id(org, object_, key, value)
    if len(matches) > 1:
        return Response(300, [record_path(object_, row) for row in matches])
    match = matches[0] if matches else None
    if request.method == "PATCH":
        return _upsert(org, request, object_, (key, value), match)
    if match is None:
        raise not_found()
    return _row(org, request, object_, str(match["Id"]))


def _upsert(
    org: Org, request: Request, object_: ObjectType, key: tuple[str, str], match: Row | None
) -> Response:
    """Create or update by external id, a (field, value); the body must not contain the field."""
    name, value = key
    body = request.rows_body()
    _refuse_key(name, body)
    if match is not None:
        update(org, object_, str(match["Id"]), body, request.author)
        return Response(200, upserted(match, created=False))
    if request.query.get("updateOnly") == "true":
        raise not_found()
    row = create(org, object_, {**body, name: value}, request.author)
    return Response(201, upserted(row, created=True))


_MAX_AGE = timedelta(days=30)
_RECYCLE_BIN = timedelta(days=15)


def _refuse_key(name: str, body: Mapping[str, Json]) -> None:
    if any(given.lower() == name.lower() for given in body):
        raise bad(
            "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.", name
        )


def updated_between(org: Org, object_: ObjectType, request: Request) -> Json:
    """Ids of live rows whose SystemModstamp lies between start and end."""
    span = _parse_span(request)
    return {
        "ids": [row["Id"] for row in _changed(org, object_, span)],
        "latestDateCovered": span.latest,
    }


def deleted_between(org: Org, object_: ObjectType, request: Request) -> Json:
    """Rows deleted between start and end."""
    span = _parse_span(request)
    deleted = [_deleted_record(row) for row in _changed(org, object_, span, deleted=True)]
    earliest = _to_minute(datetime.now(UTC) - _RECYCLE_BIN)
    covered = {"earliestDateAvailable": earliest, "latestDateCovered": span.latest}
    return {"deletedRecords": deleted, **covered}


def _deleted_record(row: Row) -> Json:
    return {"id": row["Id"], "deletedDate": row["SystemModstamp"]}


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime

    @property
    def latest(self) -> str:
        """Its end, as `latestDateCovered`."""
        return _to_minute(self.end)

    def covers(self, row: Row) -> bool:
        """Whether the row changed within the span."""
        return self.start <= parse_moment(str(row["SystemModstamp"])) < self.end


def _changed(org: Org, object_: ObjectType, span: _Span, *, deleted: bool = False) -> Iterator[Row]:
    """The live or deleted rows visible to the user that changed within the span."""
    for row in org.visible_rows(object_):
        if row["IsDeleted"] == deleted and span.covers(row):
            yield row


def _parse_span(request: Request) -> _Span:
    """Parse `start` and `end`, to the minute. Raises INVALID_REPLICATION_DATE."""
    try:
        start, end = _minute(request.query["start"]), _minute(request.query["end"])
    except (KeyError, ValueError) as error:
        raise _invalid("start and end must be dates with times") from error
    if end - start < timedelta(minutes=1):
        raise _invalid("endDate must be at least one minute greater than startDate")
    if start < datetime.now(UTC) - _MAX_AGE:
        raise _invalid("startDate cannot be more than 30 days ago")
    return _Span(start, end)


def _invalid(message: str) -> SalesforceError:
    return bad("INVALID_REPLICATION_DATE", message)


def _minute(text: str) -> datetime:
    return parse_moment(text).replace(second=0, microsecond=0)


def _to_minute(moment: datetime) -> str:
    return format_datetime(moment.replace(second=0))


def _updated(org: Org, object_: ObjectType, request: Request) -> Response:
    return Response(200, updated_between(org, object_, request))


def _deleted(org: Org, object_: ObjectType, request: Request) -> Response:
    return Response(200, deleted_between(org, object_, request))


#: The resources of `/sobjects/X/` that cover the whole object.
_OBJECT_RESOURCES = {"describe": _describe, "updated": _updated, "deleted": _deleted}
