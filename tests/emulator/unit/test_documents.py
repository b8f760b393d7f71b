"""Reading JSON documents from outside, value by value."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.documents import Document, as_list, as_object
from zsf_plugin.emulator.errors import Json

EMPTY = Document({})


def test_missing_values_are_blank_zero_false_or_the_default() -> None:
    assert (EMPTY.text("a"), EMPTY.texts("a"), EMPTY.flag("a")) == ("", (), False)
    assert (EMPTY.number("a"), EMPTY.count("a"), EMPTY.nested("a")) == (0, 0, EMPTY)
    assert (EMPTY.text("a", "b"), EMPTY.number("a", 2), EMPTY.count("a", 3)) == ("b", 2, 3)


def test_present_values_are_read_by_type() -> None:
    given = Document({"text": 5, "texts": ["a", 1], "flag": 1, "number": 2.9, "in": {"a": 1}})
    assert (given.text("text"), given.texts("texts"), given.flag("flag")) == ("5", ("a", "1"), True)
    assert (given.number("number"), given.nested("in").count("a")) == (2, 1)


def test_an_invalid_number_is_the_default() -> None:
    assert Document({"length": "64"}).number("length", 255) == 255


@pytest.mark.parametrize("value", [-1, 1.5, "1", True, None])
def test_a_count_is_a_non_negative_integer(value: Json) -> None:
    with pytest.raises(ValueError, match=r"times is .*; it must be an integer of at least 0"):
        Document({"times": value}).count("times")


@pytest.mark.parametrize("value", [None, "text", 1, True])
def test_anything_else_is_read_as_an_empty_object_or_list(value: Json) -> None:
    assert (as_object(value), as_list(value)) == ({}, [])


def test_objects_and_lists_are_read_as_they_are() -> None:
    assert as_object({"a": 1}) == {"a": 1}
    assert as_list(["a", None]) == ["a", None]
    assert (as_object(["a"]), as_list({"a": 1})) == ({}, [])
