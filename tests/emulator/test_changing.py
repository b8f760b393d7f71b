"""Changing, deleting and upserting one row."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.client import DATA, Client, refused
from tests.emulator.conftest import Make


def patch(org: Client, path: str, **values: Any) -> requests.Response:
    return org.call("PATCH", f"sobjects/{path}", values)


def lead(org: Client, **more: Any) -> str:
    return org.create("Lead", **{"LastName": "Okafor", "Company": "Brightwell", **more})


def test_an_update_returns_204_without_a_body(org: Client) -> None:
    made = lead(org)
    answer = patch(org, f"Lead/{made}", Title="CEO")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert "Content-Length" not in answer.headers
    row = org.row("Lead", made)
    assert (row["Title"], row["Company"]) == ("CEO", "Brightwell")


def test_an_update_clears_with_null_and_accepts_either_form_of_the_id(org: Client) -> None:
    made = lead(org, Title="CEO")
    assert patch(org, f"Lead/{made[:15]}", Title=None).status_code == 204
    assert org.row("Lead", made)["Title"] is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Id": "00Q5g00000BvKcMEAV"}, "INVALID_FIELD"),
        ({"foo": 1}, "INVALID_FIELD"),
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"Email": "nope"}, "INVALID_EMAIL_ADDRESS"),
        ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_refused_update_changes_nothing(org: Client, values: dict[str, Any], code: str) -> None:
    made = lead(org)
    before = org.row("Lead", made)
    refused(patch(org, f"Lead/{made}", Title="CEO", **values), 400, code)
    assert org.row("Lead", made) == before


def test_a_field_that_is_create_only_cannot_be_changed(org: Client) -> None:
    task = org.create("Task", Subject="x", TaskSubtype="Email")
    error = refused(
        patch(org, f"Task/{task}", TaskSubtype="Call"), 400, "INVALID_FIELD_FOR_INSERT_UPDATE"
    )
    assert error["fields"] == ["TaskSubtype"]


def test_a_converted_lead_cannot_be_changed_but_is_still_read(org: Client) -> None:
    made = lead(org)
    org.control("PATCH", f"records/Lead/{made}", {"IsConverted": True})
    error = refused(patch(org, f"Lead/{made}", Title="CEO"), 400, "CANNOT_UPDATE_CONVERTED_LEAD")
    assert error["message"] == "cannot reference converted lead"
    assert org.row("Lead", made)["IsConverted"] is True


def test_a_deleted_row_is_gone_for_everyone(org: Client) -> None:
    made = lead(org)
    answer = org.call("DELETE", f"sobjects/Lead/{made}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method, body in (("GET", None), ("PATCH", {"Title": "CEO"}), ("DELETE", None)):
        error = refused(org.call(method, f"sobjects/Lead/{made}", body), 404, "ENTITY_IS_DELETED")
        assert error["message"] == "entity is deleted"


def test_deleting_an_account_deletes_its_contacts_and_their_tasks(org: Client) -> None:
    account = org.create("Account", Name="Brightwell")
    contact = org.create("Contact", LastName="Okafor", AccountId=account)
    task = org.create("Task", Subject="x", WhoId=contact)
    assert org.call("DELETE", f"sobjects/Account/{account}").status_code == 204
    refused(org.call("GET", f"sobjects/Contact/{contact}"), 404, "ENTITY_IS_DELETED")
    refused(org.call("GET", f"sobjects/Task/{task}"), 404, "ENTITY_IS_DELETED")
    assert org.calls()["deleted"] == 3


@pytest.mark.parametrize("record_id", ["00Q5g00000zzzzz", "0035g00000zzzzz"])
def test_an_unknown_row_is_not_found(org: Client, record_id: str) -> None:
    error = refused(org.call("GET", f"sobjects/Lead/{record_id}"), 404, "NOT_FOUND")
    assert error["message"] == "The requested resource does not exist"


def test_a_path_that_is_not_an_id_is_read_as_an_external_id_field(org: Client) -> None:
    error = refused(org.call("GET", "sobjects/Lead/23foo"), 404, "NOT_FOUND")
    assert (
        error["message"] == "Provided external ID field does not exist or is not accessible: 23foo"
    )


def test_a_row_cannot_be_put(org: Client) -> None:
    error = refused(org.call("PUT", f"sobjects/Lead/{lead(org)}", {}), 405, "METHOD_NOT_ALLOWED")
    assert error["message"] == "HTTP Method 'PUT' not allowed. Allowed are DELETE,GET,HEAD,PATCH"


def test_an_upsert_creates_with_201_then_updates_with_200(org: Client) -> None:
    first = patch(org, "Lead/Key__c/p_1", LastName="Okafor", Company="Brightwell")
    assert first.status_code == 201
    made = first.json()["id"]
    assert first.json() == {"id": made, "success": True, "errors": [], "created": True}
    assert org.row("Lead", made)["Key__c"] == "p_1"
    second = patch(org, "Lead/Key__c/P_1", Title="CEO")
    assert second.status_code == 200
    assert second.json() == {"id": made, "success": True, "errors": [], "created": False}
    assert org.row("Lead", made)["Title"] == "CEO"


def test_an_encoded_key_is_decoded(org: Client) -> None:
    assert patch(org, "Lead/Key__c/a%2Fb%20c", LastName="A", Company="B").status_code == 201
    assert org.rows("SELECT Key__c FROM Lead")[0]["Key__c"] == "a/b c"


def test_a_case_sensitive_key_matches_only_its_own_case(org: Client) -> None:
    assert patch(org, "Task/StepKey__c/a", Subject="x").status_code == 201
    assert patch(org, "Task/StepKey__c/A", Subject="x").status_code == 201
    assert patch(org, "Task/StepKey__c/A", Subject="y").status_code == 200


def test_update_only_creates_nothing(org: Client) -> None:
    refused(
        patch(org, "Lead/Key__c/p_1?updateOnly=true", LastName="A", Company="B"), 404, "NOT_FOUND"
    )
    assert org.rows("SELECT Id FROM Lead") == []


def test_several_matches_answer_300_with_their_urls_and_write_nothing(org: Client) -> None:
    made = [lead(org, Email="twin@x.example") for _ in range(2)]
    for method, body in (("PATCH", {"Title": "CEO"}), ("GET", None), ("DELETE", None)):
        answer = org.call(method, "sobjects/Lead/Email/twin@x.example", body)
        assert answer.status_code == 300
        assert answer.json() == [f"{DATA}/sobjects/Lead/{one}" for one in made]
    assert [row["Title"] for row in org.rows("SELECT Title FROM Lead")] == [None, None]


@pytest.mark.parametrize("field", ["Nope__c", "LastName"])
def test_upserting_by_a_field_that_is_not_a_key_is_404(org: Client, field: str) -> None:
    error = refused(patch(org, f"Lead/{field}/x", Company="B"), 404, "NOT_FOUND")
    assert (
        error["message"]
        == f"Provided external ID field does not exist or is not accessible: {field}"
    )


@pytest.mark.parametrize("key", ["Key__c", "key__C"])
def test_the_key_in_the_body_of_an_upsert_is_refused(org: Client, key: str) -> None:
    error = refused(
        patch(org, "Lead/Key__c/p_1", LastName="A", Company="B", **{key: "p_1"}),
        400,
        "INVALID_FIELD",
    )
    assert error["message"] == "The Key__c field should not be specified in the sobject data."


def test_an_upsert_of_a_converted_lead_is_refused(org: Client) -> None:
    made = lead(org, Key__c="p_1")
    org.control("PATCH", f"records/Lead/{made}", {"IsConverted": True})
    refused(patch(org, "Lead/Key__c/p_1", Title="CEO"), 400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_a_deleted_rows_key_can_be_used_again(org: Client) -> None:
    made = lead(org, Key__c="p_1")
    org.call("DELETE", f"sobjects/Lead/{made}")
    assert patch(org, "Lead/Key__c/p_1", LastName="A", Company="B").status_code == 201


def test_a_row_is_read_and_deleted_by_its_key(org: Client) -> None:
    made = lead(org, Key__c="p_1")
    assert org.call("GET", "sobjects/Lead/Key__c/p_1").json()["Id"] == made
    assert org.call("DELETE", "sobjects/Lead/Key__c/p_1").status_code == 204
    refused(org.call("GET", "sobjects/Lead/Key__c/p_1"), 404, "NOT_FOUND")


def test_an_inactive_owner_is_refused_only_if_the_owner_is_sent(make: Make) -> None:
    org = make()
    made = lead(org)
    (gone,) = org.rows("SELECT Id FROM User WHERE IsActive = FALSE")
    org.control("PATCH", f"records/Lead/{made}", {"OwnerId": gone["Id"]})
    assert patch(org, f"Lead/{made}", Title="CEO").status_code == 204
    refused(patch(org, f"Lead/{made}", OwnerId=gone["Id"]), 400, "INACTIVE_OWNER_OR_USER")
