"""The machine's clock, put ahead by hand: browsers and the emulator live in real time, and stories
take days."""

from __future__ import annotations

import time


class TurnedClock:
    """Real time and what it was turned by; sleeping turns it."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def now(self) -> float:
        return time.time() + self._ahead_s

    def sleep(self, seconds: float) -> None:
        self._ahead_s += seconds

    def turn(self, seconds: float) -> None:
        """Ahead; back with less than nothing."""
        self._ahead_s += seconds

    def ago(self, seconds: float) -> None:
        """To so long before the machine's time."""
        self._ahead_s = -seconds
