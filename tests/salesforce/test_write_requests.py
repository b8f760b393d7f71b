"""Requests that write: what each carries, what its answer says of each write, how it is split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.salesforce.support import create
from zsf_plugin.errors import Halted, OutcomeUnknown, QuotaReached, Rejected, Unavailable
from zsf_plugin.model import Reference, Write, WriteOutcome
from zsf_plugin.salesforce.write_requests import (
    CollectionRequest,
    CompositeRequest,
    StandaloneRequest,
    WriteRequest,
    fails_in_bulk,
    has_reference_syntax,
)

ROOT = "/services/data/v68.0"
LEAD_ID = "00Q5g00000BvKcMEAV"
TASK_ID = "00T5g00000VaCkDEAV"
UPDATE = Write("update", "Lead", LEAD_ID, {"Title": "CTO"})
GOOD = {"id": TASK_ID, "success": True, "errors": []}
BAD = {"success": False, "errors": [{"statusCode": "STRING_TOO_LONG", "fields": ["Subject"]}]}
OWN_CODE = {"success": False, "errors": [{"statusCode": "APEX_ERROR", "message": "x"}]}
NOT_PARSED = [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}]
BROKEN = [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]


def tasks(count: int) -> list[Write]:
    return [create("Task", number, {"Subject": "x"}) for number in range(count)]


def parts(request: WriteRequest) -> list[dict[str, Any]]:
    """The subrequests of a composite as sent, their urls below the version."""
    body: Any = request.build(ROOT).body
    found = body["compositeRequest"]
    for part in found:
        part["url"] = part["url"].removeprefix(ROOT)
    return list(found)


def composite_answer(*answers: tuple[str, int, Any]) -> Any:
    entries = []
    for name, status, body in answers:
        entries.append({"referenceId": name, "httpStatusCode": status, "body": body})
    return {"compositeResponse": entries}


def outcomes_of(writes: Sequence[Write], results: Any) -> list[WriteOutcome]:
    """What a collection's results say, alike within a composite and outside of any."""
    within = CollectionRequest([writes]).parse(composite_answer(("c0", 200, results)))
    alone = StandaloneRequest(writes).parse(results)
    found = [within.outcomes[write.token] for write in writes]
    assert [str(one) for one in found] == [str(alone.outcomes[write.token]) for write in writes]
    return found


def code_of(outcome: WriteOutcome) -> str:
    """The code of the error that leaves it open whether the write happened."""
    assert isinstance(outcome.error, OutcomeUnknown)
    return outcome.error.code


# What is sent


def test_a_reference_is_left_to_salesforce_within_a_composite() -> None:
    account = create("Account", 1, {"Name": "A"})
    contact = create("Contact", 2, {"AccountId": Reference("new:1")})
    first, second = parts(CompositeRequest([account, contact]))
    assert (first["method"], first["url"], first["referenceId"]) == (
        "POST",
        "/sobjects/Account",
        "w0",
    )
    assert (second["url"], second["body"]) == ("/sobjects/Contact", {"AccountId": "@{w0.id}"})


@pytest.mark.parametrize("kind", [StandaloneRequest, lambda writes: CollectionRequest([writes])])
def test_a_collection_refuses_a_reference_instead_of_losing_the_link(kind: Any) -> None:
    contact = create("Contact", 2, {"LastName": "A", "AccountId": Reference("new:1")})
    with pytest.raises(ValueError, match="AccountId of new:2 refers to new:1"):
        kind([contact]).build(ROOT)


def test_an_update_names_the_record_in_its_path_and_not_in_its_body() -> None:
    (part,) = parts(CompositeRequest([UPDATE]))
    assert (part["method"], part["url"], part["body"]) == (
        "PATCH",
        f"/sobjects/Lead/{LEAD_ID}",
        {"Title": "CTO"},
    )


def test_a_second_write_of_a_record_created_in_the_request_is_left_to_salesforce() -> None:
    made = create("Lead", 1, {"LastName": "A"})
    more = Write("update", "Lead", "new:1", {"Title": "CTO"}, name="new:1#1")
    sent = [(part["method"], part["url"]) for part in parts(CompositeRequest([made, more]))]
    assert sent == [("POST", "/sobjects/Lead"), ("PATCH", "/sobjects/Lead/@{w0.id}")]


