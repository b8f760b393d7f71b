"""Compound addresses and names, and records that only another record can change
(salesforce-api.md “Values in JSON”, §5.1 to §5.4, §9 traps 22 and 47)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

OBJECTS: dict[str, dict[str, Any]] = {
    "Lead": {"LastName": "A", "Company": "B"},
    "Contact": {"LastName": "A"},
    "Account": {"Name": "A"},
}
ADDRESSES = [
    ("Lead", ""),
    ("Contact", "Mailing"),
    ("Contact", "Other"),
    ("Account", "Billing"),
    ("Account", "Shipping"),
]


def described(org: Client, object_: str) -> dict[str, Any]:
    fields = org.call("GET", f"sobjects/{object_}/describe").json()["fields"]
    return {one["name"]: one for one in fields}


@pytest.mark.parametrize(("object_", "prefix"), ADDRESSES)
def test_an_address_is_read_whole_and_written_in_parts(
    org: Client, object_: str, prefix: str
) -> None:
    name, values = f"{prefix}Address", OBJECTS[object_]
    fields = described(org, object_)
    assert fields[name]["type"] == "address"
    assert not fields[name]["createable"]
    assert not fields[name]["updateable"]
    parts = {one["name"] for one in fields.values() if one["compoundFieldName"] == name}
    short = ("Street", "City", "State", "PostalCode", "Country")
    assert parts == {f"{prefix}{part}" for part in short}
    made = org.create(object_, **values, **{f"{prefix}City": "Oslo", f"{prefix}PostalCode": "1"})
    (row,) = org.rows(f"SELECT {name} FROM {object_}")
    address = row[name]
    assert (address["city"], address["postalCode"], address["street"]) == ("Oslo", "1", None)
    answer = org.call("PATCH", f"sobjects/{object_}/{made}", {name: {"city": "Rome"}})
    refused(answer, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    blank = dict.fromkeys((f"{prefix}City", f"{prefix}PostalCode"))
    org.call("PATCH", f"sobjects/{object_}/{made}", blank)
    assert org.row(object_, made)[name] is None
    refused(org.query(f"SELECT Id FROM {object_} WHERE {name} = 'Oslo'"), 400, "INVALID_FIELD")


@pytest.mark.parametrize(("object_", "prefix"), ADDRESSES)
def test_lists_of_countries_hold_for_every_address(make: Make, object_: str, prefix: str) -> None:
    org, values = make(address_lists=True), OBJECTS[object_]
    country, state = f"{prefix}Country", f"{prefix}State"
    made = org.create(object_, **values, **{country: "United States", state: "Utah"})
    row = org.row(object_, made)
    assert (row[f"{country}Code"], row[f"{state}Code"]) == ("US", "UT")
    address = row[f"{prefix}Address"]
    assert (address["countryCode"], address["state"]) == ("US", "Utah")
    for wrong in ({country: "Narnia"}, {state: "Utah"}, {country: "France", state: "Utah"}):
        answer = org.call("POST", f"sobjects/{object_}", {**values, **wrong})
        error = refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
        assert error["fields"] in ([country], [state])


@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_a_persons_name_is_read_whole_and_written_in_parts(org: Client, object_: str) -> None:
    fields = described(org, object_)
    parts = {one["name"] for one in fields.values() if one["compoundFieldName"] == "Name"}
    assert parts == {"Salutation", "FirstName", "LastName"}
    long = {**OBJECTS[object_], "FirstName": "f" * 40, "LastName": "l" * 80}
    made = org.create(object_, **long, Salutation="Dr.")
    name = org.row(object_, made)["Name"]
    assert name == f"{'f' * 40} {'l' * 80}"
    assert len(name) == fields["Name"]["length"]
    for part in ("FirstName", "LastName"):
        answer = org.call("POST", f"sobjects/{object_}", {**long, part: "x" * 81})
        assert refused(answer, 400, "STRING_TOO_LONG")["fields"] == [part]


def test_the_contact_of_a_person_account_changes_only_with_its_account(make: Make) -> None:
    person = {"LastName": "A", "IsPersonAccount": True}
    org = make(person_accounts=True, records={"Contact": [person, {"LastName": "B"}]})
    contacts = org.rows("SELECT Id, IsPersonAccount FROM Contact ORDER BY LastName")
    shadow, plain = (one["Id"] for one in contacts)
    answer = org.call("PATCH", f"sobjects/Contact/{shadow}", {"Title": "x"})
    error = refused(answer, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert error["fields"] == ["Title"]
    assert org.call("PATCH", f"sobjects/Contact/{plain}", {"Title": "x"}).status_code == 204


def test_an_activity_takes_what_its_person_and_its_subject_allow(org: Client) -> None:
    lead, contact = (org.create(one, **OBJECTS[one]) for one in ("Lead", "Contact"))
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2027-01-31"}
    whats = [
        org.create("Account", Name="A"),
        org.create("Opportunity", **deal),
        org.create("Campaign", Name="Autumn"),
    ]
    for what in whats:
        org.create("Task", WhoId=contact, WhatId=what)
        org.create("Task", WhatId=what)
        answer = org.call("POST", "sobjects/Task", {"WhoId": lead, "WhatId": what})
        error = refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
        assert error["fields"] == ["WhoId", "WhatId"]
        answer = org.call("POST", "sobjects/Task", {"WhoId": what})
        refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
    answer = org.call("POST", "sobjects/Task", {"WhatId": contact})
    refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
    org.control("POST", "delete", {"id": whats[1]})
    answer = org.call("POST", "sobjects/Task", {"WhatId": whats[1]})
    refused(answer, 400, "ENTITY_IS_DELETED")
