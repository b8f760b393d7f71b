"""The app of the host's plugin: keeps hook calls, marks searches. Knows no page and no command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zsf_plugin.model import Receipt, SearchAnswer
from zsf_plugin.wiring.parts import Parts


class HostApp:
    """What the plugin needs of one process. Nothing is opened before the first call."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def receive(self, hook: str, call: Mapping[str, object]) -> Receipt:
        """Keep a hook's call by its name; the receipt says what became of it. Raises
        StoreUnavailable, ConfigurationError."""
        return self._parts.intake.receive(hook, call)

    def answer(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> SearchAnswer:
        """A badge for each search result by its id, within the deadline of the settings. Raises
        StoreUnavailable."""
        deadline_s = self._parts.settings.badges_deadline_s
        return self._parts.badges.answer(workspace, results, user, deadline_s)

    def stop(self) -> None:
        """Finish the batch at hand and start no other; calls are still kept."""
        self._parts.stop()

    def close(self) -> None:
        """Stop, and close the store: nothing can be kept from here on."""
        self._parts.close()
