"""A clock that tests set; sleeping advances it."""

from __future__ import annotations


class FakeClock:
    """Time stands still until someone sleeps or sets it."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
