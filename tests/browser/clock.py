"""Real time plus an offset: browsers and the emulator run in real time, but scenarios take days."""

from __future__ import annotations

import time


class OffsetClock:
    """Real time plus an offset, to which sleeping adds."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        return time.time() + self._offset_s

    def monotonic(self) -> float:
        return time.monotonic()

    def since_boot(self) -> float | None:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        self._offset_s += seconds

    def advance(self, seconds: float) -> None:
        """Add to the offset; a negative number goes back."""
        self._offset_s += seconds

    def set_back(self, seconds: float) -> None:
        """Set the offset to that many seconds before real time."""
        self._offset_s = -seconds
