"""A clock that tests turn by hand: sleeping moves it."""

from __future__ import annotations


class FakeClock:
    """Time stands still until somebody sleeps or turns it."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
