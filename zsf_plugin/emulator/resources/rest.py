"""The API below `/services/data/vXX.X/`, without sockets: the checks before a resource, and the
routing to it.

Composite calls `answer` for its subrequests (salesforce-api.md §3). A new resource is a function
and its case in `_route`; faults are passed in as an `Interception`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

from zsf_plugin.emulator.errors import SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import (
    NO_INTERCEPTION,
    HttpRequest,
    Interception,
    Request,
    Response,
)
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.composite import answer_composites
from zsf_plugin.emulator.resources.sobjects import answer_sobjects, method_not_allowed
from zsf_plugin.emulator.resources.tooling import answer_tooling


def answer_api(
    org: Org,
    user_id: str | None,
    request: HttpRequest,
    interception: Interception = NO_INTERCEPTION,
) -> Response:
    """Serve a request of the user whose session it carries (None: no valid session)."""
    if request.auth_scheme not in ("Bearer", "OAuth", ""):
        return Response.refusal(_INVALID_HEADER)
    if user_id is None:
        return replace(Response.refusal(_NO_SESSION), headers={"WWW-Authenticate": "Token"})
    response = _answer_within_limit(org, user_id, request, interception)
    used = org.daily_limit if interception.limit_reached else org.used
    usage = f"api-usage={used}/{org.daily_limit}"
    if org.conditions.per_app_usage:
        usage = f"per-app-api-usage={used}/{_APP_LIMIT}(appName=zsf); {usage}"
    return replace(response, headers={**response.headers, "Sforce-Limit-Info": usage})


def _answer_within_limit(
    org: Org, user_id: str, request: HttpRequest, interception: Interception
) -> Response:
    """Serve a request unless the daily limit is reached; it counts even if it fails."""
    if interception.limit_reached or org.used >= org.daily_limit:
        return Response.refusal(_LIMIT_REACHED)
    org.used += 1
    try:
        _check_content(request)
    except SalesforceError as error:
        return Response.refusal(error)
    org.acting_user_id = user_id
    rewritten = interception.rewrite(Request.of(request, user_id))
    return rewritten if isinstance(rewritten, Response) else answer(org, rewritten)


def _check_content(request: HttpRequest) -> None:
    if request.is_csv:
        return
    if request.raw and "json" not in request.headers.get("content-type", ""):
        message = "Content-Type must be application/json"
        raise SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    if request.raw and request.body is None:
        raise bad("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")


_MAX_URI_BYTES = 16_384
#: The limit of the app's own usage, far from the org's (§9 trap 66).
_APP_LIMIT = 250
_RETIRED = [str(number) for number in range(7, 31)]
#: The resources listed at the root of a version.
_LISTED = ("sobjects", "query", "limits")
_MIN_ROWS, _MAX_ROWS = 200, 2000
#: Resources that allow only reads.
_READ_ONLY = ("query", "queryAll", "limits")
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
VERSIONS = tuple(f"{number}.0" for number in range(31, 69))
_INVALID_HEADER = SalesforceError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
_NO_SESSION = SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
_LIMIT_REACHED = SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def answer(org: Org, request: Request) -> Response:
    """Serve one request. Never raises SalesforceError: it becomes the response."""
    try:
        if not request.nested:
            org.check_request()
        return _serve(org, request)
    except SalesforceError as error:
        return Response.refusal(error)


def _serve(org: Org, request: Request) -> Response:
    _check_uri(request)
    steps = _steps_below_version(org, request)
    _check_headers(request)
    name = steps[0] if steps else ""
    if name in _READ_ONLY:
        _check_reads(request)
    org.resources[name] += 0 if request.nested else 1
    return _route(org, request, steps)


def _steps_below_version(org: Org, request: Request) -> list[str]:
    """The path after `/services/data/vXX.X/`. Raises SalesforceError for an unsupported version."""
    steps = request.url_path.strip("/").split("/")
    version, *below = map(unquote, steps[2:])
    _check_version(org, version.removeprefix("v"))
    return below


def _check_reads(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise method_not_allowed(request, "GET,HEAD")


def _route(org: Org, request: Request, steps: list[str]) -> Response:
    match steps:
        case []:
            return _root(org, request)
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
            return answer_composites(org, request, more, answer)
        case ["tooling", *more]:
            return answer_tooling(org, request, more)
        case ["sobjects", *more]:
            return answer_sobjects(org, request, more)
        case ["jobs", *more]:
            return _jobs(org, request, more)
    raise not_found()


def _check_uri(request: Request) -> None:
    if len(request.path.encode()) > _MAX_URI_BYTES:
        raise SalesforceError(414, "URI_TOO_LONG", "URI too long")


def _check_version(org: Org, version: str) -> None:
    is_known = version in VERSIONS
    is_retired = is_known and float(version) < float(org.conditions.oldest_version)
    if is_retired or version.removesuffix(".0") in _RETIRED:
        raise SalesforceError(410, "UNSUPPORTED_API_VERSION", "version retired")
    if not is_known or not org.conditions.serves(version):
        raise not_found()


def _check_headers(request: Request) -> None:
    """Headers and URI share one limit; subrequests have no HTTP headers."""
    if not request.nested and _head_size(request) > _MAX_URI_BYTES:
        raise SalesforceError(431, "HEADERS_TOO_LONG", "Request Header Fields Too Large")


def _head_size(request: Request) -> int:
    return len(request.path.encode()) + len(_header_lines(request))


def _header_lines(request: Request) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in request.headers.items()])


def _root(org: Org, request: Request) -> Response:
    base = request.url_path.rstrip("/")
    identity = f"https://login.salesforce.com/id/{org.org_id}/{org.acting_user_id}"
    return Response(200, {name: f"{base}/{name}" for name in _LISTED} | {"identity": identity})


def _limits(org: Org) -> Response:
    calls = {"Max": org.daily_limit, "Remaining": org.remaining}
    storage = {"Max": 10240, "Remaining": 10100}
    return Response(200, {"DailyApiRequests": calls, "DataStorageMB": storage})


# The query grammar is slow to load, so it is loaded on the first query.


def _query(org: Org, request: Request, *, deleted: bool) -> Response:
    from zsf_plugin.emulator.soql.evaluate import run_query

    text = request.query.get("q", "")
    return Response(200, run_query(org, text, deleted=deleted, rows=_page_size(request)))


def _next_page(org: Org, request: Request, locator: str) -> Response:
    from zsf_plugin.emulator.soql.evaluate import page_at

    return Response(200, page_at(org, locator, rows=_page_size(request)))


def _search(org: Org, request: Request) -> Response:
    from zsf_plugin.emulator.resources.search import search

    return Response(200, search(org, request.query.get("q", "")))


def _parameterized_search(org: Org, request: Request) -> Response:
    from zsf_plugin.emulator.resources.search import parameterized

    return Response(200, parameterized(org, request.rows_body()))


def _jobs(org: Org, request: Request, steps: list[str]) -> Response:
    from zsf_plugin.emulator.resources.jobs import answer_jobs

    return answer_jobs(org, request, steps)


def _page_size(request: Request) -> int:
    """The page size of `Sforce-Query-Options: batchSize=500`, between 200 and 2,000; the server may
    return fewer rows (§3.12)."""
    found = _BATCH_SIZE.search(request.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), _MIN_ROWS), _MAX_ROWS) if found else _MAX_ROWS
