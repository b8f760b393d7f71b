"""Fit dates and times to their fields (salesforce-api.md "Values in JSON", §9 traps 37, 38, 59)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json
from zsf_plugin.model.text import without_joiners

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
#: The days that Salesforce takes, in ISO 8601, and their moments as `_INSTANT_FORMAT`.
_FIRST_DAY, _LAST_DAY = "1700-01-01", "4000-12-31"
_NO_OFFSET = timedelta(0)


def fit_moment(value: Json, field: FieldDescribe, zone: tzinfo, *, keeps_day: bool) -> Fitted:
    """A date or a moment. `zone` gives the day of a moment; with `keeps_day`, one with an offset of
    its own keeps the day that is written."""
    if not isinstance(value, str):
        return Fitted(misfit="not_date")
    text, is_day = without_joiners(value), field.type == "date"
    if is_day and _DAY.fullmatch(text):
        return _calendar_day(text)
    moment = instant(text)
    if moment is None:
        return Fitted(misfit="not_iso_date")
    if is_day and (_is_only_a_day(text) or (keeps_day and moment.utcoffset() != _NO_OFFSET)):
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
    """The moment in a text, in UTC if it names no offset; None if there is none. `t` and `z` may be
    small (RFC 3339 §5.6)."""
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_only_a_day(text: str) -> bool:
    """Whether the text is a date in another form of ISO 8601 (`20261120`), with no hour."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _calendar_day(text: str) -> Fitted:
    try:
        return _within_calendar(date.fromisoformat(text).isoformat())
    except ValueError:
        return Fitted(misfit="no_calendar_day")


def _within_calendar(day: str) -> Fitted:
    is_within = _FIRST_DAY <= day <= _LAST_DAY
    return Fitted(day) if is_within else Fitted(misfit="outside_calendar")
