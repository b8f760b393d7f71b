"""Draining a long backlog: processor time an entry and memory, of `zsf drain` in a process of its
own, against a backlog of a fifth."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from benchmarks.fixtures import FAST, accept_prospects, folders_of, memory_folder, workspace
from benchmarks.harness import BenchmarkRow, Effort, Paired, in_turns, run_child
from benchmarks.org import EmulatorProcess, emulator

_PEOPLE = 2_000
_LARGE_PEOPLE = 200_000
_TIMES = 5
_TIME_BOUND, _MEMORY_BOUND = 1.1, 1.1


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Two rows."""
    with emulator(daily_limit=10_000_000) as org:
        return growth_rows("scale", "", "processor time", partial(_drained, org), effort)


def growth_rows(
    name: str, prefix: str, unit: str, drained: Callable[[int, list[float]], float], effort: Effort
) -> list[BenchmarkRow]:
    """How much more an entry of a long backlog takes than one of a fifth of it, and how much more
    memory. `drained(people, peaks)` drains that many, adds the most memory it took (KiB) to
    `peaks`, and returns the time an entry."""
    few = effort.size(_LARGE_PEOPLE if effort.large else _PEOPLE, 2)
    many = few * _TIMES
    peaks_kib: dict[int, list[float]] = {many: [], few: []}
    runs = {str(people): partial(drained, people, of) for people, of in peaks_kib.items()}
    found = in_turns(name, runs, max(1, effort.rounds // 2))
    times = Paired(found[str(many)], found[str(few)])
    peaks = Paired(tuple(peaks_kib[many]), tuple(peaks_kib[few]))
    ours, other = (f"{statistics.median(peaks_kib[one]) / 1024:.0f} MiB" for one in (many, few))
    what = f"{prefix}draining {many:,} new prospects vs {few:,}"
    memory = peaks.row(f"{name}-memory", f"{what}: the most memory", _MEMORY_BOUND)
    return [
        times.row(f"{name}-time", f"{what}: {unit} an entry", _TIME_BOUND),
        replace(memory, ours=ours, other=other),
    ]


def _drained(org: EmulatorProcess, people: int, peaks_kib: list[float]) -> float:
    """Seconds of processor time an entry, without the start of the process."""
    org.reset()
    with workspace(org.url, FAST, where=memory_folder()) as app:
        entries = accept_prospects(app, people, 0)
        command = [sys.executable, "-m", "benchmarks.drained"]
        child = run_child(command, environment=folders_of(app))
        start = run_child(command, environment=folders_of(app)).processor  # nothing is due
        if app.store.counts("default").done != entries:
            raise AssertionError("the drain did not finish")
    peaks_kib.append(float(child.stdout.splitlines()[-1]))
    return (child.processor - start) / entries
