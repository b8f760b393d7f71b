"""Formats numbers, times, lists and names for the pages. Pure.

The texts of a page are in its template.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from markupsafe import Markup

from zsf_plugin.model import Mode, Overwrite
from zsf_plugin.model.text import one_line

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400

#: (object, field) → the field's label.
Labels: TypeAlias = Callable[[str, str], str]
#: Longer names are cut in a list; the entry shows them in full.
MAX_NAME_LENGTH = 120

#: What each overwrite policy is called.
OVERWRITES: Mapping[Overwrite, str] = {
    "if_blank": "If blank",
    "always": "Always",
    "if_ours": "If Zaplify wrote it",
    "on_create": "On create only",
}


def api_name(_object: str, field: str) -> str:
    """The field's API name, where its label is not known."""
    return field


def writable(value: object) -> object:
    """A text that can be encoded: a lone surrogate, which a host may pass on, is replaced."""
    if not isinstance(value, str) or value.isascii():
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return type(value)(whole) if whole != value else value


def has_url(text: str) -> bool:
    """Whether a URL can contain the text: not if it has a lone surrogate."""
    return writable(text) == text


#: What prospects become, by mode.
MODES: Mapping[Mode, str] = {"lead": "Leads", "contact": "Contacts + Accounts"}

#: What each switch is called.
SWITCHES: Mapping[str, str] = {
    "sync_prospects": "Sync prospects",
    "sync_activities": "Sync activities",
    "include_contents": "Include message contents",
}


def count(number: int) -> str:
    """1234 → `1,234`."""
    return f"{number:,}"


def capped(number: int, limit: int = 10_000) -> str:
    """`1,234`, or `10,000+` for a larger number."""
    return f"{limit:,}+" if number > limit else count(number)


def percent(share: float) -> str:
    """0.714 → `71 %`."""
    return f"{share * 100:.0f} %"


def plural(number: int, one: str, many: str) -> str:
    """`1 entry`, `2 entries`, `1,234 entries`."""
    return f"{count(number)} {one if number == 1 else many}"


def waiting(entries: int) -> str:
    """`412 entries wait.`"""
    return f"{plural(entries, 'entry waits', 'entries wait')}." if entries else "Nothing waits."


def listed(names: Sequence[str]) -> str:
    """`Lead`, `Lead and Contact`, `Lead, Contact and Account`; "" for no names."""
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def clipped(text: str, max_length: int = MAX_NAME_LENGTH) -> str:
    """A host's or org's text on one line, cut to `max_length` characters."""
    whole = one_line(text)
    return whole if len(whole) <= max_length else whole[: max_length - 1].rstrip() + "…"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with a lower-case first letter, for the middle of a sentence."""
    return text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop; "" stays ""."""
    return capital(text) if not text or text.endswith((".", "!", "?")) else f"{capital(text)}."


def day_of(on: datetime.date) -> str:
    """`18 Nov 2026`."""
    return f"{on.day} {on:%b %Y}"


def time_element(at: float | None, *, day: bool = True) -> Markup:
    """A `<time>` in UTC, which the page converts to the reader's time zone; without `day`, only the
    time of day."""
    if at is None:
        return Markup("")
    on = _utc(at)
    if day:
        return _time(on, "day", f"{day_of(on)}, {on:%H:%M} UTC")
    return _time(on, "clock", f"{on:%H:%M:%S} UTC")


def iso_time(at: float | None) -> str:
    """`2026-11-30T14:05:00Z`; "" for None."""
    return f"{_utc(at):%Y-%m-%dT%H:%M:%SZ}" if at is not None else ""


def iso_date(at: float) -> str:
    """`2026-11-30`."""
    return f"{_utc(at):%Y-%m-%d}"


def hour(at: float) -> Markup:
    """A `<time>` that shows only hour and minute."""
    on = _utc(at)
    return _time(on, "hour", f"{on:%H:%M} UTC")


def date(at: float) -> Markup:
    """A `<time>` that shows only the day."""
    on = _utc(at)
    return _time(on, "date", day_of(on))


def _utc(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def _time(on: datetime.datetime, kind: str, text: str) -> Markup:
    iso = on.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(iso, kind, text)


def ago(at: float | None, now: float) -> str:
    """`just now`, `4 min ago`, `3 h ago`, `2 days ago`; "never" for None."""
    if at is None:
        return "never"
    past = max(now - at, 0)
    if past < _MINUTE_S:
        return "just now"
    if past < _HOUR_S:
        return f"{past // _MINUTE_S:.0f} min ago"
    if past < 2 * _DAY_S:
        return f"{past // _HOUR_S:.0f} h ago"
    return f"{past // _DAY_S:.0f} days ago"
