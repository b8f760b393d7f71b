"""What is said about searches of lists that never find anything, and about literals as arguments."""

from __future__ import annotations

import pytest

from zsf_plugin.decision.pointless import pointless_parts
from zsf_plugin.rulebook.pointless_expressions import event_of_schemas

EVENT = event_of_schemas()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "contains(['DE', 'FR'], lower(prospect.location.country_code))",
            "lower() gives no capital letters: write 'de'",
        ),
        ("contains(['100'], prospect.company.employees)", "write a number in backticks: `100`"),
        ("contains(`[100]`, prospect.email)", "write a text in single quotes: '100'"),
    ],
)
def test_a_value_that_is_never_one_of_a_list_is_named_with_what_to_write(
    text: str, hint: str
) -> None:
    (found,) = pointless_parts(text, EVENT, is_condition=True)
    assert (found.code, found.data["hint"]) == ("COMPARISON_NEVER_TRUE", hint)


@pytest.mark.parametrize(
    "text",
    [
        "contains(['de', 'FR'], lower(prospect.title))",
        "contains([prospect.title], prospect.email)",
        "contains(['DE'], prospect.location.country_code)",
        "contains(`[true]`, prospect.company.employees)",
        "contains(['100', `100`], prospect.company.employees)",
        "contains(['DE'], prospect.custom.country)",
    ],
)
def test_a_value_that_can_be_one_of_a_list_is_no_finding(text: str) -> None:
    assert pointless_parts(text, EVENT, is_condition=True) == []


def test_a_text_that_a_function_does_not_take_is_shown_in_quotes() -> None:
    (found,) = pointless_parts("join(['a'], ', ')", EVENT, is_condition=False)
    assert found.data["given"] == "a list, ', '"
