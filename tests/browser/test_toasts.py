"""Toasts disappear by themselves unless someone uses them; errors stay until they are closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.browser.guard import Guard

#: Longer than any toast is shown.
_AFTER_TOAST_MS = 30_000


@pytest.fixture
def toast_page(page: Page, connected: Console) -> Page:
    """The switches, in a browser whose time a test moves forward."""
    page.clock.install()
    page.goto(connected.at("/configuration"))
    return page


def flip(page: Page) -> None:
    page.get_by_role("switch", name="Sync activities").click()
    expect(page.locator("#toast")).to_contain_text("Sync activities is off.")


def test_a_toast_disappears_by_itself(toast_page: Page) -> None:
    flip(toast_page)
    toast_page.mouse.move(0, 0)
    toast_page.clock.fast_forward(_AFTER_TOAST_MS)
    expect(toast_page.locator("#toast")).to_be_empty()


@pytest.mark.parametrize("use", ["hover", "focus"])
def test_a_toast_stays_while_it_is_hovered_or_focused(toast_page: Page, use: str) -> None:
    flip(toast_page)
    undo = toast_page.locator("#toast").get_by_role("button", name="Undo")
    undo.hover() if use == "hover" else undo.focus()
    toast_page.clock.fast_forward(_AFTER_TOAST_MS)
    expect(undo).to_be_visible()
    toast_page.mouse.move(0, 0)
    toast_page.get_by_role("switch", name="Sync activities").focus()
    toast_page.clock.fast_forward(_AFTER_TOAST_MS)
    expect(toast_page.locator("#toast")).to_be_empty()


def test_a_toast_can_be_closed(toast_page: Page) -> None:
    flip(toast_page)
    toast_page.locator("#toast").get_by_role("button", name="Close").click()
    expect(toast_page.locator("#toast")).to_be_empty()


def test_an_error_stays_until_it_is_closed(
    toast_page: Page, connected: Console, guard: Guard
) -> None:
    guard.allow("status of 409")
    connected.rule("[switches]\nsync_activities = true\n", "10-eu.toml")
    toast_page.get_by_role("switch", name="Sync activities").click()
    toast = toast_page.get_by_role("status").filter(has_text="is set by 10-eu.toml")
    expect(toast).to_be_visible()
    toast_page.mouse.move(0, 0)
    toast_page.clock.fast_forward(_AFTER_TOAST_MS)
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Close").click()
    expect(toast_page.locator("#toast")).to_be_empty()
