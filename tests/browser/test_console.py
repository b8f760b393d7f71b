"""The console that browser tests use: served over HTTP, connected to an emulator, fed and drained."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

from tests.browser.console import Console
from zsf_plugin.console import Visitor

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
