"""What an expression can give for any event: always more than what some event gives, so that what
is called never true is never true."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.decision.expression_text import text_of
from zsf_plugin.decision.expressions import evaluate, expression_errors, is_truth, tree_of
from zsf_plugin.decision.pointless import pointless_parts
from zsf_plugin.decision.possible import Analysis, has_capitals, type_name
from zsf_plugin.model import Json
from zsf_plugin.rulebook.pointless_expressions import event_of_schemas

EVENT = event_of_schemas()

TEXTS = st.sampled_from(["", "DE", "de", "100", "9", "true", "Chief", "a@b.example"]) | st.text(
    max_size=3
)
OPTIONAL = st.none() | TEXTS
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 200) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "tags", "vip", "email"]), inner, max_size=2)
    ),
    max_leaves=5,
)


def table(**keys: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.none() | st.fixed_dictionaries({}, optional=keys)


COMPANY = table(
    name=OPTIONAL,
    domain=OPTIONAL,
    employees=st.none() | st.integers(-1, 200) | st.just(100.0),
    address=table(city=OPTIONAL, country=OPTIONAL),
)
PROSPECT = st.fixed_dictionaries(
    {"id": TEXTS.filter(str.strip)},
    optional={
        "email": OPTIONAL,
        "title": OPTIONAL,
        "location": table(country_code=OPTIONAL, city=OPTIONAL),
        "company": COMPANY,
        "custom": table(a=ANY_JSON, tags=ANY_JSON, vip=ANY_JSON),
        "own_key": ANY_JSON,
    },
)
TOUCHPOINT = st.fixed_dictionaries(
    {"id": st.just("t1"), "channel": TEXTS.filter(str.strip)},
    optional={"step": st.none() | st.integers(0, 9) | TEXTS, "subject": OPTIONAL},
)
SCOPES = st.fixed_dictionaries(
    {
        "workspace": st.just("acme"),
        "event_id": TEXTS.filter(str.strip),
        "occurred_at": st.just("2026-11-01T10:00:00Z"),
        "prospect": PROSPECT,
        "user": table(id=OPTIONAL, email=OPTIONAL),
    },
    optional={"touchpoint": TOUCHPOINT},
)

PATHS = st.sampled_from(
    """prospect prospect.id prospect.email prospect.title prospect.company prospect.company.employees
    prospect.company.name prospect.location.country_code prospect.custom prospect.custom.tags
    prospect.custom.vip prospect.own_key touchpoint touchpoint.step touchpoint.channel user.email
    event_id workspace occurred_at prospect.email.domain prospect.custom.tags[0]
    prospect.custom.tags[*].a prospect.custom.tags[?a==`1`] prospect.custom.* prospect.custom.tags[]
    prospect.company.employees[0] prospect.custom.tags[0:1] [prospect.id] {a:prospect.email}
    prospect.custom.tags[?@>'5'] prospect.*.a""".split()
)
LITERALS = st.sampled_from(
    """'DE' 'de' '100' '' 'true' 'Chief' `100` `0` `1` `100.5` `true` `false` `null` `"DE"` `[]` `{}`
    `[1]` `{"a":1}` 'text' 'string' 'number'""".split()
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
ONE = st.sampled_from(
    """lower domain html_text length type to_number to_string to_array keys values abs ceil floor sum
    avg max min sort reverse not_null concat merge""".split()
)
TWO = st.sampled_from(
    ["contains", "starts_with", "ends_with", "not_null", "concat", "join", "merge"]
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(inner, SIGNS, inner).map(" ".join)
        | st.tuples(inner, st.sampled_from(["||", "&&", "|"]), inner).map(" ".join)
        | inner.map("({})".format)
        | inner.map("!({})".format)
        | inner.map("!{}".format)
        | st.tuples(ONE, inner).map(lambda call: f"{call[0]}({call[1]})")
        | st.tuples(TWO, inner, inner).map(lambda call: f"{call[0]}({call[1]}, {call[2]})")
        | inner.map("map(&@, {})".format)
        | inner.map("sort_by({}, &a)".format)
        | inner.map("[{}]".format)
        | inner.map("({}).a".format)
    )


EXPRESSIONS = st.recursive(PATHS | LITERALS, larger, max_leaves=6)
_CHECKED = settings(max_examples=400, deadline=None)


@_CHECKED
@given(EXPRESSIONS, SCOPES)
def test_what_an_event_gives_is_always_among_what_is_possible(
    text: str, scope: dict[str, Json]
) -> None:
    tree = tree_of(text)
    if tree is None:
        return
    possible = Analysis().of(tree, EVENT)
    value = evaluate(text, scope)
    if value is None:
        return  # the expression failed, or gave null: never true either way
    assert type_name(value) in possible.types
    if possible.values is not None:
        assert any(type_name(value) == type_name(one) and value == one for one in possible.values)
    assert possible.can_be_true() or not is_truth(value)
    assert possible.can_be_false() or is_truth(value)
    if possible.is_lower and isinstance(value, str):
        assert not has_capitals(value)


@_CHECKED
@given(EXPRESSIONS, SCOPES)
def test_a_condition_called_never_true_or_always_true_is_that_for_every_event(
    text: str, scope: dict[str, Json]
) -> None:
    if expression_errors(text):
        return
    codes = {part.code for part in pointless_parts(text, EVENT, is_condition=True)}
    if "WHEN_NEVER_TRUE" in codes:
        assert not is_truth(evaluate(text, scope))
    if "WHEN_ALWAYS_TRUE" in codes:
        assert is_truth(evaluate(text, scope))


@_CHECKED
@given(PATHS | EXPRESSIONS, SIGNS, PATHS | LITERALS, SCOPES)
def test_a_comparison_called_never_true_is_not_true_for_any_event(
    left: str, sign: str, right: str, scope: dict[str, Json]
) -> None:
    text = f"({left}) {sign} {right}"
    if expression_errors(text):
        return
    tree = tree_of(text)
    assert tree is not None
    parts = pointless_parts(text, EVENT, is_condition=True)
    whole = [part.code for part in parts if part.data["text"] == text_of(tree)]
    if whole == ["COMPARISON_NEVER_TRUE"]:
        assert not is_truth(evaluate(text, scope))
    if [part.code for part in parts] == ["CALL_ALWAYS_FAILS"]:
        assert evaluate(text, scope) is None or "||" in text or "&&" in text


def test_no_letter_that_lower_gives_has_capitals() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    assert [letter for letter in letters if has_capitals(letter.lower())] == []
    assert not has_capitals("ΑΣ ΟΔΟΣ İ".lower())


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("prospect.company.employees > '100'", set()),
        ("prospect.company.employees == '100'", {False}),
        ("prospect.company.employees != '100'", {True}),
        ("occurred_at > '2026-01-01'", {True, False}),
        ("lower(prospect.title) == 'CEO'", {False}),
        ("!(prospect.custom.a == `1`)", {True, False}),
        ("type(prospect.email)", {"string", None, "null"} - {None}),
        ("`null` || 'x'", {"x"}),
    ],
)
def test_what_is_possible_of_single_expressions(text: str, possible: set[Json]) -> None:
    tree = tree_of(text)
    assert tree is not None
    values = Analysis().of(tree, EVENT).values
    assert values is not None
    assert set(values) - {None} == possible
