"""What one composite carries, and how its answer is told apart: by name, never by place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.salesforce.support import create
from zsf_plugin.errors import OutcomeUnknown, Rejected, Unavailable, ZsfError
from zsf_plugin.model.changes import Reference, Write
from zsf_plugin.salesforce.composites import Sub, SubAnswer, answers, request
from zsf_plugin.salesforce.parcels import Collections, Rows, collections

UPDATE = Write("update", "Lead", "00Q5g00000BvKcMEAV", {"Title": "CTO"})


def entry(name: str | None, status: Any = 200, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "httpStatusCode": status, "body": body, "httpHeaders": {}}


def test_a_reference_is_left_to_salesforce_among_rows() -> None:
    account, contact = (
        create("Account", 1, {"Name": "A"}),
        create("Contact", 2, {"AccountId": Reference("new:1")}),
    )
    subs = Rows([account, contact]).subs()
    assert subs[1].body == {"AccountId": "@{w0.id}"}
    assert [(sub.method, sub.path) for sub in subs] == [
        ("POST", "/sobjects/Account"),
        ("POST", "/sobjects/Contact"),
    ]


def test_an_update_names_the_record_in_its_path_and_not_in_its_body() -> None:
    (sub,) = Rows([UPDATE]).subs()
    assert (sub.method, sub.path, sub.body) == (
        "PATCH",
        "/sobjects/Lead/00Q5g00000BvKcMEAV",
        {"Title": "CTO"},
    )


@pytest.mark.parametrize("saved", [True, False])
def test_an_alerting_duplicate_rule_is_overridden_only_where_asked_for(saved: bool) -> None:
    write = Write("create", "Lead", "new:1", {"LastName": "X"}, save_alerted=saved)
    for sub in (*Rows([write]).subs(), *Collections([[write]]).subs()):
        assert sub.headers.get("Sforce-Duplicate-Rule-Header") == (
            "allowSave=true" if saved else None
        )


def test_writes_of_different_policies_never_share_a_collection() -> None:
    first = Write("create", "Lead", "new:1", {"LastName": "X"})
    other = Write("create", "Lead", "new:2", {"LastName": "X"}, save_alerted=True)
    (parcel,) = collections([first, other, first])
    assert [len(chunk) for chunk in parcel.chunks] == [2, 1]


@pytest.mark.parametrize(("wanted", "header"), [(False, "FALSE"), (True, "TRUE")])
def test_assignment_rules_run_only_where_asked_for(wanted: bool, header: str) -> None:
    write = Write("create", "Lead", "new:1", {"LastName": "X"}, assignment_rules=wanted)
    for sub in (*Rows([write]).subs(), *Collections([[write]]).subs()):
        assert sub.headers == {"Sforce-Auto-Assign": header}


def test_a_composite_is_sent_uncollated_each_for_itself() -> None:
    body: Any = request([Sub("a", "GET", "/query?q=x")], "68.0")
    assert (body["allOrNone"], body["collateSubrequests"]) == (False, False)
    assert body["compositeRequest"] == [
        {"method": "GET", "referenceId": "a", "url": "/services/data/v68.0/query?q=x"}
    ]


def test_a_thousand_records_of_a_kind_are_five_collections_of_one_parcel() -> None:
    parcels = list(collections([create("Task", n, {"Subject": "x"}) for n in range(1000)]))
    assert [[len(chunk) for chunk in parcel.chunks] for parcel in parcels] == [[200] * 5]


def test_creates_and_updates_and_objects_do_not_share_a_collection() -> None:
    (parcel,) = collections([create("Lead", 1, {}), UPDATE, create("Contact", 2, {})])
    assert [len(chunk) for chunk in parcel.chunks] == [1, 1, 1]
    assert [sub.method for sub in parcel.subs()] == ["POST", "PATCH", "POST"]


def test_long_texts_make_shorter_collections() -> None:
    (parcel,) = collections([create("Task", n, {"Description": "x" * 32_000}) for n in range(200)])
    assert max(len(chunk) for chunk in parcel.chunks) < 100


def test_answers_are_matched_by_name() -> None:
    found = answers(
        {"compositeResponse": [entry("b", 201, "second"), entry("a", 200, "first")]},
        [Sub("a", "GET", ""), Sub("b", "GET", "")],
        writes=False,
    )
    assert (found["a"].body, found["b"].body) == ("first", "second")


def test_a_composite_refused_as_a_whole_raises_its_error() -> None:
    refused = entry(None, 400, [{"errorCode": "LIMIT_EXCEEDED", "message": "25"}])
    with pytest.raises(Rejected) as caught:
        answers({"compositeResponse": [refused]}, [Sub("a", "GET", "")], writes=True)
    assert caught.value.code == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"compositeResponse": None}, {"compositeResponse": ["x", {}]}]
)
def test_a_missing_answer_leaves_a_write_unknown_and_a_read_unanswered(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        answers(body, [Sub("a", "POST", "")], writes=True)
    with pytest.raises(Unavailable):
        answers(body, [Sub("a", "GET", "")], writes=False)


@pytest.mark.parametrize("status", [None, "200", 0, 99])
def test_a_strange_status_is_never_a_good_one(status: Any) -> None:
    found = answers(
        {"compositeResponse": [entry("a", status, {"id": "x"})]},
        [Sub("a", "POST", "")],
        writes=True,
    )
    with pytest.raises(ZsfError):
        found["a"].result(writes=True)


def outcome_of(results: Any, *writes: Write) -> list[Any]:
    unpacked = Collections([writes]).unpacked({"c0": SubAnswer(200, results, {})})
    return [unpacked.outcomes[write.ref] for write in writes]


def test_a_collections_results_belong_to_their_places() -> None:
    good, bad = outcome_of(
        [
            {"id": "00T5g00000VaCkDEAV", "success": True, "errors": []},
            {
                "success": False,
                "errors": [{"statusCode": "STRING_TOO_LONG", "fields": ["Subject"]}],
            },
        ],
        create("Task", 1, {}),
        create("Task", 2, {}),
    )
    assert good.record_id == "00T5g00000VaCkDEAV"
    assert bad.error.fields == ("Subject",)


@pytest.mark.parametrize(
    "results", [None, {}, [], [{}], [{"success": True}, {"success": True}], ["x"]]
)
def test_results_that_cannot_be_told_apart_leave_the_outcome_unknown(results: Any) -> None:
    (outcome,) = outcome_of(results, create("Task", 1, {}))
    assert isinstance(outcome.error, OutcomeUnknown)


def test_a_collection_refused_as_a_whole_is_given_back_for_another_way() -> None:
    chunk = [create("Task", 1, {})]
    refusal = SubAnswer(400, [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}], {})
    unpacked = Collections([chunk]).unpacked({"c0": refusal})
    assert (dict(unpacked.outcomes), list(unpacked.refused)) == ({}, [Collections([chunk])])


def test_a_second_write_of_a_record_made_along_with_it_is_left_to_salesforce() -> None:
    made = create("Lead", 1, {"LastName": "A"})
    more = Write("update", "Lead", "new:1", {"Title": "CTO"}, name="new:1#1")
    subs = Rows([made, more]).subs()
    assert [(sub.method, sub.path) for sub in subs] == [
        ("POST", "/sobjects/Lead"),
        ("PATCH", "/sobjects/Lead/@{w0.id}"),
    ]


def test_a_large_collection_is_narrowed_in_five_and_a_small_one_record_by_record() -> None:
    (five,) = Collections([[create("Task", n, {}) for n in range(200)]]).smaller()
    assert [len(chunk) for chunk in five.chunks] == [40] * 5  # type: ignore[attr-defined]
    rows = Collections([five.writes[:40]]).smaller()
    assert [(type(parcel), len(parcel.writes)) for parcel in rows] == [(Rows, 25), (Rows, 15)]


def test_records_that_failed_for_what_so_many_set_off_are_tried_in_smaller_parts() -> None:
    chunk = [create("Task", n, {}) for n in range(2)]
    results = [
        {
            "success": False,
            "errors": [{"statusCode": "LIMIT_EXCEEDED", "message": "Too many SOQL queries"}],
        }
    ] * 2
    unpacked = Collections([chunk]).unpacked({"c0": SubAnswer(200, results, {})})
    assert [parcel.writes for parcel in unpacked.refused] == [chunk]
    assert {type(outcome.error) for outcome in unpacked.outcomes.values()} == {Rejected}
