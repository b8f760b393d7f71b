"""The rules in a browser: a rule is tried while it is typed, by keyboard and without scripts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.shots import shoot
from tests.browser.states import wait_until_settled

RULE = '[fields.Lead]\nTitle = { value = "Boss" }\n'


def test_a_rule_is_tried_while_it_is_typed(page: Page, connected: Console) -> None:
    connected.purchase(1, 2)
    page.goto(connected.at("/rules"))
    page.get_by_role("link", name="Try a rule").click()
    page.locator("#rule").press_sequentially(RULE)
    expect(page.locator("#tried")).to_contain_text("This rule changes 1 line of the plan.")
    expect(page.locator("#tried-status")).to_have_text("This rule changes 1 line of the plan.")
    changed = page.locator(".trial-changed")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("Boss")
    expect(changed).to_contain_text("this rule")
    expect(page.locator("#rule")).to_be_focused()
    page.locator("#rule").fill("mode = 'leads'")
    expect(page.locator("#tried")).to_contain_text("/mode must be one of lead, contact")
    page.locator("#rule").fill(RULE)
    page.get_by_text("Paste another event").click()
    page.locator("#event").fill('{"last_name": "Byron", "title": "Poet"}')
    expect(changed).to_contain_text("Poet")
    wait_until_settled(page)
    assert_accessible_in_two_looks(page)
    shoot(page, "rules-tried")


def test_rules_are_filtered_and_tried_without_scripts(connected: Console, page: Page) -> None:
    connected.purchase(1)
    connected.rule('mode = "contact"\n', "10-eu.toml")
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    try:
        shown = plain.new_page()
        shown.goto(connected.at("/rules"))
        shown.get_by_label("Filter the rules").fill("10-eu")
        shown.get_by_role("button", name="Filter").click()
        expect(shown.locator(".rules-table tbody tr")).to_have_count(1)
        shown.goto(connected.at("/rules/try"))
        shown.locator("#rule").fill(RULE.replace("Lead", "Contact"))
        shown.get_by_role("button", name="Try it").click()
        expect(shown.locator("#tried")).to_contain_text("This rule changes 1 line of the plan.")
        expect(shown.locator("#rule")).to_have_value(RULE.replace("Lead", "Contact"))
    finally:
        plain.close()
