"""What a page in a browser has wrong for somebody's eyes or hands, as lists of complaints in
words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

#: A desktop, where the layout changes, a telephone, and a small one.
_WIDTHS = (1440, 1101, 1100, 641, 640, 360, 320)
_HEIGHT = 780
_MOST_STOPS = 500


def open_eyes(context: BrowserContext) -> None:
    """Let pages that are opened from now on be asked."""
    context.add_init_script(path=Path(__file__).with_name("eyes.js"))


def sticks_out(page: Page) -> list[str]:
    """At which widths the page scrolls sideways, and by what."""
    found = []
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        told = page.evaluate("eyes.tooWide()")
        if told["over"] > 0:
            found.append(f"{told['over']} px too wide for {width}: {' | '.join(told['wide'])}")
    return found


def out_of_order(page: Page) -> list[str]:
    """A title, one heading of the page, and none that skips a level."""
    levels = page.evaluate("eyes.headings()")
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the page"]
    found += [
        f"a heading of level {low} follows one of {high}"
        for high, low in pairwise(levels)
        if low > high + 1
    ]
    return found + ([] if page.title() else ["no title"])


def moves(page: Page) -> list[str]:
    """What moves all the same for those who asked for less."""
    page.emulate_media(reduced_motion="reduce")
    found = page.evaluate("eyes.moving()")
    page.emulate_media(reduced_motion="no-preference")
    return [f"moves: {html}" for html in found]


def too_small(page: Page, width: int, least: int) -> list[str]:
    """Controls that a finger or a pointer misses: lower or narrower than so many pixels."""
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    return [
        f"at {width}, {words}" for words in page.evaluate("(least) => eyes.small(least)", least)
    ]


def lost_to_the_keyboard(page: Page) -> list[str]:
    """Press Tab until it has come round: what was not reached, or not seen to be."""
    names = page.evaluate("eyes.lookForStops()")
    missing, found, rounds = set(range(len(names))), [], 0
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate("eyes.focused()")
        rounds += now is None
        if rounds > 1 or (now is not None and now["stop"] >= 0 and now["stop"] not in missing):
            break
        if now is not None:
            missing.discard(now["stop"])
            found += [f"the focus is not seen on {now['html']}"] * (not now["isSeen"])
            found += [f"the focus is off the screen on {now['html']}"] * (not now["isOnScreen"])
    return [*found, *(f"the keyboard does not reach {names[at]}" for at in sorted(missing))]
