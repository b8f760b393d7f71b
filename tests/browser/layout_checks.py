"""Faults of a page's layout, motion and keyboard use, each in a line of text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

#: A desktop, both sides of the points where the layout changes, a phone, and a small one.
_WIDTHS = (1341, 1101, 1100, 641, 640, 360, 320)
_HEIGHT = 780
_MAX_STOPS = 500


def install(context: BrowserContext) -> None:
    """Add the checks' script to pages that are opened from now on."""
    context.add_init_script(path=Path(__file__).with_name("layout_checks.js"))


def overflowing(page: Page) -> list[str]:
    """The widths at which the page scrolls sideways, and the elements that cause it."""
    found = []
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        result = page.evaluate("layoutChecks.tooWide()")
        if result["over"] > 0:
            found.append(f"{result['over']} px too wide for {width}: {' | '.join(result['wide'])}")
    return found


def heading_faults(page: Page) -> list[str]:
    """A page needs a title, one heading of level 1, and no heading that skips a level."""
    levels = page.evaluate("layoutChecks.headings()")
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the page"]
    found += [
        f"a heading of level {low} follows one of {high}"
        for high, low in pairwise(levels)
        if low > high + 1
    ]
    return found + ([] if page.title() else ["no title"])


def animations(page: Page) -> list[str]:
    """What moves although the browser asks for reduced motion."""
    page.emulate_media(reduced_motion="reduce")
    found = page.evaluate("layoutChecks.moving()")
    page.emulate_media(reduced_motion="no-preference")
    return [f"moves: {html}" for html in found]


def small_targets(page: Page, width: int, min_px: int) -> list[str]:
    """Controls too small for a finger or pointer: lower or narrower than `min_px`."""
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    return [
        f"at {width}, {words}"
        for words in page.evaluate("(minPx) => layoutChecks.small(minPx)", min_px)
    ]


def keyboard_faults(page: Page) -> list[str]:
    """Press Tab through the whole page: stops that are not reached, not visible or off the screen."""
    names = page.evaluate("layoutChecks.findStops()")
    missing, found, rounds = set(range(len(names))), [], 0
    for _ in range(_MAX_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate("layoutChecks.focused()")
        rounds += now is None
        if rounds > 1 or (now is not None and now["stop"] >= 0 and now["stop"] not in missing):
            break
        if now is not None:
            missing.discard(now["stop"])
            found += [f"the focus is not visible on {now['html']}"] * (not now["isSeen"])
            found += [f"the focus is off the screen on {now['html']}"] * (not now["isOnScreen"])
    return [*found, *(f"the keyboard does not reach {names[at]}" for at in sorted(missing))]
