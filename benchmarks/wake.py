"""How soon an idle plugin starts to drain after a hook, and how much processor time it uses when
idle."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from benchmarks.fixtures import temporary_application
from benchmarks.harness import BenchmarkRow, Effort, progress, spread
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.scheduler import Scheduler
from zsf_plugin.wiring.drains import MAX_THREADS

_IDLE_S = 1.0
_TIMEOUT_S = 5.0
_MAX_WAKE_MS = 50.0
_MAX_IDLE_MS = 5.0


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Two rows."""
    started = threading.Event()
    at: list[float] = []

    def drain(*_: object) -> DrainReport:
        at.append(time.perf_counter())
        started.set()
        return DrainReport()

    with temporary_application() as app:
        drains = Scheduler(replace(app.drains.scheduler_parts(), drain=drain), MAX_THREADS)
        waits = []
        for number in range(effort.rounds * 4):
            started.clear()
            woken = time.perf_counter()
            drains.wake(f"w{number % 3}")
            started.wait(_TIMEOUT_S)
            waits.append((at[-1] - woken) * 1000)
        progress("wake: idle")
        idle, threads = _idle_ms(), threading.active_count() - 1
        drains.stop()
    found = spread(waits)
    what = "from a hook's wake-up to the start of its drain"
    wait = f"{found[0]:.2f} ms"
    idle_what = f"processor time per idle second, {threads} of our threads running"
    return [
        BenchmarkRow("wake", what, wait, "", found, _MAX_WAKE_MS, "ms", rounds=len(waits)),
        BenchmarkRow("idle", idle_what, f"{idle:.2f} ms", "", spread([idle]), _MAX_IDLE_MS, "ms"),
    ]


def _idle_ms() -> float:
    before = time.process_time()
    time.sleep(_IDLE_S)
    return (time.process_time() - before) * 1000
