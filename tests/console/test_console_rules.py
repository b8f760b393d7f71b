"""The console's layer of the rules: saved by one writer at a time, below the files."""

from __future__ import annotations

from zsf_plugin.console.console_rules import (
    ConsoleRules,
    Refused,
    Saved,
    Stale,
    decided_for_some,
    lock_of,
    read_console_rules,
    save_console_rules,
)
from zsf_plugin.model.rules import Rule
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.wiring.commands import CommandApp

LINE = HistoryLine(5.0, "switch", "Ada", {"switch": "sync_activities", "now": False})
OFF = {"switches": {"sync_activities": False}}


def test_what_is_saved_is_in_force_with_its_provenance(application: CommandApp) -> None:
    assert save_console_rules(application, "acme", OFF, 0, LINE) == Saved(1)
    rules = application.rulebook.rules_for("acme", {"workspace": "acme"})
    assert not rules.switches.sync_activities
    assert rules.origins["/switches/sync_activities"] == "console"
    assert list(application.store.history("acme")) == [LINE]


def test_who_saves_over_a_newer_version_changes_nothing_and_is_told_what_is_there(
    application: CommandApp,
) -> None:
    save_console_rules(application, "acme", OFF, 0, LINE)
    assert save_console_rules(application, "acme", {"mode": "contact"}, 0, LINE) == Stale(
        ConsoleRules(OFF, 1)
    )
    assert read_console_rules(application, "acme") == ConsoleRules(OFF, 1)


def test_a_document_that_is_no_rule_is_refused_and_nothing_changes(
    application: CommandApp,
) -> None:
    refused = save_console_rules(application, "acme", {"mode": "leads"}, 0, LINE)
    assert isinstance(refused, Refused)
    assert "mode" in str(refused.findings[0])
    assert read_console_rules(application, "acme") == ConsoleRules({}, 0)


def test_another_workspace_keeps_its_own(application: CommandApp) -> None:
    save_console_rules(application, "acme", OFF, 0, LINE)
    assert read_console_rules(application, "globex") == ConsoleRules({}, 0)
    assert list(application.store.history("globex")) == []


def test_the_file_with_the_last_word_locks_a_key_in_whatever_case_it_is_written() -> None:
    rules = [
        Rule("shipped/00.toml", "shipped", {"fields": {"Lead": {"Title": "prospect.title"}}}),
        Rule("console", "console", {"fields": {"Lead": {"Title": False}}}),
        Rule("rules/10.toml", "config", {"fields": {"Lead": {"title": "prospect.title"}}}),
        Rule("rules/20.toml", "config", {"fields": {"Lead": {"Title": False}}}),
    ]
    assert lock_of(rules, "fields", "Lead", "Title") == "rules/20.toml"
    assert lock_of(rules[:2], "fields", "Lead", "Title") is None
    assert lock_of(rules, "fields", "Lead", "Phone") is None


def test_a_file_with_a_condition_locks_nothing_and_decides_for_some() -> None:
    rules = [
        Rule(
            "rules/10-eu.toml",
            "workspace",
            {"mode": "contact"},
            "prospect.location.country_code == 'DE'",
        )
    ]
    assert lock_of(rules, "mode") is None
    assert decided_for_some(rules, "mode") == [
        ("rules/10-eu.toml", "prospect.location.country_code == 'DE'")
    ]
