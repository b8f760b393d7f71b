"""Duplicate rules: alert, block and report, with and without the header."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

BODY = {"LastName": "Okafor", "Company": "Brightwell", "Email": "NGOZI@brightwell.example"}
HEADERS = [
    "allowSave=true",
    "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true",
    "allowSave = True",
]


def ruled(make: Make, action: str, **more: Any) -> Client:
    rows = {"Contact": [{"LastName": "Okafor", "Email": "ngozi@brightwell.example"}]}
    rule = {"object": "Lead", "field": "Email", "action": action}
    return make(duplicate_rules=[rule], records=rows, **more)


def post(org: Client, **headers: str) -> requests.Response:
    return org.call("POST", "sobjects/Lead", BODY, **headers)


@pytest.mark.parametrize(("action", "may_save"), [("alert", True), ("block", False)])
def test_a_rule_answers_with_the_matches_under_the_misspelt_key(
    make: Make, action: str, may_save: bool
) -> None:
    org = ruled(make, action)
    (contact,) = org.rows("SELECT Id FROM Contact")
    error = refused(post(org), 400, "DUPLICATES_DETECTED")
    assert error["message"] == "Use one of these records?"
    assert "duplicateResult" not in error
    document = error["duplicateResut"]
    assert (document["allowSave"], document["duplicateRule"]) == (
        may_save,
        "Standard_Lead_Duplicate_Rule",
    )
    assert (document["duplicateRuleEntityType"], document["errorMessage"]) == (
        "Lead",
        "Use one of these records?",
    )
    (match,) = document["matchResults"]
    assert (match["entityType"], match["size"], match["success"]) == ("Contact", 1, True)
    record = match["matchRecords"][0]["record"]
    assert (record["Id"], record["attributes"]["type"]) == (contact["Id"], "Contact")
    assert org.rows("SELECT Id FROM Lead") == []


@pytest.mark.parametrize("header", HEADERS)
def test_the_header_overrides_an_alert(make: Make, header: str) -> None:
    assert post(ruled(make, "alert"), Sforce_Duplicate_Rule_Header=header).status_code == 201


@pytest.mark.parametrize("header", HEADERS)
def test_nothing_overrides_a_block(make: Make, header: str) -> None:
    refused(
        post(ruled(make, "block"), Sforce_Duplicate_Rule_Header=header), 400, "DUPLICATES_DETECTED"
    )


def test_the_header_with_false_overrides_nothing(make: Make) -> None:
    answer = post(ruled(make, "alert"), Sforce_Duplicate_Rule_Header="allowSave=false")
    refused(answer, 400, "DUPLICATES_DETECTED")


def test_a_reporting_rule_lets_pass(make: Make) -> None:
    assert post(ruled(make, "report")).status_code == 201


def test_a_rule_runs_on_updates_of_its_field_only(make: Make) -> None:
    org = ruled(make, "alert")
    made = post(org, Sforce_Duplicate_Rule_Header="allowSave=true").json()["id"]
    assert org.call("PATCH", f"sobjects/Lead/{made}", {"Title": "CEO"}).status_code == 204
    refused(
        org.call("PATCH", f"sobjects/Lead/{made}", {"Email": BODY["Email"]}),
        400,
        "DUPLICATES_DETECTED",
    )


def test_rows_without_the_field_are_no_duplicates(make: Make) -> None:
    org = ruled(make, "block")
    for _ in range(2):
        org.create("Lead", LastName="Okafor", Company="Brightwell")


def test_in_a_collection_the_match_list_is_left_out(make: Make) -> None:
    org = ruled(make, "alert")
    body = {"records": [{"attributes": {"type": "Lead"}, **BODY}]}
    answer = org.call("POST", "composite/sobjects", body)
    assert answer.status_code == 200
    error = {
        "statusCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
        "fields": [],
    }
    assert answer.json() == [{"success": False, "errors": [error]}]


def test_the_header_does_not_override_a_duplicate_key(make: Make) -> None:
    org = ruled(make, "alert")
    org.create("Lead", LastName="A", Company="B", Key__c="k")
    body = {"LastName": "A", "Company": "B", "Key__c": "k"}
    answer = org.call("POST", "sobjects/Lead", body, Sforce_Duplicate_Rule_Header="allowSave=true")
    refused(answer, 400, "DUPLICATE_VALUE")
