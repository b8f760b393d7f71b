"""The live preview in a real browser: it follows each edit, never writes, and never shows an outdated
answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard
from tests.browser.looks import NARROW
from tests.browser.shots import shoot

PAGE = "/mapping"
#: The panels without the mapping.
ALONE = "/configuration"
PREVIEW = "**/mapping/preview"


@pytest.fixture
def connected(connected: Console) -> Console:
    """Connected, with the fields already read, so that no other message appears."""
    connected.application.orgs.crm(WORKSPACE).facts()
    return connected


def save(console: Console, **document: object) -> None:
    """Save the mapping, as another admin does."""
    store = console.application.store
    _, version = store.console_rule(WORKSPACE)
    assert store.save_console_rule(WORKSPACE, document, expected_version=version)  # type: ignore[arg-type]


def ada(console: Console) -> list[dict[str, Any]]:
    """The org's Leads of prospect 1."""
    return [record for record in console.records("Lead") if record["Email"] == "ada1@acme1.example"]


def notify_change(page: Page) -> None:
    """Send the event that the mapping's form sends after each edit."""
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('mapping:changed', { bubbles: true }))"
    )


def open_page(page: Page, console: Console, path: str = PAGE) -> Page:
    page.goto(console.at(path))
    page.locator("#preview .preview-cost").wait_for()
    return page


def test_it_loads_by_itself_and_shows_what_would_be_written(page: Page, connected: Console) -> None:
    connected.purchase(1)
    panel = open_page(page, connected).locator("#preview")
    expect(panel).to_contain_text("Not found: a new Lead will be created.")
    expect(panel).to_contain_text("ada1@acme1.example")
    expect(panel.get_by_role("img", name="Not in Salesforce")).to_be_visible()
    assert ada(connected) == []


def test_it_follows_each_edit_before_it_is_saved(page: Page, connected: Console) -> None:
    connected.control(
        "POST",
        "records/Lead",
        {"LastName": "L", "Company": "C", "Email": "ada1@acme1.example", "Title": "CFO"},
    )
    connected.purchase(1)
    title = open_page(page, connected).locator("#preview .preview-line", has_text="Title")
    expect(title).to_contain_text("Zaplify has Engineer")
    used = connected.control("GET", "calls")["api_calls"]
    page.get_by_text("field is already up to date").click()
    policy = page.locator("#policy-Lead-Title")
    policy.focus()
    policy.select_option("always")
    expect(title.locator(".was")).to_have_text("CFO")
    expect(title.locator(".preview-after")).to_have_text("Engineer")
    expect(policy).to_be_focused()
    expect(page.locator("#preview details")).to_have_attribute("open", "")
    assert connected.control("GET", "calls")["api_calls"] == used
    assert connected.application.store.console_rule(WORKSPACE) == ({}, 0)
    page.get_by_text("Contacts + Accounts").click()
    expect(page.locator("#preview")).to_contain_text("Found by e-mail: Lead of")
    assert connected.control("GET", "calls")["api_calls"] == used


def test_samples_follow_the_choice_and_the_draft_stays(page: Page, connected: Console) -> None:
    connected.purchase(1)
    connected.purchase(2, title="Countess")
    open_page(page, connected)
    sample = page.locator("#row-Lead-Title .map-sample")
    expect(sample).to_contain_text("Countess")
    page.locator("#policy-Lead-Title").select_option("always")
    page.get_by_label("Prospect to preview").select_option(label="Ada1 Lovelace1")
    expect(sample).to_contain_text("Engineer")
    expect(page.locator("#policy-Lead-Title")).to_have_value("always")
    expect(page.locator("#unsaved-count")).to_contain_text("1 unsaved change")
    expect(page.locator("#preview")).to_contain_text("ada1@acme1.example")


