"""Pages in use, for screenshots: an open picker, results, candidates, unsaved changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.browser.console import WORKSPACE, Console
from tests.browser.states import settled


def mapping_changed(page: Page, console: Console) -> None:
    """Two unsaved changes."""
    page.goto(console.at("/mapping"))
    settled(page)
    with page.expect_response("**/mapping/preview"):
        page.locator("#policy-Contact-Email").select_option("always")
    with page.expect_response("**/mapping/preview"):
        page.locator("#policy-Contact-LinkedIn_Profile__c").select_option("if_ours")
    settled(page)


def picker(page: Page, console: Console) -> None:
    """A search for a field by a part of its name."""
    mapping_changed(page, console)
    page.locator("#pick-Contact-LinkedIn_Profile__c").click()
    page.locator("input[role=combobox]").fill("link")
    expect(page.locator("[role=listbox] [role=option] mark").first).to_be_visible()
    settled(page)


def candidates(page: Page, console: Console) -> None:
    """The matching records that a person has to choose from."""
    page.goto(console.at("/held"))
    page.get_by_role("button", name="Show matching records").click()
    settled(page)


def looked_up(page: Page, console: Console) -> None:
    """An example of prospects with their badges."""
    page.goto(console.at("/search"))
    page.get_by_text("Fill in an example").click()
    page.get_by_role("button", name="Look up").click()
    settled(page)


def entry(page: Page, console: Console) -> None:
    """One entry beside the list: an existing person, and what changed."""
    newest = console.application.store.entries(WORKSPACE, state="done", limit=1)[0]
    page.goto(console.at(f"/activity/{newest.id}"))
    settled(page)


POSES: Mapping[str, Callable[[Page, Console], None]] = {
    "mapping-changed": mapping_changed,
    "mapping-picker": picker,
    "held-candidates": candidates,
    "search-looked-up": looked_up,
    "activity-done": entry,
}
