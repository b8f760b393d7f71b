"""Record ids: their 15- and 18-character forms (salesforce-api.md, “IDs”)."""

from __future__ import annotations

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def long_id(value: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None if `value` is no id."""
    if not _SHAPE.fullmatch(value):
        return None
    suffix = ""
    for start in (0, 5, 10):
        bits = 0
        for place in range(5):
            if "A" <= value[start + place] <= "Z":
                bits |= 1 << place
        suffix += _SUFFIX[bits]
    return value[:15] + suffix


def is_same_org(one: str, other: str) -> bool:
    """Whether both ids, in either form, are of one org: the first 15 characters decide."""
    return one[:15] == other[:15]
