"""People who are self-employed and the like, from the hook to the org."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bad_input.place import Place
from zsf_plugin.messages.text import step_text


def rows(place: Place, object_: str) -> list[dict[str, Any]]:
    return list(place.emulator.org.rows[object_].values())


def buy_two(place: Place, company: dict[str, Any], *, together: bool) -> dict[str, Any]:
    """Two people of one name without an e-mail address, with that company."""
    place.purchase("e1", id="p1", email=None, company=company)
    if not together:
        place.drain()
    receipt = place.purchase("e2", id="p2", email=None, company=company)
    place.drain()
    return receipt


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", ["Self-employed", "Freelance Consultant", "Autónomo", "ZZP"])
def test_two_people_of_one_name_are_two_leads(place: Place, name: str, together: bool) -> None:
    place.connect()
    receipt = buy_two(place, {"id": "c1", "name": name}, together=together)
    assert [lead["Company"] for lead in place.leads()] == [name, name]
    story = [step_text(step) for step in place.entry(receipt["entry"]).steps]
    assert any("not matched by Company" in text for text in story)


@pytest.mark.parametrize("together", [True, False])
def test_two_contacts_share_no_account(place: Place, together: bool) -> None:
    place.rule('mode = "contact"\n')
    place.connect()
    receipt = buy_two(place, {"id": "c1", "name": "Selbstständig"}, together=together)
    assert [contact.get("AccountId") for contact in rows(place, "Contact")] == [None, None]
    assert rows(place, "Account") == []
    story = [step_text(step) for step in place.entry(receipt["entry"]).steps]
    assert any("not matched by AccountId" in text for text in story)
    assert "no Account created: the event gives no company name" in story


def test_a_purchase_again_changes_nothing_and_costs_no_call(place: Place) -> None:
    place.connect()
    company = {"id": "c1", "name": "Freelance"}
    place.purchase("e1", company=company)
    place.drain()
    used = place.emulator.org.used
    place.purchase("e2", company=company)
    place.drain()
    assert place.emulator.org.used == used
    assert len(place.leads()) == 1
