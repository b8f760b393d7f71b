"""The page *Overview* in a real browser: one look after a first day, from the landing page to what
each number leads to."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.looks import NARROW
from tests.browser.shots import shoot

PARTNERS = 'name = "Not our partners"\nwhen = "prospect.custom.partner"\n[switches]\nsync_prospects = false\n'


def test_an_admin_sees_what_happened_what_waits_and_who_changed_what(
    page: Page, connected: Console
) -> None:
    page.goto(connected.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_text("Ready for the first purchase")).to_be_visible()
    connected.rule(PARTNERS)
    connected.rehearse()
    connected.drain()
    page.goto(connected.at("/mapping"))
    page.get_by_role("switch", name="Sync activities").click()
    expect(page.get_by_role("switch", name="Sync activities")).not_to_be_checked()

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Overview").click()
    chart = page.get_by_role("img", name="created").first
    expect(chart).to_be_visible()
    table = page.get_by_role("table", name="Results by day")
    expect(table).to_be_hidden()
    page.get_by_text("Show as a table").first.focus()
    page.keyboard.press("Enter")
    expect(table.get_by_role("row")).to_have_count(31)
    changes = page.get_by_role("region", name="Latest changes")
    expect(changes.get_by_role("listitem").first).to_contain_text("Sync activities turned off")
    expect(changes.get_by_role("listitem").first).to_contain_text("by Ada Byron")
    expect(page.get_by_role("region", name="Switches")).to_contain_text("Off since")
    assert_accessible_in_two_looks(page)
    shoot(page, "overview")

    assert _counted(_download(page, "Results by day")) == _counts_of(connected)
    cause = page.get_by_role("region", name="Held by cause").get_by_role("link").first
    title = cause.inner_text()
    cause.click()
    expect(page.get_by_role("heading", name=title)).to_be_in_viewport()
    assert len(_download(page)) == connected.application.store.counts("default").held
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Activity").click()
    expect(page.get_by_role("region", name="Today")).to_contain_text("held")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto(connected.at("/overview"))
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def _download(page: Page, of: str = "") -> list[dict[str, str]]:
    """The rows of the file behind the link."""
    with page.expect_download() as file:
        page.get_by_role("link", name=re.compile(f"Download CSV.*{of}")).first.click()
    with Path(file.value.path()).open(encoding="utf-8-sig", newline="") as opened:
        return [*csv.DictReader(opened)]


def _counted(rows: list[dict[str, str]]) -> tuple[int, int, int]:
    """(done, held, skipped) entries in the file."""
    sums = {name: sum(int(row[name]) for row in rows) for name in rows[0] if name != "Day (UTC)"}
    held, skipped = sums.pop("Held"), sums.pop("Skipped")
    return sum(sums.values()), held, skipped


def _counts_of(console: Console) -> tuple[int, int, int]:
    counts = console.application.store.counts("default")
    return counts.done, counts.held, counts.skipped