def test_a_subrequests_path_leads_nowhere_else() -> None:
    with pytest.raises(Rejected, match="MALFORMED_ID"):
        CompositeRequest([Write("update", "Lead", "../../limits", {})]).build(ROOT)
    (part,) = parts(CompositeRequest([Write("update", "Lead", LEAD_ID[:15], {})]))
    assert part["url"] == f"/sobjects/Lead/{LEAD_ID}"


def test_a_collection_carries_records_with_their_type_and_updates_their_id() -> None:
    created, updated = parts(CollectionRequest([[create("Task", 1, {"Subject": "x"})], [UPDATE]]))
    assert (created["method"], created["url"], created["referenceId"]) == (
        "POST",
        "/composite/sobjects",
        "c0",
    )
    assert created["body"]["records"] == [{"attributes": {"type": "Task"}, "Subject": "x"}]
    assert (updated["method"], updated["referenceId"]) == ("PATCH", "c1")
    assert updated["body"]["records"] == [
        {"attributes": {"type": "Lead"}, "id": LEAD_ID, "Title": "CTO"}
    ]


def test_records_of_a_collection_are_saved_each_for_itself() -> None:
    (part,) = parts(CollectionRequest([tasks(2)]))
    standalone: Any = StandaloneRequest(tasks(2)).build(ROOT).body
    assert part["body"]["allOrNone"] is standalone["allOrNone"] is False


def test_a_standalone_request_is_one_collection_with_its_headers_on_the_request() -> None:
    request = StandaloneRequest([UPDATE]).build(ROOT)
    assert (request.method, request.path) == ("PATCH", "/composite/sobjects")
    assert request.headers == {"Sforce-Auto-Assign": "FALSE"}


@pytest.mark.parametrize(
    ("write", "headers"),
    [
        (Write("create", "Lead", "new:1", {}), {"Sforce-Auto-Assign": "FALSE"}),
        (
            Write("create", "Lead", "new:1", {}, assignment_rules=True),
            {"Sforce-Auto-Assign": "TRUE"},
        ),
        (
            Write("create", "Lead", "new:1", {}, save_alerted=True),
            {"Sforce-Auto-Assign": "FALSE", "Sforce-Duplicate-Rule-Header": "allowSave=true"},
        ),
        (
            Write("create", "Lead", "new:1", {}, assignment_rules=True, save_alerted=True),
            {"Sforce-Auto-Assign": "TRUE", "Sforce-Duplicate-Rule-Header": "allowSave=true"},
        ),
    ],
)
def test_assignment_rules_and_alerting_duplicate_rules_follow_the_writes_options(
    write: Write, headers: dict[str, str]
) -> None:
    assert parts(CompositeRequest([write]))[0]["httpHeaders"] == headers
    assert parts(CollectionRequest([[write]]))[0]["httpHeaders"] == headers
    assert StandaloneRequest([write]).build(ROOT).headers == headers


def test_updates_disable_assignment_rules_too() -> None:
    assert parts(CompositeRequest([UPDATE]))[0]["httpHeaders"] == {"Sforce-Auto-Assign": "FALSE"}


@pytest.mark.parametrize(
    "request_",
    [CompositeRequest(tasks(26)), CollectionRequest([tasks(1)] * 6)],
    ids=["26 writes", "6 collections"],
)
def test_more_than_a_composite_can_carry_is_an_error_and_no_write_is_left_out(
    request_: WriteRequest,
) -> None:
    with pytest.raises(ValueError, match="zip"):
        request_.build(ROOT)


@pytest.mark.parametrize("value", ["@{w0.id}", "Hello @{first_name}", "@{"])
def test_a_text_that_a_composite_would_take_for_a_reference_is_known(value: str) -> None:
    assert has_reference_syntax(create("Lead", 1, {"Company": "Acme", "LastName": value}))


@pytest.mark.parametrize("value", ["a@b.example", "{x}", None, 3, Reference("new:1")])
def test_other_values_and_real_references_have_no_reference_syntax(value: Any) -> None:
    assert not has_reference_syntax(create("Lead", 1, {"LastName": value}))


# What the answer says


