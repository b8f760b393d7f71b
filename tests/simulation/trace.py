"""The trace of a run: every step with its virtual time, and one hash over all steps."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator


class Trace:
    """Lines in order, and counts of notable events."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._lines: list[tuple[float, str, str]] = []
        self.counts: Counter[str] = Counter()

    def log(self, now: float, who: str, what: str) -> None:
        """Add a line."""
        self._lines.append((now, who, what))

    def count(self, what: str) -> None:
        """Count a notable event: a kill, a lost answer, a takeover."""
        self.counts[what] += 1

    @property
    def digest(self) -> str:
        """A hash over every line; equal for two runs of one seed."""
        return hashlib.sha256(repr(self._lines).encode()).hexdigest()[:16]

    def __iter__(self) -> Iterator[str]:
        for now, who, what in self._lines:
            yield f"{now - self._start:10.3f}  {who:<14} {what}"
