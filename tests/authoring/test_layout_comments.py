"""Comments and blank lines anywhere in a rule: no layout loses or tears a block of comments, makes
one of two, or gives a file other line ends than its own."""

from __future__ import annotations

import re
import tomllib
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.authoring.layout import laid_out
from zsf_plugin.rulebook.files import parse_rule
from zsf_plugin.rulebook.schema import schema_document

SCHEMA = schema_document("rule")
MARK = "\ufeff"
DIRECTIVE = "#:schema rule.schema.json"


def toml(text: str) -> str:
    return laid_out(text, is_toml=True, schema=SCHEMA)


LONG_TABLE = (
    '{ from = "prospect.company.industry", misfit = "hold", '
    'values = { "Software" = "Technology", "Hotels" = "Hospitality", "Bank" = "Finance" } }'
)


def test_a_table_that_gets_a_header_keeps_its_comments_apart() -> None:
    text = (
        f'[fields.Lead]\nTitle = "x"\n\n# about people\n\n\n# about work\nIndustry = {LONG_TABLE}\n'
    )
    found = toml(text)
    assert "\n\n# about people\n\n# about work\n[fields.Lead.Industry]\n" in found
    assert toml(found) == found


def test_comments_in_a_list_stay_apart() -> None:
    text = '[match]\nLead = [ # one\n\n# two\n\n\n  "Email", # three\n\n  # four\n  # five\n\n]\n'
    wanted = (
        "[match]\nLead = [\n    # one\n\n    # two\n\n"
        '    "Email",  # three\n\n    # four\n    # five\n]\n'
    )
    assert toml(text) == wanted
    assert toml(wanted) == wanted


@pytest.mark.parametrize(
    ("text", "line_end"),
    [
        ('mode="lead"\r\nname="N"\r\n', "\r\n"),
        ('mode="lead"\r\nname="N"\n', "\r\n"),
        ('mode="lead"\nname="N"\r\n', "\n"),
        ('mode="lead"', "\n"),
    ],
)
@pytest.mark.parametrize("mark", ["", MARK])
def test_a_layout_has_the_files_own_line_ends_and_mark(text: str, line_end: str, mark: str) -> None:
    found = toml(mark + text)
    assert found.startswith(f"{mark}name" if "name" in text else f"{mark}mode")
    assert set(re.findall(r"\r?\n", found)) == {line_end}
    assert toml(found) == found


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", MARK])
def test_json_has_its_own_line_ends_and_mark(line_end: str, mark: str) -> None:
    text = f'{mark}{{{line_end}"mode":"lead",{line_end}"name":"N"}}'
    wanted = f'{mark}{{\n  "name": "N",\n  "mode": "lead"\n}}\n'.replace("\n", line_end)
    assert laid_out(text, is_toml=False, schema=SCHEMA) == wanted
    assert laid_out(wanted, is_toml=False, schema=SCHEMA) == wanted


# A comment is `#?` in what is drawn; each gets a number of its own.
BREAK = st.lists(st.sampled_from(["\n", "\n", "#?\n", "  #?  \n", "\t\n"]), max_size=4).map("".join)
END = st.sampled_from(["\n", "\n", " #?\n", "#?\n"])
ANY_SPACE = st.sampled_from(["", " ", "\n", "\n\n", " #?\n", "\n #?\n\n #?\n", "#?\n\n\n"])
TEXTS = st.sampled_from(
    [
        '"prospect.email"',
        "'prospect.title'",
        '"""prospect.id"""',
        "'''\n\nprospect.id'''",
        "\"concat('#', ', ', prospect.first_name, ' ', prospect.last_name, ' of ', workspace)\"",
    ]
)


