"""Fields combined without typing expressions: written as a rule's expressions and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.console.presenters.combining import (
    Combination,
    Part,
    as_form,
    combination_of,
    expression_of,
    from_form,
    is_text,
    with_combination,
)
from zsf_plugin.decision.expressions import evaluate, expression_errors
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import FieldRule
from zsf_plugin.rulebook.rulebook import shipped_rules

PATHS = ("prospect.first_name", "prospect.last_name", 'prospect.custom."first seen"')
TEXTS = st.text(max_size=8)
FIELDS = st.builds(Part, TEXTS, st.sampled_from(PATHS))
CHOICES = st.tuples(st.lists(FIELDS, min_size=1, max_size=3), TEXTS).map(
    lambda made: (*made[0], Part(made[1], "")) if made[1] else (*made[0],)
)
LAST = st.text(min_size=1, max_size=8).map(lambda text: (Part(text, ""),))
COMBINATIONS = st.one_of(
    st.lists(CHOICES, min_size=1, max_size=3).map(tuple),
    LAST.map(lambda last: (last,)),
    st.tuples(CHOICES, LAST),
)
FULL_NAME: Combination = ((Part("", PATHS[0]), Part(" ", PATHS[1])),)


def rule(*sources: str) -> FieldRule:
    return FieldRule("Title", sources)


@given(COMBINATIONS)
def test_a_combination_is_read_back_as_it_was_written(combination: Combination) -> None:
    written = with_combination(FieldRule("Title"), combination)
    assert combination_of(written) == combination
    assert [expression_errors(source) for source in written.sources] == [()] * len(written.sources)


@given(COMBINATIONS)
def test_a_form_carries_a_combination_unchanged(combination: Combination) -> None:
    assert from_form(as_form(combination)) == combination


@given(CHOICES, TEXTS, TEXTS, TEXTS)
def test_a_choice_joins_its_parts_or_gives_nothing_if_a_field_is_empty(
    choice: tuple[Part, ...], first: str, last: str, seen: str
) -> None:
    values = dict(zip(PATHS, (first, last, seen), strict=True))
    scope = {
        "prospect": {"first_name": first, "last_name": last, "custom": {"first seen": seen}},
    }
    read = [values[part.path] for part in choice if part.path]
    joined = "".join(part.text + values.get(part.path, "") for part in choice)
    given_value = evaluate(expression_of(choice), scope)
    assert (given_value or None) == (joined if all(read) else None)


@pytest.mark.parametrize("value", [None, "", False, []])
def test_an_empty_field_leaves_the_value_to_the_next_choice(value: object) -> None:
    scope = {"prospect": {"first_name": value, "last_name": "Falk"}}
    assert evaluate(expression_of(FULL_NAME[0]), scope) is None  # type: ignore[arg-type]


def test_a_text_that_comes_last_is_the_default() -> None:
    written = with_combination(rule("prospect.title"), (*FULL_NAME, (Part("?", ""),)))
    assert (len(written.sources), written.default, written.value) == (1, "?", None)
    alone = with_combination(written, ((Part("Boss", ""),),))
    assert (alone.sources, alone.default, alone.value) == ((), None, "Boss")


@pytest.mark.parametrize(
    "expression",
    [
        "lower(prospect.email)",
        "prospect.last_name && prospect.first_name",
        "concat(lower(prospect.email), 'x')",
        "prospect.email || 'none'",
        "prospect.custom.tags[0]",
        "concat(`1`, prospect.email)",
        "prospect.title == 'CEO' && concat(prospect.title)",
        "not an expression",
        "@",
    ],
)
def test_an_expression_of_another_form_is_no_combination(expression: str) -> None:
    assert combination_of(rule("prospect.title", expression)) is None


def test_every_shipped_subject_is_a_combination() -> None:
    activities = merge_unconditional(shipped_rules()).activities
    for channel, table in activities.items():
        combination = combination_of(table["Subject"])
        assert combination is not None, channel
        assert is_text(combination[-1]) or channel == "*"


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[["a"]]', '[[["a","b","c"]]]', '[[["a",1]]]', "3"]
)
def test_a_form_without_a_combination_has_none(text: str) -> None:
    assert from_form(text) is None
