"""Values by record type: what layouts show, and what a write of that type takes
(salesforce-api.md §9 traps 35 and 62)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

MASTER = "012000000000000AAA"
LEAD = {"LastName": "A", "Company": "B"}
TOPICS = {"type": "multipicklist", "picklist": ["Tech", "People", "Money"], "restricted": True}
SPEC: dict[str, Any] = {
    "picklists": {"Lead.Rating": {"values": ["Hot", "Warm", "Cold"], "restricted": True}},
    "fields": [{"object": "Lead", "name": "Topics__c", **TOPICS}],
    "record_types": {
        "Lead": {
            "Partner": {
                "Rating": ["Hot"],
                "Topics__c": ["Tech", "People"],
                "Industry": ["Banking"],
            },
            "Direct": {},
        }
    },
}
COMBINED = {**SPEC, "default_record_types": {"Lead": "Partner"}}


def types(org: Client) -> dict[str, Any]:
    described = org.call("GET", "sobjects/Lead/describe").json()["recordTypeInfos"]
    return {one["developerName"]: one for one in described}


def offered(mapping: Any) -> dict[str, list[str]]:
    return {
        one["picklistName"]: [entry["value"] for entry in one["picklistValues"]]
        for one in mapping["picklistsForRecordType"]
    }


def test_the_layouts_of_a_record_type_show_what_it_offers(make: Make) -> None:
    org = make(**SPEC)
    partner = types(org)["Partner"]["recordTypeId"]
    (mapping,) = org.call("GET", f"sobjects/Lead/describe/layouts/{partner}").json()[
        "recordTypeMappings"
    ]
    assert mapping["recordTypeId"] == partner
    assert offered(mapping)["Rating"] == ["Hot"]
    assert offered(mapping)["Topics__c"] == ["Tech", "People"]
    assert "Web" in offered(mapping)["LeadSource"]


def test_the_layouts_of_an_object_show_every_record_type(make: Make) -> None:
    org = make(**SPEC)
    body = org.call("GET", "sobjects/Lead/describe/layouts/").json()
    ratings = {one["name"]: offered(one)["Rating"] for one in body["recordTypeMappings"]}
    whole = ["Hot", "Warm", "Cold"]
    assert ratings == {"Master": whole, "Partner": ["Hot"], "Direct": whole}
    assert body["layouts"] is None
    plain = org.call("GET", "sobjects/Account/describe/layouts").json()
    assert [one["recordTypeId"] for one in plain["recordTypeMappings"]] == [MASTER]
    assert len(plain["layouts"]) == 1


def test_layouts_can_be_read_in_a_composite(make: Make) -> None:
    org = make(**SPEC)
    partner = types(org)["Partner"]["recordTypeId"]
    url = f"/services/data/v68.0/sobjects/Lead/describe/layouts/{partner}"
    (answer,) = org.composite({"method": "GET", "url": url, "referenceId": "a"}).json()[
        "compositeResponse"
    ]
    assert answer["httpStatusCode"] == 200
    assert "recordTypeMappings" in answer["body"]


def test_there_are_no_layouts_of_a_foreign_record_type(make: Make) -> None:
    org = make(**SPEC)
    path = "sobjects/Contact/describe/layouts"
    partner = types(org)["Partner"]["recordTypeId"]
    refused(org.call("GET", f"{path}/{partner}"), 404, "NOT_FOUND")
    refused(org.call("GET", f"{path}/nobody"), 404, "NOT_FOUND")


def test_a_restricted_value_that_the_record_type_does_not_offer_is_refused(make: Make) -> None:
    org = make(**SPEC)
    partner = types(org)["Partner"]["recordTypeId"]
    for name, value in (("Rating", "Warm"), ("Topics__c", "Tech;Money")):
        values = {**LEAD, "RecordTypeId": partner, name: value}
        answer = org.call("POST", "sobjects/Lead", values)
        error = refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
        assert error["fields"] == [name]
    fitting = {"RecordTypeId": partner, "Rating": "Hot", "Topics__c": "People;Tech"}
    assert org.row("Lead", org.create("Lead", **LEAD, **fitting))["Topics__c"] == "Tech;People"
    assert org.create("Lead", **LEAD, Rating="Warm", Topics__c="Money")


def test_a_picklist_that_is_not_restricted_takes_any_value_in_any_type(make: Make) -> None:
    org = make(**SPEC)
    partner = types(org)["Partner"]["recordTypeId"]
    made = org.create("Lead", **LEAD, RecordTypeId=partner, Industry="Retail")
    assert org.row("Lead", made)["Industry"] == "Retail"


def test_a_value_of_before_does_not_block_a_change_of_other_fields(make: Make) -> None:
    org = make(**SPEC)
    made = org.create("Lead", **LEAD, Rating="Warm")
    change = {"RecordTypeId": types(org)["Partner"]["recordTypeId"], "Title": "Buyer"}
    assert org.call("PATCH", f"sobjects/Lead/{made}", change).status_code == 204
    answer = org.call("PATCH", f"sobjects/Lead/{made}", {"Rating": "Cold"})
    refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


def test_a_row_that_names_no_record_type_gets_the_users_default(make: Make) -> None:
    org = make(**COMBINED)
    shown = types(org)
    assert shown["Partner"]["defaultRecordTypeMapping"] is True
    assert shown["Master"]["defaultRecordTypeMapping"] is False
    answer = org.call("POST", "sobjects/Lead", {**LEAD, "Rating": "Warm"})
    refused(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    made = org.create("Lead", **LEAD, Rating="Hot")
    assert org.row("Lead", made)["RecordTypeId"] == shown["Partner"]["recordTypeId"]
    other = org.create("Lead", **LEAD, Rating="Warm", RecordTypeId=shown["Direct"]["recordTypeId"])
    assert org.row("Lead", other)["Rating"] == "Warm"


@pytest.mark.parametrize("name", ["Partner", "Direct", "Master"])
def test_each_record_type_is_described_once(make: Make, name: str) -> None:
    assert types(make(**SPEC))[name]["available"] is True
