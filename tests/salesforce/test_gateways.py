"""Answers that are not Salesforce's: how they differ from its own, and how long to wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import GatewayRefused, QuotaReached, Unavailable, ZsfError
from zsf_plugin.salesforce.answers import is_salesforces, result_of, usage_of
from zsf_plugin.salesforce.gateways import MAX_RETRY_AFTER_S, content_of
from zsf_plugin.salesforce.http import HttpResponse

REFUSAL = b'[{"errorCode":"INVALID_FIELD","message":"x"}]'
SENT = "Fri, 20 Nov 2026 10:00:00 GMT"


def error_of(status: int, body: bytes = b"", *, writes: bool = True, **headers: str) -> ZsfError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(ZsfError) as caught:
        result_of(HttpResponse(status, named, body), writes=writes)
    return caught.value


@pytest.mark.parametrize(
    ("body", "headers", "is_json", "content"),
    [
        (b"", {}, False, "empty"),
        (b" \r\n", {}, False, "empty"),
        (b"<html>", {}, False, "page"),
        (b"\n<!DOCTYPE html>", {}, False, "page"),
        (b"\xef\xbb\xbfdenied", {"content-type": "Text/HTML"}, False, "page"),
        (b"denied", {"content-type": "text/plain"}, False, "text"),
        (b'{"error":"blocked"}', {}, True, "json"),
    ],
)
def test_what_came_is_named_without_quoting_it(
    body: bytes, headers: dict[str, str], is_json: bool, content: str
) -> None:
    assert content_of(HttpResponse(403, headers, body), is_json=is_json) == content


@pytest.mark.parametrize("status", [400, 403, 405, 406, 407, 413, 421, 451, 501, 511, 302, 307])
@pytest.mark.parametrize(
    "body", [b"<html>blocked</html>", b"", b'{"error":"blocked"}', b"[]", b"no"]
)
def test_a_refusal_without_salesforces_shape_says_nothing_of_the_record(
    status: int, body: bytes
) -> None:
    error = error_of(status, body, Sforce_Limit_Info="api-usage=1/5")
    assert isinstance(error, GatewayRefused)
    assert error.status == status
    assert str(status) in str(error)
    assert "blocked" not in str(error)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"done":true}', True),
        (204, b"", True),
        (304, b"", True),
        (400, REFUSAL, True),
        (403, REFUSAL, True),
        (500, REFUSAL, True),
        (401, b"", True),
        (200, b"", False),
        (200, b"<html>", False),
        (401, b"<html>", False),
        (401, b'{"message":"Unauthorized"}', False),
        (403, b"<html>", False),
        (403, b'{"error":"x"}', False),
        (404, b"", False),
        (302, b"", False),
    ],
)
def test_salesforces_own_answers_are_known_by_their_shape(
    status: int, body: bytes, expected: bool
) -> None:
    assert is_salesforces(HttpResponse(status, {}, body)) is expected


@pytest.mark.parametrize("status", [429, 503, 502, 403])
@pytest.mark.parametrize(
    ("headers", "delay_s"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": " 120 "}, 120.0),
        ({"retry_after": "0"}, 1.0),
        ({"retry_after": "999999999999999999"}, MAX_RETRY_AFTER_S),
        ({"retry_after": "Fri, 20 Nov 2026 10:02:00 GMT", "date": SENT}, 120.0),
        ({"retry_after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": SENT}, 1.0),
        ({"retry_after": "Sun, 20 Nov 2099 09:00:00 GMT", "date": SENT}, MAX_RETRY_AFTER_S),
    ],
)
def test_the_pause_that_an_answer_asks_for_counts_within_an_hour(
    status: int, headers: dict[str, str], delay_s: float
) -> None:
    error = error_of(status, b"<html>", writes=False, **headers)
    assert isinstance(error, Unavailable)
    assert (error.retry_after_s, error.is_asked) == (delay_s, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry_after": ""},
        {"retry_after": "-5"},
        {"retry_after": "1e9"},
        {"retry_after": "soon"},
        {"retry_after": "9" * 400},
        {"retry_after": "Fri, 20 Nov 2026 10:02:00 GMT"},
        {"retry_after": "Fri, 20 Nov 2026 10:02:00 GMT", "date": "x"},
        {"retry_after": "Fri, 20 Nov 2026 10:02:00", "date": SENT},
        {"retry_after": "Fri, 99 Nov 2026 10:02:00 GMT", "date": SENT},
    ],
)
def test_a_pause_that_cannot_be_read_is_half_a_minute(headers: dict[str, str]) -> None:
    for status in (429, 503, 502):
        error = error_of(status, b"<html>down for maintenance</html>", writes=False, **headers)
        assert isinstance(error, Unavailable)
        assert (error.retry_after_s, error.is_asked) == (30.0, False)


def test_salesforces_own_unavailability_may_name_a_pause_as_well() -> None:
    body = b'[{"errorCode":"SERVER_UNAVAILABLE","message":"x"}]'
    error = error_of(503, body, retry_after="90")
    assert isinstance(error, Unavailable)
    assert (error.code, error.retry_after_s) == ("refused_for_now", 90.0)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_gives_a_sane_pause(asked: str, date: str) -> None:
    error = error_of(503, b"<html>", retry_after=asked, date=date)
    assert isinstance(error, Unavailable)
    assert 1.0 <= error.retry_after_s <= MAX_RETRY_AFTER_S


# The limit header


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/15000", (18, 15000)),
        ("api-usage=18/15000, per-app-api-usage=17/250(appName=sample-connected-app)", (18, 15000)),
        ("api-usage=18/15000; per-app-api-usage=17/250(appName=sample-connected-app)", (18, 15000)),
        ("per-app-api-usage=17/250(appName=sample-connected-app), api-usage=18/15000", (18, 15000)),
        ("per-app-api-usage=17/250(appName=a, b; c=1/2);api-usage=18/15000", (18, 15000)),
        ("api-bursts=1/750, api-usage=10018/100000", (10018, 100000)),
        ("API-Usage=18%2F15000", (18, 15000)),
        ("api-usage=18/15000, api-usage=18/15000", (18, 15000)),
        ("per-app-api-usage=17/250(appName=sample-connected-app)", None),
        ("", None),
        ("api-usage=12%/100%", None),
        ("api-usage=18", None),
        ("api-usage=-1/15000", None),
        ("api-usage=18/many", None),
        ("my-api-usage=18/15000", None),
    ],
)
def test_the_org_s_usage_is_read_and_never_the_app_s(
    header: str, usage: tuple[int, int] | None
) -> None:
    assert usage_of(HttpResponse(200, {"sforce-limit-info": header}, b"{}")) == usage


LIMIT: Any = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("api-usage=18/15000, per-app-api-usage=250/250(appName=x)", "app"),
        ("per-app-api-usage=251/250(appName=x); api-usage=18/15000", "app"),
        ("api-usage=15000/15000, per-app-api-usage=250/250(appName=x)", "daily"),
        ("api-usage=15000/15000, per-app-api-usage=17/250(appName=x)", "daily"),
        ("api-usage=15000/15000", "daily"),
        ("per-app-api-usage=250/250(appName=x)", "daily"),
        ("", "daily"),
    ],
)
def test_the_limit_of_our_app_is_not_the_org_s(header: str, kind: str) -> None:
    error = error_of(
        403, json.dumps(LIMIT).encode(), Sforce_Limit_Info="", **{"sforce-limit-info": header}
    )
    assert isinstance(error, QuotaReached)
    assert error.kind == kind