@st.composite
def lists(draw: st.DrawFn) -> str:
    """Lists of expressions with comments and blank lines around each, and each comma."""
    items = draw(st.lists(TEXTS, min_size=1, max_size=3))
    inside = [f"{draw(ANY_SPACE)}{item}{draw(ANY_SPACE)}" for item in items]
    return f"[{','.join(inside)}{draw(st.sampled_from(['', ',']))}{draw(ANY_SPACE)}]"


SHORT_TABLE = st.builds("{{overwrite='always', from={}}}".format, st.one_of(TEXTS, lists()))
VALUES = st.one_of(TEXTS, lists(), SHORT_TABLE, st.just(LONG_TABLE), st.just("false"))
NAMES = ["Title", '"Phone"', "Industry", "X__c", "Y__c"]


@st.composite
def entries(draw: st.DrawFn) -> str:
    """Fields of a table."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(0, 4))]
    return "".join(f"{draw(BREAK)}{name} = {draw(VALUES)}{draw(END)}" for name in names)


@st.composite
def keys(draw: st.DrawFn) -> str:
    """Keys before any table."""
    every = ["mode='lead'", "name='x'", "limits.api_share=0.5", "switches = {sync_prospects=true}"]
    chosen = draw(st.permutations(every))[: draw(st.integers(0, 4))]
    return "".join(f"{draw(BREAK)}{key}{draw(END)}" for key in chosen)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A few tables, in any order."""
    headers = ["[fields.Lead]", "[fields.Contact]", "[activity.email]", "[fields . Account]"]
    chosen = draw(st.permutations(headers))[: draw(st.integers(0, 4))]
    texts = [f"{draw(BREAK)}{header}{draw(END)}{draw(entries())}" for header in chosen]
    if draw(st.booleans()):
        keys = [
            draw(BREAK) + f"[[match.Lead]]{draw(END)}{draw(BREAK)}field='{name}'{draw(END)}"
            for name in ("Email", "Phone")
        ]
        texts.insert(draw(st.integers(0, len(texts))), "".join(keys))
    return "".join(texts)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Valid rules with comments, each with a number, and blank lines anywhere."""
    first = draw(st.sampled_from(["", f"{DIRECTIVE}\n"]))
    drawn = first + draw(keys()) + draw(tables()) + draw(BREAK)
    numbers = count(1)
    text = re.sub(r"#\?", lambda _: f"# note {next(numbers)}", drawn)
    rule, findings = parse_rule("x.toml", text.encode(), "config")
    assert rule is not None, findings
    return text


COMMENT = re.compile(r"# note \d+|#:.*")
OWN_LINE = re.compile(r"\s*# note \d+\s*")


def neighbours(text: str) -> set[tuple[str, str]]:
    """Each two comments on lines of which one is right below the other."""
    lines = [COMMENT.search(line) for line in text.split("\n")]
    return {(above[0], below[0]) for above, below in pairwise(lines) if above and below}


def blocks(text: str) -> set[tuple[str, str]]:
    """Those of them that are on lines of their own, which a person reads as one comment."""
    lines = text.split("\n")
    own = {COMMENT.findall(line)[0] for line in lines if OWN_LINE.fullmatch(line)}
    return {pair for pair in neighbours(text) if own.issuperset(pair)}


@settings(max_examples=60, deadline=None)
@given(rules())
def test_no_layout_loses_a_comment_or_joins_two_blocks(text: str) -> None:
    found = toml(text)
    assert tomllib.loads(found) == tomllib.loads(text)
    assert toml(found) == found
    assert sorted(COMMENT.findall(found)) == sorted(COMMENT.findall(text))
    assert blocks(found) <= neighbours(text)
    assert blocks(text) <= neighbours(found)


@settings(max_examples=30, deadline=None)
@given(rules(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", MARK]))
def test_a_layout_is_the_same_but_for_the_form_of_the_file(
    text: str, line_end: str, mark: str
) -> None:
    found = toml(mark + text.replace("\n", line_end))
    has_lines = "\n" in text
    assert found == mark + toml(text).replace("\n", line_end if has_lines else "\n")
