"""Record ids, moments and names as Salesforce writes and reads them (salesforce-api.md "IDs").

No clock is turned here: now is the machine's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from zsf_plugin.emulator.errors import Json

T = TypeVar("T")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of an object's n-th record."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _ALPHABET[rest] + digits
    return long_form(prefix + "5g0000" + digits.rjust(6, "0"))


def long_form(short: str) -> str:
    """The 18-character form of a 15-character id."""
    return short + "".join(_check_character(short[at : at + 5]) for at in (0, 5, 10))


def _check_character(group: str) -> str:
    """The character that says which of five are capitals."""
    return _SUFFIX[sum(1 << place for place, char in enumerate(group) if char.isupper())]


def canonical(value: object) -> str | None:
    """The 18-character form of either form, or None for what is no id."""
    if not isinstance(value, str) or not _SHAPE.fullmatch(value):
        return None
    whole = long_form(value[:15])
    return whole if len(value) == 15 or whole == value else None


def stamp() -> str:
    """Now, as a dateTime (“Values in JSON”)."""
    return to_second(datetime.now(UTC))


def http_now() -> str:
    """Now, as an HTTP date."""
    return datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def to_second(moment: datetime) -> str:
    """A moment as a dateTime, in UTC and without fractions of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_moment(text: str) -> datetime:
    """The moment of a date or dateTime; one without an offset is in UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def short_id(value: Json) -> str:
    """The 15 characters of an id that messages show."""
    return str(value)[:15]


def folded(value: Json) -> Json:
    """A value as it is compared where case makes no difference."""
    return value.lower() if isinstance(value, str) else value


def find_folded(items: Mapping[str, T], name: str) -> T | None:
    """The item of that name, in whatever case."""
    if name in items:
        return items[name]
    folded = name.lower()
    return next((item for key, item in items.items() if key.lower() == folded), None)
