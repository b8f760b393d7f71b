"""Fixtures of browser tests: one Chromium a process, a fresh context and a guard a test, an emulator
and a console."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import launched
from tests.browser.guard import Guard
from tests.browser.looks import WIDE
from tests.browser.scene import Console, Options
from zsf_plugin.emulator import Emulator, OrgSpec

#: What takes longer than this will not come, however busy the machine is.
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The process's browser."""
    with launched() as browser:
        yield browser


@pytest.fixture
def org_spec() -> OrgSpec:
    """The org of the rehearsal; a module may have its own."""
    with as_file(files("zsf_plugin.cli") / "rehearsal" / "org.json") as path:
        return OrgSpec.load(path)


@pytest.fixture
def emulator(org_spec: OrgSpec) -> Iterator[Emulator]:
    """A running Salesforce emulator; `.control` and `.org` are what happens there behind our
    back."""
    with Emulator(org_spec) as emulator:
        yield emulator


@pytest.fixture
def console_options() -> Options:
    """How the console is put up; a module may do otherwise."""
    return Options()


@pytest.fixture
def console(tmp_path: Path, emulator: Emulator, console_options: Options) -> Iterator[Console]:
    """A running console, not connected."""
    with Console(tmp_path, emulator, console_options) as running:
        yield running


@pytest.fixture
def connected(console: Console) -> Console:
    """The same, its workspace connected and syncing."""
    console.connect()
    return console


@pytest.fixture
def context(chromium: Browser, console: Console) -> Iterator[BrowserContext]:
    """A browser nobody used before, 1440 px wide. It goes before the console that it may still be
    asking."""
    width, height = WIDE
    made = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB"
    )
    made.set_default_timeout(_PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def guard(context: BrowserContext, emulator: Emulator) -> Iterator[Guard]:
    """Fails the test for errors in the console, of scripts, of the CSP, of requests; `guard.allow`
    those that are meant."""
    watching = Guard(context, (emulator.url,))
    yield watching
    assert not watching.complaints(), "\n".join(["the browser complained:", *watching.complaints()])


@pytest.fixture
def page(context: BrowserContext, guard: Guard) -> Page:
    """A page under guard; so are its popups."""
    return context.new_page()
