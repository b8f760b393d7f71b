"""The lines of keys in TOML and JSON texts."""

from __future__ import annotations

import json
import time
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.rulebook.lines import json_lines, line_of, toml_lines

TOML = '''# [not.a.table]
a = 1 # [b]
"q.r" = "x # ["
[fields.Lead]
A = """
[foo]
b = 2
"""
B = [
  "x", # ]
  "y]",
]
C.d = { e = '#', f = "\\"" }
[[m.k]]
z = 1
[[m.k]]
z = 2
[m.k.sub]
u = \'\'\'
]\'\'\'
'''


def test_toml_keys_have_the_line_they_begin_on() -> None:
    tomllib.loads(TOML)
    lines = toml_lines(TOML)
    assert lines[("a",)] == 2
    assert lines[("q.r",)] == 3
    assert lines[("fields", "Lead")] == 4
    assert [lines[("fields", "Lead", key)] for key in "ABC"] == [5, 9, 13]
    assert lines[("fields", "Lead", "C", "d", "f")] == 13
    assert [lines[("m", "k", number, "z")] for number in (0, 1)] == [15, 17]
    assert lines[("m", "k", 1, "sub", "u")] == 19


def test_json_keys_and_elements_have_their_line_and_duplicates_are_found() -> None:
    text = '{\n "a": [1,\n  {"b": 2, "b": 3},\n  "x:,\\"{"\n ],\n "c": {}\n}'
    lines, twins = json_lines(text)
    assert lines == {("a",): 2, ("a", 0): 2, ("a", 1): 3, ("a", 1, "b"): 3, ("a", 2): 4, ("c",): 6}
    assert twins == [(("a", 1, "b"), 3)]


def test_a_path_without_a_line_has_that_of_its_nearest_parent() -> None:
    assert line_of({("a",): 3}, ("a", "b", 0)) == 3
    assert line_of({("a",): 3}, ("b",)) is None


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_every_key_of_any_json_document_has_its_line(document: object) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False)
    lines, twins = json_lines(text)
    assert twins == []
    for path, line in lines.items():
        shown = text.split("\n")[line - 1].strip()
        if isinstance(path[-1], str):
            assert shown.startswith(json.dumps(path[-1], ensure_ascii=False) + ":")


def test_a_long_value_costs_one_pass() -> None:
    text = 'a = """\n' + "x\n" * 300_000 + '"""\nb = 1\n'
    began = time.perf_counter()
    assert toml_lines(text)[("b",)] == 300_003
    assert time.perf_counter() - began < 5
