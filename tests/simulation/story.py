"""The story of a run: every step with its virtual time, and one hash over all of it. Never why a
step was taken."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator


class Story:
    """Lines as they happen, and how often the notable things did."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._lines: list[tuple[float, str, str]] = []
        self.counts: Counter[str] = Counter()

    def tell(self, now: float, who: str, what: str) -> None:
        """One more step."""
        self._lines.append((now, who, what))

    def count(self, what: str) -> None:
        """One more of what the summary tells: a kill, a lost answer, a takeover."""
        self.counts[what] += 1

    @property
    def digest(self) -> str:
        """Over every line: two runs of one seed are the same run."""
        return hashlib.sha256(repr(self._lines).encode()).hexdigest()[:16]

    def __iter__(self) -> Iterator[str]:
        for now, who, what in self._lines:
            yield f"{now - self._start:10.3f}  {who:<14} {what}"
