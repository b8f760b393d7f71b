"""A fault as data, and what is answered where one is injected, in Salesforce's shapes
(salesforce-api.md §1.5, 3.6, 3.7, 4): bodies, never sockets.

What each kind does is `kinds`'; which request is met is `schedule`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from zsf_plugin.emulator.documents import Document, as_list, as_object
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import HttpRequest, Request, Response, Staged


@dataclass(slots=True)
class Fault:
    """One fault: it lets `after` matching requests pass, then is injected into `times` of them.

    `delay_ms` waits before the answer (`delay`), or before the org acts at last (`late_commit`);
    `hang_ms` keeps that one's connection open so long without a word. `held`: instead of
    `delay_ms`, until the faults are released. `committed`: the org acts although an error is
    answered. `sub` is the place of the write that fails in its request, counted among its writes
    (for `sub_failure`: among all subrequests).
    """

    kind: str
    method: str = ""
    path_contains: str = ""
    times: int = 1
    after: int = 0
    status: int = 0
    body: Json = None
    delay_ms: int = 0
    hang_ms: int = 0
    held: bool = False
    committed: bool = False
    sub: int = 0

    def is_about(self, request: HttpRequest) -> bool:
        """Whether the request is one of those that its `match` names."""
        is_method = self.method in ("", request.method)
        return is_method and self.path_contains in request.path

    @classmethod
    def parse(cls, document: Mapping[str, Json], default_status: int) -> Fault:
        """A fault of its JSON. Raises ValueError for a number that is none."""
        given = Document(document)
        match = given.nested("match")
        return cls(
            kind=given.text("kind"),
            method=match.text("method"),
            path_contains=match.text("path_contains"),
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


_COLLECTION = re.compile(r"/composite/sobjects\b")
_ROW = re.compile(r"/sobjects/[A-Za-z]")
_PAGE = "<html><head><title>Error</title></head><body><h1>{title}</h1></body></html>"
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
    document = as_object(body)
    if "records" in document:
        return [0]
    subrequests = as_list(document.get("compositeRequest"))
    return [place for place, sub in enumerate(subrequests) if _writes(as_object(sub))]


def _writes(subrequest: Mapping[str, Json]) -> bool:
    return is_write(str(subrequest.get("method")), str(subrequest.get("url")))


def proxy_error_page(status: int) -> str:
    """An error page of a proxy before the org."""
    return _PAGE.format(title=_TITLES.get(status, "An error has occurred"))


def concurrent_limit() -> Response:
    """Too many requests at once."""
    words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return Response.refusal(SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", words))


def fail_write(fault: Fault, request: Request) -> Request | Response:
    """The request with one of its writes failing; or the refusal, where it is a lone write."""
    return _fail(fault, _REFUSALS[fault.kind], request, writes_in(request.body))


def fail_subrequest(fault: Fault, request: Request) -> Request | Response:
    """The composite with one of its subrequests failing, whether it writes or reads."""
    code = _BY_STATUS.get(fault.status, "UNKNOWN_EXCEPTION")
    error = SalesforceError(fault.status, code, _UNEXPECTED)
    return _fail(fault, error, request, range(len(_subrequests(request.body) or ())))


def _fail(
    fault: Fault, error: SalesforceError, request: Request, places: Sequence[int]
) -> Request | Response:
    """The composite with the subrequest at one of these places failing; the refusal itself where it
    is none."""
    subrequests = _subrequests(request.body)
    if subrequests is None:
        return _refused(error, request.path, request.body, fault.body)
    if not places:
        return request
    place = places[fault.sub % len(places)]
    failing = cast(Mapping[str, Json], subrequests[place])
    response = _refused(error, str(failing.get("url")), failing.get("body"), fault.body)
    return request.failing(place, Staged(response, fault.committed))


def _subrequests(body: Json) -> list[Json] | None:
    """The subrequests of a composite's body; None where it has none."""
    subrequests = as_object(body).get("compositeRequest")
    return subrequests if isinstance(subrequests, list) else None


def _refused(error: SalesforceError, path: str, sent: Json, body: Json) -> Response:
    """The refusal as this resource tells it: by record in a collection (§3.7), else as a list."""
    records = as_object(sent).get("records")
    if error.status < 500 and _COLLECTION.search(path) and isinstance(records, list):
        return Response(200, [error.in_collection()] * len(records))
    return Response(error.status, body if body is not None else error.single())
