"""The console's layer of the rules: saved by one writer at a time, below the files."""

from __future__ import annotations

import pytest

from zsf_plugin.console.console_rules import (
    conditional_files,
    locking_file,
    rule_entry,
    save_console_rules,
    with_field,
    without_field,
)
from zsf_plugin.model import FieldRule, Json, JsonObject, Rule
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import CommandApp

LINE = HistoryLine(5.0, "switch", "Ada", {"switch": "sync_activities", "now": False})
OFF: JsonObject = {"switches": {"sync_activities": False}}


def test_a_saved_rule_is_in_force_with_its_provenance(application: CommandApp) -> None:
    assert save_console_rules(application, "acme", OFF, 0, LINE) == "saved"
    rules = application.rulebook.rules_for("acme", {"workspace": "acme"})
    assert not rules.switches.sync_activities
    assert rules.origins["/switches/sync_activities"] == "console"
    assert list(application.store.history("acme")) == [LINE]


def test_a_save_over_a_newer_version_changes_nothing(application: CommandApp) -> None:
    save_console_rules(application, "acme", OFF, 0, LINE)
    assert save_console_rules(application, "acme", {"mode": "contact"}, 0, LINE) == "stale"
    assert application.store.console_rule("acme") == (OFF, 1)


def test_an_invalid_document_is_refused_and_nothing_changes(
    application: CommandApp,
) -> None:
    assert save_console_rules(application, "acme", {"mode": "leads"}, 0, LINE) == "refused"
    assert application.store.console_rule("acme") == ({}, 0)


def test_another_workspace_keeps_its_own(application: CommandApp) -> None:
    save_console_rules(application, "acme", OFF, 0, LINE)
    assert application.store.console_rule("globex") == ({}, 0)
    assert list(application.store.history("globex")) == []


def test_the_file_with_the_highest_precedence_locks_a_key_in_any_case() -> None:
    rules = [
        Rule("shipped/00.toml", "shipped", {"fields": {"Lead": {"Title": "prospect.title"}}}),
        Rule("console", "console", {"fields": {"Lead": {"Title": False}}}),
        Rule("rules/10.toml", "config", {"fields": {"Lead": {"title": "prospect.title"}}}),
        Rule("rules/20.toml", "config", {"fields": {"Lead": {"Title": False}}}),
    ]
    assert locking_file(rules, "fields", "Lead", "Title") == "rules/20.toml"
    assert locking_file(rules[:2], "fields", "Lead", "Title") is None
    assert locking_file(rules, "fields", "Lead", "Phone") is None


def test_a_file_with_a_condition_locks_nothing_and_applies_to_some() -> None:
    rules = [
        Rule(
            "rules/10-eu.toml",
            "workspace",
            {"mode": "contact"},
            "prospect.location.country_code == 'DE'",
        )
    ]
    assert locking_file(rules, "mode") is None
    assert conditional_files(rules, "mode") == [
        ("rules/10-eu.toml", "prospect.location.country_code == 'DE'")
    ]


@pytest.mark.parametrize("written", ["Industry", "industry", "INDUSTRY"])
def test_a_field_is_one_key_in_whatever_case_a_file_or_the_console_writes_it(written: str) -> None:
    above = [Rule("rules/10.toml", "config", {"fields": {"Lead": {written: False}}})]
    console: JsonObject = {"fields": {"Lead": {written: False, "Title": "prospect.title"}}}
    assert locking_file(above, "fields", "Lead", "Industry") == "rules/10.toml"
    assert locking_file(above, "fields", "lead", "industry") == "rules/10.toml"
    assert without_field({written: False, "Fax": False}, "iNdustry") == {"Fax": False}
    assert with_field(console, "Lead", "Industry", "prospect.custom.trade") == {
        "fields": {"Lead": {"Title": "prospect.title", "Industry": "prospect.custom.trade"}}
    }


def test_adding_a_field_to_a_document_keeps_everything_else() -> None:
    document: JsonObject = {"mode": "contact", "fields": {"Contact": {"Fax": False}}}
    assert with_field(document, "Lead", "Fax", False) == {
        "mode": "contact",
        "fields": {"Contact": {"Fax": False}, "Lead": {"Fax": False}},
    }
    assert with_field({}, "Lead", "Fax", False) == {"fields": {"Lead": {"Fax": False}}}


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        (FieldRule("Email", ("prospect.email",)), "prospect.email"),
        (FieldRule("Email", ("a", "b")), ["a", "b"]),
        (FieldRule("Email", ("a",), overwrite="always"), {"from": "a", "overwrite": "always"}),
        (FieldRule("Origin__c", value="Zaplify"), {"value": "Zaplify"}),
    ],
)
def test_an_entry_is_written_in_its_shortest_form(rule: FieldRule, entry: Json) -> None:
    assert rule_entry(rule) == entry
