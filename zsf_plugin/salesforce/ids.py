"""Record ids: either form to 18 characters, equality, whose an id is (salesforce-api.md, “IDs”).
Looks nothing up."""

from __future__ import annotations

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")
_OBJECTS = {"001": "Account", "003": "Contact", "005": "User", "00Q": "Lead", "00T": "Task"}


def long_id(value: str) -> str | None:
    """The 18-character form of an id in either form, or None for what is none."""
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


def same_id(one: str, other: str) -> bool:
    """Whether both name one record, in whatever form; what is no id equals nothing."""
    whole = long_id(one)
    return whole is not None and whole == long_id(other)


def object_of(record_id: str) -> str:
    """The object an id belongs to, by its prefix; "" for objects we do not write."""
    return _OBJECTS.get(record_id[:3], "")
