"""What the values of sample events meet in the org is said of the rule that fills their field."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.model import Event
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.files import Finding
from zsf_plugin.rulebook.sample_findings import sample_findings


def found(tmp_path: Path, rule: str, *events: Event) -> list[Finding]:
    (tmp_path / "10.toml").write_text(rule, encoding="utf-8")
    drafts = read_drafts([tmp_path])
    return sample_findings(drafts.in_force, drafts.rules, drafts.files, facts(), events)


def test_a_text_longer_than_its_field_is_counted_over_the_events(tmp_path: Path) -> None:
    rule = '[fields.Lead]\nFirstName = "prospect.title"\n'
    long = purchase(prospect(2, title="x" * 41))
    (one,) = found(tmp_path, rule, purchase(prospect(1)), long, long)
    assert (one.severity, one.line, one.pointer) == ("warning", 2, "/fields/Lead/FirstName")
    assert "of 3 sample events, 2 had a value that does not fit: longer than" in one.message


def test_what_the_shipped_rules_fill_is_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, "", purchase(prospect(1, first_name="x" * 99))) == []


def test_an_event_that_is_skipped_has_no_finding(tmp_path: Path) -> None:
    rule = '[switches]\nsync_prospects = false\n[fields.Lead]\nFirstName = "prospect.title"\n'
    assert found(tmp_path, rule, purchase(prospect(1, title="x" * 41))) == []


def test_a_field_of_activities_has_the_line_of_its_channel(tmp_path: Path) -> None:
    rule = '[activity.email]\nTaskSubtype = "touchpoint.id"\n'
    (one,) = found(tmp_path, rule, touchpoint(prospect(1)))
    assert one.pointer == "/activity/email/TaskSubtype"
