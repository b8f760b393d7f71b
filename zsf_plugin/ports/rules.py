"""What syncing needs of the rules, and what the rules need to outlive a wrong file. Never where
anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from zsf_plugin.model import JsonObject, Rules


class RuleSource(Protocol):
    """The rules of every workspace, as they are now."""

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is."""
        ...

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule of the workspace does."""
        ...


class LastValidRules(Protocol):
    """What rule files said when they were last right: it stays in force where one is wrong, in new
    processes too."""

    def last_valid_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The documents last kept of a folder's rule files, by file name."""
        ...

    def save_valid_rules(self, folder: str, documents: Mapping[str, JsonObject]) -> None:
        """Keep these in the place of all that was kept of that folder."""
        ...
