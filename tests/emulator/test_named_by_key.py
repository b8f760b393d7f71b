"""References by external id instead of an id (salesforce-api.md §3.1)."""

from __future__ import annotations

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

KEY = {"object": "Account", "name": "Key__c", "externalId": True, "unique": True}


@pytest.fixture
def org(make: Make) -> Client:
    return make(fields=[KEY])


def test_a_reference_can_name_its_record_by_external_id(org: Client) -> None:
    account, other = (org.create("Account", Name=key, Key__c=key) for key in ("a1", "a2"))
    contact = org.create("Contact", LastName="A", Account={"Key__c": "A1"})
    assert org.row("Contact", contact)["AccountId"] == account
    change = {"account": {"attributes": {"type": "Account"}, "Key__c": "a2"}}
    assert org.call("PATCH", f"sobjects/Contact/{contact}", change).status_code == 204
    assert org.row("Contact", contact)["AccountId"] == other


@pytest.mark.parametrize(
    "named",
    [
        {"Account": {"Key__c": "none"}},
        {"Account": {}},
        {"Account": {"Key__c": "a1", "Name": "a1"}},
        {"Account": {"Key__c": "a1"}, "AccountId": None},
        {"Nothing": {"Key__c": "a1"}},
    ],
)
def test_a_record_that_is_not_named_by_one_key_is_refused(
    org: Client, named: dict[str, object]
) -> None:
    org.create("Account", Name="A", Key__c="a1")
    answer = org.call("POST", "sobjects/Contact", {"LastName": "A", **named})
    refused(answer, 400, "INVALID_FIELD")
    assert org.rows("SELECT Id FROM Contact") == []


def test_a_field_that_is_no_key_names_nothing(org: Client) -> None:
    org.create("Account", Name="A", Key__c="a1")
    answer = org.call("POST", "sobjects/Contact", {"LastName": "A", "Account": {"Name": "A"}})
    refused(answer, 404, "NOT_FOUND")
