"""A new admin's whole way with nothing but the pages: connect, map, preview, start, find why one prospect
was not created, mend it, and undo one write."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.browser.states import wait_until_settled
from tests.browser.test_connection import connect
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator

_PROFILE = {"object": "Lead", "name": "LinkedIn_Profile__c", "label": "LinkedIn profile"}
_BASIS = {"object": "Lead", "name": "Consent_Basis__c", "label": "Consent basis"}


def created(console: Console) -> list[dict[str, Any]]:
    return [lead for lead in console.records("Lead") if lead["Zaplify_Id__c"]]


def test_from_connecting_to_undoing_a_write(
    page: Page, console: Console, emulator: Emulator
) -> None:
    for field in FIELDS:
        console.control("POST", "fields", field)
    console.purchase(1, 2, 3, linkedin_url="https://linkedin.example/in/ada")
    connect(page, console, emulator)
    page.wait_for_url(console.at("/mapping"))
    wait_until_settled(page)
    notes = page.locator("#mapping-notes")
    expect(notes).to_contain_text("Nothing is sent before you start syncing.")

    console.control("POST", "fields", {**_PROFILE, "type": "url", "length": 255})
    page.get_by_role("button", name="Refresh fields").first.click()
    page.get_by_role("button", name="Map it LinkedIn profile").click()
    added = page.locator("#row-Lead-new-1")
    expect(added.get_by_label("Zaplify field", exact=True)).to_have_value("prospect.linkedin_url")
    expect(page.get_by_text("Mapped below")).to_be_visible()
    expect(page.locator("#unsaved-names")).to_contain_text("LinkedIn profile.")
    page.get_by_role("link", name="Preview over the last 50 prospects").or_(
        page.get_by_role("button", name="Preview over the last 50 prospects")
    ).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of 3 prospects")
    page.get_by_role("button", name="Back to the mapping").click()
    page.get_by_role("button", name="Save and send 3").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Save the mapping and send 3 entries?"
    )
    page.get_by_role("button", name="Save and send 3").click()
    expect(page.get_by_text("Sending has started.")).to_be_visible()
    console.drain()
    assert all(lead["LinkedIn_Profile__c"] for lead in created(console))
    page.goto(console.at("/mapping"))
    wait_until_settled(page)
    expect(page.locator("#unsaved")).to_be_hidden()

    console.control("POST", "fields", {**_BASIS, "type": "string", "length": 80})
    console.control(
        "PATCH", "fields", {**{k: _BASIS[k] for k in ("object", "name")}, "required": True}
    )
    console.purchase(4)
    console.drain()
    page.goto(console.at("/overview"))
    expect(page.locator(".figure").first).to_contain_text("3")
    notices = page.locator(".notices")
    expect(notices).to_contain_text("Lead needs Consent basis, and nothing fills it.")
    page.get_by_role("link", name="Lead needs Consent basis, but it is empty").click()
    page.get_by_role("link", name="Fill Consent basis").click()
    row = page.locator("#row-Lead-need-Consent_Basis__c")
    expect(row).to_be_focused()
    row.get_by_label("Value for Consent basis", exact=True).select_option("Fixed value…")
    row.get_by_label("Fixed value for Consent basis").press_sequentially(
        "Legitimate interest", delay=60
    )
    expect(page.locator("#unsaved-names")).to_contain_text("Consent basis.")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect(notes).to_contain_text("Saved.")
    console.drain()
    assert len(created(console)) == 4
    expect(notices).to_have_count(0)

    page.goto(console.at("/activity"))
    page.locator(".event-link").first.click()
    page.get_by_role("link", name="Timeline").click()
    expect(page.locator(".person-main")).to_contain_text("Legitimate interest")
    page.go_back()
    page.get_by_role("link", name="Undo this write…").click()
    page.get_by_role("button", name="Delete 1 record").click()
    expect(page.get_by_text("Undone. Salesforce holds what it held before.")).to_be_visible()
    assert len(created(console)) == 3
