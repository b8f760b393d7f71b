"""Debian's Chromium, driven by Playwright: found and launched here, or the reason told why it is
not.

Playwright's own browsers are never downloaded. While a browser runs, Playwright keeps an event loop
in this thread: a test of the same process that needs one of its own has to run it in another
thread.
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

_NAMES = ("chromium", "chromium-browser", "google-chrome")
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
def launched(*, furnished: bool = False) -> Iterator[Browser]:
    """A running Chromium. Where there is none the test is skipped; in CI it fails.

    A machine without a desktop gives the system's font as a very wide one, which is what layouts
    are tested with; `furnished` has one as people have.
    """
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        _not_tested(
            "browser tests need Chromium; install it (apt-get install chromium) to run this test"
        )
    with sync_playwright() as playwright:
        environ: dict[str, str | float | bool] = {**os.environ, "TZ": "UTC"}
        if furnished:
            environ["FONTCONFIG_FILE"] = str(_FONTS)
        browser = playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS), env=environ
        )
        try:
            yield browser
        finally:
            browser.close()


def _not_tested(words: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"NOT TESTED: {words}")
    pytest.skip(f"NOT TESTED: {words}")
