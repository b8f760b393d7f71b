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
        within one process. It may stand still while the machine sleeps."""
        ...

    def since_boot(self) -> float | None:
        """Seconds since the machine started, with those that it slept, of a clock that nobody sets;
        None if this system has no such clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...


class Stopwatch:
    """Measures what passes from now on within one process, also while the machine sleeps, whatever
    its clock is set to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.now(), clock.monotonic(), clock.since_boot()

    def elapsed_s(self) -> float | None:
        """The seconds that have passed. None where the system's clocks do not tell a machine that
        slept from a clock that was set."""
        at, awake, booted = self._started
        since_boot = self._clock.since_boot()
        if booted is not None and since_boot is not None:
            return since_boot - booted
        elapsed = self._clock.monotonic() - awake
        has_jumped = abs(self._clock.now() - at - elapsed) > MAX_CLOCK_SKEW_S
        return None if has_jumped else elapsed
