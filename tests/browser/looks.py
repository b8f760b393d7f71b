"""The looks in which every page is tested: wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

WIDE = (1440, 900)
NARROW = (360, 780)


@dataclass(frozen=True, slots=True)
class Look:
    """A size and a colour scheme."""

    size: tuple[int, int]
    scheme: Literal["light", "dark"]

    @property
    def width(self) -> int:
        """Its width in pixels."""
        return self.size[0]

    @property
    def name(self) -> str:
        """Its name in the file names of screenshots: `1440-light`."""
        return f"{self.width}-{self.scheme}"


LOOKS = (Look(WIDE, "light"), Look(WIDE, "dark"), Look(NARROW, "light"), Look(NARROW, "dark"))
#: Every width that the layout promises, in both colour schemes over a tour of the pages.
TOUR_LOOKS = (
    *LOOKS,
    Look((320, 780), "light"),
    Look((768, 900), "dark"),
    Look((1024, 900), "light"),
    Look((1280, 900), "dark"),
)
#: Both widths and both colour schemes, in two looks.
TWO_LOOKS = (LOOKS[0], LOOKS[3])


def looks(page: Page, chosen: Sequence[Look] = LOOKS) -> Iterator[Look]:
    """Put the page into each look in turn, without motion, then restore it."""
    before = page.viewport_size
    for look in chosen:
        width, height = look.size
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
        yield look
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if before is not None:
        page.set_viewport_size(before)
