"""The routes of the rules: what is in force, and a rule tried on an event. Both only read."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from zsf_plugin.console import request_context
from zsf_plugin.console.labels import clipped
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.rules.in_force import RulesView, rules_view
from zsf_plugin.console.rules.setters import HISTORY_CODES
from zsf_plugin.console.saving import MAX_HISTORY

blueprint = Blueprint("rules", __name__)


@blueprint.get("/rules")
def show() -> str:
    """The rules in force; `q` filters their keys."""
    app, workspace = request_context.current()
    view, words = _view(), clipped(request.args.get("q", ""))
    return render_template(
        "rules/show.html",
        findings_beside=view.beside,
        view=view,
        shown=view.filtered(words),
        q=words,
        digest=app.rulebook.digest(workspace),
    )


def _view() -> RulesView:
    """The rules of the visitor's workspace. Raises StoreUnavailable."""
    app, workspace = request_context.current()
    rulebook = app.rulebook
    findings = (
        *rulebook.findings(workspace),
        *rulebook.warnings(workspace),
        *app.unfit_rules(workspace),
    )
    history = app.store.history(workspace, codes=HISTORY_CODES, limit=MAX_HISTORY)
    org = known_org(app, workspace)
    return rules_view(rulebook.rules(workspace), history, findings, org.label)
