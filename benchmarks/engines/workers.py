"""Three worker processes against one, on each engine, where Salesforce takes 50 ms to answer: what
they wait for is waited for at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.engines.databases import ENGINES, Databases
from benchmarks.fixtures import folders_of, purchase
from benchmarks.harness import BenchmarkRow, Effort, paired
from benchmarks.org import EmulatorProcess
from zsf_plugin.wiring.apps import CommandApp

_WORKSPACES = 60
_WORKERS = 3
_LATENCY_MS = 50
_MIN_GAIN = 2.0
_TIMEOUT_S = 120.0
_LOOK_INTERVAL_S = 0.02


def rows(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """A row for each engine."""
    org.set(latency_ms=_LATENCY_MS)
    try:
        return [_row(both, engine, org, effort) for engine in ENGINES]
    finally:
        org.set(latency_ms=0)


def _row(both: Databases, engine: str, org: EmulatorProcess, effort: Effort) -> BenchmarkRow:
    workspaces = effort.size(_WORKSPACES)
    workers = _WORKERS if effort.share > 0.1 else 2  # each takes long to start
    name = f"engine-workers-{engine.lower()}"
    run = partial(_seconds, both, engine, org, workspaces)
    pair = paired(name, partial(run, 1), partial(run, workers), effort.rounds)
    what = (
        f"{engine}: {workspaces} workspaces with one entry each, {_LATENCY_MS} ms latency: one "
        f"worker that drains one at a time vs {workers}"
    )
    return replace(pair.row(name, what, _MIN_GAIN), at_least=True)


def _seconds(
    both: Databases, engine: str, org: EmulatorProcess, workspaces: int, workers: int
) -> float:
    """From the first hook to the end of the last entry."""
    org.reset()
    with (
        both.many_workspaces(engine, org.url, workspaces) as (app, names),
        ExitStack() as stack,
    ):
        for _ in range(workers):
            stack.enter_context(_worker(folders_of(app)))
        began = time.perf_counter()
        for number, name in enumerate(names):
            call = {**purchase(1 + number), "workspace": name}
            app.intake.receive("on_prospect_purchased", call)
        _wait_until_done(app, names, began + _TIMEOUT_S)
        return time.perf_counter() - began


def _wait_until_done(app: CommandApp, names: Sequence[str], deadline: float) -> None:
    left = list(names)
    while left:
        if time.perf_counter() > deadline:
            raise AssertionError(f"{len(left)} workspaces were not drained")
        # Only the first that is left is asked for, so that looking costs next to nothing.
        if app.store.counts(left[-1]).waiting:
            time.sleep(_LOOK_INTERVAL_S)
        else:
            left.pop()


@contextmanager
def _worker(folders: Mapping[str, str]) -> Iterator[None]:
    """A `zsf worker` that has started."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zsf_plugin", "worker", "--concurrency", "1"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **folders},
    )
    if process.stderr is None:
        raise AssertionError("the worker has no stderr")
    try:
        process.stderr.readline()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
