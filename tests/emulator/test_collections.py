"""Collections: one result a record, in order; their caps; allOrNone; upsert; reading many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused

ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"


def record(type_: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": type_}, **values}


def leads(*names: str, **values: Any) -> list[dict[str, Any]]:
    return [record("Lead", LastName=name, Company="C", **values) for name in names]


def send(org: Client, method: str, records: list[Any], path: str = "", whole: bool = False) -> Any:
    answer = org.call(method, f"composite/sobjects{path}", {"allOrNone": whole, "records": records})
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(results: list[Any]) -> list[str | None]:
    return [None if one["success"] else one["errors"][0]["statusCode"] for one in results]


def test_results_keep_the_order_of_records_and_a_bad_record_fails_alone(
    org: Client,
) -> None:
    bad = record("Lead", LastName="bad", Company="C", Email="nope")
    first, second, third = send(org, "POST", [*leads("a"), bad, *leads("c")])
    words = "Email: invalid email address: nope"
    error = {"statusCode": "INVALID_EMAIL_ADDRESS", "message": words, "fields": ["Email"]}
    assert second == {"success": False, "errors": [error]}
    assert first == {"id": first["id"], "success": True, "errors": []}
    assert [org.row("Lead", one["id"])["LastName"] for one in (first, third)] == ["a", "c"]


def test_all_or_none_rolls_back_valid_records_under_their_own_code(org: Client) -> None:
    results = send(
        org, "POST", [*leads("a"), record("Lead", LastName="bad"), *leads("c")], whole=True
    )
    rolled = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes(results) == [rolled, "REQUIRED_FIELD_MISSING", rolled]
    assert results[0]["errors"][0]["message"] == ROLLED_BACK
    assert "id" not in results[0]
    assert org.rows("SELECT Id FROM Lead", "queryAll") == []


def test_two_hundred_records_cost_one_call_and_one_more_is_refused(org: Client) -> None:
    org.control("POST", "calls/reset")
    assert codes(send(org, "POST", leads(*(f"L{n}" for n in range(200))))) == [None] * 200
    assert (org.calls()["api_calls"], org.calls()["created"]) == (1, 200)
    answer = org.call(
        "POST", "composite/sobjects", {"records": leads(*(f"L{n}" for n in range(201)))}
    )
    error = refused(answer, 400, "EXCEEDED_ID_LIMIT")
    assert (
        error["message"]
        == "record limit reached. cannot submit more than 200 records into this call"
    )
    assert org.calls()["created"] == 200


def test_ten_chunks_of_equal_type_are_taken_and_eleven_refused(org: Client) -> None:
    pair = [record("Lead", LastName="a", Company="C"), record("Contact", LastName="a")]
    assert codes(send(org, "POST", pair * 5)) == [None] * 10
    answer = org.call("POST", "composite/sobjects", {"records": [*(pair * 5), pair[0]]})
    refused(answer, 400, "LIMIT_EXCEEDED")
    assert len(org.rows("SELECT Id FROM Lead")) == 5


def test_setup_and_data_rows_do_not_mix(org: Client) -> None:
    answer = org.call(
        "POST",
        "composite/sobjects",
        {"records": [*leads("a"), record("PermissionSet", Name="P", Label="P")]},
    )
    refused(answer, 400, "MIXED_DML_OPERATION")


@pytest.mark.parametrize("records", [[{"LastName": "a"}], [{"attributes": {}}], ["a"], None])
def test_a_record_without_a_type_is_refused(org: Client, records: Any) -> None:
    assert org.call("POST", "composite/sobjects", {"records": records}).status_code == 400


def test_rows_are_updated_by_id_and_unknown_ids_are_reported(org: Client) -> None:
    made = [one["id"] for one in send(org, "POST", leads("a", "b"))]
    results = send(
        org,
        "PATCH",
        [
            record("Lead", id=made[1], Title="B"),
            record("Lead", id="00Q5g00000zzzzz", Title="?"),
            record("Lead", Title="?"),
            record("Lead", id=made[0][:15], Title="A"),
        ],
    )
    assert codes(results) == [None, "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT", None]
    assert [org.row("Lead", one)["Title"] for one in made] == ["A", "B"]


def test_a_repeated_id_is_refused_in_either_form(org: Client) -> None:
    made = org.create("Lead", LastName="a", Company="C")
    records = [record("Lead", id=made, Title="A"), record("Lead", id=made[:15], Title="B")]
    error = refused(
        org.call("PATCH", "composite/sobjects", {"records": records}), 400, "DUPLICATE_VALUE"
    )
    assert error["message"] == f"duplicate id in list: {made}"
    assert org.row("Lead", made)["Title"] is None


def test_an_upsert_needs_the_key_in_each_record_and_reports_created(org: Client) -> None:
    first = send(org, "PATCH", leads("a", Key__c="k1"), "/Lead/Key__c")
    assert first == [{"id": first[0]["id"], "success": True, "errors": [], "created": True}]
    results = send(
        org,
        "PATCH",
        [
            record("Lead", Key__c="K1", Title="CEO"),
            record("Lead", LastName="c", Company="C"),
            *leads("b", Key__c="k2"),
        ],
        "/Lead/Key__c",
    )
    assert codes(results) == [None, "MISSING_ARGUMENT", None]
    assert (results[0]["created"], results[0]["id"], results[2]["created"]) == (
        False,
        first[0]["id"],
        True,
    )
    assert org.row("Lead", first[0]["id"])["Title"] == "CEO"


def test_every_record_of_a_repeated_key_fails(org: Client) -> None:
    results = send(
        org,
        "PATCH",
        [*leads("a", Key__c="k"), *leads("b", Key__c="other"), *leads("c", Key__c="K")],
        "/Lead/Key__c",
    )
    assert codes(results) == ["DUPLICATE_VALUE", None, "DUPLICATE_VALUE"]
    assert results[0]["errors"][0]["message"] == "Duplicate external id specified: k"
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Lead")] == ["b"]


def test_several_existing_matches_fail_that_record(org: Client) -> None:
    send(org, "POST", leads("a", "b", Email="twin@x.example"))
    (result,) = send(org, "PATCH", leads("c", Email="twin@x.example"), "/Lead/Email")
    assert codes([result]) == ["DUPLICATE_EXTERNAL_ID"]
    assert "more than one record found for external id field" in result["errors"][0]["message"]


def test_upserting_a_collection_by_a_field_that_is_not_a_key_is_404(org: Client) -> None:
    answer = org.call("PATCH", "composite/sobjects/Lead/Nope__c", {"records": leads("a")})
    error = refused(answer, 404, "NOT_FOUND")
    assert (
        error["message"]
        == "Provided external ID field does not exist or is not accessible: Nope__c"
    )


def test_rows_are_deleted_by_id(org: Client) -> None:
    made = [one["id"] for one in send(org, "POST", leads("a", "b", "c"))]
    answer = org.call(
        "DELETE", f"composite/sobjects?ids={made[0]},00Q5g00000zzzzz,{made[2]}&allOrNone=false"
    )
    assert answer.status_code == 200
    assert codes(answer.json()) == [None, "INVALID_CROSS_REFERENCE_KEY", None]
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Lead")] == ["b"]
    again = org.call("DELETE", f"composite/sobjects?ids={made[1]},{made[0]}&allOrNone=true").json()
    assert codes(again) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "ENTITY_IS_DELETED"]
    assert len(org.rows("SELECT Id FROM Lead")) == 1


def test_unknown_and_deleted_ids_are_null_in_their_place(org: Client) -> None:
    made = [one["id"] for one in send(org, "POST", leads("a", "b", "c"))]
    org.call("DELETE", f"sobjects/Lead/{made[1]}")
    ids = [made[2], "00Q5g00000zzzzz", made[1], made[0][:15]]
    by_post = org.call("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["LastName"]})
    by_get = org.call("GET", f"composite/sobjects/Lead?ids={','.join(ids)}&fields=LastName")
    for answer in (by_post, by_get):
        assert answer.status_code == 200
        assert [row and row["LastName"] for row in answer.json()] == ["c", None, None, "a"]


def test_a_wrong_field_name_fails_the_whole_read(org: Client) -> None:
    body = {"ids": ["00Q5g00000zzzzz"], "fields": ["Foo"]}
    refused(org.call("POST", "composite/sobjects/Lead", body), 400, "INVALID_FIELD")


def test_two_thousand_ids_are_read_at_once_and_no_more(org: Client) -> None:
    ids = ["00Q5g00000zzzzz"] * 2000
    answer = org.call("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["Id"]})
    assert answer.json() == [None] * 2000
    answer = org.call("POST", "composite/sobjects/Lead", {"ids": [*ids, ids[0]], "fields": ["Id"]})
    refused(answer, 400, "EXCEEDED_ID_LIMIT")
