"""The clock. Tests pass one that they set themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: How far apart the clocks of two machines may be: a time further ahead was left behind by a clock
#: that was set back.
MAX_CLOCK_SKEW_S = 60.0


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by two clocks, in seconds since 1970: `at` by ours, which may be set, and `at_org`
    by the org's; None if that is not known."""

    at: float
    at_org: float | None = None


class Clock(Protocol):
    """The current time, and a way to wait."""

    def now(self) -> float:
        """The time now, in seconds since 1970 (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, of a clock that nobody sets: for how long something takes
        within one process."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...
