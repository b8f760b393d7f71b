"""Comparing two sets of rules: what differs is found, with a small event that shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.authoring.rule_files import CONDITIONS, RULES, rule_set, write_rules
from zsf_plugin.authoring.comparison import RuleComparison, compare
from zsf_plugin.authoring.event_search import tried_event
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.authoring.rule_sets import read_rule_set
from zsf_plugin.model import Json, JsonObject

SETTINGS = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DE = "prospect.location.country_code == 'DE'"


def compared(
    folder: Path, a: list[JsonObject], b: list[JsonObject], limit: int = 300
) -> RuleComparison:
    """The comparison; every example shows its difference again."""
    one, other = rule_set(folder / "a", *a), rule_set(folder / "b", *b)
    found = compare(one, other, "default", limit)
    pair = RulePair(one.rules, other.rules)
    for example in found.examples:
        call = {key: value for key, value in example.event.items() if key != "hook"}
        tried = tried_event(str(example.event["hook"]), call)
        assert tried is not None
        assert example.difference in pair.compare(tried.event).differences
    return found


def places(found: RuleComparison) -> set[tuple[str | None, str, str]]:
    return {tuple(example.difference.place) for example in found.examples}


def only(found: RuleComparison) -> tuple[Json, Json, dict[str, Any]]:
    """The one difference: before, after, and the example."""
    (example,) = found.examples
    return example.difference.a, example.difference.b, cast(dict[str, Any], example.event)


def test_a_value_is_shown_by_the_smallest_event_that_has_it(tmp_path: Path) -> None:
    a: JsonObject = {
        "when": f"{DE} && prospect.company.employees > `500`",
        "fields": {"Contact": {"Title": {"from": "prospect.title", "values": {"VP": "Vice"}}}},
    }
    b: JsonObject = {
        **a,
        "fields": {"Contact": {"Title": {"from": "prospect.title", "values": {"VP": "V.P."}}}},
    }
    found = compared(tmp_path, [a], [b])
    before, after, event = only(found)
    assert (before, after) == ("Vice", "V.P.")
    assert event["prospect"] == {
        "id": "p1",
        "location": {"country_code": "DE"},
        "title": "VP",
        "company": {"employees": 501},
    }
    assert places(found) == {("Contact", "Title", "value")}


@pytest.mark.parametrize(
    ("a", "b", "place"),
    [
        ({"mode": "lead"}, {"mode": "contact"}, (None, "mode", "value")),
        (
            {"switches": {"sync_prospects": True}},
            {"switches": {"sync_prospects": False}},
            (None, "skipped", "value"),
        ),
        ({}, {"owner": {"from": False}}, (None, "owner", "value")),
        ({}, {"limits": {"api_share": 0.6}}, (None, "limits.api_share", "value")),
        ({}, {"match": {"many": "oldest"}}, (None, "match.many", "value")),
        ({}, {"match": {"Lead": ["Title"]}}, ("Lead", "match keys", "value")),
        ({}, {"activity": {"sms": {"Subject": "'An SMS'"}}}, ("Task", "Subject", "value")),
        (
            {"fields": {"Lead": {"Rating": {"value": "1"}}}},
            {"fields": {"Lead": {"Rating": {"value": 1}}}},
            ("Lead", "Rating", "value"),
        ),
        (
            {"fields": {"Lead": {"Rating": "prospect.title"}}},
            {"fields": {"Lead": {"Rating": {"from": "prospect.title", "misfit": "hold"}}}},
            ("Lead", "Rating", "misfit"),
        ),
        (
            {"fields": {"Lead": {"Rating": ["prospect.title", "prospect.phone"]}}},
            {"fields": {"Lead": {"Rating": ["prospect.title", "prospect.email"]}}},
            ("Lead", "Rating", "value"),
        ),
        ({}, {"fields": {"Lead": {"Title": False}}}, ("Lead", "Title", "value")),
    ],
)
def test_each_kind_of_effect_is_compared(
    tmp_path: Path, a: JsonObject, b: JsonObject, place: tuple[str | None, str, str]
) -> None:
    assert place in places(compared(tmp_path, [a], [b], 100))


@pytest.mark.parametrize("when", [when for when in CONDITIONS if when is not None])
def test_a_rule_behind_any_condition_is_found(tmp_path: Path, when: str) -> None:
    hiding: JsonObject = {"when": "user.name == 'Any name'", "mode": "lead"}
    edited: JsonObject = {"when": when, "mode": "contact"}
    assert places(compared(tmp_path, [hiding], [edited, hiding], 200)) == {(None, "mode", "value")}


@pytest.mark.parametrize(
    "when",
    [
        "workspace == 'acme'",
        "occurred_at >= '2031-05'",
        "starts_with(occurred_at, '2031-05')",
        "length(prospect.custom.tags) > `3`",
        "prospect.custom.tags[?@ == 'vip']",
        "domain(prospect.email) == 'borg.example'",
        "!(prospect.company) && !touchpoint",
        "prospect.location.country_code == 'DE' && prospect.title == 'CTO' && user.name == 'Ada'",
    ],
)
def test_a_condition_over_whatever_an_event_has_is_met(tmp_path: Path, when: str) -> None:
    edited: JsonObject = {"when": when, "mode": "contact"}
    assert places(compared(tmp_path, [], [edited], 200)) == {(None, "mode", "value")}


def test_rules_in_another_order_differ(tmp_path: Path) -> None:
    low: JsonObject = {"mode": "lead"}
    high: JsonObject = {"when": DE, "mode": "contact"}
    assert places(compared(tmp_path, [low, high], [high, low])) == {(None, "mode", "value")}


def test_a_boundary_that_moved_by_one_is_found(tmp_path: Path) -> None:
    rules: list[JsonObject] = [
        {"when": f"prospect.company.employees > `{count}`", "mode": "contact"} for count in (99, 98)
    ]
    _, _, event = only(compared(tmp_path, rules[:1], rules[1:]))
    assert event["prospect"]["company"] == {"employees": 99}


def test_the_name_of_a_file_and_the_order_of_its_keys_make_no_difference(tmp_path: Path) -> None:
    rule: JsonObject = {"when": DE, "mode": "contact"}
    turned: JsonObject = dict(reversed(rule.items()))
    assert compared(tmp_path, [rule], [{}, turned]).examples == []


@SETTINGS
@given(rules=st.lists(RULES, max_size=3))
def test_rules_never_differ_from_themselves(tmp_path: Path, rules: list[JsonObject]) -> None:
    assert compared(tmp_path, rules, rules, 60).examples == []


@SETTINGS
@given(
    rules=st.lists(RULES, max_size=2),
    when=st.sampled_from(CONDITIONS),
    edit=st.sampled_from(["value", "overwrite", "when"]),
)
def test_an_edit_is_always_found(
    tmp_path: Path, rules: list[JsonObject], when: str | None, edit: str
) -> None:
    """Over any other rules: the field is one that none of them sets."""
    condition: JsonObject = {} if when is None else {"when": when}
    before: JsonObject = {**condition, "fields": {"Lead": {"Fax": {"value": "1"}}}}
    after: JsonObject = {
        "value": {**condition, "fields": {"Lead": {"Fax": {"value": "2"}}}},
        "overwrite": {
            **condition,
            "fields": {"Lead": {"Fax": {"value": "1", "overwrite": "always"}}},
        },
        "when": {**before, "when": "prospect.location.city == 'Lund'"},
    }[edit]
    switched: JsonObject = {"switches": {"sync_prospects": True}}
    on = [*rules, switched]
    found = places(compared(tmp_path, [*on, before], [*on, after], 300))
    assert any(place[:2] == ("Lead", "Fax") for place in found)


def test_the_same_rules_give_the_same_answer(tmp_path: Path) -> None:
    a: list[JsonObject] = [{"when": DE, "mode": "contact"}]
    assert compared(tmp_path, a, []) == compared(tmp_path, a, [])


def test_the_same_events_are_tried_in_every_process(tmp_path: Path) -> None:
    """Sets have another order in each."""
    write_rules(tmp_path, {"when": f"{DE} && prospect.title == 'CTO'", "mode": "contact"})
    program = (
        "import sys, pathlib; from zsf_plugin.authoring.event_search import events_to_try; "
        "from zsf_plugin.authoring.rule_sets import read_rule_set; "
        "rules = read_rule_set(pathlib.Path(sys.argv[1]), 'default').rules.rules; "
        "print([tried.text for tried in events_to_try(rules, rules[-1:], 'default', 400)])"
    )
    shown = {
        subprocess.check_output(
            [sys.executable, "-c", program, str(tmp_path)], env={"PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_the_number_of_tried_events_is_what_was_asked_for(tmp_path: Path) -> None:
    assert compared(tmp_path, [], [{"mode": "contact"}], 17).tried == 17


def test_a_file_that_later_ones_override_is_named_if_it_was_not_before(tmp_path: Path) -> None:
    low: JsonObject = {"when": DE, "fields": {"Lead": {"rating": "prospect.title"}}}
    high: JsonObject = {"fields": {"Lead": {"Rating": "prospect.phone"}}, "mode": "lead"}
    (found,) = compared(tmp_path, [low], [low, high], 10).unreachable
    assert Path(found.file).name == "10.json"
    assert "11.json" in found.why
    assert found.line == 1
    assert compared(tmp_path, [low, high], [low, high], 10).unreachable == []
    conditional: JsonObject = {**high, "when": "prospect.title == 'CTO'"}
    assert compared(tmp_path, [low], [low, conditional], 10).unreachable == []


def test_a_condition_that_no_event_can_meet_is_named(tmp_path: Path) -> None:
    met: JsonObject = {"when": "prospect.company.employees > `9`", "mode": "contact"}
    unmet: JsonObject = {"when": "prospect.company.employees > '9'", "mode": "contact"}
    one, other = rule_set(tmp_path / "a", met), tmp_path / "b"
    found = compare(one, read_rule_set(write_rules(other, unmet), "default"), "default", 10)
    assert [unreachable.why for unreachable in found.unreachable] == [
        "no event can meet its condition"
    ]
