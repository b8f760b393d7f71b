"""Every refusal of a written row, with its status, code, words and blamed fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

NUMBERS = {
    "object": "Lead",
    "name": "Kind__c",
    "type": "multipicklist",
    "picklist": ["A", "B"],
    "restricted": True,
}
RULE = {
    "object": "Lead",
    "field": "Title",
    "equals": "Wizard",
    "message": "Bitte keine Zauberer: «Wizard»",
}
ROWS = {
    "Account": [{"$id": "acc", "Name": "Brightwell"}],
    "Lead": [
        {"$id": "lead", "LastName": "A", "Company": "B", "Key__c": "taken"},
        {"$id": "converted", "LastName": "Done", "Company": "B", "IsConverted": True},
    ],
}
BASE = {"LastName": "A", "Company": "B"}


@pytest.fixture
def org(make: Make) -> Client:
    key = {"object": "Lead", "name": "Key__c", "length": 64, "externalId": True, "unique": True}
    return make(
        records=ROWS,
        fields=[key, NUMBERS],
        validation_rules=[RULE],
        picklists={"Lead.Rating": {"values": ["Hot", "Cold"], "restricted": True}},
    )


def ids(org: Client) -> dict[str, str]:
    (account,) = org.rows("SELECT Id FROM Account")
    (lead,) = org.rows("SELECT Id FROM Lead WHERE Key__c = 'taken'")
    (converted,) = org.rows("SELECT Id FROM Lead WHERE IsConverted = TRUE")
    (gone,) = org.rows("SELECT Id FROM User WHERE IsActive = FALSE")
    return {
        "account": account["Id"],
        "lead": lead["Id"],
        "converted": converted["Id"],
        "gone": gone["Id"],
    }


def post(org: Client, body: Any, object_: str = "Lead") -> Any:
    return org.call("POST", f"sobjects/{object_}", body)


LONG = "x" * 41
LOCKED = "Please check the security settings of this field and verify that it is read/write for your profile or"
CASES: dict[str, tuple[dict[str, Any], str, str, list[str]]] = {
    "two required fields are missing": (
        {"LastName": None, "Company": ""},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName, Company]",
        ["LastName", "Company"],
    ),
    "one character too many": (
        {"FirstName": LONG},
        "STRING_TOO_LONG",
        f"First Name: data value too large: {LONG} (max length=40)",
        ["FirstName"],
    ),
    "one UTF-16 unit too many": (
        {"FirstName": "😀" * 20 + "x"},
        "STRING_TOO_LONG",
        f"First Name: data value too large: {'😀' * 20}x (max length=40)",
        ["FirstName"],
    ),
    "an unknown key": (
        {"foo": 1},
        "INVALID_FIELD",
        "No such column 'foo' on sobject of type Lead",
        ["foo"],
    ),
    "an Id in the body": (
        {"Id": "00Q5g00000BvKcMEAV"},
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
        ["Id"],
    ),
    "an id in lower case": (
        {"id": "00Q5g00000BvKcMEAV"},
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
        ["Id"],
    ),
    "read-only fields": (
        {"Name": "A", "IsConverted": True},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: Name, IsConverted. {LOCKED} permission set.",
        ["Name", "IsConverted"],
    ),
    "a bad e-mail": (
        {"Email": "nope"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: nope",
        ["Email"],
    ),
    "an e-mail with a space": (
        {"Email": "a b@x.example"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: a b@x.example",
        ["Email"],
    ),
    "a restricted picklist": (
        {"Rating": "Boiling"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Rating: bad value for restricted picklist field: Boiling",
        ["Rating"],
    ),
    "a restricted choice of several": (
        {"Kind__c": "A;C"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Kind__c: bad value for restricted picklist field: A;C",
        ["Kind__c"],
    ),
    "no id at all": (
        {"OwnerId": "nobody"},
        "MALFORMED_ID",
        "Owner ID: id value of incorrect type: nobody",
        ["OwnerId"],
    ),
    "an id with a wrong suffix": (
        {"OwnerId": "0055g0000000001AAB"},
        "MALFORMED_ID",
        "Owner ID: id value of incorrect type: 0055g0000000001AAB",
        ["OwnerId"],
    ),
    "an owner that is missing": (
        {"OwnerId": "0055g00000zzzzz"},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        ["OwnerId"],
    ),
    "a number too large": (
        {"AnnualRevenue": 1e20},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Annual Revenue: value outside of valid range on numeric field: 1e+20",
        ["AnnualRevenue"],
    ),
    "a text for a boolean": (
        {"DoNotCall": "yes"},
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Do Not Call: value not of required type: yes",
        ["DoNotCall"],
    ),
    "a validation rule in its own words": (
        {"Title": "Wizard"},
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "Bitte keine Zauberer: «Wizard»",
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_lead_is_refused_for(org: Client, case: str) -> None:
    changes, code, words, fields = CASES[case]
    error = refused(post(org, {**BASE, **changes}), 400, code)
    assert (error["message"], error.get("fields", [])) == (words, fields)
    assert org.calls()["created"] == 0


@pytest.mark.parametrize("value", [123, 1.5, True, ["x"], {"a": 1}])
def test_a_text_field_accepts_only_text(org: Client, value: object) -> None:
    error = refused(post(org, {**BASE, "Title": value}), 400, "JSON_PARSER_ERROR")
    assert error["message"].startswith("Cannot deserialize instance of string from VALUE_")


@pytest.mark.parametrize("value", ["23/11/2026", "2026-13-01", "20261123", "2026-11-23x", 20261123])
def test_a_date_field_accepts_only_dates(org: Client, value: object) -> None:
    error = refused(post(org, {"ActivityDate": value}, "Task"), 400, "JSON_PARSER_ERROR")
    assert error["message"].startswith("Cannot deserialize instance of date from VALUE_")


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b'{"LastName": NaN}', b"\xff"])
def test_a_body_that_is_not_an_object_is_a_parser_error(org: Client, text: bytes) -> None:
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": "application/json",
    }
    answer = org.http.post(
        f"{org.url}/services/data/v68.0/sobjects/Lead", data=text, headers=headers, timeout=10
    )
    refused(answer, 400, "JSON_PARSER_ERROR")


def test_a_body_of_another_type_is_415(org: Client) -> None:
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": "text/plain",
    }
    answer = org.http.post(
        f"{org.url}/services/data/v68.0/sobjects/Lead", data=b"{}", headers=headers, timeout=10
    )
    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_person_of_a_wrong_object_is_refused(org: Client) -> None:
    account = ids(org)["account"]
    error = refused(
        post(org, {"Subject": "x", "WhoId": account}, "Task"), 400, "FIELD_INTEGRITY_EXCEPTION"
    )
    assert error["message"] == f"Name ID: id value of incorrect type: {account}"
    assert error["fields"] == ["WhoId"]


def test_a_task_on_a_lead_cannot_have_a_what_id(org: Client) -> None:
    known = ids(org)
    body = {"Subject": "x", "WhoId": known["lead"], "WhatId": known["account"]}
    error = refused(post(org, body, "Task"), 400, "FIELD_INTEGRITY_EXCEPTION")
    assert error["fields"] == ["WhoId", "WhatId"]


def test_a_task_on_a_converted_lead_is_refused(org: Client) -> None:
    error = refused(
        post(org, {"Subject": "x", "WhoId": ids(org)["converted"]}, "Task"),
        400,
        "CANNOT_UPDATE_CONVERTED_LEAD",
    )
    assert error["message"] == "cannot reference converted lead"


def test_a_reference_to_a_deleted_row_is_refused(org: Client) -> None:
    lead = ids(org)["lead"]
    org.call("DELETE", f"sobjects/Lead/{lead}")
    error = refused(post(org, {"Subject": "x", "WhoId": lead}, "Task"), 400, "ENTITY_IS_DELETED")
    assert error["message"] == "entity is deleted"


def test_an_inactive_owner_is_refused_by_its_15_characters(org: Client) -> None:
    gone = ids(org)["gone"]
    error = refused(post(org, {**BASE, "OwnerId": gone}), 400, "INACTIVE_OWNER_OR_USER")
    assert (
        error["message"] == f"operation performed with inactive user [{gone[:15]}] as owner of lead"
    )
    assert error["fields"] == ["OwnerId"]


@pytest.mark.parametrize("value", ["taken", "TAKEN"])
def test_a_duplicate_key_is_refused_naming_the_15_character_id(org: Client, value: str) -> None:
    error = refused(post(org, {**BASE, "Key__c": value}), 400, "DUPLICATE_VALUE")
    lead = ids(org)["lead"][:15]
    assert (
        error["message"]
        == f"duplicate value found: Key__c duplicates value on record with id: {lead}"
    )


def test_an_object_that_cannot_be_written_is_refused(org: Client) -> None:
    error = refused(
        post(org, {"Name": "x"}, "Organization"), 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    )
    assert error["message"] == "entity type cannot be inserted: Organization"


def test_an_unknown_object_and_an_unknown_field_of_a_row_are_refused(org: Client) -> None:
    refused(post(org, {}, "Foo"), 404, "NOT_FOUND")
    error = refused(
        org.call("GET", f"sobjects/Lead/{ids(org)['lead']}?fields=Foo"), 400, "INVALID_FIELD"
    )
    assert error["message"] == "No such column 'Foo' on sobject of type Lead"
