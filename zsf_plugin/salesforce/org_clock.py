"""The org's clock, as the `Date` of its answers says it. Nobody sets it with this machine's."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from zsf_plugin.ports import Clock, Stopwatch


class OrgClock:
    """The time in one org since its latest answer. Safe to use from many threads.

    `answered`: the `Date` of that answer, and what has passed since it came; replaced as one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answered: tuple[str, Stopwatch] | None = None

    def now(self) -> float | None:
        """The time in the org now, in seconds since 1970; None if no answer has said it yet, or the
        latest one in no form that can be read, or none since the machine may have slept."""
        answered = self.answered
        if answered is None:
            return None
        try:
            date = parsedate_to_datetime(answered[0])
        except (ValueError, TypeError, OverflowError):
            return None
        if date.tzinfo is None:
            return None
        elapsed = answered[1].elapsed_s()
        return None if elapsed is None else date.timestamp() + elapsed
