"""Comparing expressions that ask for more than a plain text: events are built along their paths."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.authoring.rule_files import rule_set
from zsf_plugin.authoring.comparison import RuleComparison, compare
from zsf_plugin.decision.expressions import evaluate, is_true, tree_of
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.event_building import with_result, with_truth

LIMIT = 500


def field(source: str) -> JsonObject:
    return {"fields": {"Lead": {"Fax": source}}}


def contact(when: str) -> JsonObject:
    return {"when": when, "mode": "contact"}


def letter(when: str) -> JsonObject:
    return {"when": when, "activity": {"letter": {"Subject": "'L'"}}}


def compared(folder: Path, a: JsonObject, b: JsonObject, limit: int = LIMIT) -> RuleComparison:
    return compare(rule_set(folder / "a", a), rule_set(folder / "b", b), "default", limit)


@pytest.mark.parametrize(
    "when", ["touchpoint.campaign.name == 'Q4'", "user.email == 'a@b.c'", "touchpoint.step > `7`"]
)
def test_a_channel_that_only_a_rule_names_is_tried_with_its_condition(
    tmp_path: Path, when: str
) -> None:
    assert compared(tmp_path, letter(when), {}).examples


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("contains(prospect.title, 'Chief') && !contains(prospect.title, 'Deputy')", "Chief"),
        ("contains(prospect.title, 'Chief') && contains(prospect.title, 'Sales')", None),
        (
            "starts_with(prospect.title, 'Vice') && ends_with(prospect.title, 'Sales') && "
            "contains(prospect.title, 'of')",
            None,
        ),
    ],
)
def test_a_text_with_several_of_the_parts_that_are_looked_for_is_tried(
    tmp_path: Path, a: str, b: str | None
) -> None:
    other: JsonObject = {} if b is None else contact(f"contains(prospect.title, '{b}')")
    assert compared(tmp_path, contact(a), other).examples


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("prospect.custom.tags[0]", None),
        ("prospect.custom.tags[0]", "prospect.custom.tags[1]"),
        ("prospect.custom.roles[?current].title | [0]", None),
        ("prospect.custom.roles[?current].title | [0]", "prospect.custom.roles[0].title"),
        ("join(', ', prospect.custom.tags)", "join(', ', sort(prospect.custom.tags))"),
        ("max_by(prospect.custom.jobs, &age).name", "min_by(prospect.custom.jobs, &age).name"),
        ("prospect.custom.*.name | [0]", None),
        ("prospect.custom.a[1:3] | [0]", None),
    ],
)
def test_a_difference_within_lists_and_tables_is_found(
    tmp_path: Path, a: str, b: str | None
) -> None:
    assert compared(tmp_path, field(a), {} if b is None else field(b)).examples


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("to_number(prospect.custom.score) > `70`", "prospect.custom.score > `70`"),
        ("prospect.custom.a.b.c[2].d == 'x'", None),
        ("join('-', [prospect.location.country_code, prospect.location.city]) == 'SE-Lund'", None),
        ("concat(prospect.first_name, ' ', prospect.last_name) == 'Bo Falk'", None),
        ("prospect.custom.now > prospect.custom.before", None),
        ("prospect.custom.roles[?level > `3` && kind == 'vp'] | [0].name == 'Bo'", None),
    ],
)
def test_a_condition_over_lists_numbers_and_several_places_is_met(
    tmp_path: Path, a: str, b: str | None
) -> None:
    assert compared(tmp_path, contact(a), {} if b is None else contact(b)).examples


EXPRESSIONS = [
    "prospect.custom.a",
    "prospect.custom.a[0]",
    "prospect.custom.a[-1]",
    "prospect.custom.a[1:] | [0]",
    "prospect.custom.a[?b == `1`] | [0].c",
    "prospect.custom.a[*].c | [0]",
    "prospect.custom.a[].c | [-1]",
    "lower(prospect.custom.a)",
    "join('/', prospect.custom.a)",
    "join('/', reverse(prospect.custom.a))",
    "to_string(length(prospect.custom.a))",
    "prospect.custom.a || prospect.custom.b",
    "concat(prospect.custom.a, '/', prospect.custom.b)",
]
_SCALARS: st.SearchStrategy[Json] = st.sampled_from(["Bo", "Å", "x", 1, 2, True, None])
_ELEMENTS: st.SearchStrategy[Json] = _SCALARS | st.fixed_dictionaries(
    {"b": st.sampled_from([1, 2]), "c": _SCALARS}
)
_ANY = _ELEMENTS | st.lists(_ELEMENTS, max_size=3)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(pair=st.tuples(*[st.sampled_from(EXPRESSIONS)] * 2), a=_ANY, b=_ANY)
def test_what_a_random_event_shows_the_comparison_shows_too(
    tmp_path: Path, pair: tuple[str, str], a: Json, b: Json
) -> None:
    one, other = pair
    event: JsonObject = {"prospect": {"id": "p1", "custom": {"a": a, "b": b}}}
    assume(repr(evaluate(one, event)) != repr(evaluate(other, event)))
    assert compared(tmp_path, field(one), field(other), 400).examples


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_document_is_built_for_which_the_expression_gives_something(text: str) -> None:
    tree = tree_of(text)
    assert tree is not None
    built = cast(JsonObject, with_result(tree, {"prospect": {"id": "p1"}}, "abc"))
    assert evaluate(text, built) is not None
    assert cast(JsonObject, built["prospect"])["id"] == "p1"
    assert is_true(text, cast(JsonObject, with_truth(tree, built, wanted=True)))


def test_a_key_that_no_event_gave_a_value_is_named_with_its_place(tmp_path: Path) -> None:
    found = compared(tmp_path, field("prospect.custom.a.b | [0] | c[0].d.e | to_number(@)"), {}, 4)
    (one,) = found.not_exercised
    assert (one.key, Path(one.file).name, one.line) == ("fields.Lead.Fax", "10.json", 1)


def test_of_a_rule_whose_condition_no_event_met_only_that_is_named(tmp_path: Path) -> None:
    unmet = contact("prospect.custom.a == 'x' && prospect.custom.a == 'y'")
    found = compared(tmp_path, {**unmet, **field("prospect.title")}, {}, 60)
    assert [one.key for one in found.not_exercised] == ["when"]
    assert compared(tmp_path, contact("prospect.title == 'CTO'"), {}, 60).not_exercised == []
