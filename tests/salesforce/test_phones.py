"""The usual spellings of a phone number: the same number every time, and few of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.model.text import normal_form
from zsf_plugin.salesforce.phones import usual_spellings

NUMBERS = st.from_regex(r"(\+|00|)[1-9][0-9 ().-]{6,24}", fullmatch=True)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("+46701234567", "+46 70 123 45 67"),
        ("+46701234567", "+46 70-123 45 67"),
        ("+46701234567", "0046701234567"),
        ("+46701234567", "46701234567"),
        ("+46 70 123 45 67", "+46701234567"),
        ("0046 70 123 45 67", "+46701234567"),
        ("+46 (0)70-123 45 67", "+46701234567"),
        ("+33612345678", "+33 6 12 34 56 78"),
        ("+46812345678", "+46 8-123 456 78"),
        ("+34612345678", "+34 612 345 678"),
        ("+358401234567", "+358 40 1234567"),
        ("+12125550100", "+1 (212) 555-0100"),
        ("+12125550100", "+1-212-555-0100"),
        ("+1 212 555 0100", "+1 212.555.0100"),
        ("2125550100", "(212) 555-0100"),
        ("(212) 555-0100", "212-555-0100"),
        ("0701234567", "070-123 45 67"),
        ("070 123 45 67", "070-1234567"),
    ],
)
def test_a_number_is_searched_as_people_write_it(given_: str, stored: str) -> None:
    assert stored in usual_spellings(given_)


@given(NUMBERS)
def test_every_spelling_is_the_same_number_and_there_are_few(number: str) -> None:
    spellings = usual_spellings(number)
    assert spellings[0] == number
    assert {normal_form("phone", one) for one in spellings} == {normal_form("phone", number)}
    assert len(spellings) == len(set(spellings)) <= 24


@pytest.mark.parametrize("text", ["", "none", "12345", "0000000", "1234567"])
def test_what_is_no_number_is_searched_as_it_is(text: str) -> None:
    assert usual_spellings(text) == [text]
