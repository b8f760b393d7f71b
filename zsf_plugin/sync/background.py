"""Background drains: threads in the host's process, one a workspace with work, none when idle.

A thread starts when a hook wakes its workspace and ends when nothing waits, so idleness costs
nothing. Where entries are held, one more thread for all workspaces sleeps until they are looked at
again: what they wait for may have changed without a hook. After a fork the child starts its own:
threads do not cross a fork.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

from zsf_plugin.errors import ZsfError
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.report import DrainReport

_log = logging.getLogger("zsf_plugin.sync")

#: Another drainer has the org: look again after so many seconds.
_BUSY_S = 2.0
#: An error of the store, or one of ours: nobody will wake us, so look again.
_TROUBLE_S = 30.0
#: What was held when the process began is looked at workspace by workspace, not by a thread for
#: each at once.
_APART_S = 0.2


class _Worker:
    """One workspace's thread: what it is asked for and whether it was woken meanwhile."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.woken = True
        self.thread: threading.Thread | None = None


class BackgroundDrains:
    """Wakes a workspace's drain on demand. `run_drain(workspace, stopping)` is one pass."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        run_drain: Callable[[str, Callable[[], bool]], DrainReport],
    ) -> None:
        self._store = store
        self._clock = clock
        self._run_drain = run_drain
        self._started = False
        self._reset()

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon; returns at once. The first wake of a process also wakes
        what was left."""
        if os.getpid() != self._pid:
            self._reset()
        with self._lock:
            if self._stopping.is_set():
                return
            first, self._started = not self._started, True
            worker = self._workers.get(workspace)
            if worker is None:
                worker = self._workers[workspace] = _Worker()
                worker.thread = threading.Thread(
                    target=self._work,
                    args=(workspace, worker),
                    name=f"zsf-drain-{workspace}",
                    daemon=True,
                )
                worker.thread.start()
        with worker.condition:
            worker.woken = True
            worker.condition.notify()
        if first:
            self._wake_leftovers(workspace)

    def stop(self, timeout_s: float = 20.0) -> None:
        """Finish the batch at hand in every thread, start none, and wait for them at most so long
        together."""
        self._stopping.set()
        with self._lock:
            workers = list(self._workers.values())
            self._looks_changed.notify()
        for worker in workers:
            with worker.condition:
                worker.condition.notify()
        for worker in workers:
            if worker.thread is not None and worker.thread is not threading.current_thread():
                worker.thread.join(timeout_s)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._workers: dict[str, _Worker] = {}
        self._started = False
        self._looks: dict[str, float] = {}
        self._looker: threading.Thread | None = None
        self._looks_changed = threading.Condition(self._lock)

    def _wake_leftovers(self, but: str) -> None:
        for number, workspace in enumerate(self._store.workspaces()):
            if workspace == but:
                continue
            if self._store.next_due(workspace) is not None:
                self.wake(workspace)
            elif self._store.entries(workspace, state="held", limit=1):
                self._look_at(workspace, self._clock.now() + number * _APART_S)

    def _look_at(self, workspace: str, at: float | None) -> None:
        """Wake the workspace at that moment, though nothing is due then; None: not any more."""
        with self._lock:
            if at is None:
                self._looks.pop(workspace, None)
            else:
                self._looks[workspace] = at
            if self._looks and self._looker is None and not self._stopping.is_set():
                self._looker = threading.Thread(target=self._look, name="zsf-held", daemon=True)
                self._looker.start()
            self._looks_changed.notify()

    def _look(self) -> None:
        """Sleep until the next look is due, and wake its workspace; until no workspace has
        something held."""
        while (workspace := self._next_look()) is not None:
            self.wake(workspace)

    def _next_look(self) -> str | None:
        """The workspace to look at, once its time has come; None where nothing is held any more, or
        all ends."""
        with self._lock:
            while self._looks and not self._stopping.is_set():
                workspace, at = min(self._looks.items(), key=lambda look: look[1])
                wait = at - self._clock.now()
                if wait <= 0:
                    del self._looks[workspace]
                    return workspace
                self._looks_changed.wait(wait)
            self._looker = None
            return None

    def _work(self, workspace: str, worker: _Worker) -> None:
        while not self._stopping.is_set():
            with worker.condition:
                worker.woken = False
            wait = self._one_pass(workspace)
            with worker.condition:
                if not worker.woken and wait is not None:
                    worker.condition.wait(wait)
            if wait is None and self._ended(workspace, worker):
                return

    def _ended(self, workspace: str, worker: _Worker) -> bool:
        """Leave, unless a hook woke us between the last look and now."""
        with self._lock, worker.condition:
            if worker.woken:
                return False
            self._workers.pop(workspace, None)
            return True

    def _one_pass(self, workspace: str) -> float | None:
        """Drain once; how many seconds to wait for the next pass, or None where nothing will be due
        by itself."""
        try:
            report = self._run_drain(workspace, self._stopping.is_set)
            if report.busy:
                return _BUSY_S
            self._look_at(workspace, report.looks_at)
            if report.paused is not None:
                return (
                    None
                    if report.paused.until is None
                    else max(report.paused.until - self._clock.now(), 0.05)
                )
            due = report.wakes_at
            return None if due is None else max(due - self._clock.now(), 0.05)
        except ZsfError as error:
            _log.warning("draining workspace %s: %s", workspace, type(error).__name__)
            return _TROUBLE_S
        except Exception:  # noqa: BLE001 - a defect in one pass must not end the thread silently
            _log.exception("draining workspace %s failed", workspace)
            return _TROUBLE_S
