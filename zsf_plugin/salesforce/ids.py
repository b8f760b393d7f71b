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
    groups = (value[at : at + 5] for at in (0, 5, 10))
    bits = (
        sum(1 << place for place, char in enumerate(group) if "A" <= char <= "Z")
        for group in groups
    )
    return value[:15] + "".join(_SUFFIX[number] for number in bits)


def same_id(one: str, other: str) -> bool:
    """Whether both name one record, in whatever form; what is no id equals nothing."""
    whole = long_id(one)
    return whole is not None and whole == long_id(other)


def object_of(record_id: str) -> str:
    """The object an id belongs to, by its prefix; "" for objects we do not write."""
    return _OBJECTS.get(record_id[:3], "")
