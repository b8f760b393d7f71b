"""What a request of `/services/data/vXX.X` meets before its resource: session, allocation, content.

The resources themselves are `rest`'s; a fault's part in it is handed in as an `Interception`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zsf_plugin.emulator.errors import SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources import rest
from zsf_plugin.emulator.wire import HttpRequest

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
    return rewritten if isinstance(rewritten, Response) else rest.answer(org, rewritten)


def _refusal(error: SalesforceError) -> Response:
    return Response(error.status, error.single())
