"""Connecting with the popup, the ways it can fail, and the first run until a workspace syncs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard
from tests.browser.shots import shoot, snap
from tests.browser.states import wait_until_settled
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.salesforce.ids import long_id


def open_popup(page: Page, console: Console, name: str = "Connect Salesforce") -> Page:
    """The popup, from the Connection page."""
    page.goto(console.at("/connection"))
    with page.expect_popup() as opened:
        page.get_by_role("link", name=name).first.click()
    popup = opened.value
    expect(popup.get_by_role("heading", name="Connect Salesforce")).to_be_visible()
    popup.wait_for_load_state()  # its script handles keys by then
    return popup


@contextmanager
def closing(popup: Page) -> Iterator[None]:
    """Wait until what the block does has closed `popup`.

    The window may be gone before the driver has answered the click or key that closes it. If something else went wrong,
    there is no close, and waiting for it fails.
    """
    with popup.expect_event("close"), suppress(Error):
        yield


def go_to_emulator(popup: Page, emulator: Emulator, org: str = "Production") -> None:
    """Choose the emulator as the company's own login address, and go there."""
    popup.get_by_role("radio", name=re.compile(f"^{org}")).check()
    if (
        popup.locator("#own-address").get_attribute("open") is None
    ):  # reconnecting fills in the address
        popup.get_by_text("Use your own login address").click()
    popup.get_by_label("My Domain address").fill(emulator.url)
    popup.get_by_role("button", name="Continue to Salesforce").click()
    popup.wait_for_url(f"{emulator.url}/**")
    popup.get_by_role("button", name="Log in").click()


def allow(popup: Page) -> None:
    popup.get_by_role("button", name="Allow").click()


def connect(page: Page, console: Console, emulator: Emulator, org: str = "Production") -> None:
    popup = open_popup(page, console)
    go_to_emulator(popup, emulator, org)
    with closing(popup):
        allow(popup)


def assert_connected(console: Console) -> None:
    """The page behind shows an empty preview soon, and with nothing to wait for syncing begins."""
    assert console.application.orgs.connection(WORKSPACE).state in ("previewing", "connected")


def test_the_popup_connects_and_closes_and_the_page_goes_to_the_mapping(
    page: Page, console: Console, emulator: Emulator
) -> None:
    connect(page, console, emulator)
    page.wait_for_url(console.at("/mapping"))
    assert_connected(console)
    stored = console.application.orgs.connection(WORKSPACE)
    assert (stored.connected_by, stored.client_id) == ("Ada Byron", "zaplify")


def test_after_refused_consent_the_sign_in_can_be_retried(
    page: Page, console: Console, emulator: Emulator
) -> None:
    popup = open_popup(page, console)
    go_to_emulator(popup, emulator)
    popup.get_by_role("button", name="Deny").click()
    expect(popup.get_by_role("heading", name="Salesforce didn’t connect")).to_be_visible()
    expect(popup.get_by_text("You didn’t allow access.")).to_be_visible()
    assert "?" not in popup.url
    popup.get_by_role("link", name="Try again").click()
    expect(popup.get_by_label("My Domain address")).to_have_value(emulator.url)
    popup.get_by_role("button", name="Continue to Salesforce").click()
    popup.get_by_role("button", name="Log in").click()
    with closing(popup):
        allow(popup)
    page.wait_for_url(console.at("/mapping"))


def test_the_page_reports_a_popup_that_was_closed(page: Page, console: Console) -> None:
    popup = open_popup(page, console)
    popup.close()
    expect(
        page.get_by_text("The window was closed before you finished signing in.")
    ).to_be_visible()
    assert console.application.store.connection(WORKSPACE) is None


def test_the_page_behind_waits_for_a_window_that_is_at_salesforce(
    page: Page, console: Console, emulator: Emulator
) -> None:
    """Salesforce's pages cut the tie to it: from here on it looks closed, and can’t be closed."""
    popup = open_popup(page, console)
    waits = page.locator("#connect-status")
    expect(waits).to_contain_text("Waiting for you to sign in in the window that opened…")
    go_to_emulator(popup, emulator)
    host = emulator.url.removeprefix("http://")
    expect(waits).to_contain_text(f"Waiting for you to sign in at {host}…")
    expect(popup.get_by_role("button", name="Allow")).to_be_visible()
    expect(page.get_by_text("The window was closed")).to_have_count(0)
    shoot(page, "connect-waiting")
    assert_accessible_in_two_looks(page)
    waits.get_by_role("button", name="Cancel").click()
    expect(waits).to_be_empty()
    with closing(popup):
        allow(popup)
    page.wait_for_url(console.at("/mapping"))


