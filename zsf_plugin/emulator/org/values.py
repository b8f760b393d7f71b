"""Record ids, dates and names in Salesforce's formats (salesforce-api.md "IDs").

"Now" is the machine's clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from zsf_plugin.emulator.errors import Json

T = TypeVar("T")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of an object's record with this number."""
    return long_form(prefix + "5g0000" + _in_base_62(number).rjust(6, "0"))


def _in_base_62(number: int) -> str:
    digits = ""
    while number:
        number, remainder = divmod(number, 62)
        digits = _ALPHABET[remainder] + digits
    return digits


def long_form(short: str) -> str:
    """The 18-character form of a 15-character id."""
    return short + "".join(_check_character(short[at : at + 5]) for at in (0, 5, 10))


def _check_character(group: str) -> str:
    """The character that encodes which of five characters are upper case."""
    return _SUFFIX[sum(1 << position for position, char in enumerate(group) if char.isupper())]


def canonical_id(value: object) -> str | None:
    """The 18-character form of an id in either form; None if it is not an id."""
    if not isinstance(value, str) or not _SHAPE.fullmatch(value):
        return None
    full_id = long_form(value[:15])
    return full_id if len(value) == 15 or full_id == value else None


def now_as_datetime() -> str:
    """The current time as a dateTime (“Values in JSON”)."""
    return format_datetime(datetime.now(UTC))


def next_http_date(previous: str) -> str:
    """The current time as an HTTP date, or the second after the previous one if that is later: two
    changes never have the same date."""
    after = parsedate_to_datetime(previous) + timedelta(seconds=1)
    return max(datetime.now(UTC), after).strftime("%a, %d %b %Y %H:%M:%S GMT")


def format_datetime(moment: datetime) -> str:
    """Format a datetime as a Salesforce dateTime: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_moment(text: str) -> datetime:
    """Parse a date or dateTime; without an offset it is in UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def short_id(value: Json) -> str:
    """The 15-character id shown in messages."""
    return str(value)[:15]


def developer_name(name: str) -> str:
    """The API name of something named by a person: letters, digits and underscores."""
    return re.sub(r"\W+", "_", name).strip("_")


def folded(value: Json) -> Json:
    """A value for comparison ignoring case."""
    return value.lower() if isinstance(value, str) else value


def find_folded(items: Mapping[str, T], name: str) -> T | None:
    """The item with that name, ignoring case."""
    if name in items:
        return items[name]
    folded = name.lower()
    return next((item for key, item in items.items() if key.lower() == folded), None)
