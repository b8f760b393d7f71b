"""`zsf rules`: what is wrong with the rules, which are in force, and what an event would do, with
--live the exact changes. Writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

from zsf_plugin.cli.checking import RulesReport, check_rules, finding_document, show_findings
from zsf_plugin.cli.common import (
    Actions,
    CommandApp,
    Report,
    add_action,
    add_actions,
    add_flag,
    require_workspace,
)
from zsf_plugin.cli.feeding import read_event_file
from zsf_plugin.cli.output import (
    cause_document,
    cause_in_words,
    heading,
    pairs,
    say_steps,
    show_values,
    skip_in_words,
    step_document,
    table,
)
from zsf_plugin.cli.rule_cases import add_rule_cases
from zsf_plugin.cli.rule_diff import add_diff
from zsf_plugin.cli.rule_layout import add_fmt
from zsf_plugin.cli.rule_migration import add_migrate
from zsf_plugin.cli.rule_replay import add_replay
from zsf_plugin.cli.rule_schema import add_schema
from zsf_plugin.cli.streams import note, say
from zsf_plugin.explain import Cost, EventExplanation
from zsf_plugin.explain.fields import source_of
from zsf_plugin.messages.steps import CHECKED_WHEN_WRITTEN
from zsf_plugin.model import (
    Changes,
    FieldRule,
    Json,
    JsonObject,
    KeyPart,
    Plan,
    PlannedField,
    Reference,
    Rule,
    Rules,
    Target,
    Write,
    WriteValue,
)
from zsf_plugin.rulebook import Finding

_WOULD = {"create": "Would create", "update": "Would change"}


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions of `rules`."""
    actions = add_actions(parser)
    _add_check(actions)
    _add_show(actions)
    _add_explain(actions)
    add_rule_cases(actions)
    add_schema(actions)
    add_fmt(actions)
    add_migrate(actions)
    add_diff(actions)
    add_replay(actions)


def _add_check(actions: Actions) -> None:
    help_ = "List every error in the rules, in force or not; exit with 1 if there is one"
    check = Report(check_rules, RulesReport.as_json, show_findings, RulesReport.is_faulty)
    shown = ("zsf rules check", "zsf rules check new-rules/ --strict")
    parser = add_action(actions, "check", check, help_, shown)
    parser.add_argument(
        "paths",
        type=Path,
        nargs="*",
        metavar="PATH",
        help="Folders and files to check, over the shipped rules (default: the rules in force)",
    )
    add_flag(parser, "--strict", "Exit with 1 for a warning too")


def _add_show(actions: Actions) -> None:
    help_ = "Show the rules in force, with the file that set each value"
    show = Report(_gather_rules, _rules_document, _show_rules)
    add_action(actions, "show", show, help_, ("zsf rules show", "zsf rules show --workspace acme"))


@dataclass(frozen=True, slots=True)
class InForce:
    """The merged rules of a workspace, and the rules that they were merged from."""

    merged: Rules
    rules: Sequence[Rule]


def _gather_rules(app: CommandApp, options: argparse.Namespace) -> InForce:
    workspace = options.workspace
    return InForce(
        app.rulebook.rules_for(workspace, {"workspace": workspace}),
        app.rulebook.rules(workspace),
    )


def _rules_document(in_force: InForce) -> JsonObject:
    return {**asdict(in_force.merged), "rules": [*map(_rule_document, in_force.rules)]}


def _rule_document(rule: Rule) -> JsonObject:
    return {"file": rule.file, "layer": rule.layer, "when": rule.when}


def _show_rules(in_force: InForce) -> None:
    _show_settings(in_force.merged)
    _show_fields(in_force.merged)
    _show_conditional(in_force.rules)


def _show_settings(rules: Rules) -> None:
    table(("setting", "value", "set by"), _settings(rules), title="Switches and mode")


