"""The REST resources below `/services/data/vXX.X/`, without a socket: a request in, status and body
out.

Composite calls these same functions for its subrequests (salesforce-api.md §3).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from zsf_plugin.emulator import (
    collections_resource,
    composite,
    describe,
    graph,
    query,
    replication,
    search,
    tooling,
)
from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response, shown
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.records import Row
from zsf_plugin.emulator.rows import by_external_id, create, delete, existing, update
from zsf_plugin.emulator.schema import ObjectType
from zsf_plugin.emulator.tree import answer_tree

_LONGEST_URI = 16_384
_RETIRED = 30
VERSIONS = tuple(f"{number}.0" for number in range(_RETIRED + 1, 69))


def answer(org: Org, request: Request) -> Response:
    """Serve one request. Never raises SalesforceError: it is the response."""
    try:
        if not request.nested:
            org.conditions.check_request()
            org.allowed().check_request()
        return _served(org, request)
    except SalesforceError as error:
        return Response(error.status, error.single())


def _served(org: Org, request: Request) -> Response:
    uri = len(request.path.encode())
    if uri > _LONGEST_URI:
        raise SalesforceError(414, "URI_TOO_LONG", "URI too long")
    steps = [unquote(step) for step in urlsplit(request.path).path.strip("/").split("/")]
    version, rest = steps[2].removeprefix("v"), steps[3:]
    if version not in VERSIONS:
        retired = (
            version.removesuffix(".0").isdigit()
            and 7 <= int(version.removesuffix(".0")) <= _RETIRED
        )
        raise (
            SalesforceError(410, "UNSUPPORTED_API_VERSION", "version retired")
            if retired
            else not_found()
        )
    if (
        not request.nested
        and sum(len(f"{k}: {v}\r\n") for k, v in request.headers.items()) + uri > _LONGEST_URI
    ):
        raise SalesforceError(431, "HEADERS_TOO_LONG", "Request Header Fields Too Large")
    if (
        rest
        and rest[0] in ("query", "queryAll", "limits")
        and request.method not in ("GET", "HEAD")
    ):
        raise _not_allowed(request, "GET,HEAD")
    org.resources[rest[0] if rest else ""] += 0 if request.nested else 1
    match rest:
        case []:
            return Response(
                200,
                {
                    name: f"/services/data/v{version}/{name}"
                    for name in ("sobjects", "query", "limits")
                },
            )
        case ["limits"]:
            return Response(200, _limits(org))
        case ["query" | "queryAll" as name]:
            org.refusals.check("query", "", {})
            text = request.query.get("q", "")
            return Response(
                200,
                query.run_query(org, text, deleted=name == "queryAll", rows=_rows_a_page(request)),
            )
        case ["query" | "queryAll", locator]:
            return Response(200, query.next_page(org, locator, rows=_rows_a_page(request)))
        case ["search"]:
            return Response(200, search.search(org, request.query.get("q", "")))
        case ["parameterizedSearch"] if request.method == "POST":
            return Response(200, search.parameterized(org, request.rows_body()))
        case ["composite", *more]:
            return _composite(org, request, more)
        case ["tooling", *more]:
            return tooling.answer_tooling(org, request, more)
        case ["sobjects", *more]:
            return _sobjects(org, request, more)
    raise not_found()


def _rows_a_page(request: Request) -> int:
    """What `Sforce-Query-Options: batchSize=500` asks for, between 200 and 2,000; the server may
    give fewer (§3.12)."""
    asked = re.search(
        r"batchSize\s*=\s*(\d+)", request.headers.get("sforce-query-options", ""), re.IGNORECASE
    )
    return min(max(int(asked[1]), 200), 2000) if asked else 2000


def _limits(org: Org) -> Json:
    return {
        "DailyApiRequests": {
            "Max": org.daily_limit,
            "Remaining": max(org.daily_limit - org.used, 0),
        },
        "DataStorageMB": {"Max": 10240, "Remaining": 10100},
    }


def _composite(org: Org, request: Request, rest: list[str]) -> Response:
    match rest:
        case []:
            return composite.answer_composite(org, request, answer)
        case ["graph"] if request.method == "POST":
            return graph.answer_graph(org, request, answer)
        case ["tree", name] if request.method == "POST":
            return answer_tree(org, request, org.object_type(name))
        case ["batch"]:
            return composite.answer_batch(org, request, answer)
        case ["sobjects", *more]:
            return collections_resource.answer_collections(org, request, more)
    raise not_found()


def _sobjects(org: Org, request: Request, rest: list[str]) -> Response:
    match rest:
        case []:
            return Response(200, describe.global_describe(org))
        case [name]:
            return _object_resource(org, request, org.object_type(name))
        case [name, "describe"]:
            return _describe(org, request, org.object_type(name))
        case [name, "updated"]:
            return Response(200, replication.updated(org, org.object_type(name), request))
        case [name, "deleted"]:
            return Response(200, replication.deleted(org, org.object_type(name), request))
        case [name, record_id] if canonical(record_id):
            return _row(org, request, org.object_type(name), record_id)
        case [name, record_id]:
            words = f"Provided external ID field does not exist or is not accessible: {record_id}"
            raise not_found(words if org.object_type(name) else "")
        case [name, key, value]:
            return _by_key(org, request, org.object_type(name), key, value)
    raise not_found()


def _object_resource(org: Org, request: Request, object_: ObjectType) -> Response:
    if request.method == "POST":
        row = create(org, object_, request.rows_body(), request.options, request.user_id)
        return _created(object_, row)
    if request.method == "GET":
        return Response(200, {"objectDescribe": {"name": object_.name}, "recentItems": []})
    raise _not_allowed(request, "GET,HEAD,POST")


def _describe(org: Org, request: Request, object_: ObjectType) -> Response:
    headers = {"Last-Modified": object_.changed}
    if describe.unchanged_since(object_, request.headers.get("if-modified-since")):
        return Response(304, None, headers)
    return Response(200, describe.object_describe(org, object_), headers)


def _row(org: Org, request: Request, object_: ObjectType, record_id: str) -> Response:
    if request.method in ("GET", "HEAD"):
        row = existing(org, object_, record_id)
        headers = {"ETag": _etag(row)} if object_.name == "Account" else {}
        return Response(200, shown(org, object_, row, request.query.get("fields")), headers)
    if request.method == "PATCH":
        _check_preconditions(request, object_, existing(org, object_, record_id))
        update(org, object_, record_id, request.rows_body(), request.options, request.user_id)
        return Response(204)
    if request.method == "DELETE":
        delete(org, object_, record_id)
        return Response(204)
    raise _not_allowed(request, "DELETE,GET,HEAD,PATCH")


def _check_preconditions(request: Request, object_: ObjectType, row: Row) -> None:
    """`If-Unmodified-Since`, to the second; `If-Match` on Accounts alone (§3.3, §9 trap 54)."""
    since = request.headers.get("if-unmodified-since")
    if since is not None and _http_moment(since) < _second(str(row["SystemModstamp"])):
        raise SalesforceError(
            412, "PRECONDITION_FAILED", "The record was modified since the given time"
        )
    match = request.headers.get("if-match")
    if match is not None and object_.name == "Account" and match != _etag(row):
        raise SalesforceError(412, "PRECONDITION_FAILED", "The record's ETag is another by now")


def _etag(row: Row) -> str:
    return f'"{row["SystemModstamp"]}"'


def _http_moment(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as error:
        raise bad("INVALID_REQUEST_HEADER", f"not an HTTP date: {text}") from error


def _second(moment: str) -> datetime:
    return datetime.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _by_key(org: Org, request: Request, object_: ObjectType, key: str, value: str) -> Response:
    """Rows by external id: read, delete, upsert (§3.5). Several matches answer 300 and write
    nothing."""
    matches = by_external_id(org, object_, key, value)
    if len(matches) > 1:
        return Response(
            300, [f"/services/data/v68.0/sobjects/{object_.name}/{row['Id']}" for row in matches]
        )
    if request.method == "PATCH":
        return upsert(org, request, object_, key, value, matches)
    if not matches:
        raise not_found()
    return _row(org, request, object_, str(matches[0]["Id"]))


def upsert(
    org: Org, request: Request, object_: ObjectType, key: str, value: str, matches: list[Row]
) -> Response:
    """Create or update by external id; the key must not stand in the body."""
    body = request.rows_body()
    if any(name.lower() == key.lower() for name in body):
        words = f"The {key} field should not be specified in the sobject data."
        raise bad("INVALID_FIELD", words, key)
    if matches:
        record_id = str(matches[0]["Id"])
        update(org, object_, record_id, body, request.options, request.user_id)
        return Response(200, {"id": record_id, "success": True, "errors": [], "created": False})
    if request.query.get("updateOnly") == "true":
        raise not_found()
    row = create(org, object_, {**body, key: value}, request.options, request.user_id)
    return Response(201, {"id": row["Id"], "success": True, "errors": [], "created": True})


def _created(object_: ObjectType, row: Row) -> Response:
    location = f"/services/data/v68.0/sobjects/{object_.name}/{row['Id']}"
    return Response(201, {"id": row["Id"], "success": True, "errors": []}, {"Location": location})


def _not_allowed(request: Request, allowed: str) -> SalesforceError:
    words = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
    return SalesforceError(405, "METHOD_NOT_ALLOWED", words)
