"""The badge's pictures, drawn for this product (no trademark is copied), with their text alternatives, for hosts.

    from zsf_plugin.badges import picture, text

    picture("black")  # an <svg> element: a black disc with a white cloud
    text("black")     # "In Salesforce"

The pictures name themselves (`<title>`), so they need no other label. Knows colours alone, not how they come about.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

Colour = Literal["black", "grey", "unknown"]
COLOURS: tuple[Colour, ...] = ("black", "grey", "unknown")

_TITLE = re.compile(r"<title[^>]*>([^<]+)</title>")


@cache
def picture(colour: Colour) -> str:
    """The badge as an SVG element, 24 × 24, to be set into a page as it is. Raises ValueError for another colour."""
    from importlib.resources import files

    if colour not in COLOURS:
        raise ValueError(f"no badge is called {colour!r}: there are {', '.join(COLOURS)}")
    return (files(__package__) / f"{colour}.svg").read_text(encoding="utf-8").strip()


def text(colour: Colour) -> str:
    """The badge in words, for those who cannot see it. Raises ValueError for another colour."""
    found = _TITLE.search(picture(colour))
    return found.group(1) if found else colour
