"""The app of the command line: whatever a command does, on the parts of one process."""

from __future__ import annotations

from collections.abc import Callable

from zsf_plugin.intake import Intake
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.app import App
from zsf_plugin.wiring.console import ConsoleApp
from zsf_plugin.wiring.drains import Drains


class CommandApp(App):
    """What commands need of one process."""

    @property
    def intake(self) -> Intake:
        """Takes hook calls, as the host's plugin does."""
        return self._parts.intake

    @property
    def drains(self) -> Drains:
        """What is due, and a loop's way to hear of wakes."""
        return self._parts.drains

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
        return self._parts.drains.drain(
            workspace,
            max_entries=max_entries,
            seconds=seconds,
            on_progress=on_progress,
            stopping=stopping,
        )

    def console(self) -> ConsoleApp:
        """The app of a console on the same parts: `zsf console` serves it."""
        return ConsoleApp(self._parts)
