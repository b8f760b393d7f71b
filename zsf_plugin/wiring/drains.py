"""Runs drains in this process: one pass now, or the scheduler's threads. `sync` decides how a pass
runs and when the next one starts."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from zsf_plugin import telemetry
from zsf_plugin.errors import Log
from zsf_plugin.ports import WORKER_STOP_TIMEOUT_S
from zsf_plugin.sync.context import DrainParts, never
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.wiring.late_modules import load_late_modules
from zsf_plugin.wiring.process import ProcessIdentity, is_before_fork, runs_threads

if TYPE_CHECKING:
    from zsf_plugin.ports import HoldingWorkspace, WorkEngine
    from zsf_plugin.settings import Settings
    from zsf_plugin.sync.report import DrainReport
    from zsf_plugin.sync.scheduler import Scheduler, SchedulerParts
    from zsf_plugin.sync.surveys import Surveyor
    from zsf_plugin.wiring.engine import OnReport, Turns
    from zsf_plugin.wiring.orgs import OrgParts

_log = Log("zsf_plugin.wiring")

#: Workspaces that a process drains at the same time. A drain mostly waits for Salesforce.
MAX_THREADS = 4
_NO_THREADS = (
    "uWSGI runs no threads between requests: start it with enable-threads, or set drain to "
    "external and run `zsf worker`"
)


class Drains:
    """Drains workspaces, in the calling thread or in threads of this process. What runs threads is
    built if drains run in this process, else by `start`: `zsf drain` needs none of it."""

    def __init__(self, parts: OrgParts, identity: ProcessIdentity, settings: Settings) -> None:
        store, rules, clock = parts.store, parts.rulebook, parts.clock
        self._mode, self._org_parts = settings.drain, parts
        self._parts = DrainParts(store, rules, clock, parts.orgs.crm_of, identity)
        self._turns: Turns | None = None
        self._engine = self._open_engine(settings) if settings.engine is not None else None
        is_in_threads = self._mode == "background" and self._engine is None
        self._scheduler = self._new_scheduler(MAX_THREADS) if is_in_threads else None

    def _open_engine(self, settings: Settings) -> WorkEngine | None:
        from zsf_plugin.ports import EngineWork
        from zsf_plugin.wiring.engine import Turns, open_engine

        self._turns = Turns(self._parts.clock, self._drain_in_thread, self._new_surveyor)
        return open_engine(settings, EngineWork(self._turns.turn, self._turns.due))

    def scheduler_parts(self) -> SchedulerParts:
        """What drains in threads of this process work with."""
        from zsf_plugin.sync.scheduler import SchedulerParts

        store, surveyor = self._parts.store, self._new_surveyor()
        return SchedulerParts(
            self._parts.clock,
            self._drain_in_thread,
            lambda workspace: store.counts(workspace).waiting,
            surveyor.hold_inputs,
            surveyor.survey,
        )

    def _new_surveyor(self) -> Surveyor:
        from zsf_plugin.sync.surveys import Surveyor, SurveyParts

        store, rules, clock = self._parts.store, self._org_parts.rulebook, self._parts.clock
        return Surveyor(SurveyParts(store, rules, clock, self._read_at))

    def _new_scheduler(self, threads: int) -> Scheduler:
        from zsf_plugin.sync.scheduler import Scheduler

        return Scheduler(self.scheduler_parts(), threads)

    def drain(
        self,
        workspace: str,
        *,
        max_entries: int | None = None,
        seconds: float | None = None,
        on_progress: Callable[[DrainReport], None] | None = None,
        stopping: Callable[[], bool] = never,
        others_wait: Callable[[], bool] | None = None,
    ) -> DrainReport:
        """One pass over a workspace's outbox (`DrainLimits`). Raises StoreUnavailable."""
        until = None if seconds is None else self._parts.clock.monotonic() + seconds
        limits = DrainLimits(max_entries, until, stopping, others_wait, on_progress)
        if telemetry.API_MODULE not in sys.modules:  # as `is_loaded`, which is one call more
            return drain(self._parts, workspace, limits)
        with telemetry.drain_span(workspace) as counts:
            report = drain(self._parts, workspace, limits)
            counts |= {"done": report.done, "held": report.held}
            counts |= {"waiting": report.waiting, "calls": report.calls}
            return report

    def _drain_in_thread(
        self, workspace: str, stopping: Callable[[], bool], others_wait: Callable[[], bool]
    ) -> DrainReport:
        """Drain in one of the scheduler's threads."""
        load_late_modules()
        return self.drain(workspace, stopping=stopping, others_wait=others_wait)

    def _read_at(self, workspaces: Collection[HoldingWorkspace]) -> dict[str, float]:
        """When their orgs' describes were last read, for one of the scheduler's threads."""
        load_late_modules()
        return self._org_parts.orgs.read_at(workspaces)

    def start(self, on_report: OnReport = lambda *_: None, threads: int = MAX_THREADS) -> None:
        """Drain in threads of this process from now on, for work of any process; calls
        `on_report(workspace, report)` after each pass."""
        self._scheduler = self._scheduler or self._new_scheduler(threads)
        self._scheduler.start(on_report)

    def work(self, ended: threading.Event, threads: int, on_report: OnReport) -> None:
        """Drain until `ended` is set: what the engine hands out, if there is one, else as `start`
        does. Then finish the batches that are under way."""
        if self._engine is None or self._turns is None:
            self.start(on_report, threads)
            self.wait(ended)
            self.stop(WORKER_STOP_TIMEOUT_S)
        else:
            self._turns.on_report = on_report
            self._engine.run(ended, threads)

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon, by the engine, or if drains run in this process. Before
        a fork that Python does not learn of none do: the first wake after it finds what waits."""
        if self._engine is not None:
            self._engine.wake(workspace)
        if self._scheduler is None:
            return
        if self._scheduler.is_running:
            self._scheduler.wake(workspace)
        elif self._mode == "background" and not is_before_fork():
            if not runs_threads():
                _log.warning(_NO_THREADS)
            self._scheduler.wake(workspace)

    def retry(self) -> None:
        """Start a thread for what waits, if none could be started before."""
        if self._scheduler is not None:
            self._scheduler.retry()

    def wait(self, ended: threading.Event) -> None:
        """Wait until `ended` is set, after `start`; retries threads that could not be started."""
        if self._scheduler is not None:
            self._scheduler.wait(ended)

    def stop(self, timeout_s: float) -> None:
        """Let every thread finish its current batch, start no other, and wait at most this many
        seconds."""
        if self._scheduler is not None:
            self._scheduler.stop(timeout_s)

    def close(self) -> None:
        """Close the engine's connections, after `stop`."""
        if self._engine is not None:
            self._engine.close()
