"""A draft of the mapping outlives what happens to its page, each save can be returned to, and a viewer
has no button that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import ADA, WORKSPACE, Console
from tests.browser.guard import Guard
from zsf_plugin.console.security import SESSION_COOKIE
from zsf_plugin.ports import HistoryLine


def open_mapping(page: Page, console: Console) -> None:
    console.application.orgs.crm(WORKSPACE).facts()
    page.goto(console.at("/mapping"))
    expect(page.locator("#preview .loading")).to_have_count(0)


def policy(page: Page, key: str = "Title") -> Any:
    return page.locator(f"#policy-Lead-{key}")


def choose(page: Page, to: str, key: str = "Title") -> None:
    policy(page, key).select_option(to)
    expect(page.locator("#unsaved-count")).to_contain_text("unsaved change")


def saved(console: Console) -> Any:
    return console.application.store.console_rule(WORKSPACE)


def test_a_draft_survives_leaving_the_page_an_ended_sign_in_and_an_expired_page(
    page: Page, connected: Console, guard: Guard
) -> None:
    guard.allow("400|401")
    page.on("dialog", lambda dialog: dialog.accept())
    open_mapping(page, connected)
    choose(page, "always")
    page.get_by_role("link", name="Rules", exact=True).click()
    expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()
    page.go_back()
    expect(policy(page)).to_have_value("always")
    expect(page.locator("#unsaved-count")).to_have_text("1 unsaved change")
    expect(page.locator("#mapping-notes")).to_contain_text("Your unsaved changes are back.")
    page.reload()
    expect(policy(page)).to_have_value("always")

    # The page expired: its session cookie is gone.
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()
    assert_accessible_in_two_looks(page)
    page.get_by_role("button", name="Go on with my changes").click()
    expect(policy(page)).to_have_value("always")
    assert saved(connected) == ({}, 0)
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    page.reload()
    expect(policy(page)).to_have_value("always")
    expect(page.locator("#unsaved")).to_be_hidden()

    # What is discarded does not come back.
    choose(page, "on_create")
    page.get_by_role("link", name="Discard").click()
    expect(policy(page)).to_have_value("always")
    page.reload()
    expect(page.locator("#unsaved")).to_be_hidden()
    expect(policy(page)).to_have_value("always")


def test_a_draft_that_cannot_be_brought_back_waits_instead_of_being_replaced(
    page: Page, connected: Console, guard: Guard
) -> None:
    guard.allow("503")
    page.on("dialog", lambda dialog: dialog.accept())
    open_mapping(page, connected)
    choose(page, "always")
    drafts = "**/mapping/draft"
    page.route(drafts, lambda route: route.fulfill(status=503))
    page.reload()
    waiting = page.locator("#draft-waiting")
    expect(waiting).to_contain_text("Your unsaved changes are not back yet")
    expect(page.locator("#mapping-form")).to_have_js_property("inert", value=True)
    assert_accessible_in_two_looks(page)
    waiting.get_by_role("button", name="Try again").click()
    expect(waiting).to_be_visible()
    page.unroute(drafts)
    waiting.get_by_role("button", name="Try again").click()
    expect(policy(page)).to_have_value("always")
    expect(waiting).to_be_hidden()
    choose(page, "on_create")
    page.reload()
    expect(policy(page)).to_have_value("on_create")


def test_each_save_is_in_the_history_and_can_be_returned_to(page: Page, connected: Console) -> None:
    open_mapping(page, connected)
    choose(page, "always")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    page.get_by_role("switch", name="Sync activities").click()
    expect(page.locator("#toast")).to_contain_text("Sync activities is off.")
    page.get_by_role("link", name="History of settings").click()
    expect(page.locator(".history-save")).to_have_count(2)
    newest, first = page.locator(".history-save").all()
    expect(newest).to_contain_text("Sync activities")
    expect(first).to_contain_text(ADA.name)
    expect(first.get_by_role("row", name="Title")).to_contain_text("always")
    assert_accessible_in_two_looks(page)
    first.get_by_role("link", name="Restore this version").click()
    expect(page.get_by_role("row", name="Sync activities")).to_contain_text("Off")
    assert_accessible_in_two_looks(page)
    page.get_by_role("button", name="Restore this version").click()
    expect(page.locator("#toast")).to_contain_text("Version 1 was restored.")
    document, version = saved(connected)
    assert (document["fields"]["Lead"]["Title"]["overwrite"], version) == ("always", 3)
    assert "switches" not in document


def test_a_name_without_a_space_wraps_on_the_page_of_a_version(
    page: Page, console: Console
) -> None:
    line = HistoryLine(console.clock.now(), "mapping", "X" * 400)
    store = console.application.store
    assert store.save_console_rule(WORKSPACE, {"mode": "contact"}, expected_version=0, line=line)
    for path in ("/rules/history", "/rules/history/1"):
        page.goto(console.at(path))
        expect(page.locator("bdi").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_viewer_sees_the_mapping_and_its_preview_without_a_control(
    page: Page, connected: Console
) -> None:
    connected.purchase(1)
    connected.sign_in(page.context, replace(ADA, role="view"))
    open_mapping(page, connected)
    expect(page.locator(".top-org")).to_contain_text("View only")
    expect(page.locator("#row-Lead-Title")).to_contain_text("If blank")
    expect(page.locator("#preview")).to_contain_text("Lead")
    assert page.locator("main select, main input:not([disabled]):not([type=hidden])").count() == 1
    page.get_by_role("switch", name="Sync prospects").click(force=True)
    expect(page.get_by_role("switch", name="Sync prospects")).to_be_checked()
    assert_accessible_in_two_looks(page)
    assert saved(connected) == ({}, 0)