def test_it_follows_changes_of_other_admins_without_another_call(
    page: Page, connected: Console
) -> None:
    connected.control(
        "POST",
        "records/Lead",
        {"LastName": "L", "Company": "C", "Email": "ada1@acme1.example", "Title": "CFO"},
    )
    connected.purchase(1)
    panel = open_page(page, connected).locator("#preview")
    expect(panel).to_contain_text("Found by e-mail: Lead of")
    title = panel.locator(".preview-line", has_text="Title")
    expect(title).to_contain_text("Stays")
    used = connected.control("GET", "calls")["api_calls"]
    save(connected, fields={"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}}})
    notify_change(page)
    expect(title).to_contain_text("Always")
    expect(title.locator(".was")).to_have_text("CFO")
    expect(title.locator(".preview-after")).to_have_text("Engineer")
    assert connected.control("GET", "calls")["api_calls"] == used
    shoot(page, "preview-found")
    connected.drain()
    assert [record["Title"] for record in ada(connected)] == ["Engineer"]


def test_another_prospect_is_chosen_and_the_focus_stays(page: Page, connected: Console) -> None:
    connected.purchase(1, 2)
    open_page(page, connected)
    picker = page.get_by_label("Prospect to preview")
    picker.focus()
    picker.select_option(label="Ada1 Lovelace1")
    expect(page.locator("#preview")).to_contain_text("ada1@acme1.example")
    expect(picker).to_be_focused()


def test_an_answer_to_an_older_request_is_not_shown(page: Page, connected: Console) -> None:
    connected.purchase(1, 2)
    open_page(page, connected)
    shown: list[str] = []
    page.expose_function("recordText", lambda text: shown.append(text))
    page.evaluate(
        """() => new MutationObserver(() => recordText(document.getElementById("preview").textContent))
            .observe(document.getElementById("preview"), { childList: true })"""
    )
    routes: list[Route] = []
    page.route(PREVIEW, lambda route: routes.append(route), times=1)
    with page.expect_request(PREVIEW):
        page.get_by_label("Prospect to preview").select_option(label="Ada1 Lovelace1")
    page.get_by_label("Prospect to preview").select_option(label="Ada2 Lovelace2")
    routes[0].continue_()
    expect(page.locator("#preview")).to_contain_text("ada2@acme2.example")
    expect(page.locator("#preview.htmx-request")).to_have_count(0)
    assert not [text for text in shown if "ada1@acme1.example" in text]


def test_without_any_event_a_made_up_example_is_shown_and_marked(
    page: Page, connected: Console
) -> None:
    panel = open_page(page, connected).locator("#preview")
    expect(panel).to_contain_text("No prospect was purchased yet, so this is a made-up example.")
    expect(page.get_by_label("Prospect to preview")).to_contain_text("(example)")


def test_without_a_connection_only_the_plan_is_shown(page: Page, console: Console) -> None:
    console.purchase(1)
    panel = open_page(page, console).locator("#preview")
    expect(panel).to_contain_text("This is the plan only: there is no org to compare it with.")
    expect(panel).to_contain_text("Engineer")
    expect(panel.get_by_role("img", name="Not looked up")).to_be_visible()
    shoot(page, "preview-not-connected")


def test_a_preview_can_be_retried_if_salesforce_does_not_answer(
    page: Page, connected: Console
) -> None:
    connected.purchase(1)
    connected.application.orgs.crm(WORKSPACE).facts()
    connected.control("POST", "faults", {"kind": "html_503", "times": 1})
    panel = open_page(page, connected).locator("#preview")
    expect(panel).to_contain_text("Salesforce didn’t answer.")
    panel.get_by_role("button", name="Try again").click()
    expect(panel).to_contain_text("Not found: a new Lead will be created.")


def test_the_preview_follows_a_flipped_switch(page: Page, connected: Console) -> None:
    connected.purchase(1)
    open_page(page, connected)
    page.get_by_role("switch", name="Sync prospects").click()
    expect(page.locator("#preview")).to_contain_text("Sync prospects is off.")


def test_what_is_sent_is_what_the_preview_shows_with_unsaved_changes_saved_first(
    page: Page, connected: Console
) -> None:
    application = connected.application
    application.store.save_connection(
        replace(application.orgs.connection(WORKSPACE), state="previewing")
    )
    connected.purchase(1, 2)
    open_page(page, connected)
    expect(page.locator("#not-started")).to_contain_text("Nothing has been sent since")
    assert connected.drain().done == 0
    expect(page.locator("#preview")).to_contain_text("2 entries wait.")
    shoot(page, "preview-first")
    expect(page.locator("#preview").get_by_role("button", name="Send 2")).to_be_visible()
    page.get_by_text("Contacts + Accounts").click()
    page.locator("#preview").get_by_role("button", name="Save and send 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Save the mapping and send 2 entries?"
    )
    main = page.get_by_role("main")
    expect(main).to_contain_text(re.compile(r"Create a Contact\s*2\s*Create an Account\s*2"))
    assert_accessible_in_two_looks(page)
    shoot(page, "sending-asked")
    main.get_by_role("button", name="Back to the mapping").click()
    expect(page.get_by_role("radio", name="Contacts + Accounts")).to_be_checked()
    page.locator("#preview").get_by_role("button", name="Save and send 2").click()
    page.get_by_role("button", name="Save and send 2").click()
    expect(page.get_by_text("Sending has started.")).to_be_visible()
    assert connected.drain().done == 2
    emails = {record["Email"] for record in connected.records("Contact")}
    assert emails >= {"ada1@acme1.example", "ada2@acme2.example"}


def test_a_draft_is_previewed_over_many_prospects_before_it_is_saved(
    page: Page, connected: Console
) -> None:
    known = {"LastName": "L", "Company": "C", "Email": "ada1@acme1.example", "Title": "CFO"}
    connected.control("POST", "records/Lead", known)
    connected.purchase(1, 2, 3)
    open_page(page, connected)
    page.locator("#policy-Lead-Title").select_option("always")
    page.get_by_role("button", name="Preview over the last 50 prospects").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes 3 of 3 prospects")
    page.get_by_role("button", name=re.compile("Compare with Salesforce")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Changes 3 of 3 prospects in Salesforce"
    )
    expect(page.locator(".many-samples .was").first).to_have_text("CFO")
    assert_accessible_in_two_looks(page)
    shoot(page, "preview-many")
    page.get_by_role("button", name="Back to the mapping").click()
    expect(page.locator("#policy-Lead-Title")).to_have_value("always")
    assert connected.application.store.console_rule(WORKSPACE) == ({}, 0)


def test_with_nothing_waiting_syncing_starts_by_a_button(page: Page, connected: Console) -> None:
    application = connected.application
    application.store.save_connection(
        replace(application.orgs.connection(WORKSPACE), state="previewing")
    )
    open_page(page, connected)
    connected.purchase(1)
    assert connected.drain().done == 0
    page.locator("#preview").get_by_role("button", name="Start syncing").click()
    page.get_by_role("button", name="Send 1").click()
    expect(page.get_by_text("Sending has started.")).to_be_visible()
    assert connected.drain().done == 1


def test_at_360_px_it_is_below_the_switches_and_nothing_scrolls_sideways(
    page: Page, connected: Console
) -> None:
    connected.purchase(1, first_name="Ragnhildur-Sigurbjörg-Þorgerður", title="Chief" * 30)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    open_page(page, connected)
    switches, preview = (
        page.locator(one).bounding_box() for one in ("#configuration", "#preview-panel")
    )
    assert switches is not None
    assert preview is not None
    assert preview["y"] >= switches["y"] + switches["height"]
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_it_is_accessible_in_all_looks(page: Page, connected: Console, guard: Guard) -> None:
    connected.control(
        "POST",
        "records/Lead",
        {"LastName": "L", "Company": "C", "Email": "ada1@acme1.example", "Phone": "1"},
    )
    connected.purchase(1, phone="2")
    save(connected, fields={"Lead": {"Nope__c": "prospect.title"}})
    open_page(page, connected, ALONE)
    assert_accessible_in_two_looks(page)
    shoot(page, "preview-stays")
