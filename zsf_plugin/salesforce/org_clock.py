"""The time by an org's own clock, which nobody here sets.

How long ago a write was sent decides whether it may still arrive (salesforce-api.md §3.9), so a
machine without a battery-backed clock, or one whose clock is set by a day, must not decide it by
itself. Every answer of Salesforce has a `Date` (RFC 9110 §6.6.1).
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Clock


class OrgClock:
    """The org's clock, as its last answer showed it. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: The `Date` of the last answer, and this process's monotonic time when it came.
        self.last: tuple[str, float] = ("", 0.0)

    def now(self) -> float:
        """Now, in seconds since 1970: by the org's clock if it is known and more than a minute from
        ours."""
        (date, came), ours = self.last, self._clock.now()
        try:
            at = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return ours
        theirs = at + self._clock.monotonic() - came
        return theirs if abs(theirs - ours) > MAX_CLOCK_SKEW_S else ours