def _settings(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """(setting, value, the file that set it)."""
    yield "mode", rules.mode, rules.origins.get("/mode", "")
    yield from _switches(rules)
    yield "several matches", rules.many, rules.origins.get("/match/many", "")
    yield "duplicate alerts", rules.alerts, rules.origins.get("/match/alerts", "")
    origin = rules.origins.get("/match/shared_mailbox", "")
    yield "shared mailboxes", rules.shared_mailbox, origin
    yield "keys not askable", rules.unasked, rules.origins.get("/match/unasked", "")


def _switches(rules: Rules) -> Iterator[tuple[str, str, str]]:
    for name, on in asdict(rules.switches).items():
        yield name, "on" if on else "off", rules.origins.get(f"/switches/{name}", "")


def _show_fields(rules: Rules) -> None:
    _show_tables("fields", rules.fields)
    _show_tables("activity", rules.activities)


def _show_tables(title: str, tables: Mapping[str, Mapping[str, FieldRule]]) -> None:
    """A table for each object, or for each channel of activities."""
    for name, fields in tables.items():
        _show_table(f"{title}.{name}", fields)


def _show_table(title: str, fields: Mapping[str, FieldRule]) -> None:
    columns = ("Salesforce field", "filled by", "overwrite", "set by")
    table(columns, map(_rule_row, fields.values()), title=title)


def _rule_row(rule: FieldRule) -> tuple[str, ...]:
    return (rule.field, source_of(rule), rule.overwrite, rule.origin)


def _show_conditional(rules: Sequence[Rule]) -> None:
    conditional = [(rule.file, f"when {rule.when}") for rule in rules if rule.when is not None]
    if conditional:
        pairs(conditional, title="Rules that apply only to some events")


def _add_explain(actions: Actions) -> None:
    """The arguments of `rules explain`."""
    help_ = "Show what an event would do in Salesforce; writes nothing"
    shown = ("zsf rules explain event.json", "head -1 events.jsonl | zsf rules explain - --live")
    run = Report(
        _explain,
        _explanation_document,
        _show_explanation,
        working="Explaining the event",
        creates=True,
    )
    explain = add_action(actions, "explain", run, help_, shown, workspace=None)
    explain.add_argument(
        "event",
        type=Path,
        metavar="EVENT.json",
        help="File with one event: `hook` names the hook, the other keys are its arguments; "
        "- reads stdin",
    )
    add_flag(explain, "--live", "Look up the records in the org, and show the exact changes")


@dataclass(frozen=True, slots=True)
class Explained:
    """What an event would do, and what is wrong with the rules that decided it."""

    event: EventExplanation
    findings: Sequence[Finding]


def _explain(app: CommandApp, options: argparse.Namespace) -> Explained:
    event = read_event_file(options.event, app.rulebook)
    if options.workspace is not None:
        require_workspace(app, options.workspace)
        event = replace(event, workspace=options.workspace)
    explanation = app.explainer.explain(event, live=options.live)
    rules = app.rulebook
    found = (*rules.findings(event.workspace), *rules.warnings(event.workspace))
    return Explained(explanation, found)


def _explanation_document(explained: Explained) -> JsonObject:
    explanation = explained.event
    plan, changes = explanation.plan, explanation.changes
    return {
        "findings": [finding_document(finding) for finding in explained.findings],
        "skipped": _skipped(explanation),
        "cost": cast(Json, asdict(explanation.cost)),
        "plan": None if plan is None else _plan_document(plan),
        "changes": None if changes is None else _changes_document(changes),
    }


def _plan_document(plan: Plan) -> JsonObject:
    targets = {name: _target_document(target) for name, target in plan.targets.items()}
    return {**asdict(plan), "targets": targets}


def _target_document(target: Target) -> JsonObject:
    keys = [[_key_part_document(part) for part in key] for key in target.keys]
    return {**asdict(target), "keys": keys}


def _key_part_document(part: KeyPart) -> JsonObject:
    return {"field": part.field, "compare": part.compare, "value": part.value}


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


def _show_explanation(explained: Explained) -> None:
    for finding in explained.findings:
        note(str(finding))
    explanation = explained.event
    if explanation.skipped is not None:
        say(f"Skipped: {_skipped(explanation)}")
    if explanation.plan is not None:
        _show_plan(explanation.plan)
        _show_changes(explanation.changes, explanation.plan)
    say(_cost_in_words(explanation.cost))


def _skipped(explanation: EventExplanation) -> str | None:
    """Why the event is skipped."""
    return skip_in_words(explanation.skipped) if explanation.skipped is not None else None


def _cost_in_words(cost: Cost) -> str:
    if cost.looked is not None:
        return f"API calls: {cost.looked} for the lookup, {cost.to_write} to write"
    if cost.at_most == 0:
        return "No API calls: already synced, nothing changed"
    return (
        f"API calls: at most {cost.at_most} (lookups, a write, and describes that are not cached)"
    )


def _show_plan(plan: Plan) -> None:
    owner = "the user with the event’s e-mail" if plan.owner_email else "nobody"
    say(f"{plan.kind}, mode {plan.mode}; owner: {owner}")
    for target in plan.targets.values():
        _show_target(target)


def _show_target(target: Target) -> None:
    table(
        ("Salesforce field", "value", "overwrite", "set by"),
        map(_planned_row, target.fields),
        title=f"{target.object} (match keys: {_keys_in_words(target)})",
    )


def _planned_row(planned: PlannedField) -> tuple[str, ...]:
    return (planned.field, str(planned.value), planned.overwrite, planned.origin)


def _keys_in_words(target: Target) -> str:
    keys = [" + ".join(part.field for part in key) for key in target.keys]
    return "; ".join(keys) or "none usable"


def _show_changes(changes: Changes | None, plan: Plan) -> None:
    if changes is None:
        say_steps(plan.ignored)
        say("Nothing was looked up in Salesforce; add --live for the exact changes")
        return
    heading("In the org, with nothing written")
    say_steps(changes.steps)
    if changes.cause is not None:
        say(f"  Held: {cause_in_words(changes.cause)}")
    created = {write.ref: f"the new {write.object}" for write in changes.writes}
    for write in changes.writes:
        _show_write(write, created)
    if changes.writes:
        say(CHECKED_WHEN_WRITTEN)


def _show_write(write: Write, created: Mapping[str, str]) -> None:
    title = f"{_WOULD[write.action]} {write.object}"
    show_values(title, _texts(write.before, created), _texts(write.values, created))


def _texts(values: Mapping[str, WriteValue], created: Mapping[str, str]) -> dict[str, str]:
    """The values as text; a reference is named by the record that it will point to."""
    return {
        name: created.get(value.ref, value.ref) if isinstance(value, Reference) else str(value)
        for name, value in values.items()
    }
