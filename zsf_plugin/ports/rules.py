"""What syncing needs of the rules: those in force for one event. Never where they are kept."""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.rules import Rules


class RuleSource(Protocol):
    """The rules of every workspace, as they are now."""

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is."""
        ...

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule of the workspace does."""
        ...
