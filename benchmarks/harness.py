"""Paired runs and their ratio: the two sides take turns, so that noise affects both. Independent of
the product."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Run = Callable[[], float]

#: Interval of progress lines.
_PROGRESS_INTERVAL_S = 2.0


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One line of the table. `ratio` is (median, low, high) over the rounds; `bound` is the
    maximum, or the minimum if more is better (`at_least`); None means no bound.

    `flaw`: a defect that fails the row regardless of its figure.
    """

    name: str
    what: str
    ours: str
    other: str
    ratio: tuple[float, float, float]
    bound: float | None
    unit: str = "×"
    at_least: bool = False
    rounds: int = 1
    flaw: str = ""

    @property
    def holds(self) -> bool:
        """Whether the median is within the bound, if there is one, and there is no flaw."""
        if self.flaw or self.bound is None:
            return not self.flaw
        return self.ratio[0] >= self.bound if self.at_least else self.ratio[0] <= self.bound

    def document(self) -> dict[str, object]:
        """The row as JSON."""
        median, low, high = self.ratio
        return {
            "name": self.name,
            "what": self.what,
            "ours": self.ours,
            "other": self.other,
            "ratio": {"median": median, "low": low, "high": high},
            "unit": self.unit,
            "bound": self.bound,
            "at_least": self.at_least,
            "rounds": self.rounds,
            "holds": self.holds,
            "flaw": self.flaw or None,
        }


@dataclass(frozen=True, slots=True)
class Paired:
    """The seconds of both sides, round by round, and their ratio (first over second)."""

    ours: tuple[float, ...]
    others: tuple[float, ...]

    @property
    def ratio(self) -> tuple[float, float, float]:
        """(median, lowest, highest) of the rounds' ratios."""
        ratios = [a / b for a, b in zip(self.ours, self.others, strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)


def paired(name: str, ours: Run, other: Run, rounds: int) -> Paired:
    """Run both sides `rounds` times, alternating which goes first; each returns its seconds."""
    first: list[float] = []
    second: list[float] = []
    last_report = time.monotonic()
    for number in range(rounds):
        if time.monotonic() - last_report >= _PROGRESS_INTERVAL_S:
            last_report = time.monotonic()
            progress(f"{name}: {number} of {rounds} rounds done")
        sides = [(ours, first), (other, second)]
        for run, seconds in sides if number % 2 == 0 else reversed(sides):
            seconds.append(run())
    return Paired(tuple(first), tuple(second))


def timed(work: Callable[[], object], times: int = 1) -> float:
    """Mean seconds of one run, over `times` runs."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def format_median(seconds: Sequence[float]) -> str:
    """The median of some seconds, as text with a unit."""
    middle = statistics.median(seconds)
    if middle < 0.001:
        return f"{middle * 1e6:.0f} µs"
    return f"{middle * 1e3:.1f} ms" if middle < 1 else f"{middle:.2f} s"


def progress(message: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
