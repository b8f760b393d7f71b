"""The badge images for hosts, with their text alternatives. They are our own drawings and copy no
trademark.

    from zsf_plugin.badges import fragment, stylesheet

    fragment("black")  # an <svg> element: a black disc with a white cloud, named "In Salesforce"
    stylesheet()       # its style sheet, to be served once: dark mode, forced colours, sizes

`picture` is the badge as one element without a style sheet, which does not adapt to a dark page;
`text` is the badge in words.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Literal

Colour = Literal["black", "grey", "unknown"]
COLOURS: tuple[Colour, ...] = ("black", "grey", "unknown")

#: Below this size, in pixels, the three shapes look the same.
MIN_SIZE_PX = 16
_TITLE = re.compile(r"<title[^>]*>([^<]+)</title>")
#: A cloud in a box of 24 units.
_CLOUD = "M7.1 17.1a3.75 3.75 0 0 1-.45-7.47 5.1 5.1 0 0 1 9.75-1.16 4.35 4.35 0 0 1 .65 8.63z"
#: Three shapes that differ without colour: a filled disc, a cloud, a dashed ring.
_SHAPES: dict[Colour, str] = {
    "black": '<circle class="zsf-badge-disc" cx="12" cy="12" r="11.25"/>'
    f'<path class="zsf-badge-cloud" transform="translate(3.36 3.36) scale(.72)" d="{_CLOUD}"/>',
    "grey": f'<path class="zsf-badge-line" d="{_CLOUD}"/>',
    "unknown": '<circle class="zsf-badge-ring" cx="12" cy="12" r="10.25"/>'
    '<path class="zsf-badge-mark" d="M9.3 9.7a2.7 2.7 0 1 1 4 2.35c-.85.45-1.3.95-1.3 '
    '1.85M12 17v.2"/>',
}


def fragment(colour: Colour, label: str | None = None, size: int = 20) -> str:
    """The badge as HTML for a page, `size` pixels wide; `stylesheet` has its colours.

    `label` is its text for screen readers (default: `text`; pass an empty one if the page shows the
    same words beside it). The HTML has no style attribute, script or id, so it works under a strict
    content security policy and any number of times per page. Raises ValueError for an unknown
    colour, or a size below 16 px.
    """
    if size < MIN_SIZE_PX:
        raise ValueError(
            f"a badge of {size} px is too small to recognise: use {MIN_SIZE_PX} px or more"
        )
    default = text(colour)
    named = escape(default if label is None else label)
    return (
        f'<svg class="zsf-badge zsf-badge-{colour}" viewBox="0 0 24 24" width="{size}" '
        f'height="{size}"'
        f' focusable="false" {_role(named)}>{_title(named)}{_SHAPES[colour]}</svg>'
    )


def _role(named: str) -> str:
    return f'role="img" aria-label="{named}"' if named else 'aria-hidden="true"'


def _title(named: str) -> str:
    return f"<title>{named}</title>" if named else ""


@cache
def stylesheet() -> str:
    """The CSS of all fragments on a page; it only has classes that start with `zsf-badge`."""
    return _read("badge.css")


@cache
def picture(colour: Colour) -> str:
    """The badge as an SVG element, 24 × 24, that needs no style sheet. Raises ValueError for an
    unknown colour."""
    if colour not in COLOURS:
        raise ValueError(f"unknown badge colour {colour!r}: use {', '.join(COLOURS)}")
    return _read(f"{colour}.svg").strip()


def text(colour: Colour) -> str:
    """The badge in words, for screen readers. Raises ValueError for an unknown colour."""
    found = _TITLE.search(picture(colour))
    return found.group(1) if found else colour


def _read(name: str) -> str:
    from importlib.resources import files

    return (files(__package__) / name).read_text(encoding="utf-8")
