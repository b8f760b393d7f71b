"""Fit dates and times to their fields (salesforce-api.md "Values in JSON", §9 traps 37, 38, 59).

A text is read as ISO 8601 in any of its forms that name one day, a number or text of digits as a
count since 1970 where it can be nothing else. `01/02/2026` is never certain.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json
from zsf_plugin.model.text import as_text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
#: The days that Salesforce takes, in ISO 8601, and their moments as `_INSTANT_FORMAT`.
_FIRST_DAY, _LAST_DAY = "1700-01-01", "4000-12-31"
_NO_OFFSET = timedelta(0)
#: The forms of ISO 8601 that name a day: of the month, of a week, of the year. A blank may stand
#: for `T` and before the offset, and UTC be named.
_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-W[0-9]{2}-[0-9]|[0-9]{4}W[0-9]{3}"
    r"|[0-9]{4}-[0-9]{3})"
    r"(?:[T ](?P<time>[0-9]{2}(?::?[0-9]{2}){0,2}(?:[.,][0-9]+)?)"
    r"(?: ?(?P<offset>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?"
    r"|(?P<of_day>Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_ORDINAL = re.compile(r"([0-9]{4})-([0-9]{3})")
#: The end of a day is the midnight after it.
_END_OF_DAY = re.compile(r"24(?::?00){0,2}(?:[.,]0+)?")
_LEAP_SECOND = re.compile(r"([0-9]{2}:?[0-9]{2}:?)60(?:[.,][0-9]+)?")
_MINUS_SIGN = {0x2212: "-"}
_UTC_NAMES = frozenset({None, "Z", "UTC", "GMT"})
_ONE_DAY = timedelta(days=1)
#: Seconds since 1970, perhaps with milliseconds, from 2001 to 2033: digits that begin with 2 may be
#: a date and an hour.
_COUNT = re.compile(r"(1[0-9]{9})(?:[0-9]{3}|\.[0-9]+)?")


def fit_moment(value: Json, field: FieldDescribe, zone: tzinfo, *, keeps_day: bool) -> Fitted:
    """A date or a moment. `zone` gives the day of a moment; with `keeps_day`, one with an offset of
    its own keeps the day that is written."""
    text, is_day = as_text(value, joined=False) or "", field.type == "date"
    if is_day and _DAY.fullmatch(text):
        return _calendar_day(text)
    count = _COUNT.fullmatch(text)
    if count is None and not isinstance(value, str):
        return Fitted(misfit="not_date")
    moment = instant(text) if count is None else datetime.fromtimestamp(int(count[1]), UTC)
    if moment is None:
        return Fitted(misfit="not_iso_date")
    is_whole_day = "T" not in text.upper() and " " not in text and count is None
    if is_day and (is_whole_day or (keeps_day and moment.utcoffset() != _NO_OFFSET)):
        return _within_calendar(moment.date().isoformat())
    try:
        local = moment.astimezone(zone if is_day else UTC)
    except OverflowError:
        return Fitted(misfit="outside_calendar")
    fitted = _within_calendar(local.date().isoformat())
    if is_day or fitted.misfit is not None:
        return fitted
    return Fitted(local.strftime(_INSTANT_FORMAT))


def instant(text: str) -> datetime | None:
    """The moment in a text, in UTC if it names no offset; None if there is none. Letters may be
    small (RFC 3339 §5.6). A leap second, which Salesforce has none of, is the second before it."""
    found = _ISO.fullmatch(text.strip().upper().translate(_MINUS_SIGN))
    if found is None:
        return None
    day, time, offset = found["day"], found["time"] or "00", found["offset"] or found["of_day"]
    is_end = _END_OF_DAY.fullmatch(time) is not None
    leap = _LEAP_SECOND.fullmatch(time)
    time = "00" if is_end else f"{leap[1]}59" if leap else time
    try:
        whole = f"{_day_of(day)}T{time}{'+00:00' if offset in _UTC_NAMES else offset}"
        moment = datetime.fromisoformat(whole) + (_ONE_DAY if is_end else timedelta(0))
        is_real = leap is None or moment.astimezone(UTC).strftime("%H:%M") == "23:59"
    except (ValueError, OverflowError):
        return None
    return moment if is_real else None


def _day_of(text: str) -> str:
    """The date as `YYYY-MM-DD`.

    Raises:
        ValueError: no such day.
    """
    ordinal = _ORDINAL.fullmatch(text)
    if ordinal is None:
        return date.fromisoformat(text).isoformat()
    year, number = map(int, ordinal.groups())
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if day.year != year:
        raise ValueError(text)
    return day.isoformat()


def _calendar_day(text: str) -> Fitted:
    try:
        return _within_calendar(date.fromisoformat(text).isoformat())
    except ValueError:
        return Fitted(misfit="no_calendar_day")


def _within_calendar(day: str) -> Fitted:
    is_within = _FIRST_DAY <= day <= _LAST_DAY
    return Fitted(day) if is_within else Fitted(misfit="outside_calendar")