def test_the_page_behind_learns_the_end_from_the_server_alone(
    page: Page, console: Console, emulator: Emulator
) -> None:
    page.add_init_script("delete window.BroadcastChannel")
    popup = open_popup(page, console)
    go_to_emulator(popup, emulator)
    popup.get_by_role("button", name="Allow").click()
    page.wait_for_url(console.at("/mapping"))
    assert_connected(console)


def test_a_companys_name_is_completed_before_the_popup_goes_there(
    page: Page, console: Console
) -> None:
    popup = open_popup(page, console)
    popup.get_by_text("Use your own login address").click()
    popup.get_by_label("My Domain address").fill("Acme--UAT")
    address = "acme--uat.sandbox.my.salesforce.com"
    expect(popup.get_by_text(f"You will sign in at {address}")).to_be_visible()
    shoot(popup, "connect-completed")
    assert_accessible_in_two_looks(popup)
    popup.route(f"https://{address}/**", lambda route: route.fulfill(body="Log in to Salesforce"))
    popup.get_by_role("button", name="Continue to Salesforce").click()
    popup.wait_for_url(f"https://{address}/**")


def test_a_blocked_popup_offers_the_same_tab_which_goes_to_the_mapping(
    page: Page, console: Console, emulator: Emulator
) -> None:
    page.add_init_script("window.open = () => null")
    page.goto(console.at("/connection"))
    page.get_by_role("link", name="Connect Salesforce").click()
    expect(page.get_by_text("Your browser blocked the window.")).to_be_visible()
    page.get_by_role("link", name="Open it here").click()
    go_to_emulator(page, emulator)
    allow(page)
    page.wait_for_url(console.at("/mapping"))
    assert_connected(console)


def test_without_scripts_it_connects_in_the_same_tab(
    console: Console, emulator: Emulator, page: Page
) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(console.at("/connection"))
    plain.get_by_role("link", name="Connect Salesforce").click()
    go_to_emulator(plain, emulator)
    allow(plain)
    plain.wait_for_url(console.at("/mapping"))
    plain.context.close()
    assert_connected(console)


def test_escape_closes_the_popup(page: Page, console: Console) -> None:
    popup = open_popup(page, console)
    with closing(popup):
        popup.keyboard.press("Escape")


def test_cancel_closes_the_popup(page: Page, console: Console) -> None:
    popup = open_popup(page, console)
    with closing(popup):
        popup.get_by_role("link", name="Cancel").click()


def test_the_popup_works_by_keyboard_alone(
    page: Page, console: Console, emulator: Emulator
) -> None:
    popup = open_popup(page, console)
    expect(popup.get_by_role("radio", name=re.compile("^Production"))).to_be_focused()
    popup.keyboard.press("ArrowDown")
    expect(popup.get_by_role("radio", name=re.compile("^Sandbox"))).to_be_checked()
    popup.keyboard.press("ArrowUp")
    popup.keyboard.press("Tab")
    popup.keyboard.press("Enter")
    expect(popup.get_by_label("My Domain address")).to_be_focused()
    popup.keyboard.type(emulator.url)
    popup.keyboard.press("Enter")
    popup.wait_for_url(f"{emulator.url}/**")


def test_an_address_that_is_not_salesforces_is_refused_in_the_popup(
    page: Page, console: Console, guard: Guard
) -> None:
    guard.allow("422")
    popup = open_popup(page, console)
    popup.get_by_text("Use your own login address").click()
    popup.get_by_label("My Domain address").fill("https://evil.example")
    popup.get_by_role("button", name="Continue to Salesforce").click()
    expect(
        popup.get_by_text(
            "That is not a Salesforce address. A My Domain address ends in .my.salesforce.com."
        )
    ).to_be_visible()
    assert popup.url.startswith(console.url)


