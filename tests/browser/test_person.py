"""A prospect's page in a real browser: from a name to everything that happened, and on to the entry
that is held."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.looks import NARROW
from tests.browser.shots import shoot


def test_an_admin_finds_one_person_and_everything_that_happened_to_them(
    page: Page, connected: Console
) -> None:
    connected.rehearse()
    connected.drain()
    entries = connected.application.store.entries("default", limit=50)
    touched = {one.lane for one in entries if one.kind == "touchpoint"}
    bought = [one for one in entries if one.state == "done" and one.kind == "purchase"]
    done = next(one for one in bought if one.lane in touched)
    page.goto(connected.at("/activity"))
    page.get_by_label("Name, company or ID").fill(done.lane)
    page.get_by_role("link", name="See everything that happened").click()

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(f"prospect {done.lane}")).to_be_visible()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("Decided by").first).to_contain_text("still in force")
    expect(page.get_by_role("link", name="Open in Salesforce")).to_have_attribute(
        "target", "_blank"
    )
    fold = timeline.locator("summary").first  # of the purchase, with which the line begins
    fold.focus()
    page.keyboard.press("Enter")
    expect(timeline.get_by_text("Decided by").first).to_be_hidden()
    page.keyboard.press("Enter")
    first = timeline.get_by_role("listitem").first.get_by_role("link").first.inner_text()
    order = timeline.get_by_role("navigation", name="Order")
    order.get_by_role("link", name="Newest first").click()
    expect(order.get_by_text("Newest first")).to_have_attribute("aria-current", "true")
    expect(timeline.locator(".moment").last).to_contain_text(first)
    order.get_by_role("link", name="Oldest first").click()
    expect(timeline.locator(".moment").first).to_contain_text(first)
    assert_accessible_in_two_looks(page)
    shoot(page, "person")

    for width in (NARROW[0], 320):
        page.set_viewport_size({"width": width, "height": NARROW[1]})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    timeline.get_by_role("listitem").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Timeline").click()
    expect(timeline).to_be_visible()
