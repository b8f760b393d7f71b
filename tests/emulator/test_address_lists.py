"""State and Country/Territory Picklists: what describes show, what addresses take, and how label
and code are kept in step (salesforce-api.md §9 traps 36 and 60)."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

LEAD = {"LastName": "A", "Company": "B"}
MAKE = {
    "Lead": ("", LEAD),
    "Contact": ("Mailing", {"LastName": "A"}),
    "Account": ("Billing", {"Name": "B"}),
}


@pytest.fixture
def org(make: Make) -> Client:
    return make(address_lists=True)


def fields(org: Client, object_: str) -> dict[str, Any]:
    described = org.call("GET", f"sobjects/{object_}/describe").json()
    return {field["name"]: field for field in described["fields"]}


def valid_countries(field: Any, controller: Any, code: str) -> list[list[str]]:
    """For each state of this code, the countries whose bit is set."""
    countries = [entry["value"] for entry in controller["picklistValues"]]
    found = []
    for entry in field["picklistValues"]:
        if entry["value"] == code:
            bits = b64decode(entry["validFor"])
            found.append(
                [c for n, c in enumerate(countries) if bits[n // 8] & (0x80 >> (n % 8))],
            )
    return found


@pytest.mark.parametrize("object_", MAKE)
def test_a_describe_shows_the_lists_with_codes_labels_and_countries(
    org: Client, object_: str
) -> None:
    shown, prefix = fields(org, object_), MAKE[object_][0]
    country, state = shown[f"{prefix}CountryCode"], shown[f"{prefix}StateCode"]
    assert country["type"] == state["type"] == "picklist"
    assert country["restrictedPicklist"] is state["restrictedPicklist"] is True
    assert (country["dependentPicklist"], country["controllerName"]) == (False, None)
    assert (state["dependentPicklist"], state["controllerName"]) == (True, f"{prefix}CountryCode")
    labels = {entry["value"]: entry["label"] for entry in country["picklistValues"]}
    assert labels["FR"] == "France"
    assert labels["US"] == "United States"
    assert valid_countries(state, country, "CA") == [["US"]]
    assert valid_countries(state, country, "WA") == [["AU"], ["US"]]
    assert shown[f"{prefix}Country"]["type"] == "string"


def test_without_the_lists_there_are_no_code_fields(make: Make) -> None:
    org = make()
    assert not {"CountryCode", "StateCode"} & fields(org, "Lead").keys()
    assert org.row("Lead", org.create("Lead", **LEAD, Country="Utopia"))["Country"] == "Utopia"


@pytest.mark.parametrize("object_", MAKE)
@pytest.mark.parametrize(
    "sent",
    [
        {"Country": "Canada", "State": "Quebec"},
        {"CountryCode": "CA", "StateCode": "QC"},
        {"Country": "Canada", "StateCode": "QC"},
        {"CountryCode": "CA", "State": "Quebec"},
        {"Country": "Canada", "CountryCode": "CA", "State": "Quebec", "StateCode": "QC"},
    ],
)
def test_label_and_code_are_kept_in_step(org: Client, object_: str, sent: dict[str, str]) -> None:
    prefix, base = MAKE[object_]
    created = org.create(object_, **base, **{f"{prefix}{k}": v for k, v in sent.items()})
    row = org.row(object_, created)
    shown = {name: row[f"{prefix}{name}"] for name in ("Country", "CountryCode")}
    shown |= {name: row[f"{prefix}{name}"] for name in ("State", "StateCode")}
    assert shown == {
        "Country": "Canada",
        "CountryCode": "CA",
        "State": "Quebec",
        "StateCode": "QC",
    }


@pytest.mark.parametrize("object_", MAKE)
@pytest.mark.parametrize(
    ("sent", "blamed"),
    [
        ({"Country": "USA"}, "Country"),
        ({"Country": "US"}, "Country"),
        ({"Country": "united states"}, "Country"),
        ({"CountryCode": "XX"}, "CountryCode"),
        ({"Country": "France", "State": "Île-de-France"}, "State"),
        ({"Country": "United States", "State": "CA"}, "State"),
        ({"Country": "United States", "State": "Ontario"}, "State"),
        ({"CountryCode": "US", "StateCode": "QC"}, "StateCode"),
        ({"State": "California"}, "State"),
        ({"StateCode": "CA"}, "StateCode"),
        ({"Country": "Canada", "CountryCode": "US"}, "Country"),
    ],
)
def test_what_is_off_the_lists_is_refused_and_its_field_is_named(
    org: Client, object_: str, sent: dict[str, str], blamed: str
) -> None:
    prefix, base = MAKE[object_]
    values = {**base, **{f"{prefix}{name}": value for name, value in sent.items()}}
    error = refused(
        org.call("POST", f"sobjects/{object_}", values), 400, "FIELD_INTEGRITY_EXCEPTION"
    )
    assert error["fields"] == [f"{prefix}{blamed}"]


def test_a_change_of_country_needs_a_state_of_that_country(org: Client) -> None:
    lead = org.create("Lead", **LEAD, Country="United States", State="Texas")
    path = f"sobjects/Lead/{lead}"
    for change in ({"Country": "France"}, {"Country": None}, {"CountryCode": "CA"}):
        refused(org.call("PATCH", path, change), 400, "FIELD_INTEGRITY_EXCEPTION")
    assert org.call("PATCH", path, {"State": "Ohio"}).status_code == 204
    assert org.row("Lead", lead)["StateCode"] == "OH"
    assert org.call("PATCH", path, {"Country": "France", "State": None}).status_code == 204
    row = org.row("Lead", lead)
    assert (row["CountryCode"], row["State"], row["StateCode"]) == ("FR", None, None)
    assert org.call("PATCH", path, {"Country": None}).status_code == 204
    assert org.row("Lead", lead)["CountryCode"] is None


def test_an_old_value_off_the_lists_stays_until_the_address_is_changed(make: Make) -> None:
    org = make(
        records={
            "Lead": [{**LEAD, "Country": "USA"}, {**LEAD, "LastName": "C", "Country": "France"}]
        }
    )
    org.control("POST", "address_lists")
    old, listed = org.rows("SELECT Id, Country, CountryCode FROM Lead ORDER BY LastName")
    assert (old["Country"], old["CountryCode"]) == ("USA", None)
    assert (listed["Country"], listed["CountryCode"]) == ("France", "FR")
    path = f"sobjects/Lead/{old['Id']}"
    assert org.call("PATCH", path, {"Title": "Buyer"}).status_code == 204
    refused(org.call("PATCH", path, {"State": "Texas"}), 400, "FIELD_INTEGRITY_EXCEPTION")
    changed = {"CountryCode": "US", "State": "Texas"}
    assert org.call("PATCH", path, changed).status_code == 204
    assert org.row("Lead", old["Id"])["Country"] == "United States"


def test_an_admins_edit_keeps_the_code_in_step(org: Client) -> None:
    made = org.control("POST", "records/Account", {"Name": "B", "BillingCountry": "Canada"})
    assert org.row("Account", made["id"])["BillingCountryCode"] == "CA"
    org.control("PATCH", f"records/Account/{made['id']}", {"BillingCountry": "France"})
    assert org.row("Account", made["id"])["BillingCountryCode"] == "FR"


def test_an_org_may_have_lists_of_its_own(make: Make) -> None:
    org = make(states={"Sweden": {"AB": "Stockholm"}, "Utopia": ["North", "South"]})
    lead = org.create("Lead", **LEAD, Country="Sweden", State="Stockholm")
    assert org.row("Lead", lead)["StateCode"] == "AB"
    utopia = org.create("Lead", **LEAD, Country="Utopia", StateCode="02")
    row = org.row("Lead", utopia)
    assert (row["CountryCode"], row["State"]) == ("UT", "South")
    refused(
        org.call("POST", "sobjects/Lead", {**LEAD, "Country": "France"}),
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    )
