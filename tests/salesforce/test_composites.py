"""Composites: what is sent for several requests, and how responses are matched to them."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.errors import OutcomeUnknown, Rejected, Unavailable, ZsfError
from zsf_plugin.salesforce.composites import (
    Composite,
    RestRequest,
    SubResponse,
    parse_composite,
)

ROOT = "/services/data/v68.0"


def entry(name: str | None, status: Any = 200, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"referenceId": name, "httpStatusCode": status, "body": body, **more}


def test_a_composite_is_sent_uncollated_each_subrequest_for_itself() -> None:
    request = Composite({"a": RestRequest("GET", "/query?q=x")}).build(ROOT)
    assert (request.method, request.path, dict(request.headers)) == ("POST", "/composite", {})
    assert request.body == {
        "allOrNone": False,
        "collateSubrequests": False,
        "compositeRequest": [
            {"method": "GET", "referenceId": "a", "url": "/services/data/v68.0/query?q=x"}
        ],
    }


def test_a_subrequests_body_and_headers_are_its_own() -> None:
    subrequest = RestRequest(
        "POST", "/sobjects/Lead", {"LastName": "X"}, {"Sforce-Auto-Assign": "TRUE"}
    )
    body: Any = Composite({"w0": subrequest}).build(ROOT).body
    (part,) = body["compositeRequest"]
    assert part["body"] == {"LastName": "X"}
    assert part["httpHeaders"] == {"Sforce-Auto-Assign": "TRUE"}


def test_a_plain_request_is_the_same_below_every_root() -> None:
    request = RestRequest("GET", "/limits")
    assert request.build(ROOT) is request


def test_responses_are_matched_by_name_and_returned_in_the_order_of_requests() -> None:
    body = {"compositeResponse": [entry("b", 201, "second"), entry("a", 200, "first")]}
    responses = parse_composite(body, ["a", "b"], writes=False)
    assert [(name, one.body) for name, one in responses.items()] == [
        ("a", "first"),
        ("b", "second"),
    ]


def test_an_answer_has_its_headers_by_lower_case_name() -> None:
    answer: Any = {"compositeResponse": [entry("a", 304, None, httpHeaders={"Last-Modified": 1})]}
    found = parse_composite(answer, ["a"], writes=False)
    assert found == {"a": SubResponse(304, None, {"last-modified": "1"})}


def test_a_composite_refused_as_a_whole_raises_its_error() -> None:
    refused = entry(None, 400, [{"errorCode": "LIMIT_EXCEEDED", "message": "25"}])
    with pytest.raises(Rejected) as caught:
        parse_composite({"compositeResponse": [refused]}, ["a"], writes=True)
    assert caught.value.code == "LIMIT_EXCEEDED"


def test_an_entry_without_a_name_that_is_good_refuses_nothing() -> None:
    body: Any = {"compositeResponse": [entry(None, 200), entry("a", 200, 1)]}
    assert parse_composite(body, ["a"], writes=True)["a"].body == 1


@pytest.mark.parametrize(
    "body", [None, [], {}, {"compositeResponse": None}, {"compositeResponse": ["x", {}]}]
)
def test_a_missing_answer_leaves_a_write_unknown_and_a_read_unanswered(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_composite(body, ["a"], writes=True)
    with pytest.raises(Unavailable):
        parse_composite(body, ["a"], writes=False)


def test_a_missing_part_of_a_composite_is_an_error() -> None:
    body: Any = {"compositeResponse": [entry("b")]}
    with pytest.raises(OutcomeUnknown) as unknown:
        parse_composite(body, ["b", "a"], writes=True)
    with pytest.raises(Unavailable) as unanswered:
        parse_composite(body, ["b", "a"], writes=False)
    assert unknown.value.code == unanswered.value.code == "no_part"
    assert unanswered.value.retry_after_s == 30.0


@pytest.mark.parametrize("status", [None, "200", 0, 99])
def test_a_strange_status_is_never_a_good_one(status: Any) -> None:
    body: Any = {"compositeResponse": [entry("a", status, {"id": "x"})]}
    found = parse_composite(body, ["a"], writes=True)
    with pytest.raises(ZsfError):
        found["a"].result(writes=True)


@pytest.mark.parametrize("status", [None, "200"])
def test_a_status_that_is_not_a_number_counts_as_500(status: Any) -> None:
    body: Any = {"compositeResponse": [entry("a", status)]}
    assert parse_composite(body, ["a"], writes=True)["a"].status == 500


def test_a_refused_part_says_why_in_its_body() -> None:
    refused = SubResponse(400, [{"errorCode": "STRING_TOO_LONG", "fields": ["Title"]}], {})
    with pytest.raises(Rejected) as caught:
        refused.result(writes=True)
    assert (caught.value.code, caught.value.fields) == ("STRING_TOO_LONG", ("Title",))


def test_a_part_that_failed_with_a_500_leaves_a_write_unknown_and_a_read_unanswered() -> None:
    response = SubResponse(500, None, {})
    with pytest.raises(OutcomeUnknown):
        response.result(writes=True)
    with pytest.raises(Unavailable):
        response.result(writes=False)


@pytest.mark.parametrize("status", [200, 201, 204, 304])
def test_the_result_of_a_good_part_is_its_body(status: int) -> None:
    assert SubResponse(status, {"id": "x"}, {}).result(writes=True) == {"id": "x"}
