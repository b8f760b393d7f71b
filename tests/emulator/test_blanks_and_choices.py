"""Blank values, picklist values by label and state, and the operators of each type
(salesforce-api.md “Values in JSON”, §3.11, §5.1, §6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

BASE = {"LastName": "A", "Company": "B"}
MADE: dict[str, dict[str, Any]] = {
    "Lead": BASE,
    "Contact": {"LastName": "A"},
    "Account": {"Name": "A"},
    "Task": {},
}
STAGES = [
    {"value": "new", "label": "New", "default": True},
    {"value": "won", "label": "Won"},
    {"value": "lost", "label": "Lost", "active": False},
]
FIELDS = [
    {"name": "Stage__c", "type": "picklist", "restricted": True, "picklist": STAGES},
    {"name": "Free__c", "type": "picklist", "picklist": STAGES},
    {"name": "Topics__c", "type": "multipicklist", "picklist": ["Tech", "People", "Money"]},
    {"name": "Vip__c", "type": "boolean"},
    {"name": "Short__c", "type": "textarea", "length": 255},
    {"name": "Long__c", "type": "textarea", "length": 32000},
]


@pytest.fixture
def org(make: Make) -> Client:
    return make(fields=[{"object": "Lead", **field} for field in FIELDS])


def described(org: Client, object_: str, name: str) -> Any:
    fields = org.call("GET", f"sobjects/{object_}/describe").json()["fields"]
    return next(one for one in fields if one["name"] == name)


@pytest.mark.parametrize("name", ["Vip__c", "DoNotCall"])
def test_a_flag_cannot_be_blank(org: Client, name: str) -> None:
    answer = org.call("POST", "sobjects/Lead", {**BASE, name: None})
    error = refused(answer, 400, "INVALID_TYPE_ON_FIELD_IN_RECORD")
    assert error["fields"] == [name]
    assert error["message"].endswith("value not of required type: ")
    lead = org.create("Lead", **BASE)
    answer = org.call("PATCH", f"sobjects/Lead/{lead}", {name: None})
    refused(answer, 400, "INVALID_TYPE_ON_FIELD_IN_RECORD")
    assert org.row("Lead", lead)[name] is False


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize("object_", MADE)
def test_an_owner_cannot_be_blank(org: Client, object_: str, blank: str | None) -> None:
    made = org.create(object_, **MADE[object_])
    answer = org.call("PATCH", f"sobjects/{object_}/{made}", {"OwnerId": blank})
    error = refused(answer, 400, "INVALID_CROSS_REFERENCE_KEY")
    assert error["message"] == "Owner ID: owner cannot be blank"
    assert error["fields"] == ["OwnerId"]


@pytest.mark.parametrize(
    ("object_", "name", "default"),
    [
        ("Lead", "Status", "Open - Not Contacted"),
        ("Task", "Status", "Not Started"),
        ("Task", "Priority", "Normal"),
    ],
)
def test_a_field_with_a_default_takes_it_for_a_blank_and_keeps_a_value(
    org: Client, object_: str, name: str, default: str
) -> None:
    field = described(org, object_, name)
    assert (field["nillable"], field["defaultedOnCreate"]) == (False, True)
    made = org.create(object_, **MADE[object_], **{name: None})
    assert org.row(object_, made)[name] == default
    answer = org.call("PATCH", f"sobjects/{object_}/{made}", {name: None})
    refused(answer, 400, "REQUIRED_FIELD_MISSING")


def test_only_a_conversion_sets_a_converted_status(org: Client) -> None:
    status = {"Status": "Closed - Converted"}
    answer = org.call("POST", "sobjects/Lead", {**BASE, **status})
    assert refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")["fields"] == ["Status"]
    lead = org.create("Lead", **BASE)
    answer = org.call("PATCH", f"sobjects/Lead/{lead}", status)
    refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
    org.control("POST", "convert", {"lead": lead})
    assert org.row("Lead", lead)["Status"] == "Closed - Converted"


def test_a_describe_shows_labels_states_and_the_default_of_picklist_values(org: Client) -> None:
    assert [
        (one["value"], one["label"], one["active"], one["defaultValue"])
        for one in described(org, "Lead", "Stage__c")["picklistValues"]
    ] == [
        ("new", "New", True, True),
        ("won", "Won", True, False),
        ("lost", "Lost", False, False),
    ]
    assert org.row("Lead", org.create("Lead", **BASE))["Stage__c"] == "new"


@pytest.mark.parametrize("value", ["Won", "WON", "lost", "Other"])
def test_a_restricted_picklist_takes_active_values_and_no_labels(org: Client, value: str) -> None:
    answer = org.call("POST", "sobjects/Lead", {**BASE, "Stage__c": value})
    refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert org.row("Lead", org.create("Lead", **BASE, Free__c=value))["Free__c"] == value


def test_a_value_can_be_retired_while_rows_keep_it(org: Client) -> None:
    lead = org.create("Lead", **BASE, Stage__c="won")
    left = [STAGES[0], {**STAGES[1], "active": False}]
    org.control("PATCH", "fields", {"object": "Lead", "name": "Stage__c", "picklist": left})
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204
    assert org.row("Lead", lead)["Stage__c"] == "won"
    answer = org.call("PATCH", f"sobjects/Lead/{lead}", {"Stage__c": "won"})
    refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("INCLUDES ('Tech')", 2),
        ("INCLUDES ('tech')", 2),
        ("INCLUDES ('Tech;Money')", 1),
        ("INCLUDES ('Money;Tech')", 1),
        ("INCLUDES ('People;Money')", 0),
        ("INCLUDES ('People', 'Tech;Money')", 2),
        ("EXCLUDES ('Money')", 2),
        ("= 'Tech;Money'", 1),
    ],
)
def test_a_list_of_choices_is_asked_by_its_values(org: Client, condition: str, count: int) -> None:
    for topics in ("Money;Tech", "People;Tech", None):
        org.create("Lead", **BASE, Topics__c=topics)
    assert len(org.rows(f"SELECT Id FROM Lead WHERE Topics__c {condition}")) == count


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("Topics__c LIKE 'Tech%'", "multipicklist"),
        ("Id LIKE '00Q%'", "id"),
        ("OwnerId LIKE '005%'", "reference"),
        ("AnnualRevenue LIKE '1%'", "currency"),
        ("NumberOfEmployees LIKE '1%'", "int"),
        ("Vip__c LIKE 't%'", "boolean"),
        ("ConvertedDate LIKE '2026%'", "date"),
        ("CreatedDate LIKE '2026%'", "datetime"),
        ("LeadSource INCLUDES ('Web')", "picklist"),
        ("Title EXCLUDES ('Web')", "string"),
    ],
)
def test_an_operator_of_another_type_is_refused(org: Client, condition: str, kind: str) -> None:
    answer = org.query(f"SELECT Id FROM Lead WHERE {condition}")
    error = refused(answer, 400, "INVALID_QUERY_FILTER_OPERATOR")
    assert error["message"].endswith(f"invalid operator on {kind} field")


@pytest.mark.parametrize("name", ["Email", "Phone", "Website", "Title", "Street", "LeadSource"])
def test_like_takes_every_type_of_text(org: Client, name: str) -> None:
    assert org.rows(f"SELECT Id FROM Lead WHERE {name} LIKE 'x%'") == []


def test_a_long_text_cannot_be_filtered_and_a_short_one_can(org: Client) -> None:
    org.create("Lead", **BASE, Short__c="a\nb", Long__c="a\nb")
    assert len(org.rows("SELECT Id FROM Lead WHERE Short__c = 'a\\nb'")) == 1
    refused(org.query("SELECT Id FROM Lead WHERE Long__c = 'a'"), 400, "INVALID_FIELD")


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb"])
def test_an_org_may_store_line_breaks_as_the_browser_does(org: Client, text: str) -> None:
    values: dict[str, Any] = {**BASE, "Short__c": text, "Description": text}
    assert org.row("Lead", org.create("Lead", **values))["Short__c"] == text
    org.control("POST", "settings", {"crlf": True})
    row = org.row("Lead", org.create("Lead", **values))
    assert (row["Short__c"], row["Description"]) == ("a\r\nb", "a\r\nb")
    tight = {**BASE, "Short__c": "a" * 252 + "\nb"}
    assert org.call("POST", "sobjects/Lead", tight).status_code == 201
    tight["Short__c"] += "c"
    refused(org.call("POST", "sobjects/Lead", tight), 400, "STRING_TOO_LONG")


def test_a_record_that_does_not_exist_is_an_invalid_reference_in_a_collection(
    org: Client,
) -> None:
    gone, binned = org.create("Lead", **BASE), org.create("Lead", **BASE)
    org.control("POST", "delete", {"id": gone})
    org.control("POST", "empty_bin")
    org.control("POST", "delete", {"id": binned})
    ids = (gone, binned, "nope")
    records = [{"attributes": {"type": "Lead"}, "id": one, "Title": "x"} for one in ids]
    results = org.call("PATCH", "composite/sobjects", {"records": records}).json()
    assert [one["errors"][0]["statusCode"] for one in results] == [
        "INVALID_CROSS_REFERENCE_KEY",
        "ENTITY_IS_DELETED",
        "MALFORMED_ID",
    ]
    refused(org.call("PATCH", f"sobjects/Lead/{gone}", {"Title": "x"}), 404, "NOT_FOUND")
    refused(org.call("PATCH", f"sobjects/Lead/{binned}", {"Title": "x"}), 404, "ENTITY_IS_DELETED")
