"""A diff shows whatever differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.authoring.text_form import form_of, plain_lines
from zsf_plugin.cli.text_diff import diff_lines


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a\nb\n", "a\nc\n", [" a", "-b", "+c"]),
        ("a\r\nb\r\n", "a\r\nc\r\n", [" a", "-b", "+c"]),
        ("a\r\nb\n", "a\r\nb\r\n", [" a^M", "-b", "+b^M"]),
        ("a\nb\r\n", "a\nb\n", [" a", "-b^M", "+b"]),
        ("a", "a\n", ["-a", r"\ No newline at end of file", "+a"]),
        ("\ufeffa \n", "\ufeffa\n", ["-a ", "+a"]),
        ("a\u2028b\n", "a\u2028c\n", ["-a\u2028b", "+a\u2028c"]),
        ("--- a\n", "+++ b\n", ["---- a", "++++ b"]),
    ],
)
def test_line_ends_are_shown_where_a_file_has_two_kinds(
    before: str, after: str, shown: list[str]
) -> None:
    header, _, place, *lines = diff_lines("x.toml", before, after)
    assert (header, place[:2]) == ("--- x.toml", "@@")
    assert lines == shown


TEXTS = st.text(st.sampled_from("a \r\n\ufeff\u2028^M"), max_size=12)


@given(TEXTS, st.text(st.sampled_from("a \n"), max_size=12))
def test_a_rewritten_text_never_has_an_empty_diff(before: str, plain: str) -> None:
    """What is rewritten has the form of what was there."""
    after = form_of(before).of_lines(plain)
    if "\r" in plain_lines(before) or "^" in before:
        return  # a carriage return alone, in JSON, is shown as the text `^M` would be
    has_changed = any(line[0] in "+-\\" for line in diff_lines("x", before, after))
    assert has_changed == (before != after)
