"""REST requests and composites: bodies to send, responses parsed. Pure (salesforce-api.md §3.6).

Responses are matched to subrequests by name, never by position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zsf_plugin.errors import OutcomeUnknown, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.model import Json
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import GOOD, error_of, objects_in

#: Subrequests of one composite, and how many of them may be queries or collections.
MAX_SUBREQUESTS = 25
MAX_HEAVY_SUBREQUESTS = 5
_RETRY_DELAY_S = 30.0
#: Codes of `ReconnectRequired` by which a part says that the session ended.
_SESSION_ENDED = frozenset({"session", "invalid_session_id"})


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One REST request. `path` follows the version; `headers` are added to the session's."""

    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def build(self, root: str) -> RestRequest:  # noqa: ARG002 - as of every Buildable
        """The request itself, which does not depend on the root."""
        return self


class Buildable(Protocol):
    """What `Session.call` sends."""

    def build(self, root: str) -> RestRequest:
        """The request for an org with that API root (`/services/data/v68.0`)."""
        ...


def in_mid_call(error: ZsfError) -> ZsfError:
    """The error of one part of an answer. A session that ended in mid-call needs nobody: the next
    call meets it from the start, and renews it."""
    if isinstance(error, ReconnectRequired) and error.code in _SESSION_ENDED:
        return Unavailable("session_ended", _RETRY_DELAY_S)
    return error


@dataclass(frozen=True, slots=True)
class SubResponse:
    """The response to one subrequest; `headers` by lower-case name."""

    status: int
    body: Json
    headers: Mapping[str, str]

    def result(self, *, writes: bool) -> Json:
        """The body of a successful response. Raises the error of any other."""
        if self.status in GOOD:
            return self.body
        raise in_mid_call(error_of(self.status, self.body, writes=writes))


@dataclass(frozen=True, slots=True)
class Composite:
    """Up to 25 requests in one call, by name; at most five are queries or collections."""

    subrequests: Mapping[str, RestRequest]

    def build(self, root: str) -> RestRequest:
        """One request for all of them, run in order and independent of each other."""
        parts: list[Json] = []
        for name, request in self.subrequests.items():
            part: dict[str, Json] = {"method": request.method, "referenceId": name}
            part["url"] = root + request.path
            if request.body is not None:
                part["body"] = request.body
            if request.headers:
                part["httpHeaders"] = dict(request.headers)
            parts.append(part)
        body: Json = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": parts}
        return RestRequest("POST", addresses.COMPOSITE, body)


def parse_composite(body: Json, names: Iterable[str], *, writes: bool) -> dict[str, SubResponse]:
    """The response to each subrequest by name, in the order of `names`.

    Raises the error of a composite refused as a whole, which is a single entry without a name (§9
    trap 11); OutcomeUnknown or Unavailable if the response to one of `names` is missing.
    """
    received: dict[str, SubResponse] = {}
    for entry in objects_in(body, "compositeResponse"):
        status, given = entry.get("httpStatusCode"), entry.get("httpHeaders")
        headers = {}
        if isinstance(given, dict):
            for name, value in given.items():
                headers[name.lower()] = str(value)
        # a malformed status never passes for success
        known_status = status if isinstance(status, int) else 500
        response = SubResponse(known_status, entry.get("body"), headers)
        reference = entry.get("referenceId")
        if reference is None and response.status not in GOOD:
            raise error_of(response.status, response.body, writes=writes)
        received[str(reference)] = response
    responses = {}
    for name in names:
        if name not in received:
            raise OutcomeUnknown("no_part") if writes else Unavailable("no_part", _RETRY_DELAY_S)
        responses[name] = received[name]
    return responses
