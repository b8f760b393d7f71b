"""Finds Debian's Chromium and launches it with Playwright, or says why it cannot.

Playwright's own browsers are never downloaded. While a browser runs, Playwright keeps an event loop
in this thread: a test in the same process that needs an event loop has to run it in another thread.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

#: The first is Chromium without its windows: the same pages in two thirds of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FONTS = Path(__file__).with_name("fonts.conf")
_ARGUMENTS = (
    "--no-sandbox",  # Chromium refuses to run as root, as in a container, without it
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
)


@contextmanager
def launch_chromium(*, desktop_fonts: bool = False) -> Iterator[Browser]:
    """A running Chromium. If none is installed, the test is skipped; in CI it fails.

    On a machine without a desktop the system font is very wide, which is good for tests of the
    layout; `desktop_fonts` uses one that people have.
    """
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        _skip(
            "browser tests need Chromium; install it (apt-get install chromium-headless-shell) to run "
            "this test"
        )
    with sync_playwright() as playwright:
        environ: dict[str, str | float | bool] = {**os.environ, "TZ": "UTC"}
        if desktop_fonts:
            environ["FONTCONFIG_FILE"] = str(_FONTS)
        browser = playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS), env=environ
        )
        try:
            yield browser
        finally:
            browser.close()


def _skip(words: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"NOT TESTED: {words}")
    pytest.skip(f"NOT TESTED: {words}")
