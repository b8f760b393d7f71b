"""The rate gate: at most so many calls a second leave this process. Waiting is done by the clock that is passed in."""

from __future__ import annotations

from ratelimit import RateLimitException, limits

from zsf_plugin.ports.clock import Clock


class Gate:
    """One call each `1/rate` seconds: `ratelimit` counts in fixed windows, and one call a window cannot burst."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self._period = 1 / rate
        self._pass = limits(calls=1, period=1 / rate, clock=clock.now)(_through)

    def wait(self) -> None:
        """Return when the next call may leave."""
        while True:
            try:
                self._pass()
            except RateLimitException as error:
                self._clock.sleep(min(max(float(error.period_remaining), 0.0005), self._period))
            else:
                return


def _through() -> None:
    """What the gate lets through: nothing but time."""
