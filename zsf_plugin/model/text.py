"""Text as an org holds it: what nothing holds is dropped, the rest is kept letter by letter. Pure;
shortens nothing.

What is written, asked by and compared passes here, so that the same text is the same in all three
(salesforce-api.md §6, §9 trap 49).
"""

from __future__ import annotations

import re

#: Control characters but for tab and line breaks: no field holds them.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")


def kept(text: str) -> str:
    """The text less what no field holds; all else, blanks at its ends too, stays. A field of
    several lines holds that, trimmed.

    Two halves of a surrogate pair side by side are the character they stand for, as JSON reads
    them; one alone is none.
    """
    if text.isprintable():
        return text
    if _HALVES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _UNHELD.sub("", text)


def one_line(text: str) -> str:
    """The text as a field of one line holds it: trimmed, line breaks and tabs a space."""
    whole = kept(text).strip()
    return whole if whole.isprintable() else _LINE_BREAKS.sub(" ", whole)


def units(text: str) -> int:
    """Length as Salesforce counts it: UTF-16 units (trap 49)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
