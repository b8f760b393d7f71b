"""The app of the command line: whatever a command does, on the parts of one process."""

from __future__ import annotations

from zsf_plugin.intake import Intake
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
        """Drains workspaces, here and now or in threads of this process."""
        return self._parts.drains

    def console(self) -> ConsoleApp:
        """The app of a console on the same parts: `zsf console` serves it."""
        return ConsoleApp(self._parts)
