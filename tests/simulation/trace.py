"""The trace of a run: every step with its virtual time, one hash over all steps, and what happened
as data."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.happenings import Happening


class Trace:
    """Lines in order, counts of notable events, and what each process did."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._lines: list[tuple[float, str, str]] = []
        self.counts: Counter[str] = Counter()
        self.happenings: list[tuple[str, Happening]] = []

    def log(self, now: float, who: str, what: str) -> None:
        """Add a line."""
        self._lines.append((now, who, what))

    def count(self, what: str) -> None:
        """Count a notable event: a kill, a lost answer, a takeover."""
        self.counts[what] += 1

    def note(self, who: str, happening: Happening) -> None:
        """Note what a process did."""
        self.happenings.append((who, happening))

    @property
    def digest(self) -> str:
        """A hash over every line; equal for two runs of one seed."""
        return hashlib.sha256(repr(self._lines).encode()).hexdigest()[:16]

    def __iter__(self) -> Iterator[str]:
        for now, who, what in self._lines:
            yield f"{now - self._start:10.3f}  {who:<14} {what}"
