"""The one door for values into SOQL: what goes in comes out, and never as syntax."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.salesforce import soql

_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def read_literal(written: str) -> str:
    """An independent reader of SOQL strings (sheet §6): raises where the string ends early or an escape is unknown."""
    assert written[0] == written[-1] == "'"
    found, rest = [], iter(written[1:-1])
    for char in rest:
        if char == "'":
            raise AssertionError("the string ends early")
        found.append(_PLAIN[next(rest)] if char == "\\" else char)
    return "".join(found)


def read_pattern(written: str) -> tuple[str, str]:
    """(text with unescaped wildcards marked as NUL, …) of a LIKE pattern: backslash before % and _ is LIKE's own."""
    tokens = re.findall(r"\\.|[^\\]", written[1:-1], re.DOTALL)
    marked = "".join("\x00" if token in "%_" else token for token in tokens)
    plain = "".join(_PLAIN.get(t[1], t[1]) if len(t) == 2 else t for t in tokens if t not in "%_" or len(t) == 2)
    return marked, plain


@given(st.text())
@example("O'Neil\\")
@example("\\'; DELETE --")
@example("a\nb\tc\x00d\ud800")
def test_a_literal_reads_back_as_the_value_less_what_nothing_holds(value: str) -> None:
    kept = re.sub(r"[\x00-\x07\x0b\x0e-\x1f\x7f\ud800-\udfff]", "", value)
    assert read_literal(soql.literal(value)) == kept


@given(st.text())
@example("100%_sure\\'")
def test_a_pattern_has_two_wildcards_and_no_more(value: str) -> None:
    marked, plain = read_pattern(soql.containing(value))
    assert marked.count("\x00") == 2
    assert marked[0] == marked[-1] == "\x00"
    assert plain == read_literal(soql.literal(value))


@given(st.text())
def test_an_encoded_statement_has_neither_plus_nor_space_nor_ampersand(value: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]*", soql.encoded(soql.literal(value)))


@pytest.mark.parametrize("name", ["", "Na me", "Name;", "Name'", "1Name", "a.b", "Ünicode", "A)--", "A\n"])
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
def test_what_takes_no_quotes_must_be_of_its_kind_to_the_last_character(kind: str, value: str, *, good: bool) -> None:
    assert soql.bare(kind, value) == (value if good else None)
