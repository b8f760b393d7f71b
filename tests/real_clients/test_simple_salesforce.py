"""simple-salesforce works with the emulator, including its error handling."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from tests.emulator.client import Client

LEAD = {"LastName": "Okafor", "Company": "Brightwell Ltd", "Email": "ngozi@brightwell.example"}


class _Local(requests.Session):
    """The client supports only https; the emulator serves http on the loopback interface."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, str(url).replace("https://", "http://", 1), *args, **kwargs)


@pytest.fixture
def salesforce(org: Client) -> Salesforce:
    with _Local() as session:
        return Salesforce(
            instance_url=org.url.replace("http://", "https://"),
            session_id=org.tokens["access_token"],
            version="68.0",
            session=session,
        )


def test_it_describes_the_org_and_an_object(salesforce: Salesforce) -> None:
    assert {"Lead", "Contact"} <= {one["name"] for one in salesforce.describe()["sobjects"]}
    fields = {field["name"]: field for field in salesforce.Lead.describe()["fields"]}
    assert fields["Zaplify_Id__c"]["externalId"] is True


def test_it_creates_reads_updates_and_deletes(salesforce: Salesforce) -> None:
    made = salesforce.Lead.create(LEAD)
    assert made["success"] is True
    assert salesforce.Lead.update(made["id"], {"Title": "Head"}) == 204
    assert salesforce.Lead.get(made["id"])["Title"] == "Head"
    assert salesforce.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        salesforce.Lead.get(made["id"])


def test_an_upsert_creates_and_then_updates_and_reads_by_its_key(salesforce: Salesforce) -> None:
    assert salesforce.Lead.upsert("Zaplify_Id__c/k1", LEAD) == 201
    assert salesforce.Lead.upsert("Zaplify_Id__c/k1", {"Title": "x"}) == 200
    assert salesforce.Lead.get_by_custom_id("Zaplify_Id__c", "k1")["Title"] == "x"


def test_queries_are_paged_to_the_end(salesforce: Salesforce) -> None:
    for number in range(5):
        salesforce.Lead.create({**LEAD, "LastName": f"Okafor {number}"})
    assert len(salesforce.query_all("SELECT Id FROM Lead")["records"]) == 5
    first = salesforce.query("SELECT Id FROM Lead")
    assert (len(first["records"]), first["done"], first["totalSize"]) == (2, False, 5)
    assert (
        len(salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True)["records"]) == 2
    )
    assert salesforce.query("SELECT COUNT() FROM Lead")["totalSize"] == 5


def test_composite_and_collections_go_through_its_plain_calls(salesforce: Salesforce) -> None:
    subs = [
        {
            "method": "POST",
            "referenceId": "acc",
            "url": "/services/data/v68.0/sobjects/Account",
            "body": {"Name": "Acme"},
        },
        {
            "method": "POST",
            "referenceId": "con",
            "url": "/services/data/v68.0/sobjects/Contact",
            "body": {"LastName": "O", "AccountId": "@{acc.id}"},
        },
    ]
    body = {"allOrNone": True, "collateSubrequests": False, "compositeRequest": subs}
    answer = salesforce.restful("composite", method="POST", json=body)
    assert [one["httpStatusCode"] for one in answer["compositeResponse"]] == [201, 201]
    records = [
        {"attributes": {"type": "Lead"}, **LEAD},
        {"attributes": {"type": "Lead"}, "LastName": "x"},
    ]
    results = salesforce.restful("composite/sobjects", method="POST", json={"records": records})
    assert [one["success"] for one in results] == [True, False]


def test_refusals_are_read_as_its_own_errors(salesforce: Salesforce, org: Client) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        salesforce.Lead.create({"LastName": "x"})
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        salesforce.query("SELECT Nope FROM Lead")
    with pytest.raises(SalesforceResourceNotFound, match="NOT_FOUND"):
        salesforce.Lead.upsert("Nope__c/k1", LEAD)
    org.control("POST", "settings", {"daily_limit": 0})
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        salesforce.query("SELECT Id FROM Lead")
    org.control("POST", "settings", {"daily_limit": 1000})
    org.control("POST", "sessions/expire")
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        salesforce.query("SELECT Id FROM Lead")


def test_several_matches_of_a_key_are_an_error_of_its_own(
    salesforce: Salesforce, org: Client
) -> None:
    org.control(
        "POST",
        "fields",
        {"object": "Lead", "name": "Loose__c", "type": "string", "length": 64, "externalId": True},
    )
    for _ in range(2):
        salesforce.Lead.create({**LEAD, "Loose__c": "same"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        salesforce.Lead.upsert("Loose__c/same", {"Title": "x"})


def test_the_usage_is_read_from_the_header_and_the_limits(salesforce: Salesforce) -> None:
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 115_000
    assert salesforce.api_usage["api-usage"].total == 115_000
