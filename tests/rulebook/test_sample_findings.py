"""What the values of sample events meet in the org is said of the rule that fills their field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.model import Event, Json, JsonObject
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.files import Finding
from zsf_plugin.rulebook.sample_findings import sample_findings
from zsf_plugin.rulebook.sample_trials import Sample


def found(tmp_path: Path, rule: str, *events: Event) -> list[Finding]:
    (tmp_path / "10.toml").write_text(rule, encoding="utf-8")
    drafts = read_drafts([tmp_path])
    samples = [Sample(f"e{number}", event) for number, event in enumerate(events)]
    return sample_findings(drafts.in_force, drafts.rules, drafts.files, facts(), samples)


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


def test_a_field_is_found_in_the_spelling_of_the_rule_that_fills_it(tmp_path: Path) -> None:
    rule = '[fields.Lead]\nfirstname = "prospect.title"\n'
    (one,) = found(tmp_path, rule, purchase(prospect(2, title="x" * 41)))
    assert (one.line, one.pointer) == (2, "/fields/Lead/firstname")


def test_findings_are_in_the_order_of_the_lines(tmp_path: Path) -> None:
    names = ("Phone", "FirstName", "Email", "Website", "City", "NumberOfEmployees", "Title")
    rule = "[fields.Lead]\n" + "".join(f'{name} = "prospect.custom.x"\n' for name in names)
    lines = [
        one.line for one in found(tmp_path, rule, purchase(prospect(1, custom={"x": "@" * 300})))
    ]
    assert len(lines) > 3
    assert lines == sorted(lines, key=lambda line: line or 0)


def nested(levels: int) -> Json:
    value: Json = []
    for _ in range(levels):
        value = [value]
    return value


WHOLE_EVENT = '[fields.Lead]\nFirstName = "prospect.title"\nDescription = "to_string(@)"\n'


def test_events_that_cannot_be_tried_are_named_by_their_entries_and_the_others_are_tried(
    tmp_path: Path,
) -> None:
    deep = purchase(prospect(1, title=nested(5_000)))
    long = purchase(prospect(2, title="x" * 41))
    untried, misfit = found(tmp_path, WHOLE_EVENT, deep, long, *[deep] * 6)
    assert (untried.file, untried.code, untried.severity) == ("outbox", "SAMPLE_UNTRIED", "warning")
    assert "of the entries e0, e2, e3, e4, e5 and 2 more: an unexpected RecursionErr" in str(
        untried
    )
    assert "of 1 sample events, 1 had a value that does not fit" in misfit.message


@pytest.mark.parametrize(
    "payload",
    [
        {"prospect": prospect(1, title=10**5_000, company={"id": "c", "name": 10**5_000})},
        {"prospect": prospect(1, title=10**400, company={"employees": 10**400})},
        {"prospect": prospect(1, title=float("nan"), company={"revenue": float("-inf")})},
        {"prospect": prospect(1, title=nested(5_000), custom={"deep": nested(5_000)})},
        {"prospect": prospect(1, title="\ud800", last_name="\udfff\ud800", email="\ud83d@x.se")},
        {"prospect": prospect(1, company=["x"], first_name={"a": 1}, last_name=[1], location=5)},
        {"prospect": [1], "user": 3},
        {"prospect": None},
        {"user": {}},
        {"prospect": prospect(1), "user": {}, "ignored": 5},
    ],
    ids=lambda _: "odd",
)
def test_no_stored_event_ends_the_check(tmp_path: Path, payload: JsonObject) -> None:
    odd = [
        Event("purchase", "default", "odd", "no moment", payload),
        Event("touchpoint", "default", "odd", "", {**payload, "touchpoint": {"channel": 5}}),
        Event("touchpoint", "default", "odd", "", {**payload, "touchpoint": [1]}),
    ]
    codes = {one.code for one in found(tmp_path, WHOLE_EVENT, *odd, purchase(prospect(2)))}
    assert codes <= {"SAMPLE_MISFIT", "SAMPLE_UNTRIED"}
