"""Time, as the rest of the product sees it. Tests pass a clock that they turn by hand."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, and a way to let them pass."""

    def now(self) -> float:
        """The time now, in seconds since 1970 (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        ...
