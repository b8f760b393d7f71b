"""One process for many workspaces: what 1,000 idle ones cost, how many threads 200 with work use,
and what the first wake of a process takes from its caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.fixtures import many_workspaces, purchase
from benchmarks.harness import BenchmarkRow, Effort, count_row, progress, spread
from benchmarks.org import EmulatorProcess, emulator
from zsf_plugin.sync import scheduler
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.drains import MAX_THREADS

_IDLE_WORKSPACES = 1_000
_BUSY_WORKSPACES = 200
#: One idle workspace in this many has a held entry, which a drain looks at.
_HELD_INTERVAL = 5
#: So long is measured, and a minute computed from it.
_IDLE_S = 10.0
_SETTLE_S = 5.0
_MAX_IDLE_S = 1.0
#: Four that drain, and a constant number beside them: heartbeats, and the one that waits.
_MAX_THREADS = 8
#: Most of it starts a thread.
_MAX_WAKE_MS = 1.0
_TIMEOUT_S = 300.0
_LATENCY_MS = 20


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Three rows."""
    with emulator() as org:
        return [_idle(org, effort), _threads(org, effort), _first_wake(org, effort)]


def _idle(org: EmulatorProcess, effort: Effort) -> BenchmarkRow:
    """The processor time of a minute in which nothing happens, after a first visit to each."""
    with many_workspaces(org.url, effort.size(_IDLE_WORKSPACES)) as (app, names):
        for name in names[::_HELD_INTERVAL]:
            app.intake.receive("on_touchpoint_sent", _of_a_stranger(name))
        progress(f"workspaces: first visits to {len(names):,}")
        with _visited_at_once() as visits:
            visits.start(app, len(names))
            time.sleep(_SETTLE_S * min(effort.share, 1.0))
            used = [_processor_s_per_minute(_IDLE_S * min(effort.share, 1.0))]
            app.drains.stop(20.0)
    what = (
        f"processor time of an idle minute, {len(names):,} connected workspaces, a held entry in "
        f"{len(names[::_HELD_INTERVAL])} (measured for {_IDLE_S:g} s)"
    )
    return BenchmarkRow(
        "idle-workspaces", what, f"{used[0]:.2f} s", "", spread(used), _MAX_IDLE_S, "s"
    )


def _processor_s_per_minute(seconds: float) -> float:
    began, before = time.monotonic(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - before) * 60 / (time.monotonic() - began)


def _threads(org: EmulatorProcess, effort: Effort) -> BenchmarkRow:
    """The most threads of ours at any time, while every workspace has a purchase to send."""
    org.reset()
    org.set(latency_ms=_LATENCY_MS)
    before = threading.active_count()
    with many_workspaces(org.url, effort.size(_BUSY_WORKSPACES)) as (app, names):
        for number, name in enumerate(names):
            call = {**purchase(number), "workspace": name}
            app.intake.receive("on_prospect_purchased", call)
        with _visited_at_once() as visits:
            visits.start(app, len(names))
            app.drains.stop(20.0)
    org.set(latency_ms=0)
    what = f"threads that drain {len(names)} workspaces with a purchase each"
    return count_row("busy-threads", what, visits.max_threads - before, _MAX_THREADS, "threads")


def _first_wake(org: EmulatorProcess, effort: Effort) -> BenchmarkRow:
    """The caller's processor time of a process's first wake."""
    taken = []
    with many_workspaces(org.url, effort.size(_BUSY_WORKSPACES)) as (app, names):
        for _ in range(effort.rounds):
            scheduler_ = scheduler.Scheduler(app.drains.scheduler_parts(), MAX_THREADS)
            began = time.thread_time()
            scheduler_.wake(names[0])
            taken.append((time.thread_time() - began) * 1000)
            scheduler_.stop()
    found = spread(taken)
    what = f"processor time of the first wake, for its caller, with {len(names)} workspaces"
    figure = f"{found[0]:.3f} ms"
    return BenchmarkRow(
        "first-wake", what, figure, "", found, _MAX_WAKE_MS, "ms", rounds=len(taken)
    )


def _of_a_stranger(name: str) -> dict[str, object]:
    """A touchpoint of a person who is not in Salesforce."""
    call = {**purchase(1_000_000), "workspace": name, "event_id": f"stranger-{name}"}
    return {**call, "touchpoint": {"id": f"stranger-{name}", "channel": "email"}}


class _Visits:
    """Counts the workspaces that were drained, and the threads at each report."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._all_seen = threading.Event()
        self._expected = 0
        self.max_threads = 0

    def start(self, app: CommandApp, workspaces: int) -> None:
        """Drain as `zsf worker` does; returns when every workspace was drained."""
        self._expected = workspaces
        app.drains.start(self._note)
        if not self._all_seen.wait(_TIMEOUT_S):
            raise AssertionError(f"only {len(self._seen)} of {workspaces} workspaces were drained")

    def _note(self, workspace: str, report: DrainReport) -> None:
        with self._lock:
            self._seen.add(workspace)
            self.max_threads = max(self.max_threads, threading.active_count())
            if len(self._seen) >= self._expected:
                self._all_seen.set()


@contextmanager
def _visited_at_once() -> Iterator[_Visits]:
    """First visits to workspaces with nothing due are spread over minutes; not so here."""
    interval = scheduler.FIRST_VISIT_INTERVAL_S
    scheduler.FIRST_VISIT_INTERVAL_S = 0.0
    try:
        yield _Visits()
    finally:
        scheduler.FIRST_VISIT_INTERVAL_S = interval
