"""The settings of matching in a real browser: each is in force at once and can be undone, and entries
held by one are released from the page Held."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.shots import shoot
from tests.fakes import events
from zsf_plugin.ports import HistoryLine

PAGE = "/mapping"
ALONE = "/configuration"
#: A mailbox that several people may use.
OFFICE = "info@acme1.example"


def in_force(console: Console, name: str) -> str:
    rules = console.application.rulebook.rules_for(WORKSPACE, {"workspace": WORKSPACE})
    return str(getattr(rules, name))


def choose(page: Page, title: str, answer: str) -> None:
    """Unfold a setting, choose an answer and save it."""
    setting = page.locator(".match-row").filter(has=page.get_by_role("heading", name=title))
    if setting.get_by_role("radio").first.is_hidden():
        setting.locator("summary").click()
    setting.get_by_label(answer).check()
    setting.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_contain_text(f"{title}: ")


@pytest.fixture
def namesake(connected: Console) -> Console:
    """A purchase of a person whose mailbox a Lead of another name has."""
    connected.application.orgs.crm(WORKSPACE).facts()
    lead = {"FirstName": "Bo", "LastName": "Two", "Company": "Acme 1", "Email": OFFICE}
    connected.control("POST", "records/Lead", lead)
    connected.application.store.save_console_rule(
        WORKSPACE,
        {"match": {"shared_mailbox": "hold"}},
        expected_version=0,
        line=HistoryLine(0.0, "match"),
    )
    connected.feed([events.purchase(events.prospect(1, email=OFFICE), "e1")])
    connected.drain()
    return connected


def test_an_answer_is_in_force_at_once_and_can_be_undone(page: Page, connected: Console) -> None:
    page.goto(connected.at(PAGE))
    choose(page, "Shared mailboxes", "Hold the entry")
    assert in_force(connected, "shared_mailbox") == "hold"
    row = page.locator("#match-shared_mailbox")
    expect(row.locator("summary")).to_contain_text("Hold the entry")
    expect(row.get_by_role("button", name="Save")).to_be_focused()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(row.locator("summary")).to_contain_text("Treat them as two people")
    assert in_force(connected, "shared_mailbox") == "next_key"


def test_a_setting_works_without_scripts(connected: Console, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    try:
        shown = plain.new_page()
        shown.goto(connected.at(PAGE))
        setting = shown.locator("#match-unasked")
        setting.locator("summary").click()
        setting.get_by_label("Create the record").check()
        setting.get_by_role("button", name="Save").click()
        expect(setting.locator("summary")).to_contain_text("Create the record")
        assert in_force(connected, "unasked") == "create"
    finally:
        plain.close()


def test_a_record_in_a_shared_mailbox_is_chosen(page: Page, namesake: Console) -> None:
    page.goto(namesake.at("/held"))
    title = "A Lead has the same Email and another name"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_role("button", name="Show matching records").click()
    page.get_by_role("row", name="Bo Two").get_by_role("radio").check()
    shoot(page, "held-shared-mailbox")
    page.get_by_role("button", name="Link to the selected record").click()
    expect(page.locator("#toast")).to_contain_text("Linked. 1 entry released")
    namesake.drain()
    assert [row["LastName"] for row in namesake.records("Lead") if row["Email"] == OFFICE] == [
        "Two"
    ]
    assert namesake.application.store.counts(WORKSPACE).held == 0


def test_people_who_share_a_mailbox_have_a_record_each_from_now_on(
    page: Page, namesake: Console
) -> None:
    page.goto(namesake.at("/held"))
    page.get_by_text("Choose a policy for it").click()
    page.get_by_label("Treat them as two people").check()
    shoot(page, "held-policy")
    page.get_by_role("button", name="Save and release 1").click()
    expect(page.locator("#toast")).to_contain_text("Saved. 1 entry released")
    namesake.drain()
    names = [row["LastName"] for row in namesake.records("Lead") if row["Email"] == OFFICE]
    assert sorted(map(str, names)) == ["Lovelace1", "Two"]


def test_someone_who_cannot_be_looked_for_is_created_by_policy(
    page: Page, connected: Console
) -> None:
    for object_ in ("Lead", "Contact"):
        hidden = {"object": object_, "name": "Email", "encrypted": "probabilistic"}
        connected.control("PATCH", "fields", hidden)
    connected.feed([events.purchase(events.prospect(1), "e1")])
    connected.drain()
    page.goto(connected.at("/held"))
    expect(page.locator(".cause-todo")).to_contain_text("under Encryption Policy")
    expect(page.get_by_role("link", name="Open Email in Setup")).to_be_visible()
    shoot(page, "held-unasked")
    page.get_by_text("Choose a policy for it").click()
    page.get_by_label("Create the record").check()
    page.get_by_role("button", name="Save and release 1").click()
    expect(page.locator("#toast")).to_contain_text("Saved. 1 entry released")
    connected.drain()
    assert connected.application.store.counts(WORKSPACE).held == 0


def test_the_settings_are_accessible_in_all_looks(page: Page, connected: Console) -> None:
    connected.rule('[match]\nalerts = "save"\n', "10-eu.toml")
    page.goto(connected.at(ALONE))
    choose(page, "Fields that cannot be searched", "Create the record")
    page.locator("#preview .preview-cost").wait_for()
    assert_accessible_in_two_looks(page)
    shoot(page, "matching")
