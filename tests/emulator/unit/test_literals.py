"""Values as SOQL compares them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.soql.filters import (
    like_pattern,
    literal_value,
    mistyped,
    sort_key,
)

TEXT = Field("Name", "string", 80)
EXACT = Field("Key__c", "string", 64, case_sensitive=True)


@pytest.mark.parametrize(
    ("type_", "token"),
    [
        ("string", "STRING"),
        ("reference", "STRING"),
        ("boolean", "TRUE"),
        ("double", "NUMBER"),
        ("date", "DATE"),
        ("date", "RELATIVE"),
        ("datetime", "DATETIME"),
        ("int", "NULL"),
    ],
)
def test_a_literal_of_the_fields_own_kind_fits(type_: str, token: str) -> None:
    assert mistyped(Field("F", type_), token) is None


@pytest.mark.parametrize(
    ("type_", "token", "words"),
    [
        ("string", "NUMBER", "must be of type string and should be enclosed in quotes"),
        ("double", "STRING", "must be of type double and should not be enclosed in quotes"),
        ("datetime", "STRING", "must be of type dateTime and should not be enclosed in quotes"),
    ],
)
def test_a_literal_of_another_kind_is_refused_with_advice_about_quotes(
    type_: str, token: str, words: str
) -> None:
    assert str(mistyped(Field("F", type_), token)).endswith(words)


def test_a_blank_text_is_null() -> None:
    assert literal_value(TEXT, "STRING", "''") is None


def test_a_string_that_is_not_an_id_is_refused() -> None:
    with pytest.raises(SalesforceError) as caught:
        literal_value(Field("OwnerId", "reference"), "STRING", "'nobody'")
    assert caught.value.code == "INVALID_QUERY_FILTER_OPERATOR"


@pytest.mark.parametrize(
    ("word", "days"), [("TODAY", 0), ("YESTERDAY", -1), ("LAST_N_DAYS:3", -3), ("NEXT_N_DAYS:2", 2)]
)
def test_a_relative_day_counts_from_today(word: str, days: int) -> None:
    wanted = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    assert literal_value(Field("D", "date"), "RELATIVE", word) == wanted


def test_an_unsupported_relative_date_is_refused() -> None:
    with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
        literal_value(Field("D", "date"), "RELATIVE", "LAST_FISCAL_YEAR")


def test_text_compares_ignoring_case_unless_the_field_is_case_sensitive() -> None:
    assert TEXT.comparable("Ada") == TEXT.comparable("ADA")
    assert EXACT.comparable("Ada") != EXACT.comparable("ADA")


def test_instants_compare_in_utc() -> None:
    field = Field("At", "datetime")
    east = field.comparable("2026-01-01T01:00:00+01:00")
    assert east == field.comparable("2026-01-01T00:00:00Z")


def test_an_empty_checkbox_is_false() -> None:
    assert Field("F", "boolean").comparable(None) is False


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a%", "Abc", True),
        ("a_c", "abc", True),
        (r"100\%", "100%", True),
        (r"100\%", "1000", False),
    ],
)
def test_like_supports_wildcards_and_escapes(pattern: str, text: str, fits: bool) -> None:
    assert (like_pattern(pattern, exact=False).fullmatch(text) is not None) == fits


def test_numbers_sort_before_texts() -> None:
    assert sorted(["b", 2, "A", 1], key=sort_key) == [1, 2, "A", "b"]
