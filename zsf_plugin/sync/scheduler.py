"""The scheduler: decides when each workspace is drained, on a bounded pool of threads.

Used alike by the host's threads, `zsf worker` and `zsf console`. It decides only when; a pass is
`drain`'s, and its lease makes several schedulers beside each other safe. Nothing starts before the
first wake, and an idle process keeps one waiting thread. After a fork the child starts its own:
threads do not cross a fork.

In the order of time: a wake or the time plans a visit, a thread takes what is planned first, drains
it, and plans the next visit by the report. A survey does the same for what nobody woke: work of
other processes, held entries whose inputs changed, sign-ins to keep alive.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from zsf_plugin.errors import ZsfError, place_of
from zsf_plugin.ports import Clock, Store
from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.report import DrainReport

_log = logging.getLogger("zsf_plugin.sync")

#: Workspaces that are drained at once. A drain waits for Salesforce most of its time.
MAX_THREADS = 4
#: A workspace yields to others that are due after this many seconds, at the end of its batch.
MAX_TURN_S = 10.0
#: A survey of a process whose hooks wake it: for what other processes left, and what is held.
SURVEY_INTERVAL_S = 3600.0
#: A survey of a process that others bring work to: `zsf worker`, `zsf console`.
POLL_INTERVAL_S = 0.5
#: Each sign-in is kept alive once a day.
KEEP_ALIVE_INTERVAL_S = 24 * 3600.0
#: Another drainer has the org: look again after this many seconds.
BUSY_DELAY_S = 2.0
#: An error of the store, or a defect of ours: nobody will wake us, so try again.
ERROR_DELAY_S = 30.0
#: The first visits to workspaces with nothing due lie so far apart.
FIRST_VISITS_APART_S = 0.2
#: No workspace is drained again sooner than this, unless it is woken.
MIN_DELAY_S = 0.05
STOP_TIMEOUT_S = 20.0
#: A survey that met an error is tried again after this many seconds.
SURVEY_ERROR_DELAY_S = 5.0
#: A thread that could not be started is tried again after this many seconds.
START_RETRY_INTERVAL_S = 0.5
#: No thread sleeps longer without a look at the clock, which may have been set.
MAX_SLEEP_S = 3600.0
#: What is planned beside workspaces: none of them has this name.
SURVEY = ""


@dataclass(frozen=True, slots=True)
class SchedulerParts:
    """What a scheduler works with: one drain pass (of a workspace, and whether to stop early), when
    a workspace next has work, and what its held entries depend on."""

    store: Store
    clock: Clock
    drain: Callable[[str, Callable[[], bool]], DrainReport]
    next_work: Callable[[str], float | None]
    hold_inputs: Callable[[str], HoldInputs | None]


@dataclass(frozen=True, slots=True)
class Visit:
    """A workspace's last drain: how many entries it left waiting (None: it failed, and is tried
    again when that was planned), until when they cannot go on (seconds since 1970), and what held
    entries depended on before it."""

    waiting: int | None
    not_before: float = 0.0
    hold_inputs: HoldInputs | None = None


def _ignore(workspace: str, report: DrainReport) -> None:
    """What is done with a report where nobody asked for it."""


class Scheduler:
    """Drains workspaces in threads of this process. All methods may be called by any thread."""

    _threads: set[threading.Thread]
    #: When each workspace is visited next, in seconds since 1970.
    _planned: dict[str, float]
    _in_hand: set[str]
    _visits: dict[str, Visit]

    def __init__(self, parts: SchedulerParts, max_threads: int = MAX_THREADS) -> None:
        self._parts = parts
        self._max_threads = max_threads
        self._survey_interval_s = SURVEY_INTERVAL_S
        self._on_report: Callable[[str, DrainReport], None] = _ignore
        self._reset()
        _schedulers.add(self)

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._has_begun = False
        self._is_waiting = False
        self._threads = set()
        self._planned = {}
        self._in_hand = set()
        self._visits = {}

    def start(
        self,
        on_report: Callable[[str, DrainReport], None] = _ignore,
        survey_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        """Begin without a wake, and survey at that interval for work that others brought; each
        drain's report goes to `on_report`."""
        self._survey_interval_s = survey_interval_s
        self._on_report = on_report
        self._begin()

    def _begin(self) -> None:
        """Survey what was left by others, before anything else is planned."""
        with self._changed:
            self._has_begun = True
            self._plan(SURVEY, self._parts.clock.now())

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon; returns at once. The first wake of a process also
        surveys what was left. A thread that cannot start is tried again by the next wake, and by
        `wait`."""
        self._plan(workspace, self._parts.clock.now())
        if not self._has_begun:
            self._begin()

    def wait(self, ended: threading.Event) -> None:
        """Wait in the calling thread until it ends; meanwhile it starts the thread that could not
        be started when something was planned."""
        while not ended.wait(START_RETRY_INTERVAL_S):
            with self._changed:
                is_stranded = bool(self._planned) and not self._threads
                if is_stranded and not self._stopping.is_set():
                    self._start_thread()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Finish the batch at hand in every thread and start none; wait for all of them together at
        most this many seconds."""
        deadline = time.monotonic() + timeout_s
        self._stopping.set()
        with self._changed:
            threads = set(self._threads)
            self._changed.notify_all()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(deadline - time.monotonic(), 0.0))

    @property
    def is_running(self) -> bool:
        """Whether it was started or woken in this process, and not stopped."""
        return self._has_begun and not self._stopping.is_set()

    def run_all_due(self) -> float | None:
        """Do in the calling thread, one after the other, what is due now. The moment (seconds since
        1970) at which something is due next, or None."""
        while (workspace := self._take_due()) is not None:
            self._run(workspace)
        return min(self._planned.values(), default=None)

    def _plan(self, workspace: str, at: float) -> None:
        """Have the workspace visited then, or sooner where that was planned."""
        with self._changed:
            if self._stopping.is_set():
                return
            self._plan_at_latest(workspace, at)
            if self._is_waiting:
                self._changed.notify()
            else:
                self._start_thread()

    def _plan_at_latest(self, workspace: str, at: float) -> None:
        self._planned[workspace] = min(at, self._planned.get(workspace, at))

    def _start_thread(self) -> None:
        if len(self._threads) >= self._max_threads:
            return
        thread = threading.Thread(target=self._work, name="zsf-drain", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            _log.warning("no thread could be started to drain; this is tried again")
        else:
            self._threads.add(thread)

    def _work(self) -> None:
        """What a thread does: take what is due, do it, wait for the next; until another thread
        waits already, or nothing is planned."""
        try:
            while self._wait_for_due():
                workspace = self._take_due()
                if workspace is not None:
                    self._run(workspace)
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())

    def _wait_for_due(self) -> bool:
        """Wait until something is due; False where this thread is not needed any more."""
        with self._changed:
            while not self._stopping.is_set():
                wait = self._seconds_until_due()
                if wait is not None and wait <= 0:
                    return True
                if wait is None or self._is_waiting:
                    break
                self._is_waiting = True
                self._changed.wait(min(wait, MAX_SLEEP_S))
                self._is_waiting = False
            self._threads.discard(threading.current_thread())
            return False

    def _take_due(self) -> str | None:
        """Take the workspace that is due longest; None where none is. A thread is started for the
        next one."""
        with self._changed:
            workspace = self._first_due()
            if workspace is None or self._stopping.is_set():
                return None
            del self._planned[workspace]
            self._in_hand.add(workspace)
            if self._first_due() is not None and not self._is_waiting:
                self._start_thread()
            return workspace

    def _first_planned(self) -> str | None:
        """The workspace that is planned first, of those that no thread has in hand."""
        free = itertools.filterfalse(self._in_hand.__contains__, self._planned)
        return min(free, key=self._planned.__getitem__, default=None)

    def _seconds_until_due(self) -> float | None:
        """How long the first has to wait, negative where it is overdue; None where nothing is
        planned."""
        first = self._first_planned()
        return None if first is None else self._planned[first] - self._parts.clock.now()

    def _first_due(self) -> str | None:
        wait = self._seconds_until_due()
        return self._first_planned() if wait is not None and wait <= 0 else None

    def _run(self, workspace: str) -> None:
        """Visit the workspace, or survey all, and plan the next time."""
        try:
            again_at = self._survey() if workspace == SURVEY else self._visit(workspace)
        finally:
            self._in_hand.discard(workspace)
        with self._changed:
            if not self._stopping.is_set():
                self._plan_at_latest(workspace, again_at)
            if self._is_waiting:
                self._changed.notify()

    def _visit(self, workspace: str) -> float:
        """Drain once; when to visit next (seconds since 1970)."""
        try:
            return self._drain(workspace)
        except ZsfError as error:
            _log.warning("draining workspace %s: %s", workspace, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a defect in one pass must not stop the workspace for good
            kind, place = type(error).__name__, place_of(error)
            _log.error("draining workspace %s met a defect: %s at %s", workspace, kind, place)
        self._visits[workspace] = Visit(None)
        return self._parts.clock.now() + ERROR_DELAY_S

    def _drain(self, workspace: str) -> float:
        """Drain and report; when to visit next. What held entries depended on is taken down before:
        what changes while the drain runs is worth another one, which costs no call."""
        began, inputs = self._parts.clock.now(), self._parts.hold_inputs(workspace)
        report = self._parts.drain(workspace, lambda: self._must_yield(began))
        self._on_report(workspace, report)
        now = self._parts.clock.now()
        self._visits[workspace] = Visit(report.waiting, _not_before(report, now), inputs)
        return next_visit(report, began, now)

    def _must_yield(self, began: float) -> bool:
        """Whether a drain has to stop early: all ends, or it had its turn and others are due."""
        if self._stopping.is_set():
            return True
        if self._parts.clock.now() - began < MAX_TURN_S:
            return False
        with self._changed:
            # A survey that is due counts too: no thread was free for it.
            return self._first_due() is not None

    def _survey(self) -> float:
        """Plan visits where something happened that nobody was woken for; when to survey next."""
        try:
            self._plan_visits()
        except ZsfError as error:
            _log.warning("nothing new is drained for now: %s", error)
        except Exception as error:  # noqa: BLE001 - a defect must not end surveys for good
            kind = type(error).__name__
            _log.error("looking for work met a defect: %s at %s", kind, place_of(error))
        else:
            return self._parts.clock.now() + self._survey_interval_s
        return self._parts.clock.now() + SURVEY_ERROR_DELAY_S

    def _plan_visits(self) -> None:
        unvisited = itertools.count()
        for workspace in self._parts.store.workspaces():
            if workspace in self._in_hand:
                continue
            visit = self._visits.get(workspace)
            if visit is None:
                self._plan_first_visit(workspace, next(unvisited))
            elif self._has_changed(workspace, visit, self._parts.clock.now()):
                self._plan(workspace, self._parts.clock.now())

    def _plan_first_visit(self, workspace: str, number: int) -> None:
        """Plan it for now where something is due, else after the first visits to others."""
        now = self._parts.clock.now()
        delay = 0.0 if self._is_due(workspace, now) else number * FIRST_VISITS_APART_S
        self._plan(workspace, now + delay)

    def _is_due(self, workspace: str, now: float) -> bool:
        due = self._parts.next_work(workspace)
        return due is not None and due <= now

    def _has_changed(self, workspace: str, visit: Visit, now: float) -> bool:
        """Whether a drain has something to do that the last one did not know of."""
        if visit.waiting is None:
            return False
        if self._is_due(workspace, now) and self._may_go_on(workspace, visit, now):
            return True
        return self._parts.hold_inputs(workspace) not in (None, visit.hold_inputs)

    def _may_go_on(self, workspace: str, visit: Visit, now: float) -> bool:
        """Whether what is due need not wait: a drain that said until when all waits is believed,
        unless something came."""
        is_over = now >= visit.not_before
        return is_over or self._parts.store.counts(workspace).waiting != visit.waiting


def next_visit(report: DrainReport, began: float, ended: float) -> float:
    """When a workspace is visited after a drain with this report (all in seconds since 1970): when
    something is due or a pause ends, when held entries are rechecked, at the latest a day later."""
    moments = [began + KEEP_ALIVE_INTERVAL_S, _resumes_at(report, ended), report.recheck_at]
    earliest = min(at for at in moments if at is not None)
    return max(earliest, ended + MIN_DELAY_S)


def _resumes_at(report: DrainReport, ended: float) -> float | None:
    """When what waits can go on, or None where nothing waits or a person has to act first."""
    if report.busy:
        return ended + BUSY_DELAY_S
    return report.next_due_at if report.paused is None else report.paused.until


def _not_before(report: DrainReport, now: float) -> float:
    """Until when what waits cannot go on, by the report alone. A pause that the store keeps is left
    to the store: somebody may end it earlier."""
    if report.busy:
        return now + BUSY_DELAY_S
    is_in_doubt = report.paused is not None and report.paused.code == "in_doubt"
    return report.paused_until or 0.0 if is_in_doubt else 0.0


_schedulers: weakref.WeakSet[Scheduler] = weakref.WeakSet()


def _reset_in_child() -> None:
    """A child has none of its parent's threads, and must not wait for a lock that one of them
    held."""
    for scheduler in list(_schedulers):
        scheduler._reset()


os.register_at_fork(after_in_child=_reset_in_child)
