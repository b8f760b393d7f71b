"""Layers that were merged for one event are those of every event that is alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.merge import applies
from zsf_plugin.model import Json, JsonObject, Rule
from zsf_plugin.rulebook import layered
from zsf_plugin.rulebook.layered import Layered

CONDITIONS = [
    "prospect.a == '1'",
    "prospect.a == `1`",
    "prospect.a == `true`",
    "prospect.a.b",
    "prospect.a == `null`",
    "contains(keys(prospect), 'a')",
    "length(prospect.list) > `1`",
    "prospect.list[0] == '1'",
    "prospect.*.b | [0]",
    "touchpoint",
    "@.touchpoint.step == `1`",
    "prospect.list[?@ == '1']",
    "(prospect || user).a == '1'",
]
VALUES = st.sampled_from(
    [None, True, False, 1, 1.0, 0, "1", "", "null", {"b": "1"}, {"b": None}, {}, [], ["1", "2"]]
)
TABLES = st.dictionaries(st.sampled_from(["a", "b", "list"]), VALUES)
SCOPES = st.dictionaries(st.sampled_from(["prospect", "touchpoint", "user"]), TABLES)


def layers(conditions: list[str]) -> tuple[Rule, ...]:
    rules = []
    for number, when in enumerate(conditions):
        document: JsonObject = {"fields": {"Lead": {f"F{number}__c": "prospect.a"}}}
        rules.append(Rule(f"{number}.toml", "config", document, when))
    return tuple(rules)


@given(
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=4),
    st.lists(SCOPES, min_size=2, max_size=6),
)
def test_what_was_merged_for_others_is_always_what_applies_to_the_event(
    conditions: list[str], scopes: list[dict[str, Json]]
) -> None:
    rules = layers(conditions)
    known = Layered(rules, range(len(rules)))
    for scope in (*scopes, *scopes):
        assert known.for_event(scope) == Layered(rules, range(len(rules))).for_event(scope)


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def recording(rule: Rule, *arguments: object) -> bool:
        found.append(rule.file)
        return applies(rule, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(layered, "applies", recording)
    return found


def test_conditions_are_evaluated_once_for_events_that_are_alike(questions: list[str]) -> None:
    known = Layered(layers(["prospect.a == '1'"]), [0])
    for number in range(3):
        known.for_event({"prospect": {"a": "1", "b": f"{number}"}})
    assert questions == ["0.toml"]
    known.for_event({"prospect": {"a": "2"}})
    assert len(questions) == 2


def test_long_values_and_more_than_a_number_of_events_are_not_remembered(
    questions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layered, "MAX_ALIKE", 2)
    known = Layered(layers(["prospect.a == '1'"]), [0])
    text = "x" * layered.MAX_VALUES_LENGTH
    for value in (text, text, "1", "2", "1", "3", "1"):
        known.for_event({"prospect": {"a": value}})
    assert len(known._alike) <= 2
    assert len(questions) == 6
