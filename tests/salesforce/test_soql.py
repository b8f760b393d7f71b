"""What of a statement is no value: API names, and literals that take no quotes. Values:
tests/hostile."""

from __future__ import annotations

import pytest

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.salesforce import soql


def test_a_literal_is_written_as_people_would() -> None:
    assert soql.literal("O'Neil\\") == "'O\\'Neil\\\\'"
    assert soql.containing("100%_sure") == "'%100\\%\\_sure%'"


@pytest.mark.parametrize(
    "name", ["", "Na me", "Name;", "Name'", "1Name", "a.b", "Ünicode", "A)--", "A\n"]
)
def test_only_api_names_are_identifiers(name: str) -> None:
    with pytest.raises(ConfigurationError):
        soql.identifier(name)


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("date", "2026-11-23", True),
        ("date", "2026-11-23 OR Id != null", False),
        ("date", "2026-11-23\n", False),
        ("datetime", "2026-11-23T10:15:30Z", True),
        ("datetime", "2026-11-23T10:15:30.000+0000", True),
        ("datetime", "2026-11-23", False),
        ("number", "-12.5", True),
        ("number", "1e5", False),
        ("number", "٣", False),
        ("boolean", "true", True),
        ("boolean", "null", False),
    ],
)
def test_an_unquoted_value_must_be_valid_to_the_last_character(
    kind: str, value: str, *, good: bool
) -> None:
    assert soql.bare(kind, value) == (value if good else None)


def test_a_value_stays_a_value_whatever_it_contains() -> None:
    assert soql.literal("a\n\r\tb") == r"'a\n\r\tb'"
    assert soql.literal("a\x85\u2028\u2029b") == r"'a\u0085\u2028\u2029b'"
    assert soql.literal("a\x00b") == "'ab'"


def test_a_text_that_looks_like_a_composite_reference_is_escaped_in_a_statement() -> None:
    assert soql.literal("@{w0.id}") == r"'\u0040{w0.id}'"
    assert soql.literal("a@b.example {x}") == "'a@b.example {x}'"


def test_a_literal_that_is_too_long_is_none_and_never_truncated() -> None:
    assert soql.literal("x" * 4000) == f"'{'x' * 4000}'"
    assert soql.literal("x" * 4001) is None
    assert soql.literal("'" * 2001) is None
    assert soql.in_order("a%_'") == "'%a%\\%%\\_%\\'%'"
    assert soql.in_order("1" * 2000) is None
    assert soql.containing("x" * 3998) is not None
    assert soql.containing("x" * 3999) is None


def test_names_are_checked_everywhere() -> None:
    for build in (
        lambda name: soql.select(["Id", name], "Lead"),
        lambda name: soql.select(["Id"], name),
        lambda name: soql.one_of(name, ["'x'"]),
        lambda name: soql.like(name, ["'x'"]),
        lambda name: soql.equal(name, "x"),
    ):
        with pytest.raises(ConfigurationError):
            build("Name) OR (Id")
    assert soql.is_identifier("Zaplify_Id__c")
    assert not soql.is_identifier("Zaplify Id")


def test_a_statement_selects_columns_where_all_conditions_hold() -> None:
    assert soql.select(["Id", "Name"], "Lead") == "SELECT Id, Name FROM Lead WHERE "
    assert soql.where(["Id"], "Lead", ["A = 'x'", "B = null"]) == (
        "SELECT Id FROM Lead WHERE A = 'x' AND B = null"
    )


def test_several_values_of_a_field_are_a_list_and_several_patterns_alternatives() -> None:
    assert soql.one_of("Email", ["'a'", "'b'"]) == "Email IN ('a','b')"
    assert soql.like("Website", ["'%a%'"]) == "Website LIKE '%a%'"
    assert soql.like("Website", ["'%a%'", "'%b%'"]) == "Website LIKE '%a%' OR Website LIKE '%b%'"


def test_several_alternatives_get_parentheses() -> None:
    assert soql.any_of(["A = 1"]) == "A = 1"
    assert soql.any_of(["A = 1", "B = 2"]) == "(A = 1) OR (B = 2)"


def test_a_field_equals_a_value_or_null_and_may_be_a_parents() -> None:
    assert soql.equal("Parent.Name", "O'Neil") == "Parent.Name = 'O\\'Neil'"
    assert soql.equal("Name", None) == "Name = null"
    with pytest.raises(ConfigurationError):
        soql.equal("Name", "x" * 4001)
