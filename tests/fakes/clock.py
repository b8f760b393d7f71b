"""A clock that tests set; sleeping advances it."""

from __future__ import annotations


class FakeClock:
    """Time stands still until someone sleeps or sets it."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.time = now
        self._set_by = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - self._set_by

    def set_by(self, seconds: float) -> None:
        """Set the clock forward, or back, while no time passes."""
        self.time += seconds
        self._set_by += seconds

    def sleep(self, seconds: float) -> None:
        self.time += seconds
