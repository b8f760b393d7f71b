"""The rate gate of one process: at most so many calls a second pass, by the clock that is passed
in.

The org's gate, over all processes, is a row of slots in the store (`Session`); this one keeps a
process that has lost its store within the rate.

`ratelimit` counts in fixed windows, at whose edge a burst of twice the rate gets through; one call
a window cannot.
"""

from __future__ import annotations

from collections.abc import Callable

from ratelimit import RateLimitException, limits

from zsf_plugin.ports import Clock

_MIN_DELAY_S = 0.0005


class Gate:
    """Lets one call through each `1/rate` seconds, whatever thread it comes from."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self.period_s = 1 / rate
        self._pass = self._fresh()

    def wait(self) -> None:
        """Return when the next call may leave."""
        while True:
            try:
                self._pass()
            except RateLimitException as error:
                self._rest(float(error.period_remaining))
            else:
                return

    def _rest(self, remaining: float) -> None:
        if remaining > self.period_s:
            self._pass = (
                self._fresh()
            )  # the machine's clock was set back: its window would last for as long
        self._clock.sleep(min(max(remaining, _MIN_DELAY_S), self.period_s))

    def _fresh(self) -> Callable[[], None]:
        gate: Callable[[], None] = limits(calls=1, period=self.period_s, clock=self._clock.now)(
            _through
        )
        return gate


def _through() -> None:
    """What the gate lets through: nothing but time."""
