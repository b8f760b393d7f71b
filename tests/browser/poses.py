"""Pages in use, for screenshots: an open picker, results, candidates, unsaved changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.browser.console import WORKSPACE, Console
from tests.browser.states import wait_until_settled


def change_mapping(page: Page, console: Console) -> None:
    """Two unsaved changes."""
    page.goto(console.at("/mapping"))
    wait_until_settled(page)
    with page.expect_response("**/mapping/preview"):
        page.locator("#policy-Contact-Email").select_option("always")
    with page.expect_response("**/mapping/preview"):
        page.locator("#policy-Contact-LinkedIn_Profile__c").select_option("if_ours")
    wait_until_settled(page)


def open_picker(page: Page, console: Console) -> None:
    """A search for a field by a part of its name."""
    change_mapping(page, console)
    page.locator("#pick-Contact-LinkedIn_Profile__c").click()
    page.locator("input[role=combobox]").fill("link")
    expect(page.locator("[role=listbox] [role=option] mark").first).to_be_visible()
    wait_until_settled(page)


def show_candidates(page: Page, console: Console) -> None:
    """The matching records that a person has to choose from."""
    page.goto(console.at("/held"))
    page.get_by_role("button", name="Show matching records").click()
    wait_until_settled(page)


def look_up_example(page: Page, console: Console) -> None:
    """An example of prospects with their badges."""
    page.goto(console.at("/search"))
    page.get_by_text("Fill in an example").click()
    page.get_by_role("button", name="Look up").click()
    wait_until_settled(page)


#: Changes a value, adds one, and takes one away.
TRIED = """[fields.Contact]
Title = { value = "Boss" }
Department = "prospect.location.region || 'Sales'"
Phone = false
"""


def try_a_rule(page: Page, console: Console) -> None:
    """A rule typed beside a purchase, with the plan that it would give."""
    entries = console.application.store.entries(WORKSPACE, limit=50)
    purchase = next(one for one in entries if one.kind == "purchase")
    page.goto(console.at(f"/rules/try?entry={purchase.id}"))
    with page.expect_response("**/rules/try"):
        page.locator("#rule").fill(TRIED)
    wait_until_settled(page)


def open_entry(page: Page, console: Console) -> None:
    """One entry beside the list: an existing person, and what changed."""
    newest = console.application.store.entries(WORKSPACE, state="done", limit=1)[0]
    page.goto(console.at(f"/activity/{newest.id}"))
    wait_until_settled(page)


def ask_undo(page: Page, console: Console) -> None:
    """The plan of undoing a write that created an Account and a Contact."""
    page.goto(console.at("/activity?q=Ioana&state=done"))
    page.get_by_role("link", name="Created Account").first.click()
    page.get_by_role("link", name="Undo this write…").click()
    wait_until_settled(page)


def preview_many(page: Page, console: Console) -> None:
    """What two unsaved changes would do to the last prospects."""
    change_mapping(page, console)
    page.get_by_text("Preview over the last 50 prospects").click()
    wait_until_settled(page)


POSES: Mapping[str, Callable[[Page, Console], None]] = {
    "mapping-changed": change_mapping,
    "mapping-picker": open_picker,
    "held-candidates": show_candidates,
    "search-looked-up": look_up_example,
    "rules-tried": try_a_rule,
    "activity-done": open_entry,
    "undo-plan": ask_undo,
    "preview-many": preview_many,
}
