"""A rule of which nothing is left is a warning that names the files that override it."""

from __future__ import annotations

from pathlib import Path

from tests.rulebook.conftest import Write
from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.files import rule_of
from zsf_plugin.rulebook.ineffective import overridden


def rule(name: str, document: JsonObject, layer: Layer = "config") -> Rule:
    return rule_of(name, document, layer)


def names(*rules: Rule) -> list[tuple[str, list[str]]]:
    return [(one.file, by) for one, by in overridden(rules)]


def test_a_rule_is_overridden_if_later_ones_set_all_that_it_sets() -> None:
    low = rule("low", {"mode": "lead", "fields": {"Lead": {"Fax": "a", "Title": "b"}}})
    one = rule("one", {"mode": "contact", "fields": {"Lead": {"fax": False}}})
    other = rule("other", {"fields": {"Lead": {"TITLE": "c"}}})
    assert names(low, one, other) == [("low", ["one", "other"])]
    assert names(low, one) == []


def test_one_that_applies_to_some_events_overrides_nothing() -> None:
    low, high = rule("low", {"mode": "lead"}), {"mode": "contact", "when": "prospect.email"}
    assert names(low, rule("high", high)) == []


def test_a_condition_does_not_save_what_a_later_rule_overrides() -> None:
    low = rule("low", {"when": "prospect.email", "mode": "lead"})
    assert names(low, rule("high", {"mode": "contact"})) == [("low", ["high"])]


def test_a_workspace_may_set_otherwise_what_all_share() -> None:
    low, high = rule("low", {"mode": "lead"}), rule("high", {"mode": "contact"}, "workspace")
    assert names(low, high) == []


def test_a_file_of_comments_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "10.toml").write_text("# mode = 'lead'\n")
    assert read_drafts([tmp_path]).findings == ()


def test_it_is_a_warning_with_its_file(tmp_path: Path, write: Write) -> None:
    write("rules/10.toml", 'mode = "lead"\n')
    write("rules/20.toml", 'mode = "contact"\n')
    (warning,) = Rulebook(tmp_path, lambda workspace: {}).warnings("acme")
    assert (warning.file, warning.code) == ("rules/10.toml", "RULE_OVERRIDDEN")
    assert "rules/20.toml" in warning.message


def test_an_invalid_file_is_not_also_overridden(tmp_path: Path, write: Write) -> None:
    write("rules/10.toml", "mode = lead\n")
    write("rules/20.toml", "mode = contact\n")
    write("rules/30.toml", "[switches]\ninclude_contents = false\n")
    assert Rulebook(tmp_path, lambda workspace: {}).warnings("acme") == ()
    found = read_drafts([tmp_path / "rules"]).findings
    assert [finding.code for finding in found] == ["INVALID", "INVALID"]
