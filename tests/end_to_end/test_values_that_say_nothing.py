"""Defaults, placeholders and companies without a name, from the hook to the org."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bad_input.place import Place
from zsf_plugin.messages.text import step_text

SITE = "https://https://www.acme.example:443/en"


def account(place: Place, **values: Any) -> str:
    return str(place.control("POST", "records/Account", values)["id"])


def contacts(place: Place) -> list[dict[str, Any]]:
    return list(place.emulator.org.rows["Contact"].values())


def test_a_real_company_replaces_our_default_once_it_is_known(place: Place) -> None:
    place.connect()
    place.purchase("first", company=None)
    place.drain()
    assert [lead["Company"] for lead in place.leads()] == ["[not provided]"]
    place.purchase("second", company={"id": "c1", "name": "Real Company"})
    place.drain()
    assert [lead["Company"] for lead in place.leads()] == ["Real Company"]


def test_it_does_so_within_one_batch_too(place: Place) -> None:
    place.connect()
    place.purchase("first", company=None)
    place.purchase("second", company={"id": "c1", "name": "Real Company"})
    place.drain()
    assert [lead["Company"] for lead in place.leads()] == ["Real Company"]


def test_what_a_person_typed_over_our_default_stays(place: Place) -> None:
    place.connect()
    place.purchase("first", company=None)
    place.drain()
    (lead,) = place.leads()
    place.control("PATCH", f"records/Lead/{lead['Id']}", {"Company": "Typed GmbH"})
    place.purchase("second", company={"id": "c1", "name": "Real Company"})
    place.purchase("third", company=None, title="Countess")
    place.drain()
    assert [lead["Company"] for lead in place.leads()] == ["Typed GmbH"]


def test_a_company_without_a_name_is_found_by_its_website(place: Place) -> None:
    place.rule('mode = "contact"\n')
    place.connect()
    known = account(place, Name="Existing", Website="acme.example")
    place.purchase("e1", company={"website": SITE})
    place.drain()
    assert [contact["AccountId"] for contact in contacts(place)] == [known]


def test_without_a_name_no_account_is_created_and_the_story_says_so(place: Place) -> None:
    place.rule('mode = "contact"\n')
    place.connect()
    receipt = place.purchase("e1", company={"domain": "acme.example"})
    place.drain()
    assert [contact.get("AccountId") for contact in contacts(place)] == [None]
    assert place.emulator.org.rows["Account"] == {}
    story = "\n".join(step_text(step) for step in place.entry(receipt["entry"]).steps)
    assert "no company name" in story


@pytest.mark.parametrize(
    "company", [None, {}, {"id": "c1"}, {"name": "-"}, {"id": "c1", "website": "gmail.com"}]
)
def test_a_contact_of_no_company_that_we_know_says_that_it_has_no_account(
    place: Place, company: Any
) -> None:
    place.rule('mode = "contact"\n')
    place.connect()
    place.purchase("e1", company=company)
    place.purchase("e2", company=company, title="Countess")
    place.drain()
    stories = []
    for name in ("e1", "e2"):
        stories.append([step_text(step) for step in place.entry(name).steps])
    assert [any("no Account created" in text for text in story) for story in stories] == [
        True,
        False,
    ]


def test_letters_and_punycode_are_one_host_and_an_ip_address_is_none(place: Place) -> None:
    place.rule('mode = "contact"\n')
    place.connect()
    known = account(place, Name="Existing", Website="http://www.xn--bcher-kva.example")
    account(place, Name="Ip Firm A", Website="http://10.0.0.5/crm")
    place.purchase("e1", company={"name": "Books", "domain": "bücher.example"})
    firm = {"name": "Ip Firm B", "website": "http://10.0.0.5"}
    place.purchase("e2", id="p2", email="bo@else.example", company=firm)
    place.drain()
    accounts = place.emulator.org.rows["Account"]
    names = [accounts[contact["AccountId"]]["Name"] for contact in contacts(place)]
    assert names == ["Existing", "Ip Firm B"]
    assert accounts[known]["Website"] == "http://www.xn--bcher-kva.example"
