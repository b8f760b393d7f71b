"""A reference host: what any host does with its plugins, in about thirty lines. The demo and the
tests use it.

It knows only the hook specifications, and finds plugins by their entry points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pluggy

from zsf_plugin import hookspecs


class ReferenceHost:
    """Loads every installed plugin of the project `zaplify` and calls its hooks."""

    def __init__(
        self, config_dir: str, data_dir: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        self._plugins = pluggy.PluginManager(hookspecs.PROJECT)
        self._plugins.add_hookspecs(hookspecs)
        self._plugins.load_setuptools_entrypoints(hookspecs.PROJECT)
        self.hook.on_host_started(config_dir=config_dir, data_dir=data_dir, settings=settings)

    @property
    def hook(self) -> pluggy.HookRelay:
        """The hooks, called with keyword arguments."""
        return self._plugins.hook

    def call(self, hook: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call one hook and return our plugin's answer."""
        answers = getattr(self.hook, hook)(**arguments)
        return dict(next(answer for answer in answers if answer["plugin"] == "salesforce"))

    def stop(self) -> None:
        """Notify the plugins that the host is stopping."""
        self.hook.on_host_stopping()
