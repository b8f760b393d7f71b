"""`zsf rules show`: the merged rules of a workspace, with the file that set each value, and which
rules apply only to some events."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action
from zsf_plugin.cli.output import pairs, table
from zsf_plugin.explain.fields import source_of
from zsf_plugin.model import FieldRule, JsonObject, Rule, Rules

#: What people call the settings of `[match]`, and their keys.
_MATCH_SETTINGS = {
    "several matches": "many",
    "duplicate alerts": "alerts",
    "shared mailboxes": "shared_mailbox",
    "keys not askable": "unasked",
}


def add_show(actions: Actions) -> None:
    """The action `show`."""
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
    for shown, name in _MATCH_SETTINGS.items():
        yield shown, getattr(rules, name), rules.origins.get(f"/match/{name}", "")


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
    conditional = _conditional(rules)
    if conditional:
        pairs(conditional, title="Rules that apply only to some events")


def _conditional(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """(file, condition) of each rule that has a condition."""
    return [(rule.file, f"when {rule.when}") for rule in rules if rule.when is not None]
