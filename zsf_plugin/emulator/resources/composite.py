"""`/composite` and `/composite/batch`: several requests in one (salesforce-api.md §3.6, §3.10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.references import fill, fill_url
from zsf_plugin.emulator.wire import fold_names

#: Serves one request: the REST resources, handed in so that this module need not know them.
Serve = Callable[[Org, Request], Response]
#: A subrequest as it was sent; what it came to.
Subrequest = dict[str, Json]
Entry = dict[str, Json]

_MAX_SUBREQUESTS = 25
_MAX_HEAVY = 5
_HEAVY = re.compile(r"/services/data/v[\d.]+/(query(All)?|composite/sobjects)\b")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)


class _RollBack(Exception):
    """A subrequest of an allOrNone composite failed."""


def answer_composite(org: Org, request: Request, serve: Serve) -> Response:
    """Subrequests in order, with references between them."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("compositeRequest") or [])
    try:
        _check(subrequests)
    except SalesforceError as error:
        return Response(200, {"compositeResponse": [_entry(400, error.single(), None)]})
    entries = run_subrequests(org, request, subrequests, serve, whole=bool(body.get("allOrNone")))
    return Response(200, {"compositeResponse": entries})


def run_subrequests(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> list[Entry]:
    """What each subrequest came to; `whole` takes everything back where one failed."""
    entries: list[Entry] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            for entry in _run(org, request, subrequests, serve, whole=whole):
                entries.append(entry)
            if whole and any(failed(entry) for entry in entries):
                raise _RollBack
    except _RollBack:
        return [_undone(entry) for entry in entries]
    return entries


def failed(entry: Mapping[str, Json]) -> bool:
    """Whether an entry is a refusal, or holds one."""
    status, body = cast(int, entry["httpStatusCode"]), entry["body"]
    if status >= 300 and status != 304:
        return True
    rows = body if isinstance(body, list) else []
    return any(isinstance(row, dict) and row.get("success") is False for row in rows)


def _check(subrequests: list[Subrequest]) -> None:
    """What refuses a composite as a whole."""
    if len(subrequests) > _MAX_SUBREQUESTS:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    heavy = [sub for sub in subrequests if _HEAVY.match(str(sub.get("url")))]
    if len(heavy) > _MAX_HEAVY:
        words = "The request can’t contain more than 5 query or collection operations."
        raise bad("LIMIT_EXCEEDED", words)
    names = [str(sub.get("referenceId", "")) for sub in subrequests]
    if not all(_NAME.fullmatch(name) for name in names):
        words = "referenceId must start with a letter or digit; letters, digits and _ may follow"
        raise bad("INVALID_INPUT", words)
    _check_requests(subrequests)
    if len(set(names)) != len(names):
        raise bad("INVALID_INPUT", "referenceId values must be unique")


def _check_requests(subrequests: list[Subrequest]) -> None:
    if not all("method" in sub and "url" in sub for sub in subrequests):
        raise bad("INVALID_INPUT", "each subrequest needs a method and a url")


def _run(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> Iterable[Entry]:
    bodies: dict[str, Json] = {}
    for place, sub in enumerate(subrequests):
        staged = request.staged.get(place)
        response = Response(0)
        if staged is None or staged.committed:
            response = _serve(org, request, _bound(sub) if whole else sub, bodies, serve)
        if staged is not None:
            response = staged.response
        name = str(sub["referenceId"])
        if response.status < 300:
            bodies[name] = response.body
        yield _entry(response.status, response.body, name, response.headers)


def _serve(
    org: Org, request: Request, sub: Subrequest, bodies: Mapping[str, Json], serve: Serve
) -> Response:
    try:
        return serve(org, _subrequest(request, sub, bodies))
    except SalesforceError as error:
        return Response(error.status, error.single())


def _subrequest(request: Request, sub: Subrequest, bodies: Mapping[str, Json]) -> Request:
    """The subrequest with its references put in. Headers come from it alone, but for the session
    (§3.6)."""
    given = sub.get("httpHeaders")
    headers = given if isinstance(given, dict) else {}
    url = fill_url(str(sub["url"]), bodies)
    if not url.startswith("/services/data/"):
        raise bad("INVALID_INPUT", "The url must start with /services/data/")
    return Request(
        method=str(sub["method"]),
        path=url,
        body=fill(sub.get("body"), bodies),
        headers=fold_names(headers),
        user_id=request.user_id,
        nested=True,
    )


def _bound(sub: Subrequest) -> Subrequest:
    """A collection's own allOrNone gives way to the composite's when that is set (§3.6)."""
    body = sub.get("body")
    if isinstance(body, dict) and "/composite/sobjects" in str(sub.get("url")):
        return {**sub, "body": {**body, "allOrNone": True}}
    return sub


def _entry(
    status: int, body: Json, name: str | None, headers: Mapping[str, str] | None = None
) -> Entry:
    return {
        "body": body,
        "httpHeaders": dict(headers or {}),
        "httpStatusCode": status,
        "referenceId": name,
    }


def _undone(entry: Entry) -> Entry:
    """The culprit keeps its own code; all others are halted."""
    if failed(entry):
        return entry
    halted = bad("PROCESSING_HALTED", _ROLLED_BACK).single()
    return {**entry, "httpStatusCode": 400, "httpHeaders": {}, "body": halted}


def answer_batch(org: Org, request: Request, serve: Serve) -> Response:
    """Independent subrequests; each counts as a call (§2.1)."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("batchRequests") or [])
    if len(subrequests) > _MAX_SUBREQUESTS:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    results: list[Json] = []
    has_errors = halted = False
    for sub in subrequests:
        response = _BATCH_HALTED if halted else _serve_alone(org, request, sub, serve)
        results.append({"statusCode": response.status, "result": response.body})
        has_errors = has_errors or response.status >= 400
        halted = has_errors and bool(body.get("haltOnError"))
    org.used -= 1  # the batch counts as its subrequests alone
    return Response(200, {"hasErrors": has_errors, "results": results})


def _serve_alone(org: Org, request: Request, sub: Subrequest, serve: Serve) -> Response:
    org.used += 1
    path = f"/services/data/{sub['url']}"
    body, headers = sub.get("richInput"), request.headers
    return serve(org, Request(str(sub["method"]), path, body, headers, request.user_id))


_BATCH_HALTED = Response(
    412, SalesforceError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted.").single()
)
