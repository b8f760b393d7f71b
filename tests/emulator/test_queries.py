"""What a query finds, in what order and in what shape."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client
from tests.emulator.conftest import Make

PEOPLE = {
    "Account": [
        {"$id": "north", "Name": "Northwind"},
        {"$id": "south", "Name": "Southwind", "ParentId": "$north"},
    ],
    "Contact": [
        {
            "$id": "ngozi",
            "LastName": "Okafor",
            "Email": "Ngozi@Northwind.example",
            "AccountId": "$north",
        },
        {"LastName": "Private"},
        {"LastName": "Under", "AccountId": "$south"},
    ],
    "Lead": [
        {
            "$id": "ann",
            "LastName": "O'Brien",
            "Company": "50% off",
            "Email": "a+b@x.example",
            "NumberOfEmployees": 5,
        },
        {"LastName": "Back\\slash", "Company": "50 off", "Key__c": "k1", "NumberOfEmployees": 50},
        {
            "LastName": "Zed",
            "Company": "under_score",
            "Key__c": "K2",
            "CreatedDate": "2026-01-02T03:04:05.000+0000",
        },
    ],
    "Task": [
        {"Subject": "On a lead", "WhoId": "$ann", "ActivityDate": "2026-11-20"},
        {
            "Subject": "On a contact",
            "WhoId": "$ngozi",
            "ActivityDate": "2026-11-21",
            "StepKey__c": "AbC",
        },
        {"Subject": "Old", "IsArchived": True, "WhoId": "$ngozi", "Status": "Completed"},
    ],
}


@pytest.fixture
def org(make: Make) -> Client:
    return make(records=PEOPLE)


def names(org: Client, where: str, object_: str = "Lead", field: str = "LastName") -> list[Any]:
    return [
        row[field]
        for row in org.rows(f"SELECT {field} FROM {object_} WHERE {where} ORDER BY {field}")
    ]


def test_rows_come_with_attributes_their_total_and_nulls_in_place(org: Client) -> None:
    answer = org.query("SELECT Id, Email FROM Contact WHERE LastName = 'Private'")
    assert answer.status_code == 200
    body = answer.json()
    (row,) = body["records"]
    where = f"/services/data/v68.0/sobjects/Contact/{row['Id']}"
    assert row == {"attributes": {"type": "Contact", "url": where}, "Id": row["Id"], "Email": None}
    assert (body["totalSize"], body["done"]) == (1, True)


def test_keywords_objects_and_fields_are_read_in_any_case(org: Client) -> None:
    (row,) = org.rows(
        "select lastname from LEAD where LASTNAME = 'zed' and company like 'UNDER%' order by id limit 1"
    )
    assert row["LastName"] == "Zed"
    assert len(org.rows("select Id from lead offset 1")) == 2
    assert [
        r["LastName"]
        for r in org.rows("select LastName from lead order by LastName desc nulls last limit 1")
    ] == ["Zed"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'ZED'", ["Zed"]),
        ("LastName = 'O\\'BRIEN'", ["O'Brien"]),
        ("LastName = 'Back\\\\slash'", ["Back\\slash"]),
        ("LastName = '\\u005aed'", ["Zed"]),
        ("LastName != 'zed'", ["Back\\slash", "O'Brien"]),
        ("LastName <> 'zed'", ["Back\\slash", "O'Brien"]),
        ("LastName IN ('zed', 'nobody')", ["Zed"]),
        ("LastName NOT IN ('zed', 'nobody')", ["Back\\slash", "O'Brien"]),
        ("(NOT LastName = 'zed')", ["Back\\slash", "O'Brien"]),
        ("NOT LastName = 'zed'", ["Back\\slash", "O'Brien"]),
        ("Company LIKE '50%'", ["Back\\slash", "O'Brien"]),
        ("Company LIKE '50\\% off'", ["O'Brien"]),
        ("Company LIKE '50_off'", ["Back\\slash"]),
        ("Company LIKE 'under\\_score'", ["Zed"]),
        ("Company LIKE 'under\\_s'", []),
        ("NumberOfEmployees > 5", ["Back\\slash"]),
        ("NumberOfEmployees >= 5 AND NumberOfEmployees <= 5", ["O'Brien"]),
        ("NumberOfEmployees < 6", ["O'Brien"]),
        ("NumberOfEmployees = NULL", ["Zed"]),
        ("NumberOfEmployees != NULL", ["Back\\slash", "O'Brien"]),
        ("Email = ''", ["Back\\slash", "Zed"]),
        ("Email != 'x@y.example'", ["Back\\slash", "O'Brien", "Zed"]),
        ("IsConverted = FALSE AND (LastName = 'zed' OR Key__c = 'k1')", ["Back\\slash", "Zed"]),
        ("LastName = 'zed' OR Key__c = 'k1'", ["Back\\slash", "Zed"]),
        ("CreatedDate < 2026-06-01T00:00:00Z", ["Zed"]),
        ("CreatedDate = 2026-01-02T04:04:05+01:00", ["Zed"]),
        ("CreatedDate < LAST_N_DAYS:7 AND LastName = 'Zed'", ["Zed"]),
        ("Owner.Email = 'ADMIN@acme.example'", ["Back\\slash", "O'Brien", "Zed"]),
        ("Key__c = 'K1'", ["Back\\slash"]),
    ],
)
def test_a_lead_is_found_by(org: Client, where: str, found: list[str]) -> None:
    assert names(org, where) == found


def test_a_case_sensitive_key_is_compared_as_it_is(org: Client) -> None:
    for where, found in [
        ("StepKey__c = 'AbC'", ["On a contact"]),
        ("StepKey__c = 'abc'", []),
        ("StepKey__c IN ('abc')", []),
        ("StepKey__c LIKE 'Ab%'", ["On a contact"]),
        ("StepKey__c LIKE 'ab%'", []),
    ]:
        assert names(org, where, "Task", "Subject") == found, where


def test_a_plain_date_is_compared_by_day(org: Client) -> None:
    assert names(org, "ActivityDate >= 2026-11-21", "Task", "Subject") == ["On a contact"]
    assert names(org, "ActivityDate = LAST_N_DAYS:0", "Task", "Subject") == []


def test_a_relationship_is_followed_and_null_if_empty(org: Client) -> None:
    rows = org.rows(
        "SELECT LastName, account.name, Account.Parent.Name FROM Contact ORDER BY LastName"
    )
    shown = {row["LastName"]: row["Account"] for row in rows}
    assert shown["Private"] is None
    assert shown["Okafor"]["attributes"]["type"] == "Account"
    assert (shown["Okafor"]["Name"], shown["Okafor"]["Parent"]) == ("Northwind", None)
    assert shown["Under"]["Parent"]["Name"] == "Northwind"
    assert names(org, "Account.Name = 'northwind'", "Contact") == ["Okafor"]
    assert names(org, "Account.Name = NULL", "Contact") == ["Private"]


def test_the_same_relationship_may_be_followed_twice(org: Client) -> None:
    (row,) = org.rows(
        "SELECT Parent.Parent.Name, Parent.Name FROM Account WHERE Name = 'Southwind'"
    )
    assert row["Parent"]["Name"] == "Northwind"
    assert row["Parent"]["Parent"] is None


def test_a_tasks_person_has_a_type_and_a_name(org: Client) -> None:
    rows = org.rows("SELECT Subject, Who.Type, Who.Name FROM Task ORDER BY Subject")
    assert [(r["Subject"], r["Who"]["Type"], r["Who"]["Name"]) for r in rows] == [
        ("On a contact", "Contact", "Okafor"),
        ("On a lead", "Lead", "O'Brien"),
    ]
    assert names(org, "Who.Type = 'Lead'", "Task", "Subject") == ["On a lead"]


def test_a_semi_join_finds_who_has_tasks(org: Client) -> None:
    assert names(org, "Id IN (SELECT WhoId FROM Task WHERE Subject LIKE 'On%')") == ["O'Brien"]
    assert names(org, "Id NOT IN (SELECT WhoId FROM Task)") == ["Back\\slash", "Zed"]
    assert names(org, "Id IN (SELECT WhoId FROM Task WHERE Subject = 'Old')", "Contact") == []


def test_ids_are_compared_in_either_form(org: Client) -> None:
    (row,) = org.rows("SELECT Id FROM Lead WHERE LastName = 'Zed'")
    assert names(org, f"Id = '{row['Id']}'") == names(org, f"Id = '{row['Id'][:15]}'") == ["Zed"]
    assert names(org, f"Id IN ('{row['Id'][:15]}')") == ["Zed"]


def test_a_count_is_a_total_without_rows(org: Client) -> None:
    body = org.query("SELECT COUNT() FROM Lead WHERE Key__c != NULL").json()
    assert (body["totalSize"], body["done"], body["records"]) == (2, True, [])


def test_nulls_come_first_by_default(org: Client) -> None:
    def order(how: str) -> list[Any]:
        rows = org.rows(f"SELECT NumberOfEmployees FROM Lead ORDER BY NumberOfEmployees{how}")
        return [row["NumberOfEmployees"] for row in rows]

    assert order("") == order(" ASC NULLS FIRST") == [None, 5, 50]
    assert order(" NULLS LAST") == [5, 50, None]
    assert order(" DESC NULLS LAST") == [50, 5, None]


def test_several_keys_order_limit_and_offset(org: Client) -> None:
    rows = org.rows(
        "SELECT LastName FROM Lead ORDER BY IsConverted DESC, LastName DESC, Id LIMIT 1 OFFSET 1"
    )
    assert [row["LastName"] for row in rows] == ["O'Brien"]
    assert org.rows("SELECT Id FROM Lead OFFSET 9") == []


def test_archived_and_deleted_rows_are_seen_by_query_all_only(org: Client) -> None:
    (lead,) = org.rows("SELECT Id FROM Lead WHERE LastName = 'Zed'")
    assert org.call("DELETE", f"sobjects/Lead/{lead['Id']}").status_code == 204
    assert names(org, "LastName = 'Zed'") == []
    assert names(org, "Subject = 'Old'", "Task", "Subject") == []
    (gone,) = org.rows(
        "SELECT Id FROM Lead WHERE LastName = 'Zed' AND IsDeleted = TRUE", "queryAll"
    )
    assert gone["Id"] == lead["Id"]
    (old,) = org.rows("SELECT Subject FROM Task WHERE IsArchived = TRUE", "queryAll")
    assert old["Subject"] == "Old"


def test_a_raw_plus_in_the_url_is_a_space(org: Client) -> None:
    where = "SELECT+Id+FROM+Lead+WHERE+Email='a{}b@x.example'"
    assert org.call("GET", f"query?q={where.format('+')}").json()["totalSize"] == 0
    assert org.call("GET", f"query?q={where.format('%2B')}").json()["totalSize"] == 1


def test_own_writes_are_visible_immediately(org: Client) -> None:
    made = org.create("Lead", LastName="New", Company="C")
    assert [row["Id"] for row in org.rows("SELECT Id FROM Lead WHERE LastName = 'New'")] == [made]
