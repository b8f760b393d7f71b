"""`zsf rules`: what is wrong with the rules, what is in force, and what would become of one event,
with --live the exact changes. Writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_actions, add_flag
from zsf_plugin.cli.feeding import read_event_file
from zsf_plugin.cli.output import (
    cause_document,
    cause_in_words,
    heading,
    pairs,
    say,
    say_steps,
    show_values,
    step_document,
    table,
)
from zsf_plugin.explain import Cost, EventExplanation
from zsf_plugin.explain.fields import source_of
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import (
    Changes,
    FieldRule,
    Json,
    JsonObject,
    Plan,
    PlannedField,
    Reference,
    Rule,
    Rules,
    Step,
    Target,
    Write,
)
from zsf_plugin.rulebook import Finding

_WOULD = {"create": "Would create", "update": "Would change"}


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions `rules check|show|explain`."""
    actions = add_actions(parser)
    _add_check(actions)
    _add_show(actions)
    _add_explain(actions)


def _add_check(actions: Actions) -> None:
    words = "everything that is wrong with rule files; exit 1 when anything is"
    check = Report(_check, RulesReport.as_json, _show_checked, RulesReport.is_faulty)
    add_action(actions, "check", check, words)


def _add_show(actions: Actions) -> None:
    words = "what is in force, with the file that set it"
    add_action(actions, "show", Report(_gather_rules, _rules_document, _show_rules), words)


@dataclass(frozen=True, slots=True)
class RulesReport:
    """All that is wrong with the rules, and how many are in force."""

    findings: tuple[Finding, ...]
    rules: int

    def is_faulty(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.findings)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules check --json`."""
        findings = [cast(Json, asdict(finding)) for finding in self.findings]
        return {"findings": findings, "rules": self.rules}


def _check(app: CommandApp, options: argparse.Namespace) -> RulesReport:
    findings = app.rulebook.findings(options.workspace)
    return RulesReport(findings, len(app.rulebook.rules(options.workspace)))


def _show_checked(checked: RulesReport) -> None:
    for finding in checked.findings:
        say(f"{finding}")
    say(f"{checked.rules} rules in force, {len(checked.findings)} findings")


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force of a workspace, and the rules that it was merged from."""

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
    words = "what would become of an event; writes nothing"
    explain = add_action(
        actions, "explain", Report(_explain, _explanation_document, _show_explanation), words
    )
    explain.add_argument("event", type=Path, metavar="EVENT.json", help='{"hook": …, arguments}')
    add_flag(explain, "--live", "look at the connected org, and show the exact changes")


def _explain(app: CommandApp, options: argparse.Namespace) -> EventExplanation:
    return app.explainer.explain(read_event_file(options.event), live=options.live)


def _explanation_document(explanation: EventExplanation) -> JsonObject:
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


def _show_explanation(explanation: EventExplanation) -> None:
    if explanation.skipped is not None:
        say(f"skipped: {_skipped(explanation)}")
    if explanation.plan is not None:
        _show_plan(explanation.plan)
        _show_changes(explanation.changes)
    say(_cost_in_words(explanation.cost))


def _skipped(explanation: EventExplanation) -> str | None:
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
        map(_planned_row, target.fields),
        title=f"{target.object} (match keys: {_keys_in_words(target)})",
    )


def _planned_row(planned: PlannedField) -> tuple[str, ...]:
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
