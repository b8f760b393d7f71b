"""Record ids: the 18-character form, comparison, and the object of an id (salesforce-api.md,
“IDs”). Pure."""

from __future__ import annotations

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")
_OBJECTS = {"001": "Account", "003": "Contact", "005": "User", "00Q": "Lead", "00T": "Task"}


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


def same_id(one: str, other: str) -> bool:
    """Whether both are ids of the same record, in either form; False if `one` is no id."""
    whole = long_id(one)
    return whole is not None and whole == long_id(other)


def object_of(record_id: str) -> str:
    """The object of an id, by its prefix; "" for objects that we do not write."""
    return _OBJECTS.get(record_id[:3], "")
