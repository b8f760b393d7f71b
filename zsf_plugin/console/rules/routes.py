"""The routes of the rules: what is in force, and a rule tried on an event. Both only read; those
of the history of settings are in `history`."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from zsf_plugin.console import request_context
from zsf_plugin.console.labels import clipped
from zsf_plugin.console.rules import history
from zsf_plugin.console.rules.chosen_event import Given
from zsf_plugin.console.rules.kept_events import kept_events
from zsf_plugin.console.rules.trial import TrialView, try_rule
from zsf_plugin.console.rules.workspace_rules import view_in_force
from zsf_plugin.wiring.tested_rules import last_result

blueprint = Blueprint("rules", __name__)
blueprint.add_url_rule("/rules/history", view_func=history.history)
blueprint.add_url_rule("/rules/history/<number>", view_func=history.version)
blueprint.add_url_rule(
    "/rules/history/<number>/restore", view_func=history.restore_version, methods=["POST"]
)


@blueprint.get("/rules")
def show() -> str:
    """The rules in force; `q` filters their keys, `rule` shows one for some events alone."""
    app, workspace = request_context.current()
    view, words = view_in_force(app, workspace), clipped(request.args.get("q", ""))
    file = request.args.get("rule", "")
    return render_template(
        "rules/show.html",
        findings_beside=view.beside,
        view=view,
        shown=view.only(file) if file else view.filtered(words),
        q=words,
        file=file,
        digest=app.rulebook.digest(workspace),
        tested=last_result(app, workspace),
    )


@blueprint.get("/rules/try")
def trial() -> str:
    """A rule tried on an event: the page before anything is typed."""
    return _trial_page(Given(request.args.get("entry", "")))


@blueprint.post("/rules/try")
def tried() -> str:
    """The plan of the posted event with the posted rule: the page, or its `#tried`."""
    form = request.form
    given = Given(form.get("entry", ""), form.get("event", ""), form.get("rule", ""))
    if request_context.is_htmx():
        return render_template("rules/tried.html", trial=_trial(given))
    return _trial_page(given)


def _trial(given: Given) -> TrialView:
    return try_rule(request_context.application(), request_context.visitor(), given)


def _trial_page(given: Given) -> str:
    app, workspace = request_context.current()
    return render_template(
        "rules/try.html", trial=_trial(given), events=kept_events(app, workspace)
    )
