"""The three switches in a real browser: the outbox obeys each flip at once, and each state looks
different."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard
from tests.browser.shots import shoot
from tests.fakes.events import prospect, touchpoint

PAGE = "/mapping"
#: The panels without the mapping.
ALONE = "/configuration"
TITLES = ("Sync prospects", "Sync activities", "Include message contents")
CANARY = "CONTENT_CANARY"
REFUSED = "status of 409"


@pytest.fixture
def connected(connected: Console) -> Console:
    """Connected, with the fields already read, so that no other message appears."""
    connected.application.orgs.crm(WORKSPACE).facts()
    return connected


def switch(page: Page, title: str) -> Locator:
    return page.get_by_role("switch", name=title)


def flip(page: Page, title: str, to: str) -> None:
    """Flip it, and wait for the toast."""
    switch(page, title).click()
    expect(page.locator("#toast")).to_contain_text(f"{title} is {to}.")
    expect(switch(page, title)).to_have_attribute("aria-checked", "true" if to == "on" else "false")


def send_email(console: Console, number: int, event_id: str) -> dict[str, Any]:
    """Receive a sent e-mail with a text; returns its receipt."""
    return console.feed(
        [touchpoint(prospect(number), event_id, content={"text": f"{CANARY} {event_id}"})]
    )[0]


def test_new_purchases_are_skipped_with_a_reason_while_off_and_synced_while_on(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at(PAGE))
    flip(page, "Sync prospects", "off")
    expect(page.locator("#switch-sync_prospects")).to_contain_text(
        "Prospects purchased while this is off are skipped for good."
    )
    (receipt,) = connected.purchase(1)
    assert receipt["state"] == "skipped"
    assert "“sync prospects” was off" in receipt["reason"]
    flip(page, "Sync prospects", "on")
    (receipt,) = connected.purchase(2)
    connected.drain()
    emails = [record.get("Email") for record in connected.records("Lead")]
    assert "ada2@acme2.example" in emails
    assert "ada1@acme1.example" not in emails


def test_new_activities_are_skipped_while_off_and_logged_while_on(
    page: Page, connected: Console
) -> None:
    connected.purchase(1)
    page.goto(connected.at(PAGE))
    flip(page, "Sync activities", "off")
    assert send_email(connected, 1, "t1")["state"] == "skipped"
    flip(page, "Sync activities", "on")
    assert send_email(connected, 1, "t2")["state"] == "pending"
    connected.drain()
    assert len(connected.records("Task")) == 1


def test_a_message_reaches_salesforce_only_while_its_contents_are_on(
    page: Page, connected: Console
) -> None:
    connected.purchase(1)
    page.goto(connected.at(PAGE))
    send_email(connected, 1, "t-off")
    connected.drain()
    assert CANARY not in str(connected.records("Task"))
    expect(page.locator("#switch-include_contents")).to_contain_text("without its text.")
    flip(page, "Include message contents", "on")
    expect(page.locator("#switch-include_contents")).to_contain_text(
        "Activities include the message text."
    )
    send_email(connected, 1, "t-on")
    connected.drain()
    assert f"{CANARY} t-on" in str(connected.records("Task"))
    assert "t-off" not in str([task.get("Description") for task in connected.records("Task")])


def test_turning_contents_off_removes_them_from_waiting_entries(
    page: Page, connected: Console
) -> None:
    connected.purchase(1)
    page.goto(connected.at(PAGE))
    flip(page, "Include message contents", "on")
    send_email(connected, 1, "t1")
    flip(page, "Include message contents", "off")
    connected.drain()
    assert len(connected.records("Task")) == 1
    assert CANARY not in str(connected.records("Task"))


def test_a_flip_can_be_undone_by_keyboard_and_the_focus_stays(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at(PAGE))
    switch(page, "Sync activities").focus()
    page.keyboard.press("Space")
    expect(page.locator("#toast")).to_contain_text("Sync activities is off.")
    expect(switch(page, "Sync activities")).to_be_focused()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("Sync activities is on.")
    expect(switch(page, "Sync activities")).to_have_attribute("aria-checked", "true")


def test_a_late_undo_is_refused_and_says_so(page: Page, connected: Console, guard: Guard) -> None:
    guard.allow(REFUSED)
    page.goto(connected.at(PAGE))
    flip(page, "Sync activities", "off")
    other = page.context.new_page()
    other.goto(connected.at(PAGE))
    flip(other, "Sync activities", "on")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text(
        "has changed Sync activities since. Nothing was undone."
    )
    expect(switch(page, "Sync activities")).to_have_attribute("aria-checked", "true")


def test_a_switch_works_without_scripts(connected: Console, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    try:
        shown = plain.new_page()
        shown.goto(connected.at(PAGE))
        switch(shown, "Sync prospects").click()
        expect(switch(shown, "Sync prospects")).to_have_attribute("aria-checked", "false")
        assert connected.purchase(1)[0]["state"] == "skipped"
    finally:
        plain.close()


def test_a_locked_switch_can_be_focused_but_not_flipped_even_by_a_request(
    page: Page, connected: Console, guard: Guard
) -> None:
    guard.allow(REFUSED)
    connected.rule("[switches]\ninclude_contents = false\nsync_activities = true\n", "10-eu.toml")
    page.goto(connected.at(PAGE))
    locked = switch(page, "Include message contents")
    locked.focus()
    expect(locked).to_be_focused()
    expect(locked).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Space")
    locked.click(force=True)
    expect(page.locator("#switch-include_contents")).to_contain_text(
        "Set by 10-eu.toml. Change it in that file."
    )
    answer = page.evaluate(
        """async (url) => {
            const token = document.querySelector("input[name=csrf_token]").value;
            const form = new URLSearchParams({ to: "on", csrf_token: token });
            const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
            return [answer.status, await answer.text()];
        }""",
        connected.at("/configuration/include_contents"),
    )
    assert answer[0] == 409
    assert "set by 10-eu.toml" in answer[1]
    assert connected.application.status(WORKSPACE).switches.include_contents is False


def _styles(one: Locator) -> tuple[str, ...]:
    """The styles by which states differ: outline, fill, and position of the knob."""
    return tuple(
        one.evaluate(
            """(e) => {
                const own = getComputedStyle(e), knob = getComputedStyle(e, "::after");
                return [own.borderTopStyle, own.borderTopColor, own.backgroundImage, own.backgroundColor, knob.left, knob.content];
            }"""
        )
    )


def test_a_paused_switch_looks_different_and_says_why(page: Page, connected: Console) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(connected.at(ALONE))
    page.locator("#preview .preview-cost").wait_for()
    seen = {
        "on": _styles(switch(page, "Sync activities")),
        "off": _styles(switch(page, "Include message contents")),
    }
    connection = connected.application.orgs.connection(WORKSPACE)
    now = connected.clock.now()
    connected.application.store.note_usage(connection.org_id, 14_200, 20_000, now)
    connected.purchase(1)
    send_email(connected, 1, "t1")
    connected.rule("[switches]\ninclude_contents = false\n", "10-eu.toml")
    page.reload()
    seen["paused"] = _styles(switch(page, "Sync activities"))
    seen["locked"] = _styles(switch(page, "Include message contents"))
    assert len(set(seen.values())) == 4
    state = page.locator("#switch-sync_activities")
    expect(state).to_contain_text("Paused since")
    expect(state).to_contain_text(
        "The org has used 71 % of today’s API calls; the rest is reserved for purchases."
    )
    expect(state).to_contain_text("2 entries wait.")
    expect(switch(page, "Sync activities")).to_have_attribute("aria-checked", "true")
    expect(switch(page, "Sync prospects")).not_to_have_class("switch-paused")
    shoot(page, "configuration-paused")


def test_a_screen_reader_reads_the_state_with_the_switch(page: Page, connected: Console) -> None:
    page.goto(connected.at(PAGE))
    expect(switch(page, "Sync prospects")).to_have_accessible_description(
        "Purchased prospects are matched in Salesforce, then linked or created. If you turn this off, "
        "prospects purchased meanwhile are skipped for good. On by default"
    )


def test_the_panels_and_the_toast_are_accessible_in_all_looks(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at(ALONE))
    flip(page, "Sync activities", "off")
    page.locator("#preview .preview-cost").wait_for()
    assert_accessible_in_two_looks(page)
    shoot(page, "configuration-flipped")
