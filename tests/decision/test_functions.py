"""The functions that rules can call besides JMESPath's own, and errors in calls."""

from __future__ import annotations

import pytest

from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.functions import call_error
from zsf_plugin.model import Json


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("lower(x)", "ÅSA", "åsa"),
        ("lower(x)", None, None),
        ("lower(x) || 'y'", None, "y"),
        ("lower(x)", 7, None),
        ("domain(x)", "https://www.Acme.example/about", "acme.example"),
        ("domain(x)", "ada@acme.example", "acme.example"),
        ("domain(x)", "no domain at all", None),
        ("domain(x)", None, None),
        ("concat('Step ', x)", 2, "Step 2"),
        ("concat('Step ', x)", 2.0, "Step 2"),
        ("concat('Step ', x)", 2.5, "Step 2.5"),
        ("concat('Step ', x)", 2.0**53, "Step 9007199254740992.0"),
        ("concat('Step ', x)", None, None),
        ("concat('Step ', x)", True, None),
        ("concat('Step ', x)", ["a"], None),
        ("concat(x)", "alone", "alone"),
    ],
)
def test_functions_return_null_for_null_and_never_raise(
    text: str, value: Json, result: Json
) -> None:
    assert evaluate(text.replace("x)", "prospect)"), {"prospect": value}) == result


@pytest.mark.parametrize(
    ("name", "given", "fault"),
    [
        ("lower", 1, None),
        ("concat", 1, None),
        ("concat", 9, None),
        ("starts_with", 2, None),
        ("lower", 2, "lower() takes 1 argument, not 2"),
        ("concat", 0, "concat() takes at least 1 argument, not 0"),
        ("starts_with", 1, "starts_with() takes 2 arguments, not 1"),
        ("lowr", 1, "unknown function lowr(); did you mean lower()?"),
    ],
)
def test_a_call_that_cannot_work_is_found_when_the_rule_is_read(
    name: str, given: int, fault: str | None
) -> None:
    assert call_error(name, given) == fault


def test_an_unknown_function_without_a_close_match_lists_all_functions() -> None:
    found = call_error("zzzz", 1)
    assert found is not None
    assert "the functions are abs, " in found
    assert "concat" in found
