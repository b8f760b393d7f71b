"""What is sent is not always what is stored: the form in which each type keeps a value, over HTTP
(salesforce-api.md §9 traps 57 to 59)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

BASE = {"LastName": "A", "Company": "B"}
TOPICS = {
    "type": "multipicklist",
    "picklist": ["Tech", "People", "Money"],
    "restricted": True,
}
FIELDS = [
    {"object": "Lead", "name": "Topics__c", **TOPICS},
    {"object": "Lead", "name": "Open__c", **TOPICS, "restricted": False},
    {"object": "Lead", "name": "Rev__c", "type": "currency", "precision": 18, "scale": 2},
    {"object": "Lead", "name": "Share__c", "type": "percent", "precision": 5, "scale": 1},
    {"object": "Lead", "name": "Whole__c", "type": "double", "precision": 6, "scale": 0},
    {"object": "Lead", "name": "Plain__c", "type": "currency"},
    {"object": "Lead", "name": "Count__c", "type": "int"},
    {"object": "Lead", "name": "Big__c", "type": "long"},
    {"object": "Lead", "name": "Day__c", "type": "date"},
    {"object": "Lead", "name": "At__c", "type": "datetime"},
]


@pytest.fixture
def org(make: Make) -> Client:
    return make(fields=FIELDS)


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("Email", "Nadia.A@Alpha.Example", "nadia.a@alpha.example"),
        ("Email", " n@x.example ", "n@x.example"),
        ("Email", "a..b@x.example", "a..b@x.example"),
        ("Email", "a.@x.example", "a.@x.example"),
        ("Email", "o'neil+tag@x.example", "o'neil+tag@x.example"),
        ("Email", f"{'a' * 64}@x.example", f"{'a' * 64}@x.example"),
        ("Email", "n@münchen.example", "n@münchen.example"),
        ("Email", "n@xn--mnchen-3ya.example", "n@xn--mnchen-3ya.example"),
        ("Topics__c", "Money;Tech", "Tech;Money"),
        ("Topics__c", "Tech;Tech", "Tech"),
        ("Topics__c", "Tech;People;", "Tech;People"),
        ("Topics__c", ";;", None),
        ("Open__c", "Other;Money;Tech;Other", "Tech;Money;Other"),
        ("Rev__c", 1234.567, 1234.57),
        ("Rev__c", 1234.565, 1234.57),
        ("Rev__c", -0.005, -0.01),
        ("Rev__c", 7, 7),
        ("Plain__c", 0.125, 0.13),
        ("Share__c", 12.25, 12.3),
        ("Whole__c", 2.5, 3),
        ("AnnualRevenue", 1_000_000.5, 1_000_001),
        ("Count__c", 2_147_483_647, 2_147_483_647),
        ("Big__c", 2**53, 2**53),
        ("Title", "  Head of  Buying ", "Head of  Buying"),
        ("Title", "   ", None),
        ("Day__c", "1700-01-01", "1700-01-01"),
        ("Day__c", "4000-12-31", "4000-12-31"),
        ("At__c", "1980-05-01T00:00:00+02:00", "1980-04-30T22:00:00.000+0000"),
    ],
)
def test_a_value_is_stored_in_its_fields_own_form(
    org: Client, field: str, sent: Any, stored: Any
) -> None:
    created = org.create("Lead", **BASE, **{field: sent})
    assert org.row("Lead", created)[field] == stored


@pytest.mark.parametrize(
    "address",
    [
        ".n@x.example",
        "mailto:n@x.example",
        "Nadia <n@x.example>",
        "n@x.example, m@x.example",
        "n@x.example;m@x.example",
        "n@localhost",
        "n@x..example",
        "n@-x.example",
        "n@x.example.",
        "n@x.e",
        "@x.example",
        "n x@x.example",
        "\u200bn@x.example",
        "n@x\u00ad.example",
        f"{'a' * 65}@x.example",
        "нина@x.example",
    ],
)
def test_what_is_not_one_address_is_refused(org: Client, address: str) -> None:
    answer = org.call("POST", "sobjects/Lead", {**BASE, "Email": address})
    assert refused(answer, 400, "INVALID_EMAIL_ADDRESS")["fields"] == ["Email"]


def test_some_orgs_accept_letters_of_other_scripts_before_the_at_sign(org: Client) -> None:
    org.control("POST", "settings", {"international_email": True})
    created = org.create("Lead", **BASE, Email="Нина@x.example")
    assert org.row("Lead", created)["Email"] == "нина@x.example"
    for address in (".нина@x.example", "ни на@x.example"):
        answer = org.call("POST", "sobjects/Lead", {**BASE, "Email": address})
        refused(answer, 400, "INVALID_EMAIL_ADDRESS")


@pytest.mark.parametrize(
    ("field", "sent", "code"),
    [
        ("Rev__c", 1e16, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Rev__c", 1e300, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Share__c", 9999.95, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Whole__c", -1_000_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Count__c", 2_147_483_648, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Big__c", 2**63, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Day__c", "1699-12-31", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Day__c", "4001-01-01", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Day__c", "0980-05-01", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("At__c", "9999-12-31T23:59:59Z", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Day__c", "980-05-01", "JSON_PARSER_ERROR"),
        ("Day__c", "24/11/2026", "JSON_PARSER_ERROR"),
        ("Topics__c", "Tech;Astrology", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
def test_a_value_outside_its_fields_range_is_refused(
    org: Client, field: str, sent: Any, code: str
) -> None:
    refused(org.call("POST", "sobjects/Lead", {**BASE, field: sent}), 400, code)


def test_a_number_too_large_for_a_double_is_refused(org: Client) -> None:
    lead = f'{{"LastName": "A", "Company": "B", "Rev__c": 1e{400}}}'
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": "application/json",
    }
    address = f"{org.url}/services/data/v68.0/sobjects/Lead"
    refused(
        org.http.post(address, data=lead, headers=headers, timeout=60),
        400,
        "NUMBER_OUTSIDE_VALID_RANGE",
    )


def test_a_stored_form_is_found_by_it_and_stays_when_it_is_sent_again(org: Client) -> None:
    created = org.create("Lead", **BASE, Email="Nadia@X.example", Topics__c="Money;Tech")
    stored = org.row("Lead", created)
    values = {name: stored[name] for name in ("Email", "Topics__c")}
    assert org.call("PATCH", f"sobjects/Lead/{created}", values).status_code == 204
    assert {name: org.row("Lead", created)[name] for name in values} == values
    (found,) = org.rows("SELECT Id FROM Lead WHERE Email = 'nadia@x.example'")
    assert found["Id"] == created


def test_the_reported_usage_may_begin_with_the_apps_own(org: Client) -> None:
    plain = org.call("GET", "limits").headers["Sforce-Limit-Info"]
    assert plain.startswith("api-usage=")
    org.control("POST", "settings", {"per_app_usage": True})
    header = org.call("GET", "limits").headers["Sforce-Limit-Info"]
    own, whole = header.split("; ")
    assert own.startswith("per-app-api-usage=")
    assert own.endswith("(appName=zsf)")
    assert whole == "api-usage=2/115000"