def test_each_write_of_a_composite_has_the_outcome_of_its_own_answer() -> None:
    lead, other, update = create("Lead", 1, {}), create("Lead", 2, {}), UPDATE
    response = CompositeRequest([lead, other, update]).parse(
        composite_answer(
            ("w2", 204, None),
            ("w0", 201, {"id": LEAD_ID, "success": True}),
            ("w1", 400, [{"errorCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName"]}]),
        )
    )
    assert response.outcomes["new:1"].record_id == LEAD_ID
    assert response.outcomes[LEAD_ID].record_id == LEAD_ID
    error = response.outcomes["new:2"].error
    assert isinstance(error, Rejected)
    assert error.fields == ("LastName",)
    assert response.smaller == ()


def test_a_write_that_refers_to_no_other_is_refused_and_not_halted() -> None:
    halted = [{"errorCode": "PROCESSING_HALTED", "message": "Invalid reference specified."}]
    alone = create("Lead", 1, {"LastName": "x"})
    bound = create("Contact", 2, {"AccountId": Reference("new:1")})
    answer = composite_answer(("w0", 400, halted), ("w1", 400, halted))
    outcomes = CompositeRequest([alone, bound]).parse(answer).outcomes
    refused = outcomes["new:1"].error
    assert type(refused) is Rejected
    assert refused.code == "PROCESSING_HALTED"
    assert type(outcomes["new:2"].error) is Halted
    assert [(token, one.token) for token, one in outcomes.items()] == [
        ("new:1", "new:1"),
        ("new:2", "new:2"),
    ]


@pytest.mark.parametrize(
    ("request_", "name"),
    [(CompositeRequest(tasks(1)), "w0"), (CollectionRequest([tasks(1)]), "c0")],
)
def test_a_part_that_broke_leaves_its_writes_unknown(request_: WriteRequest, name: str) -> None:
    outcome = request_.parse(composite_answer((name, 500, BROKEN))).outcomes["new:0"]
    assert (outcome.token, code_of(outcome)) == ("new:0", "unreadable")


@pytest.mark.parametrize("request_", [CompositeRequest(tasks(1)), CollectionRequest([tasks(1)])])
def test_an_answer_that_leaves_a_part_out_leaves_all_unknown(request_: WriteRequest) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        request_.parse(composite_answer())
    assert caught.value.code == "no_part"


@pytest.mark.parametrize("body", [None, {}, [], {"id": None}, {"id": "../x"}, {"id": 3}])
def test_a_creation_whose_answer_names_no_id_is_unknown(body: Any) -> None:
    response = CompositeRequest([create("Lead", 1, {})]).parse(composite_answer(("w0", 201, body)))
    outcome = response.outcomes["new:1"]
    assert (outcome.token, code_of(outcome)) == ("new:1", "no_record_id")


def test_a_collections_results_belong_to_their_places() -> None:
    good, bad = outcomes_of(tasks(2), [GOOD, BAD])
    assert good.record_id == TASK_ID
    assert isinstance(bad.error, Rejected)
    assert bad.error.fields == ("Subject",)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (None, "no_results"),
        ({}, "no_results"),
        ([], "no_results"),
        ([GOOD, GOOD], "no_results"),
        ([{}], "no_verdict"),
        (["x"], "no_verdict"),
        ([{"success": True}], "no_record_id"),
    ],
)
def test_results_that_match_no_record_leave_the_outcome_unknown(results: Any, code: str) -> None:
    (outcome,) = outcomes_of(tasks(1), results)
    assert (outcome.token, code_of(outcome)) == ("new:0", code)


@pytest.mark.parametrize("code", ["INVALID_SESSION_ID", "URL_NOT_RESET"])
def test_a_session_that_ended_between_two_records_needs_nobody(code: str) -> None:
    ended = {"success": False, "errors": [{"statusCode": code, "message": "x"}]}
    good, late = outcomes_of(tasks(2), [GOOD, ended])
    assert good.record_id == TASK_ID
    assert isinstance(late.error, Unavailable)


