"""The console that browser tests use: served over HTTP, connected to an emulator, fed and drained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.access import findings
from tests.browser.console import WORKSPACE, Console
from tests.browser.layout_checks import install
from tests.browser.looks import NARROW
from tests.browser.shots import shoot
from zsf_plugin.console import Visitor
from zsf_plugin.console.layout import TABS

PARTNERS = 'name = "Not our partners"\nwhen = "prospect.custom.partner"\n[switches]\nsync_prospects = false\n'


def test_a_browser_can_open_the_console(page: Page, console: Console) -> None:
    page.goto(console.url)
    assert page.url == console.at("/connection")


def test_a_connected_console_syncs_what_it_is_fed(page: Page, connected: Console) -> None:
    connected.purchase(1, 2, 3)
    assert connected.drain().held == 0
    assert len(connected.records("Lead")) == 4, "three new Leads and the one that the org had"
    page.goto(connected.url)
    assert page.url == connected.at("/overview")


def test_the_rehearsal_ends_in_every_state(connected: Console) -> None:
    connected.rule(PARTNERS)
    connected.rehearse()
    connected.drain()
    counts = connected.application.store.counts("default")
    assert min(counts.done, counts.skipped, counts.held) > 0


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_a_menu_has_every_page_and_the_number_of_held_entries(
    chromium: Browser, connected: Console, script: bool
) -> None:
    connected.rehearse()
    connected.drain()
    held = str(connected.application.store.counts("default").held)
    width, height = NARROW
    context = chromium.new_context(
        viewport={"width": 320, "height": height}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(connected.at("/overview"))
    opener = page.get_by_role("button", name=re.compile("Overview.*all pages"))
    expect(opener).to_contain_text(held)
    opener.focus()
    page.keyboard.press("Enter")
    tabs = page.get_by_role("navigation", name="Pages").get_by_role("link")
    assert [name.split("\n")[0] for name in tabs.all_inner_texts()] == [name for _, name in TABS]
    for link in tabs.all():
        expect(link).to_be_in_viewport()
    if script:
        page.set_viewport_size({"width": width, "height": height})
        assert findings(page) == []
        shoot(page, "menu")
    page.get_by_role("link", name=f"Held {held}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("held")
    expect(tabs.first).to_be_hidden()
    for wide in (320, 641, 768, 1100, 1341):
        page.set_viewport_size({"width": wide, "height": height})
        if wide > 640:
            expect(tabs.last).to_be_in_viewport()
        if script:
            assert page.evaluate("document.documentElement.scrollWidth") == wide
    context.close()


LONG = "Landesversicherungsanstalt Rheinland-Pfalz Beteiligungsgesellschaft mbH & Co. KG"
#: From a small phone to a desktop, and both sides of the points where the top bar changes.
BAR_WIDTHS = (*range(320, 1441, 80), 360, 641, 660, 721, 768, 1024, 1340, 1341)


def test_the_top_bar_has_room_for_a_long_name_and_view_only_at_every_width(
    page: Page, context: BrowserContext, connected: Console
) -> None:
    """Nothing is cut off but the name, which has two lines; Connection shows it whole."""
    install(context)
    connection = connected.application.orgs.connection(WORKSPACE)
    connected.application.store.save_connection(replace(connection, org_name=LONG))
    connected.sign_in(context, Visitor(WORKSPACE, "Vera Viewer", role="view"))
    page.goto(connected.at("/search"))
    for width in BAR_WIDTHS:
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate("layoutChecks.crowdedBar()") == [], width
        assert page.evaluate("layoutChecks.barHeight()") < 112, width
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_each_user_of_a_host_sees_their_own_workspace(
    page: Page, context: BrowserContext, console: Console
) -> None:
    console.connect("acme")
    console.sign_in(context, Visitor("acme", "Grace"))
    page.goto(console.url)
    assert page.url == console.at("/overview")
    console.sign_in(context, Visitor("globex", "Hedy"))
    page.goto(console.url)
    assert page.url == console.at("/connection")
