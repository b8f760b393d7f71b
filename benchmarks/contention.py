"""Hooks while a drain of a backlog runs in the same process: their 99th percentile against the one
without a drain, with 1, 4 and 16 threads that call hooks one after another."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial

from benchmarks.fixtures import FAST, accept, purchase, purchases, workspace
from benchmarks.harness import BenchmarkRow, Effort, Paired, progress
from benchmarks.org import EmulatorProcess, emulator
from zsf_plugin.giving_way import running_hooks
from zsf_plugin.wiring.apps import CommandApp

THREADS = (1, 4, 16)
BACKLOG = 2_000
#: Hooks of all threads together in one round without a drain; with one, they last as long as it.
_HOOKS = 2_000
#: A host's requests do other things between two hooks.
_PAUSE_S = 0.002
_numbers = itertools.count(1_000_000)


def measure(effort: Effort) -> list[BenchmarkRow]:
    """One row per number of threads."""
    with emulator() as org:
        return [_row(org, threads, effort) for threads in THREADS]


def _row(org: EmulatorProcess, threads: int, effort: Effort) -> BenchmarkRow:
    effort.disk.mkdir(parents=True, exist_ok=True)
    backlog = effort.size(BACKLOG)
    busy, idle = [], []
    for number in range(effort.rounds):
        progress(f"contention: {threads} threads, round {number + 1} of {effort.rounds}")
        org.reset()
        with workspace(org.url, FAST, where=str(effort.disk)) as app:
            alone, beside = hooks_alone_and_beside(app, threads, effort)
            idle.append(percentile(alone, 99))
            busy.append(percentile(beside, 99))
    what = f"the 99th percentile of a hook, {threads} threads: draining {backlog:,} vs not"
    return Paired(tuple(busy), tuple(idle)).row(f"hook-in-drain-{threads}", what, 3.0)


def hooks_alone_and_beside(
    app: CommandApp, threads: int, effort: Effort
) -> tuple[list[float], list[float]]:
    """The seconds of each hook without a drain, and while a backlog is drained."""
    backlog, hooks = effort.size(BACKLOG), effort.size(_HOOKS, 16)
    alone = _hooks_of(app, threads, _for(hooks // threads))
    app.drains.drain("default")
    accept(app, purchases(range(backlog)))
    return alone, _hooks_during_drain(app, threads, backlog)


def _hooks_during_drain(app: CommandApp, threads: int, backlog: int) -> list[float]:
    drained = threading.Event()

    def drain() -> None:
        try:
            app.drains.drain("default", max_entries=backlog)
        finally:
            drained.set()

    drain_thread = threading.Thread(target=drain)
    drain_thread.start()
    try:
        return _hooks_of(app, threads, lambda done: not drained.is_set() or not done)
    finally:
        drain_thread.join()


def _for(hooks: int) -> Callable[[int], bool]:
    return lambda done: done < hooks


def _hooks_of(app: CommandApp, threads: int, goes_on: Callable[[int], bool]) -> list[float]:
    """The seconds of each hook of all threads; a thread calls hooks while `goes_on`."""
    taken: list[float] = []
    workers = [
        threading.Thread(target=partial(_call_hooks, app, goes_on, taken)) for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return taken


def _call_hooks(app: CommandApp, goes_on: Callable[[int], bool], taken: list[float]) -> None:
    done = 0
    while goes_on(done):
        number = next(_numbers)
        call = purchase(number)
        started = time.perf_counter()
        with running_hooks:  # as the plugin does
            app.intake.receive("on_prospect_purchased", call)
        taken.append(time.perf_counter() - started)
        done += 1
        time.sleep(_PAUSE_S)


def percentile(seconds: list[float], percent: int) -> float:
    """The seconds below which that percentage of them is."""
    return statistics.quantiles(seconds, n=100)[percent - 1] if len(seconds) > 1 else seconds[0]
