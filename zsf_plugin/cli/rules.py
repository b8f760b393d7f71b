"""`zsf rules`: what is wrong with the rules, and what is in force. What they make of an event is
`explaining`'s."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_actions
from zsf_plugin.cli.explaining import add_explain
from zsf_plugin.cli.output import pairs, say, table
from zsf_plugin.explain.fields import source_of
from zsf_plugin.model import FieldRule, Json, JsonObject, Rule, Rules
from zsf_plugin.rulebook import Finding


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions `rules check|show|explain`."""
    actions = add_actions(parser)
    _add_check(actions)
    _add_show(actions)
    add_explain(actions)


def _add_check(actions: Actions) -> None:
    words = "everything that is wrong with rule files; exit 1 when anything is"
    check = Report(_check, Checked.as_json, _show_checked, Checked.is_faulty)
    add_action(actions, "check", check, words)


def _add_show(actions: Actions) -> None:
    words = "what is in force, with the file that set it"
    add_action(actions, "show", Report(_gather, _document, _show), words)


@dataclass(frozen=True, slots=True)
class Checked:
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


def _check(app: CommandApp, options: argparse.Namespace) -> Checked:
    findings = app.rulebook.findings(options.workspace)
    return Checked(findings, len(app.rulebook.rules(options.workspace)))


def _show_checked(checked: Checked) -> None:
    for finding in checked.findings:
        say(f"{finding}")
    say(f"{checked.rules} rules in force, {len(checked.findings)} findings")


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force of a workspace, and the rules that it was merged from."""

    merged: Rules
    rules: Sequence[Rule]


def _gather(app: CommandApp, options: argparse.Namespace) -> InForce:
    workspace = options.workspace
    return InForce(
        app.rulebook.rules_for(workspace, {"workspace": workspace}),
        app.rulebook.rules(workspace),
    )


def _document(in_force: InForce) -> JsonObject:
    return {**asdict(in_force.merged), "rules": [*map(_rule_document, in_force.rules)]}


def _rule_document(rule: Rule) -> JsonObject:
    return {"file": rule.file, "layer": rule.layer, "when": rule.when}


def _show(in_force: InForce) -> None:
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
    table(columns, map(_row, fields.values()), title=title)


def _row(rule: FieldRule) -> tuple[str, ...]:
    return (rule.field, source_of(rule), rule.overwrite, rule.origin)


def _show_conditional(rules: Sequence[Rule]) -> None:
    conditional = [(rule.file, f"when {rule.when}") for rule in rules if rule.when is not None]
    if conditional:
        pairs(conditional, title="Rules that apply only to some events")