def test_the_error_of_a_failed_chunk_applies_to_its_writes_only() -> None:
    limit = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    answer = composite_answer(("c0", 403, limit), ("c1", 200, [GOOD]))
    outcomes = CollectionRequest([tasks(3), [UPDATE]]).parse(answer).outcomes
    assert [type(outcomes[f"new:{n}"].error) for n in range(3)] == [QuotaReached] * 3
    assert outcomes[LEAD_ID].record_id == LEAD_ID


def test_a_collection_refused_as_a_whole_has_no_outcome_yet_and_is_sent_in_smaller_requests() -> (
    None
):
    response = CollectionRequest([tasks(1)]).parse(composite_answer(("c0", 400, NOT_PARSED)))
    assert (dict(response.outcomes), list(response.smaller)) == ({}, [CompositeRequest(tasks(1))])


def test_records_that_failed_because_of_bulk_code_are_retried_in_smaller_requests() -> None:
    writes = tasks(3)
    response = CollectionRequest([writes]).parse(
        composite_answer(("c0", 200, [OWN_CODE, GOOD, OWN_CODE]))
    )
    assert [type(response.outcomes[f"new:{n}"].error) for n in range(3)] == [
        Rejected,
        type(None),
        Rejected,
    ]
    assert list(response.smaller) == [CompositeRequest([writes[0], writes[2]])]


def test_those_of_all_collections_are_tried_in_smaller_requests() -> None:
    leads = [create("Lead", number, {}) for number in (5, 6)]
    answer = composite_answer(("c0", 200, [OWN_CODE] * 2), ("c1", 200, [OWN_CODE] * 2))
    response = CollectionRequest([tasks(2), leads]).parse(answer)
    assert list(response.smaller) == [CompositeRequest(tasks(2)), CompositeRequest(leads)]


def test_writes_of_a_standalone_request_are_retried_in_halves() -> None:
    writes = tasks(4)
    response = StandaloneRequest(writes).parse([OWN_CODE, GOOD, OWN_CODE, OWN_CODE])
    assert list(response.smaller) == [
        StandaloneRequest([writes[0], writes[2]]),
        StandaloneRequest([writes[3]]),
    ]


def test_a_single_record_that_fails_is_the_cause() -> None:
    assert (
        CollectionRequest([tasks(1)]).parse(composite_answer(("c0", 200, [OWN_CODE]))).smaller == []
    )
    assert StandaloneRequest(tasks(1)).parse([OWN_CODE]).smaller == ()


@pytest.mark.parametrize(
    ("code", "fails"), [("APEX_ERROR", True), ("LIMIT_EXCEEDED", True), ("STRING_TOO_LONG", False)]
)
def test_only_the_orgs_own_code_fails_in_bulk(code: str, fails: bool) -> None:
    assert fails_in_bulk(Rejected(code)) is fails
    assert not fails_in_bulk(OutcomeUnknown("x"))
    assert not fails_in_bulk(None)


# How requests are split


@pytest.mark.parametrize("kind", [CompositeRequest, StandaloneRequest])
@pytest.mark.parametrize(("count", "first"), [(2, 1), (4, 2), (5, 3)])
def test_a_composite_and_a_standalone_request_are_halved(kind: Any, count: int, first: int) -> None:
    writes = tasks(count)
    assert list(kind(writes).split()) == [kind(writes[:first]), kind(writes[first:])]


def test_collections_are_split_chunk_by_chunk() -> None:
    request = CollectionRequest([tasks(2), [UPDATE]])
    assert list(request.split()) == [CollectionRequest([tasks(2)]), CollectionRequest([[UPDATE]])]
    assert [write.token for write in request.writes] == ["new:0", "new:1", LEAD_ID]


@pytest.mark.parametrize(("count", "sizes"), [(200, [40] * 5), (41, [9, 9, 9, 9, 5])])
def test_a_large_chunk_is_narrowed_in_five_within_one_call(count: int, sizes: list[int]) -> None:
    (request,) = CollectionRequest([tasks(count)]).split()
    assert isinstance(request, CollectionRequest)
    assert [len(chunk) for chunk in request.chunks] == sizes
    assert list(request.writes) == tasks(count)


def test_a_small_chunk_is_sent_record_by_record_in_composites_of_25() -> None:
    writes = tasks(40)
    assert list(CollectionRequest([writes]).split()) == [
        CompositeRequest(writes[:25]),
        CompositeRequest(writes[25:]),
    ]
