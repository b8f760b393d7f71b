"""How soon an idle plugin begins to drain once a hook returned, and how much processor time it
takes when idle."""

from __future__ import annotations

import resource
import statistics
import threading
import time

from benchmarks.harness import Row, progress
from zsf_plugin.ports import Store
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.scheduler import Scheduler, SchedulerParts

_IDLE_S = 1.0


class _Quiet:
    """A store with nothing due."""

    def workspaces(self) -> list[str]:
        return []


class _Clock:
    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def measure(rounds: int) -> list[Row]:
    """Two rows."""
    begun = threading.Event()
    at: list[float] = []

    def drain(workspace: str, stopping: object) -> DrainReport:
        at.append(time.perf_counter())
        begun.set()
        return DrainReport()

    store: Store = _Quiet()  # type: ignore[assignment]  # the one question that a scheduler asks
    parts = SchedulerParts(store, _Clock(), drain, lambda _: None, lambda _: None)
    drains = Scheduler(parts)
    waits = []
    for number in range(max(rounds, 5) * 4):
        begun.clear()
        woken = time.perf_counter()
        drains.wake(f"w{number % 3}")
        begun.wait(5)
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
        Row(
            "wake",
            "from a hook's wake to its drain's begin",
            f"{spread[0]:.2f} ms",
            "",
            spread,
            50.0,
            "ms",
            rounds=len(waits),
        ),
        Row(
            "idle",
            f"processor time of an idle second, {threads} threads of ours",
            f"{idle:.2f} ms",
            "",
            (idle, idle, idle),
            5.0,
            "ms",
        ),
    ]
