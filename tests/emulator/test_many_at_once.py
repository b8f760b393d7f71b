"""Upsert, composite and collections, by plain requests: order, references, roll-back, caps (sheet
§3.5 to §3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import DATA, Client, refused

LEAD = {"LastName": "Okafor", "Company": "Brightwell"}


def sub(name: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    made = {"referenceId": name, "method": method, "url": f"{DATA}/{path}", **more}
    return made if body is None else {**made, "body": body}


def answers(org: Client, *subrequests: Any, whole: bool = False) -> dict[str, Any]:
    response = org.composite(*subrequests, whole=whole)
    assert response.status_code == 200
    return {entry["referenceId"]: entry for entry in response.json()["compositeResponse"]}


def record(**values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, **LEAD, **values}


def collection(
    org: Client, *records: Any, method: str = "POST", path: str = "", whole: bool = False
) -> Any:
    return org.call(
        method, f"composite/sobjects{path}", {"allOrNone": whole, "records": list(records)}
    )


def test_an_upsert_creates_then_updates_one_record(org: Client) -> None:
    first = org.call("PATCH", "sobjects/Lead/Key__c/p_1", LEAD)
    again = org.call("PATCH", "sobjects/Lead/Key__c/p_1", {"Title": "Buyer"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert first.json()["id"] == again.json()["id"]


def test_an_upsert_refuses_its_key_in_the_body_and_a_field_that_is_not_a_key(org: Client) -> None:
    refused(
        org.call("PATCH", "sobjects/Lead/Key__c/p_1", {**LEAD, "Key__c": "p_1"}),
        400,
        "INVALID_FIELD",
    )
    refused(org.call("PATCH", "sobjects/Lead/Nope__c/p_1", LEAD), 404, "NOT_FOUND")


def test_an_upsert_that_matches_several_answers_300_and_writes_nothing(make: Any) -> None:
    loose = {
        "object": "Lead",
        "name": "Loose__c",
        "type": "string",
        "length": 64,
        "externalId": True,
    }
    org = make(fields=[loose])
    for _ in range(2):
        org.create("Lead", **LEAD, Loose__c="x")
    answer = org.call("PATCH", "sobjects/Lead/Loose__c/x", {"Title": "Buyer"})
    assert answer.status_code == 300
    assert len(answer.json()) == 2
    assert org.rows("SELECT Id FROM Lead WHERE Title = 'Buyer'") == []


def test_a_reference_carries_an_id_from_one_subrequest_to_the_next(org: Client) -> None:
    made = answers(
        org,
        sub("acc", "POST", "sobjects/Account", {"Name": "Brightwell"}),
        sub("con", "POST", "sobjects/Contact", {"LastName": "Okafor", "AccountId": "@{acc.id}"}),
    )
    (contact,) = org.rows("SELECT AccountId FROM Contact")
    assert contact["AccountId"] == made["acc"]["body"]["id"]


def test_a_reference_to_nothing_halts_only_its_subrequest(org: Client) -> None:
    empty = sub("none", "GET", "query?q=SELECT+Id+FROM+Lead")
    made = answers(
        org,
        empty,
        sub(
            "con",
            "POST",
            "sobjects/Contact",
            {"LastName": "A", "AccountId": "@{none.records[0].Id}"},
        ),
        sub("lead", "POST", "sobjects/Lead", LEAD),
    )
    assert made["con"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert made["lead"]["httpStatusCode"] == 201


def test_one_bad_subrequest_leaves_the_others_unless_all_or_none_is_asked(org: Client) -> None:
    good, wrong = (
        sub("good", "POST", "sobjects/Lead", LEAD),
        sub("bad", "POST", "sobjects/Lead", {}),
    )
    assert answers(org, good, wrong)["good"]["httpStatusCode"] == 201
    rolled = answers(org, good, wrong, whole=True)
    assert rolled["good"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert rolled["bad"]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert len(org.rows("SELECT Id FROM Lead")) == 1


@pytest.mark.parametrize(
    "many",
    [
        [sub(f"r{n}", "POST", "sobjects/Lead", LEAD) for n in range(26)],
        [sub(f"q{n}", "GET", "query?q=SELECT+Id+FROM+Lead") for n in range(6)],
    ],
    ids=["26 subrequests", "6 queries"],
)
def test_too_many_are_refused_in_one_entry_without_a_name(
    org: Client, many: list[dict[str, Any]]
) -> None:
    (entry,) = answers(org, *many).values()
    assert (entry["referenceId"], entry["body"][0]["errorCode"]) == (None, "LIMIT_EXCEEDED")
    assert org.rows("SELECT Id FROM Lead") == []


def test_only_a_subrequests_own_headers_apply(make: Any) -> None:
    rule = {"object": "Lead", "field": "Email", "action": "alert"}
    org = make(duplicate_rules=[rule])
    twin = {**LEAD, "Email": "ngozi@brightwell.example"}
    org.create("Lead", **twin)
    plain, with_header = (
        sub("a", "POST", "sobjects/Lead", twin),
        sub(
            "b",
            "POST",
            "sobjects/Lead",
            twin,
            httpHeaders={"Sforce-Duplicate-Rule-Header": "allowSave=true"},
        ),
    )
    outer = org.composite(plain, with_header, Sforce_Duplicate_Rule_Header="allowSave=true")
    first, second = outer.json()["compositeResponse"]
    assert first["body"][0]["errorCode"] == "DUPLICATES_DETECTED"
    assert second["httpStatusCode"] == 201


def test_a_composite_is_one_call_and_a_batch_one_for_each(org: Client) -> None:
    before = org.calls()["api_calls"]
    answers(org, *(sub(f"r{n}", "POST", "sobjects/Lead", LEAD) for n in range(20)))
    assert org.calls()["api_calls"] == before + 1
    body = {"batchRequests": [{"method": "GET", "url": "v68.0/limits"} for _ in range(3)]}
    assert org.call("POST", "composite/batch", body).json()["hasErrors"] is False
    assert org.calls()["api_calls"] == before + 4


def test_a_collection_answers_in_order_and_one_bad_record_leaves_the_others(org: Client) -> None:
    results = collection(
        org, record(LastName="A"), record(LastName=None), record(LastName="C")
    ).json()
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert "id" not in results[1]
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Lead ORDER BY LastName")] == [
        "A",
        "C",
    ]


def test_a_collection_with_all_or_none_rolls_every_record_back(org: Client) -> None:
    results = collection(org, record(), record(LastName=None), whole=True).json()
    assert results[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.rows("SELECT Id FROM Lead") == []
    assert org.calls()["created"] == 0


def test_more_than_two_hundred_records_are_refused_whole(org: Client) -> None:
    refused(collection(org, *(record() for _ in range(201))), 400, "EXCEEDED_ID_LIMIT")


def test_the_same_id_twice_in_one_update_is_refused(org: Client) -> None:
    lead = org.create("Lead", **LEAD)
    twice = [{"attributes": {"type": "Lead"}, "id": lead, "Title": title} for title in ("A", "B")]
    assert collection(org, *twice, method="PATCH").status_code == 400


def test_an_upserted_collection_refuses_every_row_of_a_repeated_key(org: Client) -> None:
    rows = [record(Key__c="k1"), record(Key__c="K1"), record(Key__c="k2")]
    results = collection(org, *rows, method="PATCH", path="/Lead/Key__c").json()
    assert [result["success"] for result in results] == [False, False, True]
    assert results[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert results[2]["created"] is True


def test_reading_many_gives_null_in_place_of_an_unknown_id(org: Client) -> None:
    lead = org.create("Lead", **LEAD)
    body = {"ids": ["00Q5g0000000099AAA", lead], "fields": ["LastName"]}
    unknown, found = org.call("POST", "composite/sobjects/Lead", body).json()
    assert unknown is None
    assert found["LastName"] == "Okafor"


def test_a_composite_can_hold_describes_that_return_304(org: Client) -> None:
    first = answers(org, sub("lead", "GET", "sobjects/Lead/describe"))["lead"]
    known = {"If-Modified-Since": first["httpHeaders"]["Last-Modified"]}
    again = answers(org, sub("lead", "GET", "sobjects/Lead/describe", httpHeaders=known))["lead"]
    assert (again["httpStatusCode"], again["body"]) == (304, None)


def test_a_created_field_is_hidden_until_it_is_granted(org: Client) -> None:
    metadata = {
        "label": "Outreach Id",
        "type": "Text",
        "length": 64,
        "externalId": True,
        "unique": True,
    }
    full = {"FullName": "Lead.Outreach_Id__c", "Metadata": metadata}
    assert org.call("POST", "tooling/sobjects/CustomField", full).status_code == 201
    refused(
        org.call("POST", "sobjects/Lead", {**LEAD, "Outreach_Id__c": "x"}), 400, "INVALID_FIELD"
    )
    permission_set = org.create("PermissionSet", Name="Sync", Label="Sync")
    org.create(
        "FieldPermissions",
        ParentId=permission_set,
        SobjectType="Lead",
        Field="Lead.Outreach_Id__c",
        PermissionsRead=True,
        PermissionsEdit=True,
    )
    refused(
        org.call("POST", "sobjects/Lead", {**LEAD, "Outreach_Id__c": "x"}), 400, "INVALID_FIELD"
    )
    me = org.tokens["id"].split("/")[-1]
    org.create("PermissionSetAssignment", AssigneeId=me, PermissionSetId=permission_set)
    assert org.row("Lead", org.create("Lead", **LEAD, Outreach_Id__c="x"))["Outreach_Id__c"] == "x"
