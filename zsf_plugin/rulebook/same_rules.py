"""One set of rules for every workspace. Which rules they are is decided elsewhere."""

from __future__ import annotations

from zsf_plugin import ports
from zsf_plugin.model import JsonObject, Rules


class SameRules:
    """One set of rules for every workspace, as a source of rules."""

    def __init__(self, rules: ports.RulesInForce) -> None:
        self._rules = rules

    def in_force(self, workspace: str) -> ports.RulesInForce:  # noqa: ARG002 - the same for all
        """Those rules."""
        return self._rules

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:  # noqa: ARG002 - as above
        """They merged for the event with that scope."""
        return self._rules.rules_for(scope)

    def digest(self, workspace: str) -> str:  # noqa: ARG002 - as above
        """The digest of those rules."""
        return self._rules.digest
