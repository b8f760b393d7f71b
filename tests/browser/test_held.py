"""The page *Held* in a real browser: fixing a cause in place, releasing, choosing a match, and the
count in the top bar."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.shots import shoot
from tests.fakes import events
from zsf_plugin.model import Event
from zsf_plugin.ports import HistoryLine

#: A console rule: an industry that the org does not have holds the entry.
HOLDING = {
    "fields": {"Lead": {"Industry": {"from": "prospect.company.industry", "misfit": "hold"}}}
}


def purchase_of(number: int, **company: Any) -> Event:
    whole = {
        "id": f"c{number}",
        "name": f"Acme {number}",
        "domain": f"acme{number}.example",
        **company,
    }
    return events.purchase(events.prospect(number, company=whole), f"e{number}")


@pytest.fixture
def misfits(connected: Console) -> Console:
    """Two entries held for a value that the org's picklist lacks."""
    store = connected.application.store
    store.save_console_rule(
        WORKSPACE, HOLDING, expected_version=0, line=HistoryLine(0.0, "mapping")
    )
    connected.feed([purchase_of(number, industry="Sofware") for number in (1, 2)])
    connected.drain()
    return connected


@pytest.fixture
def twins(connected: Console) -> Console:
    """A purchase of a person whom two Contacts match, and an e-mail to that person."""
    for title in ("Director", "Operations"):
        contact = {"LastName": "Lovelace1", "Email": "ada1@acme1.example", "Title": title}
        connected.control("POST", "records/Contact", contact)
    connected.feed([purchase_of(1), events.touchpoint(events.prospect(1), "t1")])
    connected.drain()
    return connected


def state_of(console: Console, number: int) -> str:
    return console.application.store.entries(WORKSPACE)[-number].state


def test_a_value_missing_from_the_picklist_is_translated_in_place_and_sent(
    page: Page, misfits: Console
) -> None:
    page.goto(misfits.at("/held"))
    expect(
        page.get_by_role("heading", name="“Sofware” is not in the picklist Lead Industry")
    ).to_be_visible()
    expect(page.locator("#held-count")).to_contain_text("2")
    page.get_by_label("If Zaplify has Sofware, write").select_option("Technology")
    page.get_by_role("button", name="Save and release 2").click()
    expect(page.locator("#toast")).to_contain_text(
        "Saved. 2 entries released, to be sent with the next drain."
    )
    expect(page.get_by_role("heading", name="Nothing is held")).to_be_focused()
    expect(page.locator("#held-count")).to_be_empty()
    misfits.drain()
    written = [
        row["Industry"]
        for row in misfits.records("Lead")
        if str(row["LastName"]).startswith("Lovelace")
    ]
    assert written == ["Technology", "Technology"]
    rules = misfits.application.rulebook.rules_for(WORKSPACE, {"workspace": WORKSPACE})
    rule = rules.fields["Lead"]["Industry"]
    assert (rule.values, rule.misfit, rule.origin) == ({"Sofware": "Technology"}, "hold", "console")
    assert misfits.application.store.history(WORKSPACE, codes=["mapping"])[0].by == "Ada Byron"


def test_a_field_set_by_a_rule_file_cannot_be_translated_in_the_console(
    page: Page, misfits: Console
) -> None:
    misfits.rule(
        '[fields.Lead.Industry]\nfrom = "prospect.company.industry"\nmisfit = "hold"\n',
        "10-policy.toml",
    )
    page.goto(misfits.at("/held"))
    expect(page.get_by_text("Lead Industry is set by 10-policy.toml")).to_be_visible()
    expect(page.get_by_role("button", name="Save and release")).to_have_count(0)


def test_a_newly_held_entry_is_announced_without_moving_the_page(
    page: Page, misfits: Console
) -> None:
    page.goto(misfits.at("/held"))
    page.get_by_label("If Zaplify has Sofware, write").select_option("Technology")
    misfits.feed([events.touchpoint(events.prospect(9), "t9")])
    misfits.drain()
    news = page.get_by_role("link", name="Held entries have changed: show them")
    news.wait_for(timeout=15_000)
    expect(page.get_by_label("If Zaplify has Sofware, write")).to_have_value("Technology")
    expect(page.locator("#held-count")).to_contain_text("3")
    news.click()
    expect(page.get_by_role("heading", name="The person is not in Salesforce yet")).to_be_visible()


def test_one_entry_is_released_and_another_is_dropped(page: Page, misfits: Console) -> None:
    page.goto(misfits.at("/held"))
    page.get_by_role("link", name="Show the 2 entries").click()
    rows = page.locator(".held-entries > li")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="Retry").click()
    expect(page.locator("#toast")).to_contain_text("1 entry released")
    expect(page.locator("#held-count")).to_contain_text("1")
    expect(rows).to_have_count(1)
    rows.first.get_by_text("Drop…").click()
    rows.first.get_by_role("button", name="Drop it").click()
    expect(page.get_by_role("heading", name="Nothing is held")).to_be_visible()
    counts = misfits.application.store.counts(WORKSPACE)
    assert (counts.pending, counts.skipped, counts.held) == (1, 1, 0)


