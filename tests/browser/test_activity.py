"""The page *Activity* in a real browser: the list stays still, an entry opens beside it, filters are
part of the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.looks import NARROW
from tests.browser.shots import shoot
from tests.fakes import events

PARTNERS = 'name = "Not our partners"\nwhen = "prospect.custom.partner"\n[switches]\nsync_prospects = false\n'
TIMEOUT_MS = 15_000


@pytest.fixture
def full(connected: Console) -> Console:
    """A workspace with entries in every state."""
    connected.rule(PARTNERS)
    connected.rehearse()
    connected.drain()
    connected.purchase(77)
    return connected


def names(page: Page) -> list[str]:
    return page.locator("#entries .event-headline").all_text_contents()


def test_the_list_shows_the_outcome_of_each_entry_newest_first(page: Page, full: Console) -> None:
    page.goto(full.at("/activity"))
    assert names(page)[0] == "Purchase of Ada77 Lovelace77"
    expect(page.locator("#row-e1 .event-state")).to_have_text("Done")
    expect(page.locator("#totals")).to_contain_text("1 waiting")


def test_newer_entries_wait_behind_a_button_and_the_list_stays_still(
    page: Page, full: Console
) -> None:
    page.goto(full.at("/activity"))
    before = names(page)
    full.purchase(88, 99)
    button = page.get_by_role("link", name="2 newer entries")
    button.wait_for(timeout=TIMEOUT_MS)
    assert names(page) == before
    button.click()
    expect(page.locator("#entries .event-headline").first).to_have_text(
        "Purchase of Ada99 Lovelace99"
    )
    assert names(page)[2:] == before
    expect(page.get_by_role("link", name="newer")).to_have_count(0)


def test_the_first_entry_appears_on_an_empty_page(page: Page, connected: Console) -> None:
    page.goto(connected.at("/activity"))
    expect(page.get_by_text("Nothing synced yet.")).to_be_visible()
    connected.purchase(7)
    expect(page.locator("#entries .event-headline")).to_have_text("Purchase of Ada7 Lovelace7")


def test_an_entry_in_the_list_changes_to_done_in_place(page: Page, full: Console) -> None:
    page.goto(full.at("/activity"))
    row = page.locator("#entries > li").first
    expect(row.locator(".event-state")).to_have_text("Waiting")
    count = len(names(page))
    full.drain()
    expect(row.locator(".event-state")).to_have_text("Done", timeout=TIMEOUT_MS)
    expect(row.locator(".event-headline")).to_contain_text("Created Lead Ada77 Lovelace77")
    expect(page.locator("#totals")).to_contain_text("0 waiting")
    assert len(names(page)) == count


def test_an_entry_opens_beside_the_list_with_an_address_of_its_own(
    page: Page, full: Console
) -> None:
    page.goto(full.at("/activity"))
    page.locator("#to-e1").click()
    expect(page.locator("#entry .entry")).to_be_visible()
    assert page.url == full.at("/activity/e1")
    expect(page.locator("#to-e1")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("link", name="Open in Salesforce")).to_have_attribute(
        "href", re.compile(re.escape(full.emulator.url))
    )
    page.reload()
    expect(page.locator("#entry .entry")).to_be_visible()
    expect(page.locator("#to-e1")).to_have_attribute("aria-current", "true")


def test_going_back_leads_to_the_list(page: Page, full: Console) -> None:
    page.goto(full.at("/activity"))
    page.locator("#to-e1").click()
    expect(page.locator("#entry .entry")).to_be_visible()
    page.go_back()
    expect(page.locator("#entry .entry")).to_have_count(0)
    expect(page.locator("#entries")).to_be_visible()


def test_the_keyboard_moves_opens_and_comes_back(page: Page, full: Console) -> None:
    page.goto(full.at("/activity"))
    links = page.locator("#entries .event-link")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#entry-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#entry .entry")).to_have_count(0)
    expect(links.nth(1)).to_be_focused()
    assert page.url == full.at("/activity")


def test_filters_are_part_of_the_address(page: Page, full: Console) -> None:
    page.goto(full.at("/activity"))
    page.get_by_label("State").select_option("held")
    expect(page.locator("#entries .event-state").first).to_have_text("Held")
    expect(page).to_have_url(full.at("/activity?state=held"))
    assert set(page.locator("#entries .event-state").all_text_contents()) == {"Held"}
    page.reload()
    expect(page.get_by_label("State")).to_have_value("held")
    page.locator("#entries .event-link").first.click()
    expect(page).to_have_url(re.compile(r"/activity/e\d+\?state=held$"))
    page.get_by_role("link", name="Close this entry").click()
    expect(page).to_have_url(full.at("/activity?state=held"))


def test_a_search_finds_a_name_and_without_a_match_offers_to_clear_the_filters(
    page: Page, full: Console
) -> None:
    page.goto(full.at("/activity"))
    page.get_by_label("Name, company or ID").fill("lovelace77")
    expect(page.locator("#entries > li")).to_have_count(1)
    page.get_by_label("Name, company or ID").fill("no such name")
    expect(page.get_by_text("No matching entries.")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page).to_have_url(full.at("/activity"))


def test_leaving_the_search_field_does_not_redraw_the_list_under_the_mouse(
    page: Page, full: Console
) -> None:
    """A link that is redrawn between the press and the release of a button loses the click."""
    page.goto(full.at("/activity"))
    page.get_by_label("Name, company or ID").fill("no such name")
    link = page.get_by_role("link", name="Clear filters")
    expect(link).to_be_visible()
    link.hover()
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.mouse.down()
    assert page.evaluate("document.activeElement.id") != "filter-words"
    assert [url for url in urls if "words=" in url] == []
    page.mouse.up()
    expect(page).to_have_url(full.at("/activity"))


def test_the_page_works_without_scripts(context: BrowserContext, full: Console) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(full.at("/activity"))
    page.get_by_label("State").select_option("done")
    page.get_by_role("button", name="Filter").click()
    page.locator("#entries .event-link").first.click()
    expect(page.locator(".entry")).to_be_visible()
    page.get_by_role("link", name="Close this entry").click()
    expect(page.get_by_label("State")).to_have_value("done")
    plain.close()


def test_a_narrow_window_shows_the_entry_on_its_own_page(page: Page, full: Console) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto(full.at("/activity"))
    page.locator("#to-e1").click()
    expect(page.locator(".entry")).to_be_visible()
    expect(page.locator("#entries")).to_be_hidden()
    page.get_by_role("link", name="Back to activity").click()
    expect(page.locator("#to-e1")).to_be_focused()


def test_no_page_shows_the_text_of_a_message_if_contents_are_off(page: Page, full: Console) -> None:
    ada = events.prospect(101)
    full.feed([events.purchase(ada, "p-1"), events.touchpoint(ada, "t-1")])
    full.drain()
    entry = full.application.store.entries("default", limit=1)[0]
    page.goto(full.at(f"/activity/{entry.id}"))
    assert "CONTENT_CANARY" not in page.content()
    expect(page.locator("#to-" + entry.id)).to_contain_text("Without its text")


def test_an_empty_workspace_says_what_will_appear(page: Page, connected: Console) -> None:
    page.goto(connected.at("/activity"))
    expect(
        page.get_by_text("The first purchase in Zaplify shows up here within seconds.")
    ).to_be_visible()
    expect(page.get_by_text("API limit not known yet.")).to_be_visible()


def busy(console: Console) -> None:
    """Let other apps use so many calls that activities and badges pause."""
    store, now = console.application.store, console.clock.now()
    connection = store.connection("default")
    assert connection is not None
    for purpose, calls in (("purchases", 3020), ("activities", 1960), ("badges", 2750)):
        store.count_calls(connection.org_id, purpose, calls, now)
    store.note_usage(connection.org_id, 14_210, 20_000, now)


def test_an_open_entry_is_accessible_in_all_looks(page: Page, full: Console) -> None:
    busy(full)
    page.goto(full.at("/activity"))
    shoot(page, "activity")
    page.get_by_role("link", name="Linked Maja Lindgren").click()
    expect(page.locator(".entry")).to_be_visible()
    shoot(page, "activity-entry")
    assert_accessible_in_two_looks(page)
