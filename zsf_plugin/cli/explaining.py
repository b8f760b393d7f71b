"""`zsf rules explain`: what would become of one event, and with --live the exact changes. Writes
nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_flag
from zsf_plugin.cli.events import read_event_file
from zsf_plugin.cli.outcomes import (
    cause_document,
    cause_in_words,
    say_steps,
    show_values,
    step_document,
)
from zsf_plugin.cli.output import heading, say, table
from zsf_plugin.explain import Explanation
from zsf_plugin.explain.explanation import Cost
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import (
    Changes,
    Json,
    JsonObject,
    Plan,
    PlannedField,
    Reference,
    Step,
    Target,
    Write,
)

_WOULD = {"create": "Would create", "update": "Would change"}


def add_explain(actions: Actions) -> None:
    """The arguments of `rules explain`."""
    words = "what would become of an event; writes nothing"
    explain = add_action(actions, "explain", Report(_explain, _document, _show), words)
    explain.add_argument("event", type=Path, metavar="EVENT.json", help='{"hook": …, arguments}')
    add_flag(explain, "--live", "look at the connected org, and show the exact changes")


def _explain(app: CommandApp, options: argparse.Namespace) -> Explanation:
    return app.explainer.explain(read_event_file(options.event), live=options.live)


def _document(explanation: Explanation) -> JsonObject:
    plan, changes = explanation.plan, explanation.changes
    return {
        "skipped": _skipped(explanation),
        "cost": cast(Json, asdict(explanation.cost)),
        "plan": None if plan is None else _plan_document(plan),
        "changes": None if changes is None else _changes_document(changes),
    }


def _plan_document(plan: Plan) -> JsonObject:
    targets = {name: _target_document(target) for name, target in plan.targets.items()}
    return {**asdict(plan), "targets": targets}


def _target_document(target: Target) -> JsonObject:
    keys = [[part._asdict() for part in key] for key in target.keys]
    return {**asdict(target), "keys": keys}


def _changes_document(changes: Changes) -> JsonObject:
    return {
        "cause": None if changes.cause is None else cause_document(changes.cause),
        "steps": [step_document(step) for step in changes.steps],
        "writes": [_write_document(write) for write in changes.writes],
    }


def _write_document(write: Write) -> JsonObject:
    return {
        "action": write.action,
        "object": write.object,
        "record": write.ref,
        "before": dict(write.before),
        "after": {name: _json_value(value) for name, value in write.values.items()},
    }


def _json_value(value: Json | Reference) -> Json:
    return value.ref if isinstance(value, Reference) else value


def _show(explanation: Explanation) -> None:
    if explanation.skipped is not None:
        say(f"skipped: {_skipped(explanation)}")
    if explanation.plan is not None:
        _show_plan(explanation.plan)
        _show_changes(explanation.changes)
    say(_cost_in_words(explanation.cost))


def _skipped(explanation: Explanation) -> str | None:
    """Why the event is skipped."""
    return step_text(Step(explanation.skipped)) if explanation.skipped is not None else None


def _cost_in_words(cost: Cost) -> str:
    if cost.looked is not None:
        return f"cost in API calls: looking took {cost.looked}, writing takes {cost.to_write}"
    if cost.at_most == 0:
        return "No API calls: already synced, nothing changed"
    return (
        f"cost: at most {cost.at_most} API calls (looks, a write, and the describes where "
        f"they are not cached)"
    )


def _show_plan(plan: Plan) -> None:
    owner = "the user with the event’s e-mail" if plan.owner_email else "nobody"
    say(f"{plan.kind}, mode {plan.mode}; owner: {owner}")
    for target in plan.targets.values():
        _show_target(target)


def _show_target(target: Target) -> None:
    table(
        ("Salesforce field", "value", "overwrite", "set by"),
        map(_row, target.fields),
        title=f"{target.object} (match keys: {_keys_in_words(target)})",
    )


def _row(planned: PlannedField) -> tuple[str, ...]:
    return (planned.field, str(planned.value), planned.overwrite, planned.origin)


def _keys_in_words(target: Target) -> str:
    keys = [" + ".join(part.field for part in key) for key in target.keys]
    return "; ".join(keys) or "none usable"


def _show_changes(changes: Changes | None) -> None:
    if changes is None:
        say("what Salesforce has is not looked at; --live does")
        return
    heading("Against the org, with nothing written")
    say_steps(changes.steps)
    if changes.cause is not None:
        say(f"  held: {cause_in_words(changes.cause)}")
    for write in changes.writes:
        _show_write(write)


def _show_write(write: Write) -> None:
    show_values(
        f"{_WOULD[write.action]} {write.object}", _texts(write.before), _texts(write.values)
    )


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
