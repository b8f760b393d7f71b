"""Screenshots for people, in `build/screenshots/`. No test compares them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.looks import TWO_LOOKS, Look, looks

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"


def shoot(
    page: Page, name: str, *, whole: bool = True, chosen: Sequence[Look] = TWO_LOOKS
) -> list[Path]:
    """Take the page in the chosen looks, `NAME-1440-light.png` and so on; the whole page, or the part
    that the window shows."""
    return [snap(page, f"{name}-{look.name}", whole=whole) for look in looks(page, chosen)]


def snap(page: Page, name: str, *, whole: bool = True) -> Path:
    """Take the page; the whole of it in a window of its height, so that sticky bars are in place."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    before = page.viewport_size
    if whole and before is not None:
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": before["width"], "height": max(before["height"], height)})
    page.screenshot(path=path, animations="disabled", caret="hide")
    if before is not None:
        page.set_viewport_size(before)
    return path
