"""`python -m tests.browser.showcase`: the screenshots of the documents, in
`docs/screenshots/`. No test compares them.

With Pillow they are compressed; without it they stay as the browser takes them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import poses
from tests.browser.chromium import launch_chromium
from tests.browser.console import Console
from tests.browser.full_console import fill_console
from tests.browser.people import org, people
from tests.browser.states import wait_until_settled
from zsf_plugin.emulator import Emulator

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
#: So few of the org's calls that previews may query it.
_CALLS_USED = 9_100
#: 256 colours are enough for text and lines.
_COMPRESS = """
import sys
from PIL import Image
whole = Image.open(sys.argv[1]).convert("RGB")
whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(sys.argv[1], optimize=True)
"""
_DESKTOP = (1440, 1060)
_PHONE = (360, 780)


def main() -> None:
    """Take the screenshots and print their folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with launch_chromium(desktop_fonts=True) as browser:
        _mapping(browser)
        _activity_and_held(browser)
    print(f"saved in {FOLDER}")


def _mapping(browser: Browser) -> None:
    """A person whom a coworker has edited in Salesforce, so that the preview has changes to show."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(org()) as emulator,
        Console(Path(folder), emulator) as console,
    ):
        fill_console(console, _CALLS_USED)
        _edit_in_salesforce(console)
        page = _page(browser, *_DESKTOP)
        poses.open_picker(page, console)
        _take(page, "mapping-1440")
        page.set_viewport_size({"width": _PHONE[0], "height": _PHONE[1]})
        page.goto(console.at("/mapping"))
        wait_until_settled(page)
        _take(page, "mapping-360")


def _activity_and_held(browser: Browser) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(org()) as emulator,
        Console(Path(folder), emulator) as console,
    ):
        fill_console(console)
        page = _page(browser, *_DESKTOP)
        page.goto(console.at("/overview"))
        wait_until_settled(page)
        _take(page, "overview-1440")
        poses.open_entry(page, console)
        _take(page, "activity-1440")
        poses.show_candidates(page, console)
        page.evaluate("scrollTo(0, 0)")
        _take(page, "held-1440")
        page.goto(console.at("/person?id=p5"))
        wait_until_settled(page)
        _take(page, "person-1440")


def _edit_in_salesforce(console: Console) -> None:
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
        subprocess.run([sys.executable, "-c", _COMPRESS, str(path)], check=True)


if __name__ == "__main__":
    main()
