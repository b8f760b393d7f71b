"""The scheduler: runs simulated processes as threads, one at a time, in virtual time, and injects
faults.

A process passes the baton at each I/O step; the seed chooses the next one. Time advances only when
all processes sleep. A kill is an exception that no `except Exception` catches, and a dead process
runs no further step.
"""

from __future__ import annotations

import heapq
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, Protocol

from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from tests.simulation.happenings import Happening

START = 1_790_000_000.0
#: A run with more steps is considered endless.
_MAX_STEPS = 200_000

#: Access to the store, a request to the org or the login, or sleep; `instant` is a step that cannot
#: stall (right after a commit, right before a login request), `statement` one inside a transaction,
#: `commit` its last, where a server is asked for it.
StepKind = Literal["store", "statement", "commit", "org", "login", "sleep", "instant"]
#: The kinds at which no other process may run.
CANNOT_STALL: tuple[StepKind, ...] = ("statement", "commit", "instant")


class Killed(BaseException):
    """The process ends here, as after SIGKILL or a power failure."""


#: For a writing request: `fail` loses its response, `lose` loses the request, `late` delays it. For a
#: commit: `fail` loses the request, `lost commit` its response.
FaultKind = Literal["kill", "fail", "stall", "lose", "late", "lost commit"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at one step: a kill, a failure, or a stall in seconds."""

    kind: FaultKind
    seconds: float = 0.0


class FaultInjector(Protocol):
    """Decides where faults are injected."""

    def fault_at(self, process: Process, kind: StepKind) -> Fault | None:
        """The fault for this process at this step, or None."""
        ...


class Process:
    """One simulated OS process. Its state lives in `work` and is lost when that ends."""

    def __init__(self, name: str, machine: str, work: Callable[[], None], wake_at: float) -> None:
        self.name = name
        self.machine = machine
        self.work = work
        self.wake_at = wake_at
        self.steps = 0
        self.dead = self.killed = False
        self.over = False
        self.baton = threading.Lock()
        self.baton.acquire()
        self.thread: threading.Thread | None = None
        self.on_killed: Callable[[], None] = lambda: None

    def frozen_at(self, now: float) -> bool:
        """Whether the whole process is stalled, including its heartbeat."""
        return self.stalled_until > now

    stalled_until = 0.0


class Scheduler:
    """Virtual time, and the baton."""

    def __init__(self, rng: Random, trace: Trace, fault_injector: FaultInjector) -> None:
        self.rng = rng
        self.trace = trace
        self.fault_injector = fault_injector
        self.now = START
        self.steps = 0
        self.current: Process | None = None
        self.failures: list[str] = []
        self._processes: list[Process] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._uninterrupted = False
        self._main = threading.Lock()
        self._main.acquire()

    def spawn(
        self, name: str, machine: str, work: Callable[[], None], delay: float = 0.0
    ) -> Process:
        """Start a process after `delay` seconds."""
        process = Process(name, machine, work, self.now + delay)
        process.thread = threading.Thread(
            target=self._run_process, args=(process,), name=name, daemon=True
        )
        self._processes.append(process)
        process.thread.start()
        return process

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Run a callback at that virtual time, between two steps."""
        self._order += 1
        heapq.heappush(self._timers, (moment, self._order, act))

    def run(self) -> None:
        """Run until all processes and timers have finished. No threads remain, even after a
        failure."""
        following = self._choose()
        if following is not None:
            self.current = following
            following.baton.release()
            self._main.acquire()
        self.current = None

    def step(self, what: str, kind: StepKind, takes: float = 0.0) -> FaultKind | None:
        """Take one I/O step of this duration; returns the fault to apply. Raises Killed. Other
        processes may run meanwhile."""
        process = self.current
        if process is None:
            return None
        if self._uninterrupted:
            return self._next_fault(process, what, "statement")
        fails = self._next_fault(process, what, kind)
        process.wake_at = max(process.wake_at, self.now + takes)
        self._pass_baton(process)
        if process.dead:
            raise Killed
        return fails

    def statement_step(
        self, what: str, kind: Literal["statement", "commit"] = "statement"
    ) -> FaultKind | None:
        """A statement inside a transaction: it may be killed or fail, but no other process runs."""
        process = self.current
        return None if process is None else self._next_fault(process, what, kind)

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Steps without hand-over or stalls between them; each may still be killed."""
        self._uninterrupted = True
        try:
            yield
        finally:
            self._uninterrupted = False

    def sleep(self, seconds: float) -> None:
        """Sleep in virtual time."""
        self.step(f"sleeps {seconds:.2f} s", "sleep", seconds)

    def kill(self, process: Process) -> None:
        """Kill a process that is not running now: it gets no further step."""
        process.dead = process.killed = True
        process.wake_at = process.stalled_until = self.now

    def note(self, happening: Happening) -> None:
        """Note what the current process did; "-" stands for everybody else."""
        self.trace.note(self.current.name if self.current is not None else "-", happening)

    def kill_all(self) -> None:
        """Kill every process for good. What is under way in the org still arrives."""
        for process in self._processes:
            process.on_killed = lambda: None
            self.kill(process)

    def log(self, what: str) -> None:
        """Add a line to the trace for the current process."""
        self.trace.log(self.now, self.current.name if self.current is not None else "-", what)

    def _next_fault(self, process: Process, what: str, kind: StepKind) -> FaultKind | None:
        if process.dead:
            raise Killed
        self.steps += 1
        process.steps += 1
        self.trace.log(self.now, process.name, what)
        if self.steps > _MAX_STEPS:
            self.failures.append("the run does not end")
            self._end_all()
            raise Killed
        fault = self.fault_injector.fault_at(process, kind)
        if fault is None:
            return None
        self.trace.log(self.now, process.name, f"** {fault.kind} {fault.seconds or ''}")
        self.trace.count(fault.kind)
        self.trace.count(f"{fault.kind} at {kind}")
        if fault.kind == "kill":
            process.dead = process.killed = True
            raise Killed
        if fault.kind == "stall" and kind not in CANNOT_STALL:
            process.wake_at = process.stalled_until = self.now + fault.seconds
            return None
        return None if fault.kind == "stall" else fault.kind

    def _pass_baton(self, process: Process) -> None:
        following = self._choose()
        if following is process:
            self.current = process
            return
        assert following is not None  # the process itself waits, so there is one
        self.current = following
        following.baton.release()
        process.baton.acquire()

    def _choose(self) -> Process | None:
        """The next process, chosen by the seed among those that are ready; if none is, time advances.
        None: everything has ended."""
        self.current = None  # timers do not belong to a process
        while True:
            while self._timers and self._timers[0][0] <= self.now:
                heapq.heappop(self._timers)[2]()
            ready = [process for process in self._processes if process.wake_at <= self.now]
            if len(ready) == 1:
                return ready[0]
            if ready:
                return ready[int(self.rng.random() * len(ready))]
            moments = [process.wake_at for process in self._processes]
            if self._timers:
                moments.append(self._timers[0][0])
            if not moments:
                return None
            self.now = min(moments)

    def _run_process(self, process: Process) -> None:
        process.baton.acquire()
        try:
            if not process.dead:
                process.work()
        except Killed:
            self.current = None
            self._remove(process)
            process.on_killed()
        except BaseException:  # a bug in the product or the simulation: the oracle reports it
            self.failures.append(f"{process.name} broke: {traceback.format_exc()}")
        self._remove(process)
        following = self._choose()
        self.current = following
        (self._main if following is None else following.baton).release()

    def _remove(self, process: Process) -> None:
        process.dead = process.over = True
        if process in self._processes:
            self._processes.remove(process)

    def _end_all(self) -> None:
        self._timers.clear()
        self.kill_all()


class VirtualClock:
    """The `Clock` port over virtual time, as all processes see it. It may be set."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._set_by = 0.0

    def set_by(self, seconds: float) -> None:
        """Set the clock forward, or back, while no time passes."""
        self._set_by += seconds

    def now(self) -> float:
        return self._scheduler.now + self._set_by

    def monotonic(self) -> float:
        return self._scheduler.now

    def since_boot(self) -> float | None:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        self._scheduler.sleep(seconds)
