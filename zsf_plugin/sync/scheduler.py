"""The scheduler: decides when each workspace is drained, on a bounded pool of threads.

Used by a host's threads, `zsf worker` and `zsf console`. `drain` does the pass, and its lease makes
it safe to run several schedulers. No thread starts before the first wake, and an idle process keeps
one waiting thread. After a fork the child starts its own threads.

In the order of time: a wake or a due time plans a visit; a thread takes the earliest visit, drains
the workspace, and plans the next visit from the report. A survey finds work without a wake: entries
from other processes, held entries whose inputs changed, sign-ins to keep alive.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from zsf_plugin.errors import ConfigurationError, Log, ZsfError, place_of
from zsf_plugin.ports import Clock
from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.surveys import Survey
from zsf_plugin.sync.timetable import Timetable
from zsf_plugin.sync.visits import Visit, next_visit, not_before

_log = Log("zsf_plugin.sync")

#: Between surveys in a process whose hooks wake it: for sign-ins and entries of other processes,
#: and for held entries.
SURVEY_INTERVAL_S = 30.0
#: Between surveys in a process that only others bring work to: `zsf worker`, `zsf console`.
POLL_INTERVAL_S = 0.5
#: An error of the store, or a defect of ours: no wake will come, so try again after this long.
ERROR_DELAY_S = 30.0
#: Between the first visits to workspaces with nothing due.
FIRST_VISIT_INTERVAL_S = 0.2
STOP_TIMEOUT_S = 20.0
#: A survey that met an error is tried again after this many seconds.
SURVEY_ERROR_DELAY_S = 5.0
#: A thread that could not be started is tried again after this many seconds.
START_RETRY_INTERVAL_S = 0.5
#: The longest sleep before a thread reads the clock again, which may have been set.
MAX_SLEEP_S = 3600.0
#: The name under which surveys are planned: no workspace has it.
SURVEY = ""


@dataclass(frozen=True, slots=True)
class SchedulerParts:
    """What a scheduler works with: `drain` runs one pass over a workspace (its other arguments say
    whether to stop early, and whether others wait for the thread), `count_waiting` counts the
    entries that wait in it, `hold_inputs` says what its held entries depend on, and `survey` is as
    `Surveyor.survey`."""

    clock: Clock
    drain: Callable[[str, Callable[[], bool], Callable[[], bool]], DrainReport]
    count_waiting: Callable[[str], int]
    hold_inputs: Callable[[str], HoldInputs | None]
    survey: Callable[[int], Survey | None]


def _ignore(workspace: str, report: DrainReport) -> None:
    """The default of `on_report`: drop the report."""


class Scheduler:
    """Drains workspaces in threads of this process. All methods are thread-safe."""

    _threads: set[threading.Thread]
    #: By the monotonic clock: a clock that is set back delays no visit.
    _planned: Timetable
    _visits: dict[str, Visit]

    def __init__(self, parts: SchedulerParts, max_threads: int) -> None:
        self._parts = parts
        self._max_threads = max_threads
        self._survey_interval_s = SURVEY_INTERVAL_S
        self._on_report: Callable[[str, DrainReport], None] = _ignore
        self._reset()
        _schedulers.add(self)

    def _reset(self) -> None:
        # Taken itself: a `Condition` that a signal handler of the host's interrupts stays locked.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._has_started = False
        self._is_waiting = False
        #: The last thread could not be started; logged once, until one can.
        self._is_short_of_threads = False
        self._threads = set()
        self._planned = Timetable()
        self._visits = {}
        #: How often something happened that the next survey must not pass over: a drain ended, or
        #: a survey failed.
        self._occasions = 0

    def start(
        self,
        on_report: Callable[[str, DrainReport], None] = _ignore,
        survey_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        """Start without a wake, and survey at that interval for work from other processes; each
        drain's report goes to `on_report`."""
        self._survey_interval_s = survey_interval_s
        self._on_report = on_report
        self._begin_surveying()

    def _begin_surveying(self) -> None:
        """Plan the first survey, for work left by other processes."""
        with self._lock:
            self._has_started = True
            self._plan(SURVEY, self._parts.clock.now())

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon; returns at once. The first wake of a process also starts
        a survey. The next wake, and `wait`, retry a thread that could not be started."""
        self._plan(workspace, self._parts.clock.now())
        if not self._has_started:
            self._begin_surveying()

    def wait(self, ended: threading.Event) -> None:
        """Wait in the calling thread until `ended` is set; meanwhile retry a thread that could not
        be started."""
        while not ended.wait(START_RETRY_INTERVAL_S):
            self.retry()

    def retry(self) -> None:
        """Start a thread if something is planned and none could be started for it."""
        with self._lock:
            is_stranded = bool(self._planned) and not self._threads
            if is_stranded and not self._stopping.is_set():
                self._start_thread()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Let every thread finish its current batch, start no other, and wait at most this many
        seconds for all of them together."""
        deadline = time.monotonic() + timeout_s
        self._stopping.set()
        with self._lock:
            threads = set(self._threads)
            self._changed.notify_all()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(deadline - time.monotonic(), 0.0))

    @property
    def is_running(self) -> bool:
        """Whether it was started or woken in this process, and not stopped."""
        return self._has_started and not self._stopping.is_set()

    def run_all_due(self) -> float | None:
        """Run everything that is due now in the calling thread. Returns when something is due next
        (seconds since 1970), or None."""
        while (workspace := self._take_due()) is not None:
            self._run(workspace)
        with self._lock:
            wait = self._seconds_until_due()
        return None if wait is None else self._parts.clock.now() + wait

    def _plan(self, workspace: str, at: float) -> None:
        """Have the workspace visited at that time, or earlier if that is planned already."""
        with self._lock:
            if self._stopping.is_set():
                return
            self._plan_at_latest(workspace, at)
            if self._is_waiting:
                self._changed.notify()
            else:
                self._start_thread()

    def _plan_at_latest(self, workspace: str, at: float) -> None:
        wait = at - self._parts.clock.now()
        self._planned.plan(workspace, self._parts.clock.monotonic() + wait)

    def _start_thread(self) -> None:
        if len(self._threads) >= self._max_threads:
            return
        thread = threading.Thread(target=self._work, name="zsf-drain", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            # a limit of processes or memory, or an interpreter that shuts down
            if not self._is_short_of_threads:
                _log.warning("could not start a thread to drain; retrying")
            self._is_short_of_threads = True
        else:
            self._is_short_of_threads = False
            self._threads.add(thread)

    def _work(self) -> None:
        """The body of a thread: run what is due and wait for the next, until another thread waits
        already or nothing is planned."""
        try:
            while self._wait_for_due():
                workspace = self._take_due()
                if workspace is not None:
                    self._run(workspace)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _wait_for_due(self) -> bool:
        """Wait until something is due; False if this thread is no longer needed."""
        with self._lock:
            while not self._stopping.is_set():
                wait = self._seconds_until_due()
                if wait is not None and wait <= 0:
                    return True
                if wait is None or self._is_waiting:
                    break
                self._is_waiting = True
                try:
                    self._changed.wait(min(wait, MAX_SLEEP_S))
                finally:  # a thread that dies here must not count as the one that waits
                    self._is_waiting = False
            self._threads.discard(threading.current_thread())
            return False

    def _take_due(self) -> str | None:
        """Take the workspace that has been due longest; None if none is due. Starts a thread for
        the next one."""
        with self._lock:
            workspace = self._first_due()
            if workspace is None or self._stopping.is_set():
                return None
            self._planned.begin(workspace)
            if self._first_due() is not None and not self._is_waiting:
                self._start_thread()
            return workspace

    def _seconds_until_due(self) -> float | None:
        """Seconds until the first visit is due, negative if overdue; None if none is planned."""
        first = self._planned.first()
        return None if first is None else first[1] - self._parts.clock.monotonic()

    def _first_due(self) -> str | None:
        first = self._planned.first()
        if first is None or first[1] > self._parts.clock.monotonic():
            return None
        return first[0]

    def _run(self, workspace: str) -> None:
        """Visit the workspace, or survey all, and plan the next time."""
        again_at: float | None = None
        try:
            again_at = self._survey() if workspace == SURVEY else self._visit(workspace)
        finally:
            with self._lock:
                self._planned.end(workspace)
                if again_at is not None and not self._stopping.is_set():
                    self._plan_at_latest(workspace, again_at)
                if self._is_waiting:
                    self._changed.notify()

    def _visit(self, workspace: str) -> float:
        """Drain once; returns when to visit next (seconds since 1970)."""
        try:
            return self._drain(workspace)
        except ZsfError as error:
            why = error if isinstance(error, ConfigurationError) else type(error).__name__
            _log.warning("could not drain workspace %s: %s", workspace, why)
        except Exception as error:  # noqa: BLE001 - a defect in one pass must not stop the workspace for good
            kind, place = type(error).__name__, place_of(error)
            _log.error("defect while draining workspace %s: %s at %s", workspace, kind, place)
        self._note_visit(workspace, Visit(None))
        return self._parts.clock.now() + ERROR_DELAY_S

    def _drain(self, workspace: str) -> float:
        """Drain and report; returns when to visit next. What held entries depend on is read before:
        a change during the drain is worth another one, which costs no call."""
        clock = self._parts.clock
        began = clock.now()
        inputs = self._parts.hold_inputs(workspace)
        report = self._parts.drain(workspace, self._stopping.is_set, self._others_wait)
        self._on_report(workspace, report)
        now = self._parts.clock.now()
        self._note_visit(workspace, Visit(report.waiting, not_before(report, now), inputs))
        return next_visit(report, began, now)

    def _note_visit(self, workspace: str, visit: Visit) -> None:
        with self._lock:
            self._visits[workspace] = visit
            self._occasions += 1

    def _others_wait(self) -> bool:
        """Whether another workspace is due, and no thread is free for it. A survey that is due
        counts too."""
        with self._lock:
            return self._first_due() is not None and not self._is_waiting

    def _survey(self) -> float:
        """Plan visits to workspaces that changed without a wake; returns when to survey next."""
        try:
            self._plan_visits()
        except ZsfError as error:
            _log.warning("could not look for new work, retrying soon: %s", error)
        except Exception as error:  # noqa: BLE001 - a defect must not end surveys for good
            kind = type(error).__name__
            _log.error("defect while looking for work: %s at %s", kind, place_of(error))
        else:
            return self._parts.clock.now() + self._survey_interval_s
        with self._lock:
            self._occasions += 1
        return self._parts.clock.now() + SURVEY_ERROR_DELAY_S

    def _plan_visits(self) -> None:
        survey = self._parts.survey(self._occasions)
        if survey is None:
            return
        unvisited = itertools.count()
        now = self._parts.clock.now()
        for workspace in survey.workspaces:
            if self._planned.is_visited(workspace):
                continue
            visit, is_due = self._visits.get(workspace), workspace in survey.due
            if visit is None:
                # what is due now, else after the first visits to others
                number = next(unvisited)
                self._plan(workspace, now + (0.0 if is_due else number * FIRST_VISIT_INTERVAL_S))
            elif self._has_changed(workspace, visit, survey, now):
                self._plan(workspace, now)

    def _has_changed(self, workspace: str, visit: Visit, survey: Survey, now: float) -> bool:
        """Whether there is work that the last drain did not see."""
        if visit.waiting is None:
            return False
        if workspace in survey.due and self._may_proceed(workspace, visit, now):
            return True
        return survey.held.get(workspace) not in (None, visit.hold_inputs)

    def _may_proceed(self, workspace: str, visit: Visit, now: float) -> bool:
        """Whether due entries may be drained now: once the wait that the last drain reported is
        over, or if the number waiting has changed."""
        is_over = now >= visit.not_before
        return is_over or self._parts.count_waiting(workspace) != visit.waiting


_schedulers: weakref.WeakSet[Scheduler] = weakref.WeakSet()


def _reset_in_child() -> None:
    """Reset every scheduler: a child process has none of its parent's threads, and must not wait
    for a lock that one of them held."""
    for scheduler in list(_schedulers):
        scheduler._reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
