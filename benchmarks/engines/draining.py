"""A backlog from its hooks to its end on each engine, how much of that is the emulator's time, and
whether it grows as the backlog does."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from benchmarks.engines.databases import ENGINES, POSTGRES, SQLITE, VERSUS, Databases
from benchmarks.fixtures import accept_prospects, drain_all, folders_of
from benchmarks.harness import (
    BenchmarkRow,
    ChildRun,
    Effort,
    Paired,
    in_turns,
    run_child,
    spread,
)
from benchmarks.org import EmulatorProcess
from benchmarks.scale import growth_rows
from zsf_plugin.wiring.apps import CommandApp

_PEOPLE = 1_000
_TOUCHPOINTS = 1
_SLOWER_BOUND, _LARGER_BOUND = 2.0, 3.0
_EMULATOR_BOUND = 50.0


def rows(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """Three rows about a backlog on both engines, two about long ones on PostgreSQL (`scale` has
    those on SQLite)."""
    return [*_backlogs(both, org, effort), *_long_backlogs(both, org, effort)]


@dataclass(frozen=True, slots=True)
class _Drains:
    """What is seen of an engine's drains beside their time, an entry: the processor time of plugin
    and server, and the bytes that the database grows by; and the emulator's processor time, in
    percent of all."""

    processor_s: list[float] = field(default_factory=list)
    emulators: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)


def _backlogs(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    people = effort.size(_PEOPLE)
    entries = people * (1 + _TOUCHPOINTS)
    seen = {name: _Drains() for name in ENGINES}
    sides = {name: partial(_end_to_end, both, name, org, people, seen[name]) for name in ENGINES}
    found = in_turns("engine-drain", sides, effort.rounds)
    pair = Paired(found[POSTGRES], found[SQLITE])
    ours, other = (
        f"{entries / statistics.median(seconds):,.0f}/s" for seconds in (pair.ours, pair.others)
    )
    what = f"{people:,} new prospects with {_TOUCHPOINTS} touchpoint each, from hook to done"
    row = pair.row("engine-drain", f"{what}, entries: {VERSUS}", _SLOWER_BOUND)
    times = Paired(tuple(seen[POSTGRES].processor_s), tuple(seen[SQLITE].processor_s))
    sizes = Paired(tuple(seen[POSTGRES].sizes), tuple(seen[SQLITE].sizes))
    bytes_of = {name: f"{statistics.median(seen[name].sizes):,.0f} B" for name in ENGINES}
    room = sizes.row("engine-bytes", f"room in the database, an entry: {VERSUS}", _LARGER_BOUND)
    return [
        replace(row, ours=ours, other=other),
        times.row(
            "engine-processor",
            f"processor time of that, an entry, the server's included: {VERSUS}",
            _SLOWER_BOUND,
        ),
        _emulators(seen, effort),
        replace(room, ours=bytes_of[POSTGRES], other=bytes_of[SQLITE]),
    ]


def _emulators(seen: Mapping[str, _Drains], effort: Effort) -> BenchmarkRow:
    all_of = [percent for one in seen.values() for percent in one.emulators]
    ours, other = (
        f"{statistics.median(seen[name].emulators):.0f} %" for name in (POSTGRES, SQLITE)
    )
    what = f"the emulator's processor time, of all processor time: {POSTGRES}, {SQLITE}"
    return BenchmarkRow(
        "engine-emulator",
        what,
        ours,
        other,
        spread(all_of),
        _EMULATOR_BOUND,
        "%",
        rounds=effort.rounds,
    )


def _end_to_end(
    both: Databases, engine: str, org: EmulatorProcess, people: int, seen: _Drains
) -> float:
    """Seconds to accept and drain a backlog."""
    org.reset()
    with both.workspace(engine, org.url) as app:
        size, emulator_s = app.store.size().total, org.processor_s or 0.0
        began, processor_s = time.perf_counter(), both.processor_s(engine)
        entries = accept_prospects(app, people, _TOUCHPOINTS)
        drain_all(app)
        seconds, processor_s = time.perf_counter() - began, both.processor_s(engine) - processor_s
        emulator_s = (org.processor_s or 0.0) - emulator_s
        seen.processor_s.append(processor_s / entries)
        seen.emulators.append(100 * emulator_s / (emulator_s + processor_s))
        seen.sizes.append(max(app.store.size().total - size, 1) / entries)
    return seconds


def _long_backlogs(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    with both.workspace(POSTGRES, org.url) as app:
        start_s = _drained(app).wall  # nothing is due
    drained = partial(_seconds_an_entry, both, org, start_s)
    return growth_rows("engine-scale", f"{POSTGRES}: ", "time", drained, effort)


def _seconds_an_entry(
    both: Databases, org: EmulatorProcess, start_s: float, people: int, peaks_kib: list[float]
) -> float:
    """Seconds an entry, without the start of the process: the server works in other processes, so
    processor time would say too little."""
    org.reset()
    with both.workspace(POSTGRES, org.url) as app:
        entries = accept_prospects(app, people, 0)
        child = _drained(app)
        if app.store.counts("default").done != entries:
            raise AssertionError("the drain did not finish")
    peaks_kib.append(float(child.stdout.splitlines()[-1]))
    return max(child.wall - start_s, 0.001) / entries


def _drained(app: CommandApp) -> ChildRun:
    """`zsf drain` in a process of its own."""
    return run_child([sys.executable, "-m", "benchmarks.drained"], environment=folders_of(app))
