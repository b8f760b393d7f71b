"""Moments as Salesforce writes and reads them. No clock is turned here: now is the machine's."""

from __future__ import annotations

from datetime import UTC, datetime


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
