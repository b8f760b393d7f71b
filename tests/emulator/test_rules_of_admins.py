"""Validation rules and record types as admins make them, and refusals with several errors
(salesforce-api.md §3.1, §4.2, §9 traps 34, 35 and 62)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused

BASE = {"LastName": "A", "Company": "B"}
CODE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
WORDS = {"object": "Lead", "message": "Nope"}
RULES: list[dict[str, Any]] = [
    {"field": "Title", "equals": "x"},
    {"where": {"Title": "x", "LeadSource": "Web"}},
    {"where": {"Title": "x"}, "blank": ["Phone"]},
    {"blank": ["Phone", "MobilePhone"]},
]
REFUSED = {**BASE, "Title": "x", "LeadSource": "Web"}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("fields", [[], ["Title"], ["Title", "Phone"], ["MobilePhone"]])
def test_a_rule_refuses_with_the_fields_it_names_sent_or_not(
    org: Client, rule: dict[str, Any], fields: list[str]
) -> None:
    org.control("POST", "validation_rules", {**WORDS, **rule, "fields": fields})
    error = refused(org.call("POST", "sobjects/Lead", REFUSED), 400, CODE)
    assert (error["message"], error.get("fields", [])) == ("Nope", fields)
    good = {**BASE, "Phone": "1", "MobilePhone": "2"}
    assert org.call("POST", "sobjects/Lead", good).status_code == 201
    org.control("DELETE", "validation_rules")
    assert org.call("POST", "sobjects/Lead", REFUSED).status_code == 201


@pytest.mark.parametrize(
    ("on", "statuses"), [("create", [400, 204]), ("update", [201, 400]), ("", [400, 400])]
)
def test_a_rule_applies_to_creates_updates_or_both(
    org: Client, on: str, statuses: list[int]
) -> None:
    lead = org.create("Lead", **BASE)
    org.control("POST", "validation_rules", {**WORDS, **RULES[0], "on": on})
    creating = org.call("POST", "sobjects/Lead", REFUSED).status_code
    updating = org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status_code
    assert [creating, updating] == statuses


def test_a_rule_looks_at_the_whole_row_and_not_only_at_what_was_sent(org: Client) -> None:
    lead = org.create("Lead", **BASE, Title="x")
    org.control("POST", "validation_rules", {**WORDS, **RULES[0], "fields": ["Title"]})
    answer = org.call("PATCH", f"sobjects/Lead/{lead}", {"Phone": "1"})
    assert refused(answer, 400, CODE)["fields"] == ["Title"]


def test_all_rules_that_apply_are_reported_in_each_kind_of_answer(org: Client) -> None:
    for field in ("Title", "LeadSource"):
        rule = {"object": "Lead", "message": field, "field": field, "equals": REFUSED[field]}
        org.control("POST", "validation_rules", {**rule, "fields": [field]})
    single = org.call("POST", "sobjects/Lead", REFUSED)
    assert single.status_code == 400
    assert [(one["errorCode"], one["fields"]) for one in single.json()] == [
        (CODE, ["Title"]),
        (CODE, ["LeadSource"]),
    ]
    record = {"attributes": {"type": "Lead"}, **REFUSED}
    (result,) = org.call("POST", "composite/sobjects", {"records": [record]}).json()
    assert [one["statusCode"] for one in result["errors"]] == [CODE, CODE]
    assert [one["message"] for one in result["errors"]] == ["Title", "LeadSource"]


@pytest.mark.parametrize(
    "document",
    [
        {**WORDS},
        {**WORDS, **RULES[0], "on": "delete"},
        {**WORDS, **RULES[0], "when": "always"},
        {"message": "x", **RULES[0]},
        {**WORDS, **RULES[0], "object": "Nothing"},
    ],
)
def test_an_invalid_rule_is_not_put_in_force(org: Client, document: dict[str, Any]) -> None:
    address = f"{org.url}/_emulator/validation_rules"
    assert org.http.post(address, json=document, timeout=60).status_code >= 400
    assert org.call("POST", "sobjects/Lead", REFUSED).status_code == 201


def test_duplicate_rules_and_lookup_filters_can_be_put_in_force_later(org: Client) -> None:
    org.create("Lead", **BASE, Email="a@x.example")
    rule = {"object": "Lead", "field": "Email", "action": "block"}
    org.control("POST", "duplicate_rules", rule)
    again = {**BASE, "Email": "a@x.example"}
    answer = org.call("POST", "sobjects/Lead", again)
    assert answer.json()[0]["errorCode"] == "DUPLICATES_DETECTED"
    org.control("DELETE", "duplicate_rules")
    assert org.call("POST", "sobjects/Lead", again).status_code == 201
    account = org.create("Account", Name="A", Type="Other")
    org.control(
        "POST",
        "lookup_filters",
        {"object": "Contact", "field": "AccountId", "where": "Type", "equals": "Prospect"},
    )
    answer = org.call("POST", "sobjects/Contact", {"LastName": "A", "AccountId": account})
    refused(answer, 400, "FIELD_FILTER_VALIDATION_EXCEPTION")


def test_a_record_type_can_be_made_later_and_is_offered_to_some_users(org: Client) -> None:
    rated = {"values": {"Rating": ["Hot"]}}
    made = org.control("POST", "record_types", {"object": "Lead", "name": "Key Partner", **rated})
    infos = org.call("GET", "sobjects/Lead/describe").json()["recordTypeInfos"]
    (info,) = (one for one in infos if not one["master"])
    assert (info["name"], info["developerName"]) == ("Key Partner", "Key_Partner")
    assert (info["available"], info["defaultRecordTypeMapping"]) == (True, False)
    typed = {**BASE, "RecordTypeId": made["id"]}
    lead = org.create("Lead", **typed)
    permission = {"unavailable_record_types": ["Lead.Key Partner"]}
    org.control("POST", "permissions", {"user": "admin@acme.example", **permission})
    infos = org.call("GET", "sobjects/Lead/describe").json()["recordTypeInfos"]
    assert [one["available"] for one in infos] == [True, False]
    error = refused(org.call("POST", "sobjects/Lead", typed), 400, "INVALID_CROSS_REFERENCE_KEY")
    assert error["fields"] == ["RecordTypeId"]
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204


def test_a_record_type_made_as_the_default_is_that_of_rows_that_name_none(org: Client) -> None:
    made = org.control("POST", "record_types", {"object": "Task", "name": "Call", "default": True})
    assert org.row("Task", org.create("Task"))["RecordTypeId"] == made["id"]
    mappings = org.call("GET", "sobjects/Task/describe/layouts").json()["recordTypeMappings"]
    assert [(one["name"], one["defaultRecordTypeMapping"]) for one in mappings] == [
        ("Master", False),
        ("Call", True),
    ]
