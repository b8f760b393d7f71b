"""What an injected fault answers, in Salesforce's shapes (salesforce-api.md §1.5, 3.6, 3.7, 4):
bodies, never sockets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response, Staged
from zsf_plugin.emulator.faults.fault import Fault

_COLLECTION = re.compile(r"/composite/sobjects\b")
_ROW = re.compile(r"/sobjects/[A-Za-z]")
PAGE = "<html><head><title>Error</title></head><body><h1>{title}</h1></body></html>"
_TITLES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
BUSY: dict[str, Json] = {
    "error": "invalid_grant",
    "error_description": "token request is already being processed",
}

_REFUSALS = {
    "lock_row": bad("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    "null_reference": bad(
        "PROCESSING_HALTED", "Invalid reference specified. No value for staged.id found in staged."
    ),
    "duplicate_detected": SalesforceError(
        400,
        "DUPLICATES_DETECTED",
        "Use one of these records?",
        extra={
            "duplicateResut": {"allowSave": False, "duplicateRule": "Staged", "matchResults": []}
        },
    ),
}
_UNEXPECTED = (
    "An unexpected error occurred. Please include this ErrorId if you contact support: 1-1 (-1)"
)
_BY_STATUS = {500: "UNKNOWN_EXCEPTION", 503: "SERVER_UNAVAILABLE"}


def is_write(method: str, path: str) -> bool:
    """Whether a request, of the wire or of a composite, changes records."""
    return method in ("POST", "PATCH", "PUT", "DELETE") and bool(
        _COLLECTION.search(path) or _ROW.search(path)
    )


def writes_in(body: Json) -> list[int]:
    """The places of a composite's subrequests that change records; [0] for a lone collection."""
    if not isinstance(body, dict):
        return []
    if "records" in body:
        return [0]
    subs = body.get("compositeRequest")
    rows = [sub if isinstance(sub, dict) else {} for sub in subs] if isinstance(subs, list) else []
    return [
        at for at, sub in enumerate(rows) if is_write(str(sub.get("method")), str(sub.get("url")))
    ]


def page(status: int) -> str:
    """An error page of a proxy before the org."""
    return PAGE.format(title=_TITLES.get(status, "An error has occurred"))


def concurrent_limit() -> Response:
    """Too many requests at once."""
    words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    error = SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", words)
    return Response(error.status, error.single())


def fail_write(fault: Fault, request: Request) -> Request | Response:
    """The request with one of its writes failing; or the refusal, where it is a lone write."""
    subrequests = _subrequests(request.body)
    if subrequests is None:
        return _refused(_REFUSALS[fault.kind], request.path, request.body, fault.body)
    places = writes_in(request.body)
    if not places:
        return request
    return _fail(
        request, subrequests, places[fault.sub % len(places)], fault, _REFUSALS[fault.kind]
    )


def fail_subrequest(fault: Fault, request: Request) -> Request | Response:
    """The composite with one of its subrequests failing, whether it writes or reads."""
    error = SalesforceError(
        fault.status, _BY_STATUS.get(fault.status, "UNKNOWN_EXCEPTION"), _UNEXPECTED
    )
    subrequests = _subrequests(request.body)
    if subrequests is None:
        return _refused(error, request.path, request.body, fault.body)
    if not subrequests:
        return request
    return _fail(request, subrequests, fault.sub % len(subrequests), fault, error)


def _fail(
    request: Request, subrequests: list[Json], place: int, fault: Fault, error: SalesforceError
) -> Request:
    failing = cast(Mapping[str, Json], subrequests[place])
    response = _refused(error, str(failing.get("url")), failing.get("body"), fault.body)
    return request.failing(place, Staged(response, fault.committed))


def _subrequests(body: Json) -> list[Json] | None:
    """The subrequests of a composite's body; None where it has none."""
    subrequests = body.get("compositeRequest") if isinstance(body, dict) else None
    return subrequests if isinstance(subrequests, list) else None


def _refused(error: SalesforceError, path: str, sent: Json, body: Json) -> Response:
    """The refusal as this resource tells it: by record in a collection (§3.7), else as a list."""
    records = sent.get("records") if isinstance(sent, dict) else None
    if error.status < 500 and _COLLECTION.search(path) and isinstance(records, list):
        return Response(200, [error.in_collection() for _ in records])
    return Response(error.status, body if body is not None else error.single())
