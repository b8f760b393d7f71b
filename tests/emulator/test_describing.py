"""Versions, describes, ids, and fields that exist but are not seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.emulator.client import DATA, TIMEOUT_S, Client, refused

FIELD = {
    "FullName": "Lead.Made__c",
    "Metadata": {"label": "Made", "type": "Text", "length": 64, "externalId": True, "unique": True},
}


def describe(org: Client, name: str = "Lead", **headers: str) -> requests.Response:
    return org.call("GET", f"sobjects/{name}/describe", **headers)


def fields(org: Client, name: str = "Lead") -> dict[str, Any]:
    return {field["name"]: field for field in describe(org, name).json()["fields"]}


def test_versions_are_listed_without_a_token_and_not_counted(org: Client) -> None:
    answer = requests.get(f"{org.url}/services/data", timeout=TIMEOUT_S)
    assert answer.status_code == 200
    assert answer.json()[-1] == {
        "label": "Winter '27",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }
    assert [one["version"] for one in answer.json()][-3:] == ["66.0", "67.0", "68.0"]
    assert "Sforce-Limit-Info" not in answer.headers
    assert org.calls()["api_calls"] == 0


def test_a_future_version_is_404_and_a_retired_one_410(org: Client) -> None:
    refused(org.call("GET", "/services/data/v69.0/limits"), 404, "NOT_FOUND")
    refused(org.call("GET", "/services/data/v30.0/limits"), 410, "UNSUPPORTED_API_VERSION")
    assert org.call("GET", "/services/data/v41.0/limits").status_code == 200


def test_an_unknown_resource_is_not_found(org: Client) -> None:
    error = refused(org.call("GET", "nothing"), 404, "NOT_FOUND")
    assert error["message"] == "The requested resource does not exist"


def test_another_host_path_is_a_page_not_json(org: Client) -> None:
    answer = org.call("GET", "/lightning/page/home")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, "text/html")


def test_the_global_describe_names_prefixes_and_urls(org: Client) -> None:
    body = org.call("GET", "sobjects").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    lead = next(one for one in body["sobjects"] if one["name"] == "Lead")
    assert (lead["keyPrefix"], lead["createable"], lead["queryable"]) == ("00Q", True, True)
    assert lead["urls"]["describe"] == f"{DATA}/sobjects/Lead/describe"


def test_a_describe_shows_required_fields(org: Client) -> None:
    must = {
        name
        for name, field in fields(org).items()
        if field["createable"] and not field["nillable"] and not field["defaultedOnCreate"]
    }
    assert must == {"LastName", "Company"}


def test_a_describe_shows_lengths_keys_references_and_picklists(org: Client) -> None:
    document = fields(org)
    assert (document["FirstName"]["length"], document["FirstName"]["type"]) == (40, "string")
    assert (
        document["Key__c"]["externalId"],
        document["Key__c"]["unique"],
        document["Key__c"]["idLookup"],
    ) == (
        True,
        True,
        True,
    )
    assert (
        document["Name"]["createable"],
        document["Name"]["updateable"],
        document["Name"]["nameField"],
    ) == (
        False,
        False,
        True,
    )
    assert (document["OwnerId"]["referenceTo"], document["OwnerId"]["relationshipName"]) == (
        ["Group", "User"],
        "Owner",
    )
    assert [
        one["value"] for one in document["Status"]["picklistValues"] if one["defaultValue"]
    ] == ["Open - Not Contacted"]
    assert not document["Description"]["filterable"]
    assert all(
        not one["nillable"] and one["defaultedOnCreate"]
        for one in document.values()
        if one["type"] == "boolean"
    )


def test_a_field_of_activity_shows_on_task(org: Client) -> None:
    document = fields(org, "Task")["StepKey__c"]
    assert (document["externalId"], document["unique"], document["caseSensitive"]) == (
        True,
        True,
        True,
    )


def test_an_unknown_object_cannot_be_described(org: Client) -> None:
    refused(describe(org, "Foo"), 404, "NOT_FOUND")


def test_an_unchanged_describe_is_304_without_a_body(org: Client) -> None:
    first = describe(org)
    assert first.status_code == 200
    when = first.headers["Last-Modified"]
    assert datetime.strptime(when, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    again = describe(org, If_Modified_Since=when)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Last-Modified"] == when


@pytest.mark.parametrize("when", ["Wed, 3 Jul 2013 19:43:31 GMT", "yesterday", ""])
def test_an_older_or_unreadable_date_gets_the_whole_describe(org: Client, when: str) -> None:
    assert describe(org, If_Modified_Since=when).status_code == 200


def test_a_new_field_changes_the_describe(org: Client) -> None:
    old = "Mon, 02 Nov 2026 08:00:00 GMT"
    assert describe(org, "Account", If_Modified_Since=old).status_code == 304
    org.control("POST", "fields", {"object": "Account", "name": "New__c"})
    assert describe(org, "Account", If_Modified_Since=old).status_code == 200
    assert "New__c" in fields(org, "Account")


def test_ids_are_18_characters_with_the_right_suffix_and_read_in_15(org: Client) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    for _ in range(40):
        made = org.create("Account", Name="A")
    groups = [made[at : at + 5] for at in (0, 5, 10)]
    suffix = "".join(
        alphabet[sum(1 << n for n, char in enumerate(group) if char.isupper())] for group in groups
    )
    assert (made[:3], made[15:]) == ("001", suffix)
    assert org.row("Account", made[:15])["Id"] == made
    wrong = made[:15] + ("AAB" if suffix == "AAA" else "AAA")
    assert org.call("GET", f"sobjects/Account/{wrong}").status_code == 404


def made_field(org: Client, body: Any = FIELD) -> str:
    answer = org.call("POST", "tooling/sobjects/CustomField", body)
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert {**document, "id": ""} == {
        "id": "",
        "success": True,
        "errors": [],
        "warnings": [],
        "infos": [],
    }
    assert document["id"].startswith("00N")
    return str(document["id"])


def grant(org: Client, object_: str, field: str) -> None:
    parent = org.create("PermissionSet", Name=f"Sync_{object_}", Label="Sync")
    values = {"ParentId": parent, "SobjectType": object_, "Field": field}
    org.create("FieldPermissions", **values, PermissionsRead=True, PermissionsEdit=True)
    org.create(
        "PermissionSetAssignment",
        AssigneeId=org.tokens["id"].split("/")[-1],
        PermissionSetId=parent,
    )


def test_a_new_field_is_hidden_until_field_permissions_are_granted(org: Client) -> None:
    made_field(org)
    body = {"LastName": "A", "Company": "C", "Made__c": "x"}
    assert "Made__c" not in fields(org)
    refused(org.call("POST", "sobjects/Lead", body), 400, "INVALID_FIELD")
    refused(org.query("SELECT Made__c FROM Lead"), 400, "INVALID_FIELD")
    refused(
        org.call("PATCH", "sobjects/Lead/Made__c/x", {"LastName": "A", "Company": "C"}),
        404,
        "NOT_FOUND",
    )
    grant(org, "Lead", "Lead.Made__c")
    document = fields(org)["Made__c"]
    assert (document["label"], document["length"], document["externalId"], document["unique"]) == (
        "Made",
        64,
        True,
        True,
    )
    assert org.call("POST", "sobjects/Lead", body).status_code == 201
    assert len(org.rows("SELECT Made__c FROM Lead WHERE Made__c = 'x'")) == 1


def test_a_field_of_activity_is_granted_on_task(org: Client) -> None:
    made_field(org, {**FIELD, "FullName": "Activity.Made__c"})
    assert "Made__c" not in fields(org, "Task")
    grant(org, "Task", "Task.Made__c")
    assert "Made__c" in fields(org, "Task")
    assert "Made__c" not in fields(org, "Event"), "field security is held per object"
    grant(org, "Event", "Event.Made__c")
    assert "Made__c" in fields(org, "Event")


def test_a_field_cannot_be_created_twice_nor_on_task_itself(org: Client) -> None:
    made_field(org)
    error = refused(
        org.call("POST", "tooling/sobjects/CustomField", FIELD), 400, "DUPLICATE_DEVELOPER_NAME"
    )
    assert error["message"] == "There is already a field named Made on Lead."
    body = {**FIELD, "FullName": "Task.Made__c"}
    answer = org.call("POST", "tooling/sobjects/CustomField", body)
    error = refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert "bad value for restricted picklist field" in error["message"]


def test_a_field_that_is_hidden_from_the_start_is_not_there(org: Client) -> None:
    org.control("POST", "fields", {"object": "Lead", "name": "Secret__c", "hidden": True})
    assert "Secret__c" not in fields(org)
    refused(org.query("SELECT Id FROM Lead WHERE Secret__c = 'x'"), 400, "INVALID_FIELD")


def test_a_grant_that_is_rolled_back_shows_nothing(org: Client) -> None:
    made_field(org)
    parent = org.create("PermissionSet", Name="Sync", Label="Sync")
    values = {
        "ParentId": parent,
        "SobjectType": "Lead",
        "Field": "Lead.Made__c",
        "PermissionsRead": True,
    }
    one = {
        "method": "POST",
        "referenceId": "a",
        "url": f"{DATA}/sobjects/FieldPermissions",
        "body": values,
    }
    org.composite(one, {"method": "GET", "referenceId": "b", "url": f"{DATA}/nothing"}, whole=True)
    assert "Made__c" not in fields(org)
