"""The rules in force of one workspace for its page: read from the rulebook, the history and the org
as last read. Makes no call."""

from __future__ import annotations

from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.rules.in_force import RulesView, rules_view
from zsf_plugin.console.rules.setters import settings_history
from zsf_plugin.wiring.apps import ConsoleApp


def view_in_force(app: ConsoleApp, workspace: str) -> RulesView:
    """The rules of that workspace. Raises StoreUnavailable."""
    rulebook = app.rulebook
    findings = (
        *rulebook.findings(workspace),
        *rulebook.warnings(workspace),
        *app.unfit_rules(workspace),
    )
    history = settings_history(app.store, workspace)
    org = known_org(app, workspace)
    return rules_view(rulebook.rules(workspace), history, findings, org.label)
