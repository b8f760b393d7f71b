"""Ids in both forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.salesforce.ids import long_id, object_of, same_id


def test_the_long_form_adds_the_case_as_three_characters() -> None:
    assert long_id("00Q5g00000BvKcM") == "00Q5g00000BvKcMEAV"


@pytest.mark.parametrize(("letter", "suffix"), [("A", "555"), ("Z", "555"), ("a", "AAA")])
def test_each_capital_letter_counts(letter: str, suffix: str) -> None:
    assert long_id(letter * 15) == letter * 15 + suffix


def test_a_long_id_is_its_own_long_form() -> None:
    assert long_id("00Q5g00000BvKcMEAV") == "00Q5g00000BvKcMEAV"


@pytest.mark.parametrize(
    "value", ["", "00Q", "00Q5g00000BvKc!", "00Q5g00000BvKcME", "new:1", "<unknown>"]
)
def test_a_text_without_the_shape_of_an_id_is_none(value: str) -> None:
    assert long_id(value) is None


def test_both_forms_are_the_same_record_and_case_matters() -> None:
    assert same_id("00Q5g00000BvKcM", "00Q5g00000BvKcMEAV")
    assert not same_id("00Q5g00000BvKcM", "00Q5g00000BvKcm")
    assert not same_id("", "")


def test_the_prefix_names_the_object() -> None:
    assert [object_of(prefix + "5g00000BvKcM") for prefix in ("001", "003", "00Q", "00T", "a01")] == [
        "Account", "Contact", "Lead", "Task", "",
    ]  # fmt: skip


@given(
    st.text(
        alphabet="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        min_size=15,
        max_size=15,
    )
)
def test_the_long_form_survives_being_written_in_lower_case(short: str) -> None:
    whole = long_id(short)
    assert whole is not None
    assert whole.startswith(short)
    if short != short.lower():
        assert whole[15:] != long_id(short.lower())[15:]  # type: ignore[index]
