"""`zsf rules`: what is wrong with the rules, and what is in force. What they make of an event is
`explaining`'s."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import cast

from zsf_plugin.cli.common import add_action, application
from zsf_plugin.cli.explaining import add_explain
from zsf_plugin.cli.output import heading, pairs, say, say_json, table
from zsf_plugin.explain.fields import source_of
from zsf_plugin.model import Json, Rule, Rules
from zsf_plugin.rulebook import Finding


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions `rules check|show|explain`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    words = "everything that is wrong with rule files; exit 1 when anything is"
    add_action(actions, "check", _check, words)
    add_action(actions, "show", _show, "what is in force, with the file that set it")
    add_explain(actions)


def _check(options: argparse.Namespace) -> int:
    with application() as app:
        findings = app.rulebook.findings(options.workspace)
        rules = app.rulebook.rules(options.workspace)
    if options.json:
        documents: list[Json] = [cast(Json, asdict(finding)) for finding in findings]
        say_json({"findings": documents, "rules": len(rules)})
    else:
        _show_findings(findings, len(rules))
    return 1 if findings else 0


def _show_findings(findings: Sequence[Finding], rules: int) -> None:
    for finding in findings:
        say(str(finding))
    say(f"{rules} rules in force, {len(findings)} findings")


def _show(options: argparse.Namespace) -> int:
    workspace = options.workspace
    with application() as app:
        merged = app.rulebook.rules_for(workspace, {"workspace": workspace})
        rules = app.rulebook.rules(workspace)
    if options.json:
        say_json(_document(merged, rules))
    else:
        _show_settings(merged)
        _show_fields(merged)
        _show_conditional(rules)
    return 0


def _document(merged: Rules, rules: Sequence[Rule]) -> dict[str, Json]:
    document = cast(dict[str, Json], asdict(merged))
    files: list[Json] = [
        {"file": rule.file, "layer": rule.layer, "when": rule.when} for rule in rules
    ]
    return {**document, "rules": files}


def _show_settings(rules: Rules) -> None:
    heading("Switches and mode")
    table(("setting", "value", "set by"), list(_settings(rules)))


def _show_fields(rules: Rules) -> None:
    """A table for each object, then for each channel of activities."""
    columns = ("Salesforce field", "filled by", "overwrite", "set by")
    for title, tables in (("fields", rules.fields), ("activity", rules.activities)):
        for name, fields in tables.items():
            heading(f"{title}.{name}")
            rows = [(f.field, source_of(f), f.overwrite, f.origin) for f in fields.values()]
            table(columns, rows)


def _show_conditional(rules: Sequence[Rule]) -> None:
    conditional = [(rule.file, f"when {rule.when}") for rule in rules if rule.when is not None]
    if conditional:
        heading("Rules that apply only to some events")
        pairs(conditional)


def _settings(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """(setting, value, the file that set it)."""
    origins = rules.origins
    yield "mode", rules.mode, origins.get("/mode", "")
    for name, on in asdict(rules.switches).items():
        yield name, "on" if on else "off", origins.get(f"/switches/{name}", "")
    yield "several matches", rules.many, origins.get("/match/many", "")
    yield "duplicate alerts", rules.alerts, origins.get("/match/alerts", "")
