"""Opens the engine that the settings name, and says what it hands out: turns of drains, and which
workspaces a sweep wakes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError, Log, ZsfError, place_of
from zsf_plugin.forking import fork_guard
from zsf_plugin.sync import sweeping, visits

if TYPE_CHECKING:
    from zsf_plugin.ports import Clock, EngineWork, WorkEngine
    from zsf_plugin.settings import Settings
    from zsf_plugin.sync.report import DrainReport
    from zsf_plugin.sync.surveys import Surveyor

_log = Log("zsf_plugin.wiring")

#: Drains a workspace until its second argument returns true, or after a batch if the third does.
Drain = Callable[[str, Callable[[], bool], Callable[[], bool]], "DrainReport"]
#: Takes the report of each turn, with the workspace.
OnReport = Callable[[str, "DrainReport"], None]

_NOT_INSTALLED = (
    "ZSF_ENGINE names Procrastinate, but it is not installed: install zsf-plugin[procrastinate]"
)


def open_engine(settings: Settings, work: EngineWork) -> WorkEngine | None:
    """The engine, or None if the settings name none. Raises ConfigurationError."""
    if settings.engine is None or settings.database_url is None:
        return None
    with fork_guard.inside():
        try:
            from zsf_plugin.engines.procrastinate import ProcrastinateEngine
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in ("procrastinate", "psycopg"):
                raise
            raise ConfigurationError((_NOT_INSTALLED,)) from error
    return ProcrastinateEngine(settings.database_url, work)


class Turns:
    """What an engine hands out in this process. `on_report` may be set later."""

    def __init__(self, clock: Clock, drain: Drain, surveyor: Callable[[], Surveyor]) -> None:
        self._clock = clock
        self._drain = drain
        self._new_surveyor = surveyor
        self._surveyor: Surveyor | None = None
        self._surveys = itertools.count()
        self.on_report: OnReport = lambda *_: None

    def turn(self, workspace: str, stopping: Callable[[], bool]) -> float | None:
        """One turn of a workspace: others always wait. Returns the seconds until its next one, or
        None if the next sweep is soon enough."""
        began = self._clock.now()
        try:
            report = self._drain(workspace, stopping, lambda: True)
        except ZsfError as error:
            why = error if isinstance(error, ConfigurationError) else type(error).__name__
            _log.warning("could not drain workspace %s: %s", workspace, why)
            return None
        except Exception as error:  # noqa: BLE001 - a defect must not end the worker
            kind, place = type(error).__name__, place_of(error)
            _log.error("defect while draining workspace %s: %s at %s", workspace, kind, place)
            return None
        self.on_report(workspace, report)
        now = self._clock.now()
        wait_s = visits.next_visit(report, began, now) - now
        return wait_s if report.waiting > 0 and wait_s < sweeping.SWEEP_INTERVAL_S else None

    def due(self) -> Sequence[str]:
        """The workspaces that a sweep wakes now. Raises StoreUnavailable."""
        if self._surveyor is None:
            self._surveyor = self._new_surveyor()
        survey = self._surveyor.survey(next(self._surveys))
        return [] if survey is None else sweeping.workspaces_to_wake(survey, self._clock.now())
