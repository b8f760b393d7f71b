"""Creating one row: what is answered, what is stored, what the org adds by itself."""

from __future__ import annotations

import re

import pytest

from tests.emulator.client import DATA, Client
from tests.emulator.conftest import Make


def test_a_created_row_is_answered_with_201_its_id_and_location(org: Client) -> None:
    answer = org.call("POST", "sobjects/Lead", {"LastName": "Okafor", "Company": "Brightwell"})
    assert answer.status_code == 201
    made = answer.json()["id"]
    assert answer.json() == {"id": made, "success": True, "errors": []}
    assert answer.headers["Location"] == f"{DATA}/sobjects/Lead/{made}"
    assert re.fullmatch(r"00Q[0-9A-Za-z]{12}[A-Z0-5]{3}", made)


def test_a_row_is_read_with_every_visible_field_and_its_defaults(org: Client) -> None:
    row = org.row("Lead", org.create("Lead", LastName="Okafor", Company="Brightwell"))
    assert row["attributes"] == {"type": "Lead", "url": f"{DATA}/sobjects/Lead/{row['Id']}"}
    assert (row["Status"], row["IsConverted"], row["HasOptedOutOfEmail"]) == (
        "Open - Not Contacted",
        False,
        False,
    )
    assert row["Email"] is None
    assert row["OwnerId"] == row["CreatedById"] == org.tokens["id"].split("/")[-1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", row["CreatedDate"])


def test_a_row_is_read_with_the_named_fields_only(org: Client) -> None:
    made = org.create("Lead", LastName="Okafor", Company="Brightwell")
    answer = org.call("GET", f"sobjects/Lead/{made}?fields=lastname,Email")
    assert answer.status_code == 200
    assert set(answer.json()) == {"attributes", "LastName", "Email", "Id"}


def test_the_head_of_a_row_has_no_body(org: Client) -> None:
    made = org.create("Lead", LastName="Okafor", Company="Brightwell")
    answer = org.call("HEAD", f"sobjects/Lead/{made}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_field_names_are_taken_in_any_case(org: Client) -> None:
    row = org.row("lead", org.create("LEAD", lastname="Okafor", COMPANY="Brightwell"))
    assert (row["LastName"], row["Company"]) == ("Okafor", "Brightwell")


def test_the_compound_name_consists_of_first_and_last_name(org: Client) -> None:
    made = org.create("Lead", FirstName="Ngozi", LastName="Okafor", Company="Brightwell")
    assert org.row("Lead", made)["Name"] == "Ngozi Okafor"
    org.call("PATCH", f"sobjects/Lead/{made}", {"FirstName": None})
    assert org.row("Lead", made)["Name"] == "Okafor"


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_an_empty_text_is_stored_as_null(org: Client, empty: str | None) -> None:
    made = org.create("Lead", LastName="Okafor", Company="Brightwell", Title=empty)
    assert org.row("Lead", made)["Title"] is None


def test_white_space_around_a_text_is_trimmed(org: Client) -> None:
    assert (
        org.row("Lead", org.create("Lead", LastName="  Okafor ", Company="B"))["LastName"]
        == "Okafor"
    )


def test_as_many_utf16_units_as_the_length_are_stored(org: Client) -> None:
    for text in ("x" * 40, "😀" * 20):
        assert (
            org.row("Lead", org.create("Lead", LastName="A", Company="B", FirstName=text))[
                "FirstName"
            ]
            == text
        )


def test_an_unrestricted_picklist_takes_any_value(org: Client) -> None:
    assert org.row("Lead", org.create("Lead", LastName="A", Company="B", Industry="Astrology"))[
        "Industry"
    ] == ("Astrology")


def test_an_instant_is_stored_in_utc_without_a_colon_in_its_offset(make: Make) -> None:
    org = make(fields=[{"object": "Lead", "name": "Seen__c", "type": "datetime"}])
    for given in (
        "2026-11-23T11:15:30+01:00",
        "2026-11-23T10:15:30Z",
        "2026-11-23T10:15:30.000+0000",
    ):
        made = org.create("Lead", LastName="A", Company="B", Seen__c=given)
        assert org.row("Lead", made)["Seen__c"] == "2026-11-23T10:15:30.000+0000"


def test_a_reference_is_taken_in_15_characters_and_stored_in_18(org: Client) -> None:
    account = org.create("Account", Name="Brightwell")
    contact = org.create("Contact", LastName="Okafor", AccountId=account[:15])
    assert org.row("Contact", contact)["AccountId"] == account
    assert org.row("Contact", contact[:15])["Id"] == contact


def test_a_completed_task_is_closed_and_belongs_to_the_contacts_account(org: Client) -> None:
    account = org.create("Account", Name="Brightwell")
    contact = org.create("Contact", LastName="Okafor", AccountId=account)
    closed = org.row("Task", org.create("Task", Subject="Mail", Status="Completed", WhoId=contact))
    assert (closed["IsClosed"], closed["AccountId"]) == (True, account)
    assert closed["CompletedDateTime"] is not None
    opened = org.row("Task", org.create("Task", Subject="Call", WhatId=account))
    assert (opened["IsClosed"], opened["Status"], opened["Priority"]) == (
        False,
        "Not Started",
        "Normal",
    )
    assert (opened["AccountId"], opened["TaskSubtype"]) == (account, "Task")


def test_an_assignment_rule_assigns_new_leads_unless_the_header_is_false(make: Make) -> None:
    org = make(assignment_rule_owner="robin@acme.example")
    me = org.tokens["id"].split("/")[-1]
    body = {"LastName": "A", "Company": "B", "OwnerId": me}

    def owner(**headers: str) -> str:
        answer = org.call("POST", "sobjects/Lead", body, **headers)
        row = org.call("GET", f"sobjects/Lead/{answer.json()['id']}?fields=OwnerId")
        return str(row.json()["OwnerId"])

    assert owner() != me
    assert owner(Sforce_Auto_Assign="TRUE") != me
    assert owner(Sforce_Auto_Assign="false") == me
    (robin,) = org.rows("SELECT Id FROM User WHERE Username = 'robin@acme.example'")
    assert owner() == robin["Id"]


def test_an_assignment_rule_assigns_updated_leads_unless_the_header_is_false(make: Make) -> None:
    org = make(
        assignment_rule_owner="robin@acme.example",
        records={"Lead": [{"LastName": "A", "Company": "B"}]},
    )
    (lead,) = org.rows("SELECT Id, OwnerId FROM Lead")
    where = f"sobjects/Lead/{lead['Id']}"
    org.call("PATCH", where, {"Title": "CEO"}, Sforce_Auto_Assign="FALSE")
    assert org.row("Lead", lead["Id"])["OwnerId"] == lead["OwnerId"]
    org.call("PATCH", where, {"Title": "CTO"})
    assert org.row("Lead", lead["Id"])["OwnerId"] != lead["OwnerId"]


def test_an_assignment_rule_leaves_contacts_alone(make: Make) -> None:
    org = make(assignment_rule_owner="robin@acme.example")
    assert (
        org.row("Contact", org.create("Contact", LastName="A"))["OwnerId"]
        == org.tokens["id"].split("/")[-1]
    )


def test_lead_statuses_mark_the_converted_status(org: Client) -> None:
    rows = org.rows("SELECT ApiName, IsDefault, IsConverted FROM LeadStatus ORDER BY SortOrder")
    assert [row["ApiName"] for row in rows if row["IsConverted"]] == ["Closed - Converted"]
    assert [row["ApiName"] for row in rows if row["IsDefault"]] == ["Open - Not Contacted"]


def test_a_chunked_body_is_read_whole(org: Client) -> None:
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": "application/json",
    }
    chunks = iter([b'{"LastName": "Okafor", ', b'"Company": "Brightwell Ltd"}'])
    answer = org.http.post(
        f"{org.url}{DATA}/sobjects/Lead", data=chunks, headers=headers, timeout=10
    )
    assert answer.status_code == 201
    assert org.row("Lead", answer.json()["id"])["Company"] == "Brightwell Ltd"