def test_retrying_all_needs_a_confirmation(page: Page, misfits: Console) -> None:
    page.goto(misfits.at("/held"))
    page.get_by_role("link", name="Retry all 2").click()
    dialog = page.get_by_role("dialog", name="Retry all 2?")
    expect(dialog).to_contain_text("about 4 API calls")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Retry all 2").click()
    dialog.get_by_role("button", name="Retry all 2").click()
    expect(page.locator("#toast")).to_contain_text("2 entries released")


def test_a_chosen_match_receives_the_waiting_entries(page: Page, twins: Console) -> None:
    page.goto(twins.at("/held"))
    expect(page.get_by_role("heading", name="Several Contacts match one prospect")).to_be_visible()
    page.get_by_role("button", name="Show matching records").first.click()
    expect(page.get_by_role("radio").first).to_be_focused()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("row", name="Operations").get_by_role("radio").check()
    page.get_by_role("button", name="Link to the selected record").click()
    expect(page.locator("#toast")).to_contain_text("Linked. 2 entries released")
    twins.drain()
    chosen = next(row for row in twins.records("Contact") if row["Title"] == "Operations")
    assert [task["WhoId"] for task in twins.records("Task")] == [chosen["Id"]]
    assert twins.application.store.counts(WORKSPACE).held == 0


def test_a_policy_resolves_all_entries(page: Page, twins: Console) -> None:
    page.goto(twins.at("/held"))
    page.get_by_text("Choose a policy for all 2").click()
    page.get_by_label("Take the oldest record").check()
    page.get_by_role("button", name="Save and release 2").click()
    expect(page.locator("#toast")).to_contain_text("Saved. 2 entries released")
    rules = twins.application.rulebook.rules_for(WORKSPACE, {"workspace": WORKSPACE})
    assert (rules.many, rules.origins["/match/many"]) == ("oldest", "console")


def test_a_cause_that_needs_no_action_has_no_button(page: Page, connected: Console) -> None:
    connected.feed([events.touchpoint(events.prospect(9), "t9")])
    connected.drain()
    page.goto(connected.at("/held"))
    cause = page.locator(".cause")
    expect(cause).to_contain_text("no action needed")
    expect(cause.get_by_role("button")).to_have_count(0)


def test_an_invalid_call_has_a_report_without_personal_data(
    page: Page, context: BrowserContext, connected: Console
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    connected.feed([events.purchase({"id": "", "email": "secret@acme.example"}, "e-83990")])
    page.goto(connected.at("/held"))
    expect(page.get_by_role("heading", name="The event has no prospect ID")).to_be_visible()
    page.get_by_role("button", name="Copy report for Zaplify").click()
    expect(page.locator("#toast")).to_contain_text("Report copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "e-83990" in copied
    assert "secret" not in copied


def test_the_page_works_without_scripts(context: BrowserContext, misfits: Console) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(misfits.at("/held"))
    page.get_by_role("link", name="Show the 2 entries").click()
    page.locator(".held-entries > li").first.get_by_role("button", name="Retry").click()
    expect(page.locator("#toast")).to_contain_text("1 entry released")
    page.get_by_role("link", name="Retry it").click()
    page.get_by_role("button", name="Retry it").click()
    expect(page.get_by_role("heading", name="Nothing is held")).to_be_visible()
    plain.close()


def test_unfolded_parts_are_accessible_in_all_looks(page: Page, misfits: Console) -> None:
    for title in ("Director", "Operations"):
        misfits.control(
            "POST",
            "records/Contact",
            {"LastName": "Lovelace7", "Email": "ada7@acme7.example", "Title": title},
        )
    misfits.feed(
        [
            purchase_of(7),
            events.touchpoint(events.prospect(9), "t9"),
            events.purchase({"id": ""}, "e-83990"),
        ]
    )
    misfits.drain()
    page.goto(misfits.at("/held"))
    shoot(page, "held")
    page.get_by_role("button", name="Show matching records").click()
    expect(page.get_by_role("radio").first).to_be_visible()
    page.locator("[id^=show-]").first.click()
    expect(page.locator(".held-entries")).to_be_visible()
    shoot(page, "held-open")
    assert_accessible_in_two_looks(page)


def test_an_empty_page_says_what_will_appear(page: Page, connected: Console) -> None:
    page.goto(connected.at("/held"))
    expect(
        page.get_by_text("Entries that Salesforce refuses wait here, grouped by cause.")
    ).to_be_visible()
    shoot(page, "held-empty")


def test_a_field_that_an_admin_made_required_is_filled_by_the_main_button(
    page: Page, connected: Console
) -> None:
    """The describe is older than the field: the refusal has it read again."""
    connected.application.orgs.crm(WORKSPACE).facts()
    made = {"name": "Consent_Basis__c", "label": "Consent basis", "type": "picklist"}
    choices = {"required": True, "restricted": True, "picklist": ["Contract", "Consent"]}
    connected.control("POST", "fields", {"object": "Lead", **made, **choices})
    connected.purchase(1)
    connected.drain()
    page.goto(connected.at("/held"))
    page.get_by_role("link", name="Fill Consent basis").click()
    row = page.locator("#row-Lead-need-Consent_Basis__c")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row.locator("td").last).to_have_css("background-color", "rgb(228, 242, 240)")
    expect(page.locator("#preview")).to_contain_text("This would be held. Lead.Consent_Basis__c")
    shoot(page, "mapping-filled-from-held")
    row.get_by_label("Value for Consent basis", exact=True).select_option("Contract")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    connected.drain()
    assert connected.application.store.counts(WORKSPACE).done == 1
