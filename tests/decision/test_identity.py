"""Two calls are one event by their values, in whatever form those came; nothing else makes them
equal."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.copying import copy_as_json
from zsf_plugin.decision.identity import has_other_forms, same_in_every_form

STOCKHOLM = dt.timezone(dt.timedelta(hours=1))
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def identity(value: object) -> str:
    """The identity of an event that holds the value, as text: in Python 1 equals True."""
    document, ignored = copy_as_json({"custom": {"value": [value]}})
    assert isinstance(document, dict)
    assert not ignored
    same = same_in_every_form(document)
    text = json.dumps(document)
    assert has_other_forms(text) or json.dumps(same) == text
    return json.dumps(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.50"), 1.5),
        (Decimal("87.50"), "87.50"),
        (87.5, "87.5"),
        (5, 5.0),
        (1e16, 10**16),
        (Decimal("1200.00"), 1200.0),
        (Decimal("-0"), -0.0),
        (0, -0.0),
        (140, "140"),
        (-3, "-3"),
        (Decimal("12345678901234567.890"), "12345678901234567.89"),
        (NOON, "2026-11-20T12:00:00Z"),
        (NOON, str(NOON)),
        (NOON, NOON.astimezone(STOCKHOLM)),
        (NOON, NOON.replace(tzinfo=None)),
        (NOON, "2026-11-20T12:00:00.000Z"),
        (NOON, "2026-11-20T12:00"),
        (NOON.replace(microsecond=123_456), "2026-11-20T12:00:00.123Z"),
    ],
)
def test_one_value_in_two_forms_is_one_event(one: Any, other: Any) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0123", "123"),
        ("+46701", "46701"),
        (True, 1),
        ("", None),
        ("1e5", 100_000),
        ("12 ", "12"),
        ("1.", "1"),
        (NOON, "2026-11-20T13:00:00Z"),
        (NOON, "2026-11-20"),
        ("2026-13-45T10:00:00Z", "2026-13-45T10:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"),
        (12345678901234567.0, Decimal("12345678901234567.89")),
        (1.0000000001, 1),
    ],
)
def test_other_values_are_other_events(one: Any, other: Any) -> None:
    assert identity(one) != identity(other)


@given(
    st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=10**12)
)
def test_a_number_is_always_its_text(number: Any) -> None:
    if -(10**12) < number < 10**12:
        assert identity(number) == identity(format(number, "f") if number else "0")


@given(st.datetimes(min_value=dt.datetime(2, 1, 1), timezones=st.just(STOCKHOLM)))
def test_a_moment_is_always_its_text(moment: dt.datetime) -> None:
    assert identity(moment) == identity(str(moment)) == identity(moment.astimezone(dt.UTC))


LETTERS = st.text(st.characters(categories=["L", "P"], exclude_characters="-"))


@given(LETTERS, LETTERS)
def test_texts_without_digits_are_never_equal_unless_they_are_one(one: str, other: str) -> None:
    assert (identity(one) == identity(other)) is (one == other)


#: Phone numbers, postal codes and ids: texts of digits that are no number.
_CODES = st.from_regex(
    r"\A(?:0[0-9]{1,12}|\+[0-9]{1,14}|[1-9][0-9]?[eE][0-9]{1,3}|0x[0-9]{1,8}"
    r"|[0-9]{1,5}[ ()/_,][0-9]{1,8}|[0-9]{1,9}\.|\.[0-9]{1,9}| [0-9]{1,9}|[0-9]{1,9} )\Z"
)


@given(_CODES)
def test_a_phone_number_a_postal_code_and_an_id_keep_every_character(code: str) -> None:
    digits = "".join(filter(str.isdecimal, code))
    alike: list[str | int | float] = [digits, digits.lstrip("0") or "0", int(digits), code.strip()]
    with contextlib.suppress(ValueError):
        alike += [int(float(code))] if abs(float(code)) < 10**30 else []
    for other in alike:
        assert (identity(code) == identity(other)) is (code == other)


@given(_CODES, _CODES)
def test_two_texts_of_digits_are_one_only_if_they_are_equal(one: str, other: str) -> None:
    assert (identity(one) == identity(other)) is (one == other)
