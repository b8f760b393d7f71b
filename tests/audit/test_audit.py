"""The audit finds one record that was deleted, duplicated, blanked or moved manually."""

from __future__ import annotations

import ast
import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit import audit as module
from tests.audit.audit import Audit, Dump, Row

USERS = {"seller@zaplify.example": "005A"}


def events(count: int = 4) -> list[Row]:
    made: list[Row] = []
    for n in range(count):
        person = {
            "id": f"p{n}",
            "first_name": "Ada",
            "last_name": f"Byron{n}",
            "email": f"ada{n}@acme.example",
            "title": "x" * 200,
            "location": {"city": "Köln", "country": "Germany"},
            "company": {"id": f"c{n % 2}", "name": f"Acme {n % 2}", "employees": 12},
        }
        common = {"workspace": "w", "prospect": person, "user": {"email": "SELLER@zaplify.example"}}
        made.append({"hook": "on_prospect_purchased", "event_id": f"e{n}", **common})
        sent = {"id": f"t{n}", "channel": "email", "step": n}
        made.append(
            {"hook": "on_touchpoint_sent", "event_id": f"t{n}", "touchpoint": sent, **common}
        )
    return made


def good(count: int = 4) -> Dump:
    accounts: list[Row] = [
        {"Id": f"001{n}", "Name": f"Acme {n}", "NumberOfEmployees": 12} for n in range(2)
    ]
    contacts: list[Row] = [
        {
            "Id": f"003{n}",
            "FirstName": "Ada",
            "LastName": f"Byron{n}",
            "Email": f"ada{n}@acme.example",
            "Title": "x" * 127 + "…",
            "MailingCity": "Köln",
            "MailingCountry": "Germany",
            "AccountId": f"001{n % 2}",
            "OwnerId": "005A",
        }
        for n in range(count)
    ]
    tasks: list[Row] = [
        {
            "Id": f"00T{n}",
            "WhoId": f"003{n}",
            "Subject": f"Email, step {n}",
            "IsClosed": True,
            "ActivityDate": "2026-11-01",
            "OwnerId": "005A",
        }
        for n in range(count)
    ]
    return {"Lead": [], "Contact": contacts, "Account": accounts, "Task": tasks}


def findings(dump: Dump) -> list[str]:
    return Audit(dump, events(), "contact", USERS).findings()


def test_a_good_org_has_no_finding() -> None:
    assert findings(good()) == []


@given(kind=st.sampled_from(["Contact", "Account", "Task"]), data=st.data())
def test_a_manually_deleted_record_is_always_found(kind: str, data: st.DataObject) -> None:
    dump = good()
    dump[kind].pop(data.draw(st.integers(0, len(dump[kind]) - 1)))
    assert findings(dump)


@given(kind=st.sampled_from(["Contact", "Account", "Task"]), data=st.data())
def test_a_duplicated_record_is_always_found(kind: str, data: st.DataObject) -> None:
    dump = good()
    duplicate = copy.deepcopy(data.draw(st.sampled_from(dump[kind])))
    dump[kind].append({**duplicate, "Id": f"{duplicate['Id']}-twin"})
    assert findings(dump)


_BLANKED = [
    ("Contact", name)
    for name in (
        "Email",
        "FirstName",
        "LastName",
        "Title",
        "MailingCity",
        "MailingCountry",
        "AccountId",
    )
]
_BLANKED += [
    ("Account", "Name"),
    ("Account", "NumberOfEmployees"),
    ("Task", "WhoId"),
    ("Task", "ActivityDate"),
]


@pytest.mark.parametrize(("kind", "field"), _BLANKED)
@pytest.mark.parametrize("position", [0, 1])
def test_a_blanked_field_is_found(kind: str, field: str, position: int) -> None:
    dump = good()
    dump[kind][position][field] = None
    assert findings(dump)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("Contact", "OwnerId", "005B"),
        ("Contact", "Title", "Someone else"),
        ("Contact", "AccountId", "0011"),
        ("Task", "WhoId", "0033"),
        ("Task", "IsClosed", False),
        ("Task", "Subject", "CONTENT_CANARY"),
        ("Task", "OwnerId", "005B"),
    ],
)
def test_a_changed_field_is_found(kind: str, field: str, value: object) -> None:
    dump = good()
    dump[kind][0][field] = value
    assert findings(dump)


def test_a_person_who_was_not_purchased_is_found() -> None:
    dump = good()
    dump["Lead"].append(
        {"Id": "00Q1", "FirstName": "Eve", "LastName": "Nobody", "Email": "eve@x.example"}
    )
    assert findings(dump)


def test_the_audit_imports_nothing_of_the_product() -> None:
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert [name for name in names if name.startswith("zsf_plugin")] == []
