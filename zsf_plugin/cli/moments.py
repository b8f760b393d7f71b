"""`--since`: a moment on the command line, as a date and time or as an age."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from typing import NamedTuple

_AGE = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_ACCEPTED = "give a time in ISO 8601, as 2026-11-20T10:00Z, or an age, as 24h or 7d"


class Since(NamedTuple):
    """A moment in seconds since 1970, or that many seconds before now."""

    moment: float | None
    age: float

    def at(self, now: float) -> float:
        """The moment, in seconds since 1970."""
        return now - self.age if self.moment is None else self.moment


def since(text: str) -> Since:
    """The type of such a moment; a time without an offset is in UTC."""
    if age := _AGE.fullmatch(text):
        return Since(None, int(age[1]) * _SECONDS[age[2]])
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return Since(aware.timestamp(), 0)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; {_ACCEPTED}") from error
