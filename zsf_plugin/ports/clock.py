"""The clock. Tests pass one that they set themselves."""

from __future__ import annotations

from typing import Protocol

#: How far apart the clocks of two machines may be: a time further ahead was left behind by a clock
#: that was set back.
MAX_CLOCK_SKEW_S = 60.0


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
