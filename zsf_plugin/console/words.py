"""Numbers, times and shares as people read them; pure. Texts of a page stand in its template."""

from __future__ import annotations

from datetime import UTC, datetime

from markupsafe import Markup, escape

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400


def writable(value: object) -> object:
    """A text as it can be sent: a host may hand on half of a surrogate pair, which no encoding has."""
    if not isinstance(value, str) or value.isascii():
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return type(value)(whole) if whole != value else value


def count(number: int) -> str:
    """1234 → `1,234`."""
    return f"{number:,}"


def capped(number: int, most: int = 10_000) -> str:
    """`1,234`, or `10,000+` beyond what is worth telling."""
    return f"{most:,}+" if number > most else count(number)


def percent(share: float) -> str:
    """0.714 → `71 %`."""
    return f"{share * 100:.0f} %"


def plural(number: int, one: str, many: str) -> str:
    """`1 entry`, `2 entries`, `1,234 entries`."""
    return f"{count(number)} {one if number == 1 else many}"


def moment(at: float | None, *, day: bool = True) -> Markup:
    """A `<time>` in UTC, which the page turns into the reader's own zone; with `day` False the time of day alone."""
    if at is None:
        return Markup("")
    told = datetime.fromtimestamp(at, UTC)
    text = f"{told.day} {told:%b %Y, %H:%M} UTC" if day else f"{told:%H:%M:%S} UTC"
    kind = "day" if day else "clock"
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(
        told.isoformat(timespec="seconds"), kind, escape(text)
    )


def hour(at: float) -> Markup:
    """A `<time>` that shows hour and minute alone."""
    told = datetime.fromtimestamp(at, UTC)
    return _time(told, "hour", f"{told:%H:%M} UTC")


def date(at: float) -> Markup:
    """A `<time>` that shows the day alone."""
    told = datetime.fromtimestamp(at, UTC)
    return _time(told, "date", f"{told.day} {told:%b %Y}")


def _time(told: datetime, kind: str, text: str) -> Markup:
    iso = told.isoformat(timespec="seconds")
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
