"""`zsf rules check|show|explain`: what is wrong with the rules, what is in force, what they make of
an event."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import cast

from zsf_plugin.cli.common import add_action, application
from zsf_plugin.cli.events import read_call
from zsf_plugin.cli.outcomes import cause_document, say_steps, step_document
from zsf_plugin.cli.output import heading, pairs, say, say_json, table
from zsf_plugin.errors import ConfigurationError, InvalidEvent
from zsf_plugin.explain import Explanation
from zsf_plugin.explain.cost import Cost
from zsf_plugin.explain.fields import source_of
from zsf_plugin.intake.reading import read_event
from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model.changes import Changes, Reference, Step
from zsf_plugin.model.event import HOOK_KINDS, Event
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.rules import Rules
from zsf_plugin.rulebook.schema import first_fault


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions `rules check|show|explain`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    words = "everything that is wrong with rule files; exit 1 when anything is"
    add_action(actions, "check", _check, words)
    add_action(actions, "show", _show, "what is in force, with the file that set it")
    words = "what would become of an event; writes nothing"
    explain = add_action(actions, "explain", _explain, words)
    explain.add_argument("event", type=Path, metavar="EVENT.json", help='{"hook": …, arguments}')
    explain.add_argument(
        "--live", action="store_true", help="look at the connected org, and show the exact changes"
    )


def _check(options: argparse.Namespace) -> int:
    with application() as app:
        findings = app.rulebook.findings(options.workspace)
        rules = app.rulebook.rules(options.workspace)
    if options.json:
        say_json(
            {"findings": [cast(Json, asdict(finding)) for finding in findings], "rules": len(rules)}
        )
    else:
        for finding in findings:
            say(str(finding))
        say(f"{len(rules)} rules in force, {len(findings)} findings")
    return 1 if findings else 0


def _show(options: argparse.Namespace) -> int:
    with application() as app:
        merged = app.rulebook.rules_for(options.workspace, {"workspace": options.workspace})
        all_rules = app.rulebook.rules(options.workspace)
    if options.json:
        document = cast(dict[str, Json], asdict(merged))
        say_json(
            {
                **document,
                "rules": [{"file": r.file, "layer": r.layer, "when": r.when} for r in all_rules],
            }
        )
        return 0
    _tell_rules(merged)
    conditional = [(rule.file, rule.when) for rule in all_rules if rule.when is not None]
    if conditional:
        heading("Rules that apply only to some events")
        pairs([(file, f"when {when}") for file, when in conditional])
    return 0


def _tell_rules(rules: Rules) -> None:
    heading("Switches and mode")
    table(("setting", "value", "set by"), list(_settings(rules)))
    for title, tables in (("fields", rules.fields), ("activity", rules.activities)):
        for name, fields in tables.items():
            heading(f"{title}.{name}")
            rows = [(f.field, source_of(f), f.overwrite, f.origin) for f in fields.values()]
            table(("Salesforce field", "filled by", "overwrite", "set by"), rows)


def _settings(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """(setting, value, the file that set it)."""
    origins = rules.origins
    yield "mode", rules.mode, origins.get("/mode", "")
    for name, on in asdict(rules.switches).items():
        yield name, "on" if on else "off", origins.get(f"/switches/{name}", "")
    yield "several matches", rules.many, origins.get("/match/many", "")
    yield "duplicate alerts", rules.alerts, origins.get("/match/alerts", "")


def _explain(options: argparse.Namespace) -> int:
    event = _event(options.event)
    with application() as app:
        explanation = app.explainer.explain(event, live=options.live)
    if options.json:
        say_json(_document(explanation))
    else:
        _tell(explanation)
    return 0


def _event(path: Path) -> Event:
    """The event of a file. Raises ConfigurationError, which says what to do."""
    try:
        call = read_call(path.read_text(encoding="utf-8"))
        return read_event(HOOK_KINDS[call.hook], call.arguments, first_fault)
    except OSError as error:
        words = f"{error.strerror}; give a file with one event"
    except InvalidEvent as fault:
        words = f"{fault.pointer or '/'}: {fault.reason}"
    except ValueError as error:
        words = str(error)
    raise ConfigurationError((f"{path}: {words}",))


def _document(explanation: Explanation) -> dict[str, Json]:
    plan, changes = explanation.plan, explanation.changes
    return {
        "skipped": _skipped(explanation),
        "cost": cast(Json, asdict(explanation.cost)),
        "plan": cast(Json, asdict(plan)) if plan is not None else None,
        "changes": None if changes is None else _changes_document(changes),
    }


def _changes_document(changes: Changes) -> dict[str, Json]:
    return {
        "cause": None if changes.cause is None else cause_document(changes.cause),
        "steps": [step_document(step) for step in changes.steps],
        "writes": [
            {
                "action": write.action,
                "object": write.object,
                "record": write.ref,
                "before": dict(write.before),
                "after": {
                    n: v.ref if isinstance(v, Reference) else v for n, v in write.values.items()
                },
            }
            for write in changes.writes
        ],
    }


def _tell(explanation: Explanation) -> None:
    if explanation.skipped is not None:
        say(f"skipped: {_skipped(explanation)}")
    if explanation.plan is not None:
        _tell_plan(explanation.plan)
    if explanation.changes is not None:
        _tell_changes(explanation.changes)
    elif explanation.plan is not None:
        say("what Salesforce has is not looked at; --live does")
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


def _tell_plan(plan: Plan) -> None:
    say(
        f"{plan.kind}, mode {plan.mode}; owner: "
        f"{'the user with the event’s e-mail' if plan.owner_email else 'nobody'}"
    )
    for target in plan.targets.values():
        keys = (
            "; ".join(" + ".join(part.field for part in key) for key in target.keys)
            or "none usable"
        )
        heading(f"{target.object} (match keys: {keys})")
        rows = [(f.field, str(f.value), f.overwrite, f.origin) for f in target.fields]
        table(("Salesforce field", "value", "overwrite", "set by"), rows)


def _tell_changes(changes: Changes) -> None:
    heading("Against the org, with nothing written")
    say_steps(changes.steps)
    if changes.cause is not None:
        say(f"  held: {cause_text(changes.cause)}; {cause_advice(changes.cause)}")
    for write in changes.writes:
        heading(f"{'Would create' if write.action == 'create' else 'Would change'} {write.object}")
        rows = [
            (name, str(write.before.get(name, "-")), str(value))
            for name, value in write.values.items()
        ]
        table(("field", "before", "after"), rows)
