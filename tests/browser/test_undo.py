"""Undoing one write in a real browser: from the entry to the question, one click, and back."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.looks import LOOKS
from tests.browser.shots import shoot

WIDTHS = (320, 360, 768, 1440)


def scrolls_sideways(page: Page) -> list[int]:
    """The widths at which the page scrolls sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        wide, shown = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wide > shown:
            found.append(width)
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def leads(connected: Console, email: str) -> list[Any]:
    rows = connected.emulator.org.records.live_rows("Lead")
    return [row for row in rows if row["Email"] == email]


def test_one_write_is_undone_with_nothing_but_the_pages(page: Page, connected: Console) -> None:
    connected.purchase(1)
    connected.drain()
    page.goto(connected.at("/activity/e1"))
    shoot(page, "undo-entry", chosen=LOOKS)
    page.get_by_role("link", name="Undo this write…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo what was written for")
    expect(page.get_by_role("heading", name="Delete the Lead")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    assert len(leads(connected, "ada1@acme1.example")) == 1

    page.get_by_role("link", name="Undo this write…").click()
    assert_accessible_in_two_looks(page)
    assert scrolls_sideways(page) == []
    shoot(page, "undo-delete", chosen=LOOKS)
    page.get_by_role("button", name="Delete 1 record").click()
    expect(page.locator("#toast")).to_contain_text("Undone.")
    expect(page.locator("#entry")).to_contain_text("Undone by")
    expect(page.get_by_role("link", name="Undo this write…")).to_have_count(0)
    assert leads(connected, "ada1@acme1.example") == []
    assert_accessible_in_two_looks(page)
    shoot(page, "undone-entry", chosen=LOOKS)


def test_what_stays_says_why_and_the_rest_is_put_back_without_script(
    context: BrowserContext, connected: Console
) -> None:
    org, email = connected.emulator.org, "ada3@acme3.example"
    known = {"LastName": "Lovelace3", "FirstName": "Ada3", "Email": email, "Company": "Acme 3"}
    lead = org.seed("Lead", known)
    connected.purchase(3)
    connected.drain()
    org.edit("Lead", lead, {"Title": "Chief Poet"})
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    page = plain.new_page()
    page.goto(connected.at("/activity/e1/undo"))
    expect(page.locator("main")).to_contain_text("Title stays: someone changed it since.")
    assert scrolls_sideways(page) == []
    shoot(page, "undo-put-back", chosen=LOOKS)
    page.get_by_role("button", name="back").click()
    assert page.url.startswith(connected.at("/activity/e1"))
    expect(page.locator("#entry")).to_contain_text("Undone in part by")
    row = leads(connected, email)[0]
    assert (row["Title"], row["Website"]) == ("Chief Poet", None)
    plain.close()
