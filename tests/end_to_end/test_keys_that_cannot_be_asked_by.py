"""Encrypted, hidden and unfilterable match keys, from the hook to the org: nobody is created as if
looked for, nothing stops the workspace, and the entry says what was not asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import KEY_NOT_ASKABLE
from zsf_plugin.ports import Entry

COMPANY = {"id": "c1", "name": "Acme", "domain": "acme.example"}
ADA_EMAIL = "ada@acme.example"
#: What an admin may do to a field, by which it cannot be asked by.
CLOSED: dict[str, dict[str, Any]] = {
    "encrypted": {"encrypted": "probabilistic"},
    "unfilterable": {"filterable": False},
}


def setup(place: Place, *names: str, **change: Any) -> None:
    """Change fields (`Lead.Email`) as an admin does in Setup."""
    for name in names:
        object_, _, field = name.partition(".")
        place.control("PATCH", "fields", {"object": object_, "name": field, **change})


def hide(place: Place, *names: str) -> None:
    place.control(
        "POST", "permissions", {"user": "admin@acme.example", "hidden_fields": list(names)}
    )


def seed(place: Place, object_: str, **values: Any) -> str:
    return str(place.control("POST", f"records/{object_}", values)["id"])


def bought(place: Place, **person: Any) -> Entry:
    """The entry of a purchase, after a drain."""
    receipt = place.purchase(**{"company": COMPANY, **person})
    place.drain()
    return place.entry(receipt["entry"])


def story(entry: Entry) -> list[str]:
    return [step_text(step) for step in entry.steps]


def policy(place: Place, unasked: str, mode: str = "lead") -> None:
    place.rule(f'mode = "{mode}"\n[match]\nunasked = "{unasked}"\n')


def people(place: Place) -> int:
    rows = place.emulator.org.rows
    return len([1 for name in ("Lead", "Contact") for row in rows[name].values() if row])


@pytest.mark.parametrize("closed", [*CLOSED, "hidden"])
@pytest.mark.parametrize("there", ["Lead", "Contact"])
@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_someone_who_is_there_under_a_key_that_cannot_be_asked_by_is_not_created_again(
    place: Place, closed: str, there: str, mode: str
) -> None:
    fields = ("Lead.Email", "Contact.Email")
    if closed == "hidden":
        hide(place, *fields)
    else:
        setup(place, *fields, **CLOSED[closed])
    policy(place, "hold", mode)
    seed(place, there, LastName="Other", Company="Elsewhere", Email=ADA_EMAIL)
    place.connect()
    entry = bought(place)
    assert entry.state == "held"
    assert entry.cause is not None
    assert (entry.cause.code, entry.cause.field) == (KEY_NOT_ASKABLE, "Email")
    assert "Email" in cause_text(entry.cause)
    assert any("not searched by Email" in line for line in story(entry))
    assert people(place) == 1


def test_it_is_sent_once_the_field_can_be_asked_by(place: Place) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    lead = seed(place, "Lead", LastName="Other", Company="Elsewhere", Email=ADA_EMAIL)
    place.connect()
    entry = bought(place)
    assert entry.state == "held"
    setup(place, "Lead.Email", "Contact.Email", encrypted="", filterable=True)
    place.clock.sleep(24 * 3600.0)
    place.drain()
    entry = place.entry(entry.id)
    assert entry.state == "done"
    org_id = place.app.orgs.connection("default").org_id
    links = place.app.store.links("default", org_id, {("prospect", "p1")})
    assert [link.record_id for link in links.values()] == [lead]
    assert people(place) == 1


def test_the_policy_may_create_and_the_story_says_so(place: Place) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    policy(place, "create")
    place.connect()
    entry = bought(place)
    assert entry.state == "done"
    assert sum("not searched by Email" in line for line in story(entry)) == 2
    assert people(place) == 1


def test_someone_found_by_name_is_connected(place: Place) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    seed(place, "Lead", FirstName="Ada", LastName="Byron", Company="Acme")
    place.connect()
    assert bought(place).state == "done"
    assert people(place) == 1


@pytest.mark.parametrize("held_before", [True, False])
def test_a_purchase_released_by_a_link_does_not_write_over_a_newer_one(
    place: Place, held_before: bool
) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    place.rule('[fields.Lead]\nTitle = {from = "prospect.title", overwrite = "always"}\n')
    place.connect()
    place.purchase("old", title="Old", company=COMPANY)
    if held_before:
        place.drain()
    place.purchase("keyless", email=None, title="Mid", company=COMPANY)
    place.purchase("new", title="New", company=COMPANY)
    place.drain()
    assert [place.entry(f"e{number}").state for number in (1, 2, 3)] == ["done"] * 3
    assert [lead["Title"] for lead in place.leads()] == ["New"]


def test_a_touchpoint_waits_for_its_person_and_is_sent_with_it(place: Place) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    place.connect()
    sent = {"id": "t1", "channel": "email", "step": 1}
    person = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": ADA_EMAIL}
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-02T10:00:00Z"}
    receipt = place.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=person, user=USER)
    )
    place.drain()
    assert place.entry(receipt["entry"]).state == "held"
    assert any("not searched" in line for line in story(place.entry(receipt["entry"])))
    policy(place, "create")
    place.purchase()
    for _ in range(2):
        place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    assert len(place.emulator.org.rows["Task"]) == 1


def badges(place: Place, **person: Any) -> str:
    result = {"id": "r1", "first_name": "Ada", "last_name": "Byron", "email": ADA_EMAIL, **person}
    answer = place.app.badges.answer("default", [result], {}, 30.0)
    return str(answer["results"]["r1"]["badge"])


@pytest.mark.parametrize("closed", CLOSED)
def test_a_badge_says_unknown(place: Place, closed: str) -> None:
    setup(place, "Contact.Email", **CLOSED[closed])
    place.connect()
    for _ in range(2):  # from the org, then from the cache
        assert badges(place) == "unknown"
        result = {"id": "r1", "first_name": "Ada", "last_name": "Byron", "email": ADA_EMAIL}
        found = place.app.badges.find("default", [result], {}, 30.0)["r1"]
        assert found.why == "not_askable"
    seed(place, "Lead", LastName="Other", Company="X", Email="bob@acme.example")
    assert badges(place, email="bob@acme.example") == "black"


# LIKE, where only equality works


@pytest.mark.parametrize("scheme", ["deterministic", "deterministic_exact"])
@pytest.mark.parametrize(
    "website", ["acme.example", "https://www.acme.example/", "http://acme.example"]
)
def test_a_company_is_found_by_its_encrypted_website(
    place: Place, scheme: str, website: str
) -> None:
    setup(place, "Account.Website", encrypted=scheme)
    policy(place, "hold", "contact")
    account = seed(place, "Account", Name="Else", Website=website)
    place.connect()
    assert bought(place).state == "done"
    (contact,) = place.emulator.org.rows["Contact"].values()
    assert contact["AccountId"] == account


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_field_that_is_encrypted_after_it_was_described_stops_nothing(
    place: Place, mode: str
) -> None:
    policy(place, "hold", mode)
    place.connect()
    place.app.orgs.crm("default").facts()
    setup(place, "Account.Website", encrypted="deterministic")
    before = place.emulator.org.used
    receipts = [
        place.purchase("w1", id="w1", email="a@acme.example", company=COMPANY),
        place.purchase("w2", id="w2", email="b@other.example", company=None, last_name="Lace"),
    ]
    report = place.drain()
    assert report.paused_until is None
    assert [place.entry(one["entry"]).state for one in receipts] == ["done", "done"]
    assert people(place) == 2
    # refused, described again, asked by equality; and the write
    assert place.emulator.org.used - before <= 4
    before = place.emulator.org.used
    place.purchase("w3", id="w3", email="c@acme.example", first_name="C", company=COMPANY)
    place.drain()
    assert place.emulator.org.used - before <= 2


def test_a_key_of_another_type_is_not_compared_by_like(place: Place) -> None:
    """A rule that compares an Id, a number or a picklist as a web domain."""
    rule = {
        "match": {
            "Account": [
                {"field": "Industry", "compare": "domain"},
                {"field": "NumberOfEmployees", "compare": "linkedin"},
                "Name",
            ]
        },
        "fields": {
            "Account": {
                "Industry": "prospect.company.domain",
                "NumberOfEmployees": "prospect.company.domain",
            }
        },
    }
    place.rule(json.dumps(rule), "20.json")
    place.connect()
    assert bought(place).state == "done"
    assert people(place) == 1


def test_what_explain_shows_is_what_a_drain_does(place: Place) -> None:
    setup(place, "Lead.Email", "Contact.Email", encrypted="probabilistic")
    place.connect()
    receipt = place.purchase(company=COMPANY)
    event = place.entry(receipt["entry"]).event
    shown = place.app.explainer.explain(event, live=True)
    assert shown.cause is not None
    assert shown.cause.code == KEY_NOT_ASKABLE
    assert people(place) == 0


def test_our_own_id_field_may_be_unfilterable(place: Place) -> None:
    for object_ in ("Lead", "Contact", "Account"):
        field = {"name": "Zaplify_Id__c", "type": "Text", "length": 64, "filterable": False}
        place.control("POST", "fields", {"object": object_, **field})
    seed(place, "Lead", LastName="Other", Company="X", Email=ADA_EMAIL)
    place.connect()
    assert bought(place).state == "done"
    assert people(place) == 1


# Phone numbers, which people write in many ways

BY_PHONE = """
[match]
Lead = [{ field = "Phone", compare = "phone" }]
Contact = [{ field = "Phone", compare = "phone" }]
"""
STORED_PHONES = [
    "+46701234567",
    "0046701234567",
    "46701234567",
    "+46 70 123 45 67",
    "+46 70-123 45 67",
    "+46 70-1234567",
    "+46 701 23 45 67",
]
ODD_PHONES = [
    "+46/70/123/45/67",
    "+46 (70) 123.45.67",
    "+46 (0)70-12 34 567",
    "tel. 46 70 12345 67",
]


@pytest.mark.parametrize("there", ["Lead", "Contact"])
@pytest.mark.parametrize("stored", [*STORED_PHONES, *ODD_PHONES])
def test_a_phone_number_is_found_however_it_is_written(
    place: Place, there: str, stored: str
) -> None:
    place.rule(BY_PHONE)
    seed(place, there, LastName="Other", Company="Elsewhere", Phone=stored)
    place.connect()
    entry = bought(place, email="ada@new.example", phone="+46 701 234 567")
    assert entry.state == "done"
    assert people(place) == 1
    assert not any("usual" in line for line in story(entry))


@pytest.mark.parametrize("scheme", ["deterministic", "deterministic_exact"])
@pytest.mark.parametrize("given", ["+46701234567", "0046 70 123 45 67", "+46 (0)70-1234567"])
@pytest.mark.parametrize("stored", STORED_PHONES)
def test_an_encrypted_phone_number_is_found_in_its_usual_spellings(
    place: Place, scheme: str, given: str, stored: str
) -> None:
    place.rule(BY_PHONE)
    setup(place, "Lead.Phone", "Contact.Phone", encrypted=scheme)
    seed(place, "Lead", LastName="Other", Company="Elsewhere", Phone=stored)
    place.connect()
    entry = bought(place, email="ada@new.example", phone=given)
    assert entry.state == "done"
    assert people(place) == 1


@pytest.mark.parametrize("is_described", [True, False])
@pytest.mark.parametrize(
    ("field", "compare", "custom"),
    [
        ("Phone", "phone", {"phone": "+46701234567"}),
        ("Website", "linkedin", {"linkedin_url": "https://linkedin.com/in/ada"}),
        ("Website", "domain", {"linkedin_url": "https://ada.example/in/ada"}),
        ("Company", "text", {}),
    ],
)
def test_where_only_usual_spellings_are_searched_and_nothing_is_found_the_story_says_so(
    place: Place, field: str, compare: str, custom: dict[str, Any], is_described: bool
) -> None:
    place.rule(
        f'[match]\nLead = [{{ field = "{field}", compare = "{compare}" }}]\nContact = ["Email"]\n'
        '[fields.Lead]\nWebsite = "prospect.linkedin_url"\n'
    )
    if is_described:
        setup(place, f"Lead.{field}", encrypted="deterministic_exact")
        place.connect()
    else:
        place.connect()
        place.app.orgs.crm("default").facts()
        setup(place, f"Lead.{field}", encrypted="deterministic_exact")
    entry = bought(place, **custom)
    assert entry.state == "done"
    said = [line for line in story(entry) if f"no Lead found by {field}" in line]
    # that a text may be compared with its case, only the describe says
    assert len(said) == (1 if is_described or compare != "text" else 0), story(entry)
    assert badges(place, **{"email": "bob@acme.example", **custom, "company": COMPANY}) != "unknown"


@pytest.mark.parametrize("stored", ["acme ab", "ACME AB", "Acme Ab", "Acme AB"])
def test_an_encrypted_name_is_found_in_its_usual_case(place: Place, stored: str) -> None:
    place.rule('[match]\nLead = ["LastName"]\n')
    setup(place, "Lead.LastName", encrypted="deterministic_exact")
    seed(place, "Lead", LastName=stored, Company="Elsewhere")
    place.connect()
    assert bought(place, last_name="Acme AB").state == "done"
    assert people(place) == 1
