"""A clock that tests set; sleeping advances it."""

from __future__ import annotations


class FakeClock:
    """Time stands still until someone sleeps or sets it."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.time = now
        self._set_by = 0.0
        self._slept_s = 0.0
        #: Whether the system has a clock that goes on while the machine sleeps.
        self.has_boot_clock = True

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - self._set_by - self._slept_s

    def since_boot(self) -> float | None:
        return self.time - self._set_by if self.has_boot_clock else None

    def set_by(self, seconds: float) -> None:
        """Set the clock forward, or back, while no time passes."""
        self.time += seconds
        self._set_by += seconds

    def suspend(self, seconds: float) -> None:
        """Let the machine sleep: all but its monotonic clock go on."""
        self.time += seconds
        self._slept_s += seconds

    def sleep(self, seconds: float) -> None:
        self.time += seconds
