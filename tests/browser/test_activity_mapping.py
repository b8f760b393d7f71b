"""Activities mapped in a real browser, and rows filled without typing expressions."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.fakes.events import prospect, touchpoint

EMAIL = "/mapping/activities?channel=email"


@pytest.fixture
def ready(connected: Console) -> Console:
    """A connected workspace whose fields were read, with a prospect who was sent an e-mail."""
    connected.purchase(1)
    connected.feed([touchpoint(prospect(1), "t1", step=3, campaign={"name": "Nordic CFOs"})])
    connected.application.orgs.crm(WORKSPACE).facts(refresh=True)
    return connected


def document(console: Console) -> Any:
    return console.application.store.console_rule(WORKSPACE)[0]


def preview(page: Page) -> Locator:
    return page.locator("#task-lines")


def test_an_admin_maps_a_channel_and_sees_the_touchpoint_as_its_task(
    page: Page, ready: Console
) -> None:
    page.goto(ready.at("/mapping"))
    page.get_by_role("link", name="Activities").click()
    expect(page.get_by_role("link", name="E-mail", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    expect(preview(page)).to_contain_text("Email, step 3")
    page.get_by_role("button", name="Map Priority").click()
    page.locator('[data-row="Task.new-1"]').get_by_label("Zaplify field", exact=True).select_option(
        "High"
    )
    expect(preview(page)).to_contain_text("High")
    expect(page.locator("#unsaved-count")).to_have_text("1 unsaved change")
    # The subject is combined on a page of its own; the other change is part of the draft.
    page.locator("#fill-Task-Subject").click()
    page.get_by_label("Text before").first.fill("Mail in ")
    page.get_by_label("Zaplify field").first.select_option("Campaign name")
    expect(page.locator("#fill-sample")).to_contain_text("Mail in Nordic CFOs")
    assert_accessible_in_two_looks(page)
    page.get_by_role("button", name="Use this").last.click()
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page).to_have_url(ready.at(EMAIL))
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    expect(preview(page)).to_contain_text("Mail in Nordic CFOs")
    assert_accessible_in_two_looks(page)
    # Each channel has a draft of its own.
    page.get_by_role("link", name="Call", exact=True).click()
    expect(page.locator("#unsaved")).to_be_hidden()
    page.get_by_role("link", name="E-mail", exact=True).click()
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    expect(preview(page)).to_contain_text("Mail in Nordic CFOs")
    page.get_by_role("button", name="Save mapping").last.click()
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    ready.drain()
    (task,) = ready.records("Task")
    assert (task["Subject"], task["Priority"]) == ("Mail in Nordic CFOs", "High")


def test_two_names_are_joined_without_scripts(chromium: Browser, ready: Console) -> None:
    plain = chromium.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(ready.at("/mapping"))
    page.locator("#fill-Lead-Title").click()
    page.get_by_label("Zaplify field").select_option("First name")
    page.get_by_role("button", name="Join another field").click()
    page.get_by_label("Zaplify field").last.select_option("Last name")
    page.get_by_role("button", name="Add what is used if that is empty").click()
    page.get_by_label("Text before").last.fill("Unknown")
    page.get_by_role("button", name="Use this").last.click()
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    assert document(ready)["fields"]["Lead"]["Title"] == {
        "from": "concat(prospect.first_name || `null`, ' ', prospect.last_name || `null`)",
        "default": "Unknown",
    }
    page.goto(ready.at(EMAIL))
    page.get_by_role("button", name="Map Status").click()
    expect(page.locator('[data-row="Task.new-1"]')).to_be_visible()
    plain.close()
