"""The rate gate: at most so many calls a second leave this process. Waiting is done by the clock that is passed in.

`ratelimit` counts in fixed windows, at whose edge a burst of twice the rate gets through; one call a window cannot.
"""

from __future__ import annotations

from collections.abc import Callable

from ratelimit import RateLimitException, limits

from zsf_plugin.ports.clock import Clock

_SHORTEST_S = 0.0005


class Gate:
    """Lets one call through each `1/rate` seconds, whatever thread it comes from."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self._period = 1 / rate
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
        if remaining > self._period:
            self._pass = self._fresh()  # the machine's clock was set back: its window would last for as long
        self._clock.sleep(min(max(remaining, _SHORTEST_S), self._period))

    def _fresh(self) -> Callable[[], None]:
        gate: Callable[[], None] = limits(calls=1, period=self._period, clock=self._clock.now)(_through)
        return gate


def _through() -> None:
    """What the gate lets through: nothing but time."""
