"""Record ids: the 18-character form of either form (salesforce-api.md "IDs")."""

from __future__ import annotations

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def long_id(value: str) -> str | None:
    """The 18-character form of an id in either form, or None for what is none."""
    if not _SHAPE.fullmatch(value):
        return None
    groups = (value[at : at + 5] for at in (0, 5, 10))
    bits = (sum(1 << place for place, char in enumerate(group) if "A" <= char <= "Z") for group in groups)
    return value[:15] + "".join(_SUFFIX[number] for number in bits)
