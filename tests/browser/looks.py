"""The looks in which every page is tested: wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from playwright.sync_api import Page

WIDE = (1440, 900)
NARROW = (360, 780)
_SIZES = (WIDE, NARROW)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Look:
    """A width and a colour scheme."""

    width: int
    scheme: str

    @property
    def name(self) -> str:
        """Its name in the file names of screenshots: `1440-light`."""
        return f"{self.width}-{self.scheme}"


def looks(page: Page) -> Iterator[Look]:
    """Put the page into each look in turn, without motion, then restore it."""
    before = page.viewport_size
    for (width, height), scheme in product(_SIZES, _SCHEMES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        yield Look(width, scheme)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if before is not None:
        page.set_viewport_size(before)