def test_an_org_of_another_kind_can_still_be_connected(
    page: Page, console: Console, emulator: Emulator
) -> None:
    popup = open_popup(page, console)
    go_to_emulator(popup, emulator, "Sandbox")
    allow(popup)
    expect(popup.get_by_text("This is a production org, but you chose Sandbox.")).to_be_visible()
    assert emulator.oauth.grants == []
    popup.get_by_role("link", name="Connect it as production").click()
    expect(popup.get_by_role("radio", name=re.compile("^Production"))).to_be_checked()
    popup.get_by_role("button", name="Continue to Salesforce").click()
    popup.get_by_role("button", name="Log in").click()
    with closing(popup):
        allow(popup)
    assert_connected(console)


def test_a_sign_in_that_took_too_long_says_so(
    page: Page, console: Console, emulator: Emulator
) -> None:
    popup = open_popup(page, console)
    go_to_emulator(popup, emulator)
    console.clock.advance(601)
    allow(popup)
    expect(popup.get_by_text("This sign-in took too long.")).to_be_visible()


def test_another_org_is_refused_with_both_ids_and_the_connection_stays(
    page: Page, connected: Console, guard: Guard
) -> None:
    before = connected.application.orgs.connection(WORKSPACE)
    with Emulator() as other:
        guard.allow(re.escape(other.url))
        other.org.org_id = long_id("00D5g000000OthR") or ""
        popup = open_popup(page, connected, "Reconnect")
        go_to_emulator(popup, other)
        allow(popup)
        expect(popup.get_by_text("You signed in to another org.")).to_be_visible()
        expect(popup.get_by_text(before.org_id)).to_be_visible()
        expect(popup.get_by_text(other.org.org_id)).to_be_visible()
        expect(popup.get_by_text("the earlier connection still works")).to_be_visible()
        shoot(popup, "connect-wrong-org")
        assert other.oauth.grants == []
    assert connected.application.orgs.connection(WORKSPACE) == before


@pytest.mark.parametrize("opened", ["popup", "address"])
def test_the_popup_looks_right_in_all_looks(page: Page, console: Console, opened: str) -> None:
    popup = open_popup(page, console)
    if opened == "address":
        popup.get_by_text("Use your own login address").click()
    shoot(popup, f"connect-{opened}")
    assert_accessible_in_two_looks(popup)


@pytest.mark.parametrize("org_spec", [OrgSpec()])
def test_the_first_run_goes_from_nothing_to_syncing(
    page: Page, console: Console, emulator: Emulator
) -> None:
    console.purchase(*range(1, 8))
    page.goto(console.at("/connection"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Six steps to go")
    shoot(page, "first-run-0")
    assert_accessible_in_two_looks(page)
    connect(page, console, emulator)
    page.wait_for_url(console.at("/mapping"))
    wait_until_settled(page)
    console.drain()
    assert console.control("GET", "calls")["writes"] == 0
    page.goto(console.at("/connection"))
    wait_until_settled(page)
    expect(page.get_by_role("heading", name="If you send the 7 entries")).to_be_visible()
    page.locator("#steps").get_by_role("link", name="See what will be created").click()
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_visible()
    wait_until_settled(page)
    shoot(page, "first-run-1")
    assert_accessible_in_two_looks(page)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(
        page.get_by_text("The Zaplify ID field exists on Lead, Contact, Account and Activity.")
    ).to_be_visible()
    wait_until_settled(page)
    shoot(page, "first-run-2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two steps to go")
    page.locator("#steps").get_by_role("button", name="Send 7").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send 7 entries?")
    assert console.drain().done == 0
    page.get_by_role("button", name="Send 7").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One step to go")
    console.drain()
    assert len(console.records("Lead")) == 7
    for done, way in (("Open the preview", "/mapping#preview"), ("See activity", "/activity")):
        link = page.locator("#steps").get_by_role("link", name=done)
        expect(link).to_have_attribute("href", re.compile(f"{way}$"))
    page.get_by_role("button", name="Looks good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Connected to Acme"))
    wait_until_settled(page)
    shoot(page, "connection-done")
    assert_accessible_in_two_looks(page)


def test_disconnecting_asks_in_a_dialog_that_escape_closes(
    page: Page, connected: Console, emulator: Emulator
) -> None:
    connected.purchase(1, 2)
    page.goto(connected.at("/connection"))
    wait_until_settled(page)
    page.get_by_role("link", name="Disconnect…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 entries keep waiting.")).to_be_visible()
    snap(page, "disconnect-1440-light", whole=False)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Disconnect…").click()
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected. Entries keep waiting.")).to_be_visible()
    assert emulator.oauth.grants == []
    assert connected.application.store.connection(WORKSPACE) is None


