"""The policy for several records that match: which is in force and who says so, and choosing
another from now on. Choosing one record is `choosing`'s."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.console.console_rules import SaveOutcome, lock_of, save_console_rules
from zsf_plugin.console.presenters.deciders import origins_of, short
from zsf_plugin.model import table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: The policies as people choose them.
POLICIES: Mapping[str, str] = {
    "oldest": "Take the oldest record",
    "newest_activity": "Take the one with the newest activity",
    "same_owner": "Take the one of the same owner",
}


def policy_of(app: ConsoleApp, workspace: str) -> tuple[str, str]:
    """The policy in force for everyone, and who says so."""
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    file = rules.origins.get("/match/many", "")
    return rules.many, origins_of(app.rulebook.rules(workspace)).get(file, short(file))


def policy_lock(app: ConsoleApp, workspace: str) -> str | None:
    """The rule file that decides on the policy instead of the console."""
    return lock_of(app.rulebook.rules(workspace), "match", "many")


def save_policy(app: ConsoleApp, workspace: str, many: str, by: str) -> SaveOutcome:
    """Let a policy choose from now on. Raises StoreUnavailable."""
    document, version = app.store.console_rule(workspace)
    line = HistoryLine(app.clock.now(), "mapping", by, {"match": "many", "now": many})
    saved = {**document, "match": {**table_in(document, "match"), "many": many}}
    return save_console_rules(app, workspace, saved, version, line)
