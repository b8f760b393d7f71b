"""Rows and paired runs: the sides of a comparison take turns, so that noise affects all of them.
Independent of the product."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Run = Callable[[], float]
#: (median, lowest, highest) over the rounds.
Spread = tuple[float, float, float]

#: Interval of progress lines.
_PROGRESS_INTERVAL_S = 2.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `rounds` of each pair, `share` of each row's full size (tests run a
    little of it), `large` for the sizes that take minutes, and the folder `disk`, which is on a
    disk and not in memory."""

    rounds: int = 7
    share: float = 1.0
    large: bool = False
    disk: Path = Path("build")

    def size(self, full: int, at_least: int = 1) -> int:
        """The share of a row's full size."""
        return max(at_least, round(full * self.share))


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One line of the table. `ratio` is (median, low, high) over the rounds; `bound` is the
    maximum, or the minimum if more is better (`at_least`); None means no bound.

    `flaw`: a defect that fails the row regardless of its figure. `curve`: the figure by size, for
    the plot. `notes`: lines below the table.
    """

    name: str
    what: str
    ours: str
    other: str
    ratio: Spread
    bound: float | None
    unit: str = "×"
    at_least: bool = False
    rounds: int = 1
    flaw: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    notes: tuple[str, ...] = ()

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
            "curve": [list(point) for point in self.curve],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Paired:
    """The seconds of both sides, round by round, and their ratio (first over second)."""

    ours: tuple[float, ...]
    others: tuple[float, ...]

    @property
    def ratio(self) -> Spread:
        """(median, lowest, highest) of the rounds' ratios."""
        return spread([a / b for a, b in zip(self.ours, self.others, strict=True)])

    def row(self, name: str, what: str, bound: float | None) -> BenchmarkRow:
        """The row of this pair."""
        ours, others = format_median(self.ours), format_median(self.others)
        return BenchmarkRow(name, what, ours, others, self.ratio, bound, rounds=len(self.ours))


def paired(name: str, ours: Run, other: Run, rounds: int) -> Paired:
    """Run both sides `rounds` times, alternating which goes first; each returns its seconds."""
    first, second = in_turns(name, {"ours": ours, "other": other}, rounds).values()
    return Paired(first, second)


def in_turns(name: str, sides: Mapping[str, Run], rounds: int) -> dict[str, tuple[float, ...]]:
    """Run all sides `rounds` times, every second round in reverse; returns each side's seconds."""
    found: dict[str, list[float]] = {side: [] for side in sides}
    last_report = time.monotonic()
    for number in range(rounds):
        if time.monotonic() - last_report >= _PROGRESS_INTERVAL_S:
            last_report = time.monotonic()
            progress(f"{name}: {number} of {rounds} rounds done")
        order = list(sides.items())
        for side, run in order if number % 2 == 0 else reversed(order):
            found[side].append(run())
    return {side: tuple(seconds) for side, seconds in found.items()}


def spread(figures: Sequence[float]) -> Spread:
    """(median, lowest, highest)."""
    return statistics.median(figures), min(figures), max(figures)


def count_row(name: str, what: str, count: float, bound: float, unit: str) -> BenchmarkRow:
    """A row that counts: it has no spread."""
    return BenchmarkRow(name, what, f"{count:g}", "", (count, count, count), bound, unit)


def failed_row(name: str, what: str, flaw: str) -> BenchmarkRow:
    """A row that could not be measured."""
    return BenchmarkRow(name, what, "", "", (0.0, 0.0, 0.0), None, flaw=flaw)


def timed(work: Callable[[], object], times: int = 1) -> float:
    """Mean seconds of one run, over `times` runs."""
    return _measured(work, times, time.perf_counter)


def processor_time(work: Callable[[], object], times: int = 1) -> float:
    """Mean seconds of processor time of one run, with all threads of this process."""
    return _measured(work, times, time.process_time)


def thread_time(work: Callable[[], object], times: int = 1) -> float:
    """Mean seconds of processor time of one run, in the calling thread alone."""
    return _measured(work, times, time.thread_time)


def _measured(work: Callable[[], object], times: int, clock: Callable[[], float]) -> float:
    started = clock()
    for _ in range(times):
        work()
    return (clock() - started) / times


@dataclass(frozen=True, slots=True)
class ChildRun:
    """What a child process took, its own children included, and what it printed."""

    wall: float
    processor: float
    exit_code: int
    stdout: str


def run_child(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> ChildRun:
    """Run a command to its end. Raises RuntimeError for an exit code that is not accepted."""
    started = time.perf_counter()
    process = subprocess.Popen(
        list(arguments),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    if process.stdout is None:
        raise RuntimeError("the child has no stdout")
    with process.stdout as stdout:
        text = stdout.read()
    # wait4 gives this child's usage; `RUSAGE_CHILDREN` adds up all that ever ended.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return ChildRun(wall, usage.ru_utime + usage.ru_stime, process.returncode, text)


def format_median(seconds: Sequence[float]) -> str:
    """The median of some seconds, as text with a unit."""
    return format_seconds(statistics.median(seconds))


def format_seconds(seconds: float) -> str:
    """Some seconds, as text with a unit."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def progress(message: str) -> None:
    """Show what is measured now: on a terminal in one line that is written over, else as a line.

    Drawn by no thread, whose processor time would be measured too.
    """
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{message}")
    else:
        sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def end_progress() -> None:
    """Clear the line on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
