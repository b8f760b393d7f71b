"""A slow line: what a person does before the scripts of a page ran counts once they did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard


@pytest.fixture
def ready(connected: Console) -> Console:
    """A connected workspace whose fields were read."""
    connected.purchase(1)
    connected.application.orgs.crm(WORKSPACE).facts(refresh=True)
    return connected


@contextmanager
def scripts_held(page: Page) -> Iterator[None]:
    """Scripts asked for meanwhile arrive at the end only."""
    page.route(re.compile(r"/static/.*\.js"), lambda route: None)
    yield
    page.unroute_all()  # sends those that wait


def test_a_field_changed_before_the_scripts_ran_is_unsaved_and_in_the_sample(
    context: BrowserContext, guard: Guard, ready: Console
) -> None:
    page = context.new_page()
    with scripts_held(page):
        page.goto(ready.at("/mapping"), wait_until="commit")
        page.locator("#policy-Lead-Title").select_option("always")
    expect(page.locator("#unsaved-count")).to_have_text("1 unsaved change")
    with scripts_held(page):
        page.locator("#fill-Lead-Title").click()
        page.get_by_label("Text before").first.fill("Director ")
    expect(page.locator("#fill-sample")).to_contain_text("Director ")


def test_a_filter_chosen_before_the_scripts_ran_is_applied(
    context: BrowserContext, guard: Guard, ready: Console
) -> None:
    page = context.new_page()
    with scripts_held(page):
        page.goto(ready.at("/activity"), wait_until="commit")
        page.get_by_label("State").select_option("pending")
    expect(page).to_have_url(re.compile("state=pending"))
