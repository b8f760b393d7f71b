"""What syncing needs of the rules, and where the last valid rules are stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject, Rules, Switches


class RulesInForce(Protocol):
    """A workspace's rules as they were when they were asked for."""

    @property
    def digest(self) -> str:
        """Changes whenever any of the rules does."""
        ...

    def rules_for(self, scope: JsonObject) -> Rules:
        """All layers merged for the event with that scope."""
        ...

    def switches_for(self, scope: JsonObject) -> Switches:
        """The switches for the event with that scope."""
        ...


class RuleSource(Protocol):
    """The current rules of every workspace."""

    def in_force(self, workspace: str) -> RulesInForce:
        """The workspace's rules as they are now, for several events: later changes are not seen."""
        ...

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event with that scope."""
        ...

    def digest(self, workspace: str) -> str:
        """A digest that changes whenever any rule of the workspace does."""
        ...


class HookRules(RuleSource, Protocol):
    """The rules as hooks ask for them: at each event, and without a look into the store."""

    def last_known(self, workspace: str) -> tuple[RulesInForce, int | None]:
        """The workspace's rules with the console's part as it was when it was last read, and the
        version that it had then. What is stored by them is checked against it
        (`NewEntry.console_version`). None: the console's part is as it is now."""
        ...


class WatchedRules(RuleSource, Protocol):
    """Rules that say cheaply, for many workspaces at once, whether they may have changed."""

    def file_revisions(self, workspaces: Collection[str]) -> Mapping[str, object]:
        """For each of the workspaces a value that differs from an earlier one if the files of its
        rules changed since. Says nothing of the console's rules, which have versions."""
        ...


class LastValidRules(Protocol):
    """The last valid content of rule files. It stays in force while a file is invalid, also in new
    processes."""

    def last_valid_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The last valid documents of a folder's rule files, by file name."""
        ...

    def save_valid_rules(self, folder: str, documents: Mapping[str, JsonObject], at: float) -> None:
        """Replace the stored documents of that folder; from `at` (seconds since 1970) on they are
        in force. What they were before stays known for the last `MAX_RULE_VERSIONS` times."""
        ...
