"""Fixtures of browser tests: one Chromium per process; per test a fresh context, a guard, an emulator
and a console."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import launch_chromium
from tests.browser.console import Console, Options
from tests.browser.guard import Guard
from tests.browser.looks import WIDE
from tests.compiled_routes import share_compiled_routes
from tests.compiled_templates import share_compiled_templates
from zsf_plugin.emulator import Emulator, OrgSpec

share_compiled_templates()
share_compiled_routes()

#: Marks a page whose scripts ran: on a busy machine a test is faster than they are.
_MARK_SCRIPTS = """
document.addEventListener("DOMContentLoaded", () => setTimeout(() => { document.documentElement.dataset.scriptsRan = "yes"; }));
"""
#: Long enough for a busy machine.
_TIMEOUT_MS = 30_000
expect.set_options(timeout=_TIMEOUT_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the process."""
    with launch_chromium() as browser:
        yield browser


@pytest.fixture
def org_spec() -> OrgSpec:
    """The org of the rehearsal; a module may have its own."""
    with as_file(files("zsf_plugin.cli") / "rehearsal" / "org.json") as path:
        return OrgSpec.load(path)


@pytest.fixture
def emulator(org_spec: OrgSpec) -> Iterator[Emulator]:
    """A running Salesforce emulator; `.control` and `.org` make changes there that the plugin does
    not."""
    with Emulator(org_spec) as emulator:
        yield emulator


@pytest.fixture
def console_options() -> Options:
    """How the console is mounted; a module may override it."""
    return Options()


@pytest.fixture
def console(tmp_path: Path, emulator: Emulator, console_options: Options) -> Iterator[Console]:
    """A running console, not connected."""
    with Console(tmp_path, emulator, console_options) as running:
        yield running


@pytest.fixture
def connected(console: Console) -> Console:
    """A running console whose workspace is connected and syncs."""
    console.connect()
    return console


@pytest.fixture
def context(chromium: Browser, console: Console) -> Iterator[BrowserContext]:
    """A fresh browser context, 1440 px wide. It is closed before the console, to which it may still
    send requests."""
    width, height = WIDE
    fresh = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB"
    )
    fresh.set_default_timeout(_TIMEOUT_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def guard(context: BrowserContext, emulator: Emulator) -> Iterator[Guard]:
    """Fails the test for errors of the console, scripts, the CSP and requests; `guard.allow` those
    that are expected."""
    watching = Guard(context, (emulator.url,))
    yield watching
    assert not watching.complaints(), "\n".join(["the browser complained:", *watching.complaints()])


@pytest.fixture
def page(context: BrowserContext, guard: Guard) -> Page:
    """A page that the guard watches, as it does its popups. What a test does waits for the scripts of
    the page; `test_late_scripts.py` has what a faster person does."""
    fresh = context.new_page()
    fresh.add_init_script(_MARK_SCRIPTS)
    fresh.add_locator_handler(
        fresh.locator("html:not([data-scripts-ran])"),
        lambda loading: loading.page.wait_for_load_state(),
    )
    return fresh
