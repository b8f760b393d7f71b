"""The API below `/services/data/vXX.X/`, without a socket: what a request meets before its
resource, and which resource answers it.

Composite calls `answer` for its subrequests (salesforce-api.md §3). A new resource is a function
and its case in `_route`; a fault's part is handed in as an `Interception`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from zsf_plugin.emulator.errors import SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import HttpRequest, Request, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources import collections, composite, tooling
from zsf_plugin.emulator.resources.sobjects import answer_sobjects, method_not_allowed
from zsf_plugin.emulator.resources.tree import answer_tree

#: A request changed for its resource, or the answer that it gets without reaching one.
Rewrite = Callable[[Request], Request | Response]


def _unchanged(request: Request) -> Request:
    return request


@dataclass(frozen=True, slots=True)
class Interception:
    """What a fault changes inside the org: the allocation counts as used up, or the request is
    rewritten once it was counted."""

    limit_reached: bool = False
    rewrite: Rewrite = _unchanged


NO_INTERCEPTION = Interception()


def answer_api(
    org: Org,
    user_id: str | None,
    request: HttpRequest,
    interception: Interception = NO_INTERCEPTION,
) -> Response:
    """The answer to a request of the user whose session it bears (None: of no living session)."""
    if request.auth_scheme not in ("Bearer", "OAuth", ""):
        return _refusal(SalesforceError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"))
    if user_id is None:
        error = SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return replace(_refusal(error), headers={"WWW-Authenticate": "Token"})
    if interception.limit_reached or org.used >= org.daily_limit:
        error = SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        response = _refusal(error)
    else:
        org.used += 1
        response = _counted(org, user_id, request, interception)
    used = org.daily_limit if interception.limit_reached else org.used
    usage = {"Sforce-Limit-Info": f"api-usage={used}/{org.daily_limit}"}
    return replace(response, headers={**response.headers, **usage})


def _counted(org: Org, user_id: str, request: HttpRequest, interception: Interception) -> Response:
    """The answer to a request that counts, however it ends."""
    if request.raw and "json" not in request.headers.get("content-type", ""):
        words = "Content-Type must be application/json"
        return _refusal(SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", words))
    if request.raw and request.body is None:
        return _refusal(bad("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]"))
    org.acting = user_id
    rewritten = interception.rewrite(
        Request(request.method, request.path, request.body, request.headers, user_id)
    )
    return rewritten if isinstance(rewritten, Response) else answer(org, rewritten)


def _refusal(error: SalesforceError) -> Response:
    return Response(error.status, error.single())


_MAX_URI_BYTES = 16_384
_MIN_RETIRED, _MAX_RETIRED = 7, 30
_MIN_ROWS, _MAX_ROWS = 200, 2000
#: Resources that are only read.
_READ_ONLY = ("query", "queryAll", "limits")
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
VERSIONS = tuple(f"{number}.0" for number in range(_MAX_RETIRED + 1, 69))


def answer(org: Org, request: Request) -> Response:
    """Serve one request. Never raises SalesforceError: it is the response."""
    try:
        if not request.nested:
            org.conditions.check_request()
            org.allowed().check_request()
        return _serve(org, request)
    except SalesforceError as error:
        return Response(error.status, error.single())


def _serve(org: Org, request: Request) -> Response:
    _check_uri(request)
    path = urlsplit(request.path).path.strip("/")
    version, *steps = [unquote(step) for step in path.split("/")][2:]
    _check_version(version.removeprefix("v"))
    _check_headers(request)
    name = steps[0] if steps else ""
    if name in _READ_ONLY and request.method not in ("GET", "HEAD"):
        raise method_not_allowed(request, "GET,HEAD")
    org.resources[name] += 0 if request.nested else 1
    return _route(org, request, steps)


def _route(org: Org, request: Request, steps: list[str]) -> Response:
    match steps:
        case []:
            return _root(request)
        case ["limits"]:
            return _limits(org)
        case ["query" | "queryAll" as name]:
            return _query(org, request, deleted=name == "queryAll")
        case ["query" | "queryAll", locator]:
            return _next_page(org, request, locator)
        case ["search"]:
            return _search(org, request)
        case ["parameterizedSearch"] if request.method == "POST":
            return _parameterized_search(org, request)
        case ["composite", *more]:
            return _composite(org, request, more)
        case ["tooling", *more]:
            return tooling.answer_tooling(org, request, more)
        case ["sobjects", *more]:
            return answer_sobjects(org, request, more)
    raise not_found()


def _check_uri(request: Request) -> None:
    if len(request.path.encode()) > _MAX_URI_BYTES:
        raise SalesforceError(414, "URI_TOO_LONG", "URI too long")


def _check_version(version: str) -> None:
    if version in VERSIONS:
        return
    number = version.removesuffix(".0")
    if number.isdigit() and _MIN_RETIRED <= int(number) <= _MAX_RETIRED:
        raise SalesforceError(410, "UNSUPPORTED_API_VERSION", "version retired")
    raise not_found()


def _check_headers(request: Request) -> None:
    """Headers and URI share one limit; a subrequest has no headers of the wire."""
    if request.nested:
        return
    size = len(request.path.encode())
    for name, value in request.headers.items():
        size += len(f"{name}: {value}\r\n")
    if size > _MAX_URI_BYTES:
        raise SalesforceError(431, "HEADERS_TOO_LONG", "Request Header Fields Too Large")


def _root(request: Request) -> Response:
    base = urlsplit(request.path).path.rstrip("/")
    return Response(200, {name: f"{base}/{name}" for name in ("sobjects", "query", "limits")})


def _limits(org: Org) -> Response:
    calls = {"Max": org.daily_limit, "Remaining": max(org.daily_limit - org.used, 0)}
    storage = {"Max": 10240, "Remaining": 10100}
    return Response(200, {"DailyApiRequests": calls, "DataStorageMB": storage})


# The grammar of queries takes long to load: it is loaded when the first one comes.


def _query(org: Org, request: Request, *, deleted: bool) -> Response:
    from zsf_plugin.emulator.soql.evaluate import run_query

    org.refusals.check("query", "", {})
    text, rows = request.query.get("q", ""), _page_size(request)
    return Response(200, run_query(org, text, deleted=deleted, rows=rows))


def _next_page(org: Org, request: Request, locator: str) -> Response:
    from zsf_plugin.emulator.soql.evaluate import next_page

    return Response(200, next_page(org, locator, rows=_page_size(request)))


def _search(org: Org, request: Request) -> Response:
    from zsf_plugin.emulator.resources.search import search

    return Response(200, search(org, request.query.get("q", "")))


def _parameterized_search(org: Org, request: Request) -> Response:
    from zsf_plugin.emulator.resources.search import parameterized

    return Response(200, parameterized(org, request.rows_body()))


def _page_size(request: Request) -> int:
    """What `Sforce-Query-Options: batchSize=500` asks for, between 200 and 2,000; the server may
    give fewer (§3.12)."""
    found = _BATCH_SIZE.search(request.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), _MIN_ROWS), _MAX_ROWS) if found else _MAX_ROWS


def _composite(org: Org, request: Request, steps: list[str]) -> Response:
    match steps:
        case []:
            return composite.answer_composite(org, request, answer)
        case ["graph"] if request.method == "POST":
            return composite.answer_graph(org, request, answer)
        case ["tree", name] if request.method == "POST":
            return answer_tree(org, request, org.object_type(name))
        case ["batch"]:
            return composite.answer_batch(org, request, answer)
        case ["sobjects", *more]:
            return collections.answer_collections(org, request, more)
    raise not_found()
