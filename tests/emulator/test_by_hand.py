"""What people do in the browser, as control requests: merge, convert, delete, undelete."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import KEY, Make

FIELDS = [KEY, {**KEY, "object": "Contact"}]


@pytest.fixture
def org(make: Make) -> Client:
    return make(fields=FIELDS, address_lists=True)


def lead(org: Client, **values: Any) -> str:
    return org.create("Lead", **{"LastName": "Cm", "Company": "Firm", **values})


def contact(org: Client, **values: Any) -> str:
    return org.create("Contact", **{"LastName": "Cm", **values})


def gone(org: Client, object_: str, record_id: str) -> Any:
    (row,) = org.rows(
        f"SELECT IsDeleted, MasterRecordId FROM {object_} WHERE Id = '{record_id}'", "queryAll"
    )
    return row["IsDeleted"], row["MasterRecordId"]


def test_a_conversion_makes_an_account_and_a_contact_of_the_lead(org: Client) -> None:
    made = lead(
        org, FirstName="G", Email="cm@x.example", Website="x.example", Country="France", Key__c="k"
    )
    task = org.create("Task", WhoId=made, Subject="Call")
    ids = org.control("POST", "convert", {"lead": made, "fields": {"Key__c": "Key__c"}})
    row = org.row("Lead", made)
    assert (row["IsConverted"], row["Status"]) == (True, "Closed - Converted")
    assert row["ConvertedDate"] is not None
    assert row["ConvertedAccountId"] == ids["account"]
    assert row["ConvertedContactId"] == ids["contact"]
    person = org.row("Contact", ids["contact"])
    assert (person["Name"], person["Email"]) == ("G Cm", "cm@x.example")
    assert (person["AccountId"], person["Key__c"]) == (ids["account"], "k")
    assert person["MailingCountryCode"] == "FR"
    account = org.row("Account", ids["account"])
    assert (account["Name"], account["Website"]) == ("Firm", "x.example")
    moved = org.row("Task", task)
    assert (moved["WhoId"], moved["AccountId"]) == (ids["contact"], ids["account"])
    answer = org.call("PATCH", f"sobjects/Lead/{made}", {"Title": "x"})
    refused(answer, 400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_a_lead_may_be_converted_into_records_that_are_there(org: Client) -> None:
    account = org.create("Account", Name="There")
    known = contact(org, AccountId=account)
    given = {"lead": lead(org)[:15], "account": account, "contact": known[:15]}
    assert org.control("POST", "convert", given) == {"account": account, "contact": known}


def test_a_merge_moves_what_referred_to_the_loser(org: Client) -> None:
    loser, winner = contact(org, Title="Loser"), contact(org, Title="Winner")
    task = org.create("Task", WhoId=loser, Subject="Call")
    values = {"Email": "kept@x.example"}
    body = {"object": "Contact", "winner": winner, "loser": loser[:15], "values": values}
    org.control("POST", "merge", body)
    assert gone(org, "Contact", loser) == (True, winner)
    assert org.row("Task", task)["WhoId"] == winner
    kept = org.row("Contact", winner)
    assert (kept["Title"], kept["Email"]) == ("Winner", "kept@x.example")
    answer = org.call("PATCH", f"sobjects/Contact/{loser}", {"Title": "x"})
    refused(answer, 404, "ENTITY_IS_DELETED")


def test_merged_accounts_hand_over_their_contacts_and_tasks(org: Client) -> None:
    loser, winner = org.create("Account", Name="L"), org.create("Account", Name="W")
    person, task = contact(org, AccountId=loser), org.create("Task", WhatId=loser, Subject="x")
    org.control("POST", "merge", {"object": "Account", "winner": winner, "loser": loser})
    assert org.row("Contact", person)["AccountId"] == winner
    assert org.row("Task", task)["WhatId"] == winner


def test_a_converted_lead_still_names_the_contact_that_lost_a_merge(org: Client) -> None:
    made = lead(org)
    loser, winner = org.control("POST", "convert", {"lead": made})["contact"], contact(org)
    org.control("POST", "merge", {"object": "Contact", "winner": winner, "loser": loser})
    assert org.row("Lead", made)["ConvertedContactId"] == loser
    assert gone(org, "Contact", loser) == (True, winner)


def test_a_deleted_account_takes_its_contacts_and_their_tasks_along_and_back(org: Client) -> None:
    account = org.create("Account", Name="A")
    person = contact(org, AccountId=account)
    task = org.create("Task", WhoId=person, Subject="x")
    org.control("POST", "delete", {"id": account})
    for object_, record_id in (("Account", account), ("Contact", person), ("Task", task)):
        refused(org.call("GET", f"sobjects/{object_}/{record_id}"), 404, "ENTITY_IS_DELETED")
    org.control("POST", "undelete", {"id": account[:15]})
    for object_, record_id in (("Account", account), ("Contact", person), ("Task", task)):
        assert org.row(object_, record_id)["Id"] == record_id


def test_a_restored_loser_names_no_winner_any_more(org: Client) -> None:
    loser, winner = contact(org), contact(org)
    org.control("POST", "merge", {"object": "Contact", "winner": winner, "loser": loser})
    org.control("POST", "undelete", {"id": loser})
    assert org.row("Contact", loser)["MasterRecordId"] is None


def test_an_id_is_unknown_once_the_bin_is_emptied(org: Client) -> None:
    made, kept = lead(org), lead(org)
    org.control("POST", "delete", {"id": made})
    org.control("POST", "empty_bin")
    refused(org.call("GET", f"sobjects/Lead/{made}"), 404, "NOT_FOUND")
    assert org.row("Lead", kept)["Id"] == kept


def test_what_people_do_is_not_counted(org: Client) -> None:
    made, other = lead(org), contact(org)
    before = org.calls()
    ids = org.control("POST", "convert", {"lead": made})
    org.control("POST", "merge", {"object": "Contact", "winner": other, "loser": ids["contact"]})
    org.control("POST", "delete", {"id": other})
    org.control("POST", "undelete", {"id": other})
    assert org.calls() == before


@pytest.mark.parametrize("name", ["delete", "undelete", "convert", "merge"])
def test_an_unknown_record_is_refused(org: Client, name: str) -> None:
    unknown = "00Q000000000000AAA"
    body = {"id": unknown, "lead": unknown, "object": "Lead", "winner": unknown, "loser": unknown}
    answer = org.http.post(f"{org.url}/_emulator/{name}", json=body, timeout=60)
    assert answer.status_code == 400


def test_a_queue_may_own_leads_but_no_contacts(make: Make) -> None:
    queue = {"$id": "queue", "Name": "Leads", "Type": "Queue"}
    org = make(records={"Group": [queue]})
    (row,) = org.rows("SELECT Id, Name FROM Group WHERE Type = 'Queue'")
    assert row["Id"].startswith("00G")
    assert org.row("Lead", lead(org, OwnerId=row["Id"]))["OwnerId"] == row["Id"]
    answer = org.call("POST", "sobjects/Contact", {"LastName": "A", "OwnerId": row["Id"]})
    refused(answer, 400, "FIELD_INTEGRITY_EXCEPTION")
