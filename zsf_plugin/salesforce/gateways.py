"""Answers that are not Salesforce's: what a firewall, proxy, portal or load balancer sends in its
place (salesforce-api.md §4.1, §9 trap 67). Pure.

Salesforce answers an error with JSON that has a code. Anything else says nothing about the org. A
status of refusal means that the request went no further; a 5xx, or a page with a status of success,
leaves open what became of a write.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from zsf_plugin.errors import (
    Content,
    GatewayRefused,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Json
from zsf_plugin.salesforce.http import HttpResponse

_RETRY_DELAY_S = 30.0
#: The longest pause that an answer may ask for: whoever names more may be wrong, and one call an
#: hour hurts nobody.
MAX_RETRY_AFTER_S = 3600.0
_MIN_RETRY_AFTER_S = 1.0
_SECONDS = re.compile(r"[0-9]{1,18}")
#: Refusals of a request that is too large, whoever refuses it: of the body, the URL, the headers.
TOO_LARGE = frozenset({413, 414, 431})
_TOO_LARGE_CODES = {f"HTTP_{status}": status for status in TOO_LARGE}
#: So often in a row a gateway may say “not now” to one kind of request, as one drain tries: an
#: overload passes, a rule against what the request holds does not.
MAX_PUT_OFF = 4
#: Of the body, which may be divided (RFC 9110 §15.5.14).
BODY_TOO_LARGE = 413
#: Statuses of 5xx with which nothing was passed on: not implemented, no such version, sign in to
#: the network first.
_NOT_PASSED_ON = frozenset({501, 505, 511})
#: Statuses of 4xx that leave open how far the request came: both end a wait.
_MAY_HAVE_ARRIVED = frozenset({408, 499})


def content_of(answer: HttpResponse, *, is_json: bool) -> Content:
    """What the body of such an answer is."""
    body = answer.body.lstrip()
    if not body:
        return "empty"
    if is_json:
        return "json"
    is_html = "html" in answer.headers.get("content-type", "").lower() or body[:1] == b"<"
    return "page" if is_html else "text"


def foreign_error(answer: HttpResponse, content: Content, *, writes: bool) -> ZsfError:
    """The error of an answer that is not Salesforce's, or not whole."""
    status = answer.status
    data: dict[str, object] = {"status": status}
    if status == 503:  # it was turned away
        return _put_off(Unavailable("http_503", _RETRY_DELAY_S, data), answer)
    if status == 429:
        return _put_off(Unavailable("http_429", _RETRY_DELAY_S, data), answer)
    if status in TOO_LARGE and not writes:
        return Rejected(f"HTTP_{status}", "a response without an error code")
    is_good = 200 <= status < 300 or status == 304
    if is_good and content == "page" and not writes:
        return GatewayRefused(status, content)
    is_open = status >= 500 and status not in _NOT_PASSED_ON
    if is_good or is_open or status in _MAY_HAVE_ARRIVED:
        if writes:
            return OutcomeUnknown("unreadable", data)
        return _put_off(Unavailable("unreadable", _RETRY_DELAY_S, data), answer)
    return with_retry_after(GatewayRefused(status, content), answer)


def is_session_refusal(status: int, body: Json) -> bool:
    """Whether a 401 without a code may be Salesforce's own. It never is a single object, as an API
    gateway sends it (`{"message": "Unauthorized"}`)."""
    return status == 401 and not isinstance(body, dict)


def status_of_size(error: Rejected) -> int | None:
    """The status of a refusal by size that is not Salesforce's; None if the refusal is another."""
    return _TOO_LARGE_CODES.get(error.code)


def status_of_refusal(error: Unavailable) -> int | None:
    """The status with which a gateway refused, or put off, what was sent; None if the error is
    another."""
    return error.status if isinstance(error, GatewayRefused) else error.put_off


def _put_off(error: Unavailable, answer: HttpResponse) -> Unavailable:
    """The error of a request that may be served later, and that wrote nothing."""
    error.put_off = answer.status
    return with_retry_after(error, answer)


def with_retry_after(error: Unavailable, answer: HttpResponse) -> Unavailable:
    """The error with the delay that the answer asks for, if it names one, within an hour."""
    asked_s = _retry_after_s(answer)
    if asked_s is not None:
        error.retry_after_s = min(max(asked_s, _MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)
        error.is_asked = True
    return error


def _retry_after_s(answer: HttpResponse) -> float | None:
    """The seconds of `Retry-After`; its date counts from the answer's own `Date`. None if there is
    none that can be read."""
    given = answer.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(given):
        return float(given)
    try:
        until = parsedate_to_datetime(given)
        sent = parsedate_to_datetime(answer.headers.get("date", ""))
        return (until - sent).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, or one of the two without a zone
        return None
