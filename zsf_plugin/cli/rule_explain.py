"""`zsf rules explain`: what an event would do in Salesforce, with --live the exact changes. Writes
nothing."""

from __future__ import annotations

import argparse
from dataclasses import replace

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import (
    Actions,
    CommandApp,
    Report,
    add_action,
    add_flag,
    require_workspace,
)
from zsf_plugin.cli.explain_report import Explained, show_explanation
from zsf_plugin.cli.feeding import read_event_file


def add_explain(actions: Actions) -> None:
    """The arguments of `rules explain`."""
    help_ = "Show what an event would do in Salesforce; writes nothing"
    shown = ("zsf rules explain event.json", "head -1 events.jsonl | zsf rules explain - --live")
    run = Report(
        _explain,
        Explained.as_json,
        show_explanation,
        Explained.is_held,
        working="Explaining the event",
        creates=True,
    )
    explain = add_action(actions, "explain", run, help_, shown, workspace=None)
    explain.add_argument(
        "event",
        type=arguments.path,
        metavar="EVENT.json",
        help="File with one event: `hook` names the hook, the other keys are its arguments; "
        "- reads stdin",
    )
    add_flag(explain, "--live", "Look up the records in the org, and show the exact changes")


def _explain(app: CommandApp, options: argparse.Namespace) -> Explained:
    event = read_event_file(options.event, app.rulebook)
    if options.workspace is not None:
        require_workspace(app, options.workspace)
        event = replace(event, workspace=options.workspace)
    explanation = app.explainer.explain(event, live=options.live)
    rules = app.rulebook
    found = (*rules.findings(event.workspace), *rules.warnings(event.workspace))
    return Explained(explanation, found)
