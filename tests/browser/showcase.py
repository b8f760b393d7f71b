"""`python -m tests.browser.showcase`: the four screenshots of the documents, in
`docs/screenshots/`. No test compares them.

With Pillow they are made small; without it they are as the browser takes them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import poses
from tests.browser.chromium import launched
from tests.browser.people import org, people
from tests.browser.rich import furnish
from tests.browser.scene import Console
from tests.browser.states import settled
from zsf_plugin.emulator import Emulator

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
#: Little enough of the org's calls that a preview may look.
_USED_LITTLE = 9_100
#: Few colours are enough for text and lines.
_SMALL = """
import sys
from PIL import Image
whole = Image.open(sys.argv[1]).convert("RGB")
whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(sys.argv[1], optimize=True)
"""
_DESK = (1440, 1060)
_TELEPHONE = (360, 780)


def main() -> None:
    """Take them; say where they are."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with launched(furnished=True) as browser:
        _mapping(browser)
        _what_happened(browser)
    print(f"look at them in {FOLDER}")


def _mapping(browser: Browser) -> None:
    """A person whom a colleague edited in Salesforce meanwhile, so that the preview has something
    to show."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(org()) as emulator,
        Console(Path(folder), emulator) as console,
    ):
        furnish(console, _USED_LITTLE)
        _edited_in_salesforce(console)
        page = _page(browser, *_DESK)
        poses.picker(page, console)
        _take(page, "mapping-1440")
        page.set_viewport_size({"width": _TELEPHONE[0], "height": _TELEPHONE[1]})
        page.goto(console.at("/mapping"))
        settled(page)
        _take(page, "mapping-360")


def _what_happened(browser: Browser) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(org()) as emulator,
        Console(Path(folder), emulator) as console,
    ):
        furnish(console)
        page = _page(browser, *_DESK)
        poses.entry(page, console)
        _take(page, "activity-1440")
        poses.candidates(page, console)
        page.evaluate("scrollTo(0, 0)")
        _take(page, "held-1440")


def _edited_in_salesforce(console: Console) -> None:
    email = people()["p5"]["email"]
    record = next(row for row in console.records("Contact") if row["Email"] == email)
    edited = {
        "Title": "VP Sales EMEA",
        "Phone": "+44 113 496 0000",
        "MailingCity": None,
        "LinkedIn_Profile__c": None,
    }
    console.emulator.control.answer("PATCH", ["records", "Contact", str(record["Id"])], edited)


def _page(browser: Browser, width: int, height: int) -> Page:
    return browser.new_page(
        viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce"
    )


def _take(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    if find_spec("PIL") is not None:
        subprocess.run([sys.executable, "-c", _SMALL, str(path)], check=True)


if __name__ == "__main__":
    main()
