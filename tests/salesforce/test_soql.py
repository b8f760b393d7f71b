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
def test_what_takes_no_quotes_must_be_of_its_kind_to_the_last_character(
    kind: str, value: str, *, good: bool
) -> None:
    assert soql.bare(kind, value) == (value if good else None)
