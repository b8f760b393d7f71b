"""What a hook, a lone drain and `zsf status` cost as the history grows: processor time with 100,000
and 1,000,000 settled entries against an empty store, side by side in one run."""

from __future__ import annotations

import itertools
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from benchmarks.fixtures import drain_all, folders_of, memory_folder, purchase, workspace
from benchmarks.harness import (
    BenchmarkRow,
    Effort,
    Paired,
    in_turns,
    processor_time,
    run_child,
    thread_time,
)
from benchmarks.org import emulator
from zsf_plugin.wiring.apps import CommandApp

SIZES = (0, 10_000, 100_000, 1_000_000)
_BOUND = 1.15
#: Shorter histories are points of the plot.
_MIN_ROW_ENTRIES = 100_000
_DRAINS_PER_ROUND = 5
_HOOKS_PER_ROUND = 100
_WHAT = {
    "drain": "draining a single unchanged purchase",
    "hook": "a durable purchase hook, without the disk",
    "status": "`zsf status`, its own process",
}
Measure = Callable[[CommandApp], float]


def measure(effort: Effort) -> list[BenchmarkRow]:
    """One row per activity and history."""
    sizes = [effort.size(size, size and 1) for size in SIZES]
    with ExitStack() as stack:
        org = stack.enter_context(emulator())
        apps = {
            size: stack.enter_context(workspace(org.url, history=size, where=memory_folder()))
            for size in sizes
        }
        for app in apps.values():
            app.intake.receive("on_prospect_purchased", purchase(0))
            drain_all(app)
        rows = _rows("drain", apps, _drain, effort)
        # Later, since these hooks leave entries waiting.
        return rows + _rows("hook", apps, _hook, effort) + _rows("status", apps, _status, effort)


def _rows(
    name: str, apps: Mapping[int, CommandApp], run: Measure, effort: Effort
) -> list[BenchmarkRow]:
    """A row for each long history, with the curve up to it."""
    for app in apps.values():
        run(app)  # fill the caches
    sides = {str(size): partial(run, app) for size, app in apps.items()}
    found = {
        int(size): seconds
        for size, seconds in in_turns(f"growth-{name}", sides, effort.rounds).items()
    }
    return [
        _row(name, full, found, size)
        for full, size in zip(SIZES, apps, strict=True)
        if full >= _MIN_ROW_ENTRIES
    ]


def _row(
    name: str, full_size: int, found: Mapping[int, Sequence[float]], size: int
) -> BenchmarkRow:
    medians = {at: statistics.median(seconds) for at, seconds in found.items()}
    pair = Paired(tuple(found[size]), tuple(found[0]))
    what = f"{_WHAT[name]}: {size:,} settled entries vs none"
    curve = tuple((at, medians[at] / medians[0]) for at in found if at <= size)
    return replace(pair.row(f"growth-{name}-{full_size}", what, _BOUND), curve=curve)


_numbers = itertools.count()


def _drain(app: CommandApp) -> float:
    seconds = 0.0
    for _ in range(_DRAINS_PER_ROUND):
        app.intake.receive("on_prospect_purchased", purchase(0, f"again-{next(_numbers)}"))
        seconds += processor_time(partial(drain_all, app))
    return seconds / _DRAINS_PER_ROUND


def _hook(app: CommandApp) -> float:
    calls = [purchase(0, f"hook-{next(_numbers)}") for _ in range(_HOOKS_PER_ROUND)]
    receive = partial(app.intake.receive, "on_prospect_purchased")
    return thread_time(lambda: list(map(receive, calls))) / _HOOKS_PER_ROUND


def _status(app: CommandApp) -> float:
    folders = folders_of(app)
    command = [sys.executable, "-m", "zsf_plugin", "status"]
    return run_child(command, environment=folders, accepted=(0, 1)).processor
