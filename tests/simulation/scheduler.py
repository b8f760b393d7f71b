"""The scheduler: simulated processes as threads of which one runs at a time, virtual time, and
where misfortune strikes.

A process gives the baton back at each step of I/O; who goes on is chosen by the seed. Time passes
only when everybody sleeps. A kill is an exception that no `except Exception` catches, and a dead
process gets no further step.
"""

from __future__ import annotations

import heapq
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from tests.simulation.story import Story

START = 1_790_000_000.0
#: A run with more steps does not come to rest.
_MOST_STEPS = 200_000

#: Reading and writing the store, asking the org or the login, sleeping; `instant` is a step at
#: which nothing stalls (right after a commit, right before the login is asked), `statement` one
#: within a transaction.
Kind = Literal["store", "statement", "org", "login", "sleep", "instant"]


class Killed(BaseException):
    """The process ends here, as by SIGKILL or a power cut."""


#: Of a request that writes: `fail` loses its answer, `lose` loses it on its way there, `late` has
#: it arrive later.
Misfortune = Literal["kill", "fail", "stall", "lose", "late"]


@dataclass(frozen=True, slots=True)
class Blow:
    """What strikes at a step: the end, a failure of the thing asked for, or a stall of so many
    seconds."""

    kind: Misfortune
    seconds: float = 0.0


class Fate(Protocol):
    """Says where misfortune strikes."""

    def blow(self, process: Process, kind: Kind) -> Blow | None:
        """What strikes this process at this step, or None."""
        ...


class Process:
    """One simulated OS process. Its memory is what its `work` holds, and is gone when that ends."""

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
        """Whether nothing of the process runs now, its heart included."""
        return self.stalled_until > now

    stalled_until = 0.0


class Scheduler:
    """Virtual time, and the baton."""

    def __init__(self, rng: Random, story: Story, fate: Fate) -> None:
        self.rng = rng
        self.story = story
        self.fate = fate
        self.now = START
        self.steps = 0
        self.current: Process | None = None
        self.broken: list[str] = []
        self._processes: list[Process] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._unbroken = False
        self._main = threading.Lock()
        self._main.acquire()

    def spawn(
        self, name: str, machine: str, work: Callable[[], None], delay: float = 0.0
    ) -> Process:
        """A new process that begins after `delay` seconds."""
        process = Process(name, machine, work, self.now + delay)
        process.thread = threading.Thread(
            target=self._live, args=(process,), name=name, daemon=True
        )
        self._processes.append(process)
        process.thread.start()
        return process

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Have something done at that moment, between two steps: by the org, a person, a heart."""
        self._order += 1
        heapq.heappush(self._timers, (moment, self._order, act))

    def run(self) -> None:
        """Let all processes and timers come to their end. Threads of a run that broke are gone
        after it, too."""
        following = self._choose()
        if following is not None:
            self.current = following
            following.baton.release()
            self._main.acquire()
        self.current = None

    def step(self, what: str, kind: Kind, takes: float = 0.0) -> Misfortune | None:
        """One step of I/O that takes so long; how it is to fail, if so. Raises Killed. Others may
        run meanwhile."""
        process = self.current
        if process is None:
            return None
        if self._unbroken:
            return self._struck(process, what, "statement")
        fails = self._struck(process, what, kind)
        process.wake_at = max(process.wake_at, self.now + takes)
        self._hand_on(process)
        if process.dead:
            raise Killed
        return fails

    def point(self, what: str) -> Misfortune | None:
        """A statement within a transaction: a kill or a failure may strike, but nobody else
        runs."""
        process = self.current
        return None if process is None else self._struck(process, what, "statement")

    @contextmanager
    def in_one_go(self) -> Iterator[None]:
        """Steps between which nobody else runs and nothing stalls; each may still be the last."""
        self._unbroken = True
        try:
            yield
        finally:
            self._unbroken = False

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for the current process."""
        self.step(f"sleeps {seconds:.2f} s", "sleep", seconds)

    def kill(self, process: Process) -> None:
        """End a process that is not running now: it gets no further step."""
        process.dead = process.killed = True
        process.wake_at = process.stalled_until = self.now

    def tell(self, what: str) -> None:
        """A line of the story, by whoever runs."""
        self.story.tell(self.now, self.current.name if self.current is not None else "-", what)

    def _struck(self, process: Process, what: str, kind: Kind) -> Misfortune | None:
        if process.dead:
            raise Killed
        self.steps += 1
        process.steps += 1
        self.story.tell(self.now, process.name, what)
        if self.steps > _MOST_STEPS:
            self.broken.append("the run does not come to rest")
            self._end_all()
            raise Killed
        blow = self.fate.blow(process, kind)
        if blow is None:
            return None
        self.story.tell(self.now, process.name, f"** {blow.kind} {blow.seconds or ''}")
        self.story.count(blow.kind)
        if blow.kind == "kill":
            process.dead = process.killed = True
            raise Killed
        if blow.kind == "stall" and kind not in ("statement", "instant"):
            process.wake_at = process.stalled_until = self.now + blow.seconds
            return None
        return None if blow.kind == "stall" else blow.kind

    def _hand_on(self, process: Process) -> None:
        following = self._choose()
        if following is process:
            self.current = process
            return
        assert following is not None  # the process itself waits, so there is one
        self.current = following
        following.baton.release()
        process.baton.acquire()

    def _choose(self) -> Process | None:
        """Who goes on: one of those that are ready, by the seed; where none is, time passes. None:
        all has ended."""
        self.current = None  # what timers do is nobody's step
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

    def _live(self, process: Process) -> None:
        process.baton.acquire()
        try:
            if not process.dead:
                process.work()
        except Killed:
            self.current = None
            self._forget(process)
            process.on_killed()
        except BaseException:  # a defect, of ours or of the simulation: the judge reports it
            self.broken.append(f"{process.name} broke: {traceback.format_exc()}")
        self._forget(process)
        following = self._choose()
        self.current = following
        (self._main if following is None else following.baton).release()

    def _forget(self, process: Process) -> None:
        process.dead = process.over = True
        if process in self._processes:
            self._processes.remove(process)

    def _end_all(self) -> None:
        self._timers.clear()
        for process in self._processes:
            process.on_killed = lambda: None
            self.kill(process)


class VirtualClock:
    """The `Clock` port over virtual time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> float:
        return self._scheduler.now

    def sleep(self, seconds: float) -> None:
        self._scheduler.sleep(seconds)
