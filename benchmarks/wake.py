"""How soon an idle plugin starts to drain after a hook, and how much processor time it uses when
idle."""

from __future__ import annotations

import resource
import statistics
import threading
import time

from benchmarks.harness import BenchmarkRow, progress
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.scheduler import Scheduler, SchedulerParts

_IDLE_S = 1.0


class _Clock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def since_boot(self) -> float | None:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def measure(rounds: int) -> list[BenchmarkRow]:
    """Two rows."""
    started = threading.Event()
    at: list[float] = []

    def drain(workspace: str, stopping: object) -> DrainReport:
        at.append(time.perf_counter())
        started.set()
        return DrainReport()

    parts = SchedulerParts(_Clock(), drain, lambda _: 0, lambda _: None, lambda _: None)
    drains = Scheduler(parts)
    waits = []
    for number in range(max(rounds, 5) * 4):
        started.clear()
        woken = time.perf_counter()
        drains.wake(f"w{number % 3}")
        started.wait(5)
        waits.append((at[-1] - woken) * 1000)
    progress("wake: idle")
    before = resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(_IDLE_S)
    after = resource.getrusage(resource.RUSAGE_SELF)
    idle = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    threads = sum(thread.name.startswith("zsf-") for thread in threading.enumerate())
    drains.stop()
    spread = (statistics.median(waits), min(waits), max(waits))
    return [
        BenchmarkRow(
            "wake",
            "from a hook's wake-up to the start of its drain",
            f"{spread[0]:.2f} ms",
            "",
            spread,
            50.0,
            "ms",
            rounds=len(waits),
        ),
        BenchmarkRow(
            "idle",
            f"processor time per idle second, {threads} of our threads running",
            f"{idle:.2f} ms",
            "",
            (idle, idle, idle),
            5.0,
            "ms",
        ),
    ]
