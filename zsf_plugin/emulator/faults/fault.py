"""A fault as data, and the response bodies it injects, in Salesforce's shapes (salesforce-api.md
§1.5, 3.6, 3.7, 4). No sockets.

`kinds` defines what each kind does; `schedule` picks the requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import cast

from zsf_plugin.emulator.documents import Document, as_list, as_object, unknown
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import HttpRequest, InjectedResponse, Request, Response


@dataclass(slots=True)
class Fault:
    """One fault: lets `after` matching requests pass, then is injected into the next `times`.

    `delay_ms`: wait before the response (`delay`) or before the org acts (`late_commit`).
    `hang_ms`: how long `late_commit` keeps the silent connection open. `held`: wait until the
    faults are released instead of `delay_ms`. `committed`: the org acts although an error is sent.
    `sub`: position of the failing write among the request's writes (for `sub_failure`: among all
    subrequests).
    """

    kind: str
    method: str = ""
    path_contains: str = ""
    body_contains: str = ""
    times: int = 1
    after: int = 0
    status: int = 0
    body: Json = None
    delay_ms: int = 0
    hang_ms: int = 0
    held: bool = False
    committed: bool = False
    sub: int = 0

    def matches(self, request: HttpRequest) -> bool:
        """Whether the request fits the fault's `match`."""
        is_place = self._is_method(request) and self.path_contains in request.path
        return is_place and self._is_in_body(request)

    def _is_method(self, request: HttpRequest) -> bool:
        return self.method in ("", request.method)

    def _is_in_body(self, request: HttpRequest) -> bool:
        return not self.body_contains or self.body_contains in request.text

    @classmethod
    def parse(cls, document: Mapping[str, Json], default_status: int) -> Fault:
        """Parse a fault from JSON. Raises ValueError for an invalid number, or an unknown key: the
        fault would hit other requests than was meant."""
        given = Document(document)
        match = given.nested("match")
        _refuse_unknown("key of a fault", given, _KEYS)
        _refuse_unknown("key of a fault's match", match, _MATCH_KEYS)
        return cls(
            kind=given.text("kind"),
            method=match.text("method"),
            path_contains=match.text("path_contains"),
            body_contains=match.text("body_contains"),
            times=given.count("times", 1),
            after=given.count("after"),
            status=given.count("status", default_status),
            body=document.get("body"),
            delay_ms=given.count("delay_ms"),
            hang_ms=given.count("hang_ms"),
            held=document.get("held") is True,
            committed=document.get("committed") is True,
            sub=given.count("sub"),
        )


_MATCH_KEYS = ("method", "path_contains", "body_contains")
_KEYS = ("match", *(one.name for one in fields(Fault) if one.name not in _MATCH_KEYS))


def _refuse_unknown(what: str, given: Document, known: Sequence[str]) -> None:
    for name in given.values:
        if name not in known:
            raise unknown(what, name, known)


_COLLECTION = re.compile(r"/composite/sobjects\b")
_ROW = re.compile(r"/sobjects/[A-Za-z]")
_PROXY_PAGE = "<html><head><title>Error</title></head><body><h1>{title}</h1></body></html>"
_TITLES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
TOKEN_BUSY: dict[str, Json] = {
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
    """Whether a request, over HTTP or inside a composite, changes records."""
    return method in ("POST", "PATCH", "PUT", "DELETE") and bool(
        _COLLECTION.search(path) or _ROW.search(path)
    )


def write_positions(body: Json) -> list[int]:
    """The positions of a composite's subrequests that write; [0] for a single collection."""
    document = as_object(body)
    if "records" in document:
        return [0]
    subrequests = as_list(document.get("compositeRequest"))
    return [position for position, sub in enumerate(subrequests) if _writes(as_object(sub))]


def _writes(subrequest: Mapping[str, Json]) -> bool:
    return is_write(str(subrequest.get("method")), str(subrequest.get("url")))


def proxy_error_page(status: int) -> str:
    """The error page of a proxy in front of the org."""
    return _PROXY_PAGE.format(title=_TITLES.get(status, "An error has occurred"))


def concurrent_limit() -> Response:
    """The response to too many concurrent requests."""
    message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return Response.refusal(SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message))


def fail_write(fault: Fault, request: Request) -> Request | Response:
    """The request with one of its writes failing; the error itself if it is a single write."""
    return _fail(fault, _REFUSALS[fault.kind], request, write_positions(request.body))


def fail_subrequest(fault: Fault, request: Request) -> Request | Response:
    """The composite with one of its subrequests failing, whether a write or a read."""
    code = _BY_STATUS.get(fault.status, "UNKNOWN_EXCEPTION")
    error = SalesforceError(fault.status, code, _UNEXPECTED)
    return _fail(fault, error, request, range(len(_subrequests(request.body) or ())))


def _fail(
    fault: Fault, error: SalesforceError, request: Request, places: Sequence[int]
) -> Request | Response:
    """The composite with the subrequest at one of these positions failing; the error itself if the
    request is not a composite."""
    subrequests = _subrequests(request.body)
    if subrequests is None:
        return _refusal(error, request.path, request.body, fault.body)
    if not places:
        return request
    position = places[fault.sub % len(places)]
    failing = cast(Mapping[str, Json], subrequests[position])
    response = _refusal(error, str(failing.get("url")), failing.get("body"), fault.body)
    return request.with_failure(position, InjectedResponse(response, fault.committed))


def _subrequests(body: Json) -> list[Json] | None:
    """The subrequests of a composite's body; None if it is not a composite."""
    subrequests = as_object(body).get("compositeRequest")
    return subrequests if isinstance(subrequests, list) else None


def _refusal(error: SalesforceError, path: str, sent: Json, body: Json) -> Response:
    """The error as this resource returns it: per record in a collection (§3.7), else as a list."""
    records = as_object(sent).get("records")
    if error.status < 500 and _COLLECTION.search(path) and isinstance(records, list):
        return Response(200, [error.in_collection()] * len(records))
    return Response(error.status, body if body is not None else error.single())