def test_an_ended_sign_in_is_shown_above_the_heading_and_fixed_in_the_popup(
    page: Page, connected: Console, emulator: Emulator
) -> None:
    connected.purchase(1)
    connected.control("POST", "grants/revoke")
    connected.control("POST", "sessions/expire")
    page.goto(connected.at("/connection"))  # reading the rights fails, and the page reloads itself
    expect(page.get_by_text("Your Salesforce sign-in ended.")).to_be_visible()
    expect(page.get_by_text("1 entry waits; nothing is lost.")).to_be_visible()
    wait_until_settled(page)
    shoot(page, "connection-signed-out")
    assert_accessible_in_two_looks(page)
    with page.expect_popup() as opened:
        page.get_by_role("main").get_by_role("link", name="Reconnect").click()
    popup = opened.value
    go_to_emulator(popup, emulator)
    with closing(popup):
        allow(popup)
    page.wait_for_url(connected.at("/mapping"))
    assert connected.application.orgs.connection(WORKSPACE).state == "connected"


def test_people_without_a_user_and_help_on_rights_can_be_unfolded(
    page: Page, connected: Console
) -> None:
    connected.rehearse()
    page.goto(connected.at("/connection"))
    wait_until_settled(page)
    page.get_by_text("Show who", exact=True).click()
    page.get_by_text("How to change it").click()
    expect(page.get_by_text("tick View All")).to_be_visible()
    shoot(page, "connection-rights")
    assert_accessible_in_two_looks(page)


def test_without_a_configured_app_the_popup_asks_for_its_key_and_shows_the_callback(
    page: Page, console: Console, guard: Guard
) -> None:
    guard.allow("422")
    console.parts.settings = replace(console.parts.settings, client_id=None)
    popup = open_popup(page, console)
    popup.get_by_text("How to get one").click()
    expect(popup.get_by_text(console.at("/oauth/callback"))).to_be_visible()
    popup.get_by_role("button", name="Continue to Salesforce").click()
    expect(
        popup.get_by_text("Paste the consumer key of your Salesforce app first.")
    ).to_be_visible()
    popup.get_by_text("How to get one").click()
    shoot(popup, "connect-key")
    assert_accessible_in_two_looks(popup)


@pytest.mark.parametrize("org_spec", [OrgSpec(fields=FIELDS)])
def test_an_id_field_that_the_user_cannot_see_is_called_hidden_on_every_page_until_access_is_given(
    page: Page, console: Console, emulator: Emulator
) -> None:
    permit(emulator, [f"{name}.Zaplify_Id__c" for name in ("Lead", "Contact", "Account", "Task")])
    console.connect(previewing=True)
    page.goto(console.at("/connection"))
    rights = page.locator("#rights")
    exists = "The Zaplify ID field exists on Lead, Contact, Account and Activity"
    expect(rights).to_contain_text(f"{exists}, but this user can’t see it")
    step = page.locator(".step", has_text="Zaplify ID field").first
    expect(step).to_contain_text("Give access to the Zaplify ID field")
    step.get_by_role("link", name="See what will be added").click()
    expect(step).to_contain_text("The field exists, but this user can’t see it.")
    expect(step.get_by_role("button", name="Give access")).to_be_visible()
    shoot(page, "id-field-hidden")
    assert_accessible_in_two_looks(page)
    for path in ("/", "/connection", "/mapping", "/activity", "/held", "/rules"):
        page.goto(console.at(path))
        wait_until_settled(page)
        for wrong in ("Create the Zaplify ID field", "is missing on", exists + "."):
            expect(page.locator("main")).not_to_contain_text(wrong)
    permit(emulator, [])  # an admin gives access in Salesforce
    page.goto(console.at("/connection"))
    page.get_by_role("link", name="Check again").click()
    expect(rights).to_contain_text(f"{exists}.")
    expect(rights).not_to_contain_text("can’t see it")
    expect(page.locator(".step-done", has_text="Zaplify ID field")).to_contain_text("Created on")
    expect(page.get_by_text("Give access")).to_have_count(0)


def permit(emulator: Emulator, hidden_fields: list[str]) -> None:
    """Hide these fields from the connected user, and no other."""
    rights: dict[str, Any] = {"user": "admin@acme.example", "hidden_fields": hidden_fields}
    emulator.control.answer("POST", ["permissions"], rights)
