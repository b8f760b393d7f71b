"""What an encrypted or unfilterable field can be asked by (salesforce-api.md §9 trap 61)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

ROWS = {
    "Lead": [{"LastName": "Other", "Company": "B", "Email": "nad@x.example"}],
    "Account": [{"Name": "B", "Website": "Acme.example"}],
}


@pytest.fixture
def org(make: Make) -> Client:
    return make(records=ROWS)


def encrypt(org: Client, object_: str, name: str, scheme: str) -> None:
    org.control("PATCH", "fields", {"object": object_, "name": name, "encrypted": scheme})


def described(org: Client, object_: str, name: str) -> Any:
    fields = org.call("GET", f"sobjects/{object_}/describe").json()["fields"]
    return next(field for field in fields if field["name"] == name)


@pytest.mark.parametrize(
    ("scheme", "filterable"),
    [("probabilistic", False), ("deterministic", True), ("deterministic_exact", True)],
)
def test_a_describe_says_that_a_field_is_encrypted(
    org: Client, scheme: str, *, filterable: bool
) -> None:
    assert described(org, "Lead", "Email")["encrypted"] is False
    encrypt(org, "Lead", "Email", scheme)
    shown = described(org, "Lead", "Email")
    flags = {name: shown[name] for name in ("encrypted", "filterable", "sortable")}
    assert flags == {"encrypted": True, "filterable": filterable, "sortable": False}


CONDITIONS = (
    "Email = 'nad@x.example'",
    "Email IN ('nad@x.example')",
    "Email != NULL",
    "Email LIKE '%@x.example'",
    "Email > 'a'",
)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_probabilistic_field_is_never_filtered_by(org: Client, condition: str) -> None:
    encrypt(org, "Lead", "Email", "probabilistic")
    error = refused(org.query(f"SELECT Id FROM Lead WHERE {condition}"), 400, "INVALID_FIELD")
    assert "can not be filtered" in error["message"]
    (row,) = org.rows("SELECT Email FROM Lead")
    assert row["Email"] == "nad@x.example"


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_deterministic_field_is_compared_by_equality_only(org: Client, condition: str) -> None:
    encrypt(org, "Lead", "Email", "deterministic")
    answer = org.query(f"SELECT Id FROM Lead WHERE {condition}")
    if "LIKE" in condition or ">" in condition:
        refused(answer, 400, "INVALID_FIELD")
    else:
        assert len(answer.json()["records"]) == 1


@pytest.mark.parametrize(("scheme", "found"), [("deterministic", 1), ("deterministic_exact", 0)])
def test_case_matters_only_in_the_exact_scheme(org: Client, scheme: str, found: int) -> None:
    encrypt(org, "Account", "Website", scheme)
    assert len(org.rows("SELECT Id FROM Account WHERE Website = 'acme.example'")) == found
    assert len(org.rows("SELECT Id FROM Account WHERE Website = 'Acme.example'")) == 1


def test_an_encrypted_field_gives_no_order(org: Client) -> None:
    encrypt(org, "Lead", "Email", "deterministic")
    refused(org.query("SELECT Id FROM Lead ORDER BY Email"), 400, "INVALID_FIELD")


@pytest.mark.parametrize("scheme", ["deterministic", ""])
def test_a_field_whose_scheme_is_changed_is_filtered_by_again(org: Client, scheme: str) -> None:
    encrypt(org, "Lead", "Email", "probabilistic")
    encrypt(org, "Lead", "Email", scheme)
    assert len(org.rows("SELECT Id FROM Lead WHERE Email = 'nad@x.example'")) == 1


def test_a_long_text_whose_scheme_is_changed_is_still_not_filtered_by(org: Client) -> None:
    encrypt(org, "Lead", "Description", "probabilistic")
    encrypt(org, "Lead", "Description", "")
    refused(org.query("SELECT Id FROM Lead WHERE Description = 'x'"), 400, "INVALID_FIELD")


def test_an_encrypted_field_is_written_like_any_other(org: Client) -> None:
    encrypt(org, "Lead", "Email", "probabilistic")
    made = org.create("Lead", LastName="A", Company="B", Email="A@X.example")
    assert org.row("Lead", made)["Email"] == "a@x.example"


def test_a_plain_or_a_custom_field_may_not_be_filterable(make: Make) -> None:
    custom = {"object": "Lead", "name": "Key__c", "externalId": True, "filterable": False}
    secret = {"object": "Lead", "name": "Secret__c", "encrypted": "probabilistic"}
    change = {"object": "Lead", "name": "Company", "filterable": False}
    org = make(fields=[custom, secret], field_changes=[change], records=ROWS)
    for name in ("Key__c", "Secret__c", "Company"):
        assert described(org, "Lead", name)["filterable"] is False
        refused(org.query(f"SELECT Id FROM Lead WHERE {name} = 'x'"), 400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encrypted": "caesar"}, "unknown encryption 'caesar'; use one of probabilistic"),
        ({"colour": "red"}, "unknown property 'colour'; use one of encrypted"),
        ({"name": "Nope"}, "Nope"),
    ],
)
def test_an_unknown_change_of_a_field_is_refused(
    org: Client, change: dict[str, str], words: str
) -> None:
    body = {"object": "Lead", "name": "Email", **change}
    answer = org.http.patch(f"{org.url}/_emulator/fields", json=body, timeout=60)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
