"""Drains of this process: one pass over an outbox, what is due, and who is woken.

How a pass goes, and when the next one begins, is decided in `sync`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from zsf_plugin.ports import Clock, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import DrainMode
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.drain import DrainLimits, DrainParts, drain
from zsf_plugin.sync.due import HoldInputs, hold_inputs, next_work
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.scheduler import STOP_TIMEOUT_S, Scheduler, SchedulerParts
from zsf_plugin.wiring.orgs import Orgs
from zsf_plugin.wiring.process import ProcessIdentity


class Drains:
    """Drains workspaces, here and now or in threads of this process."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        availability: OrgAvailability,
        orgs: Orgs,
        identity: ProcessIdentity,
        mode: DrainMode,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._availability = availability
        self._orgs = orgs
        self._parts = DrainParts(store, rulebook, clock, orgs.crm_of, identity)
        self._mode = mode
        self.scheduler_parts = SchedulerParts(
            store,
            clock,
            lambda workspace, stopping: self.drain(workspace, stopping=stopping),
            self.next_work,
            self.hold_inputs,
        )
        self._scheduler = Scheduler(self.scheduler_parts)

    def drain(
        self,
        workspace: str,
        *,
        max_entries: int | None = None,
        seconds: float | None = None,
        on_progress: Callable[[DrainReport], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> DrainReport:
        """One pass over a workspace's outbox. Raises StoreUnavailable."""
        until = None if seconds is None else self._clock.now() + seconds
        limits = DrainLimits(max_entries, until, stopping, on_progress)
        return drain(self._parts, workspace, limits)

    def next_work(self, workspace: str) -> float | None:
        """When a drain of the workspace next has something to do that does not rest, in seconds
        since 1970, by the store alone; or None."""
        return next_work(self._store, self._availability, workspace)

    def hold_inputs(self, workspace: str) -> HoldInputs | None:
        """What the workspace's held entries depend on, as known without a call; None where none is
        held."""
        return hold_inputs(
            self._store,
            self._rulebook,
            lambda connection: self._orgs.crm_of(connection).read_at(connection),
            workspace,
        )

    def start(self, on_report: Callable[[str, DrainReport], None] = lambda *_: None) -> None:
        """Drain in threads of this process from now on, whoever brings the work; each pass is
        reported (workspace, report)."""
        self._scheduler.start(on_report)

    def wake(self, workspace: str) -> None:
        """Something may be due by now: have it drained soon, where drains run in this process."""
        if self._mode == "background" or self._scheduler.is_running:
            self._scheduler.wake(workspace)

    def wait(self, ended: threading.Event) -> None:
        """Wait until it ends, after `start`; what could not be started then is tried again."""
        self._scheduler.wait(ended)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Finish the batch at hand in every thread, and start no other; wait for them at most so
        many seconds."""
        self._scheduler.stop(timeout_s)
