"""The canonical layout of rule files: it changes no meaning and loses no comment, and a file that
has it keeps it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.authoring.layout import LayoutRefused, has_former_names, laid_out
from zsf_plugin.rulebook.language import Rename
from zsf_plugin.rulebook.schema import schema_document

ROOT = Path(__file__).parents[2]
SCHEMA = schema_document("rule")
FILES = sorted([*(ROOT / "rules").glob("*.toml"), *(ROOT / "tests/rule_files").glob("*/*.*")])
RENAMES = (
    Rename(2, ("match", "shared"), "shared_mailbox"),
    Rename(2, ("match", "*", "*", "by"), "compare"),
    Rename(3, ("activities",), "activity"),
)


def toml(text: str) -> str:
    return laid_out(text, is_toml=True, schema=SCHEMA)


def comments(text: str) -> Counter[str]:
    """The comments of a text whose strings have no hash."""
    return Counter(
        f"#{line.partition('#')[2]}".rstrip() for line in text.split("\n") if "#" in line
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_layout_keeps_the_meaning_and_is_kept(path: Path) -> None:
    text, is_toml = path.read_text(encoding="utf-8"), path.suffix == ".toml"
    found = laid_out(text, is_toml=is_toml, schema=SCHEMA)
    loads = tomllib.loads if is_toml else json.loads
    assert loads(found) == loads(text)
    assert laid_out(found, is_toml=is_toml, schema=SCHEMA) == found


@pytest.mark.parametrize(
    "path", sorted((ROOT / "rules").glob("*.toml")), ids=lambda path: path.name
)
def test_the_shipped_rules_have_the_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert toml(text) == text


LONG = ", ".join(f'"Value {number}" = "Other"' for number in range(9))
MOVED = f'Industry = {{ from = "prospect.company.industry", values = {{ {LONG} }} }}\n'


def test_a_table_of_which_only_the_header_is_left_goes() -> None:
    assert toml(f"[fields.Lead]\n{MOVED}").startswith("[fields.Lead.Industry]\n")
    assert "[fields.Lead]\n" in toml(f"[fields.Lead]\n{MOVED}Fax = false\n")
    assert toml("[fields.Lead]\n") == "[fields.Lead]\n"


@pytest.mark.parametrize(
    "text",
    [
        f"# Leads.\n[fields.Lead]\n{MOVED}",
        f"[fields.Lead]  # Leads.\n{MOVED}",
    ],
)
def test_a_header_with_a_comment_stays(text: str) -> None:
    found = toml(text)
    assert "[fields.Lead]" in found.split("[fields.Lead.Industry]")[0]
    assert toml(found) == found


MESSY = """\
#:schema ./rule.schema.json
# Whose rules these are.

# Why contacts.
  mode="contact"   # agreed in May
name   =   'Ours'
[limits]
badges_share=0.1


api_share = 0.9
# The end of the limits.

# About people.
[ fields . Lead ]   # leads
Title = 'prospect.title'

# Long enough for a table of its own.
Industry = {values={"Software"="Technology","Computer Software"="Technology"},from="prospect.company.industry"} # translated
LastName = ["prospect.last_name",'prospect.first_name']
[match]
many = "hold"
Lead=[{compare="email",field="Email"},# first
  # then by name
  ["FirstName","LastName",
  "Company"]]
# Last.
"""
TIDY = """\
#:schema ./rule.schema.json
# Whose rules these are.

name = 'Ours'
# Why contacts.
mode = "contact"  # agreed in May

[match]
Lead = [
    { field = "Email", compare = "email" },  # first
    # then by name
    ["FirstName", "LastName", "Company"],
]
many = "hold"
# Last.

# About people.
[fields.Lead]  # leads
Title = 'prospect.title'
LastName = ["prospect.last_name", 'prospect.first_name']

# Long enough for a table of its own.
[fields.Lead.Industry]  # translated
from = "prospect.company.industry"
values = { "Software" = "Technology", "Computer Software" = "Technology" }

[limits]
api_share = 0.9
badges_share = 0.1
# The end of the limits.
"""


def test_keys_are_in_the_schemas_order_and_comments_with_what_they_are_about() -> None:
    assert toml(MESSY) == TIDY
    assert toml(TIDY) == TIDY


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("\n\n# a\n\n\n\n#b  \n\n", "# a\n\n#b\n"),
        ("#:schema x\n[match]\n", "#:schema x\n\n[match]\n"),
        ('mode="lead"', 'mode = "lead"\n'),
        ("switches.sync_prospects=true#x\n", "switches.sync_prospects = true  #x\n"),
        ("[match]\nLead=[]\n[[match.Account]]\nfield='Name'", None),
        ("match.Lead = [ # none\n]\n", "match.Lead = [\n    # none\n]\n"),
        ('when = """a\n  b"""\n', 'when = """a\n  b"""\n'),
        ("[fields]\n[fields.Lead]\n", "[fields]\n\n[fields.Lead]\n"),
    ],
)
def test_small_files_have_small_layouts(text: str, wanted: str | None) -> None:
    found = toml(text)
    assert tomllib.loads(found) == tomllib.loads(text)
    assert toml(found) == found
    assert wanted is None or found == wanted


COMMENT = st.sampled_from(["", "", "", " # a", "# b", "  #c d"])
LONG = "concat('a', 'b', 'c') || " * 5 + "prospect.id"
TEXT = st.sampled_from(['"prospect.email"', "'prospect.email'", '"""x"""', f'"{LONG}"', '"é"'])
GAP = st.sampled_from(["", " ", "\n", "\n\n  # own\n", " # end\n"])
LIST = st.builds(
    lambda items, gaps: (
        f"[{''.join(f'{item},{gap}' for item, gap in zip(items, gaps, strict=True))}]"
    ),
    *(st.lists(one, min_size=2, max_size=2) for one in (TEXT, GAP)),
)
INLINE = st.builds(
    lambda source, more: f"{{overwrite='always',{more} from={source}}}",
    st.one_of(TEXT, LIST),
    st.sampled_from(["", "values={a='b', \"c d\"=1},", "misfit='hold',"]),
)
VALUE = st.one_of(TEXT, LIST, INLINE, st.just("false"))
FIELD = st.sampled_from(["Email", '"Email"', "Phone", "Title", "Industry", "LastName", "X__c"])
SPACE = st.sampled_from(["", " ", "  "])
LINE = st.builds(
    lambda before, space, value, comment: (before, f"{space}={space}{value}{comment}\n"),
    st.sampled_from(["", "", "\n", "# above\n", "\n\n# far\n\n", "# one\n# two\n"]),
    SPACE,
    VALUE,
    COMMENT,
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files with every form of table, in any order, with comments anywhere."""
    out = draw(st.sampled_from(["", "#:schema x\n", "#:schema x\n# head\n\n", "# head\n", "\n\n"]))
    for key in draw(st.permutations(["mode='lead'", "name='x'", "limits.api_share=0.5"])):
        out += draw(st.sampled_from(["", "# k\n", "\n"])) + key + draw(COMMENT) + "\n"
    tables = ["fields.Lead", "fields.Contact", "fields . Account", 'activity."*"', "activity.email"]
    for table in draw(st.permutations(tables))[: draw(st.integers(0, 5))]:
        out += draw(st.sampled_from(["", "\n", "# t\n", "\n# t\n\n# u\n"]))
        out += f"[{table}]{draw(COMMENT)}\n"
        names = draw(st.lists(FIELD, unique_by=lambda name: name.strip('"'), max_size=4))
        for name in names:
            before, line = draw(LINE)
            out += f"{before}{name}{line}"
        if table.startswith("fields") and draw(st.booleans()):
            out += f"[{table}.Extra__c]\nvalue = 1{draw(COMMENT)}\n"
    return out + draw(st.sampled_from(["", "# end", "\n\n# end\n\n"]))


@settings(max_examples=60, deadline=None)
@given(files())
def test_any_layout_changes_no_meaning_and_loses_no_comment(text: str) -> None:
    found = toml(text)
    assert tomllib.loads(found) == tomllib.loads(text)
    assert comments(found) == comments(text)
    assert toml(found) == found
    assert not any(line != line.rstrip() for line in found.split("\n"))


def test_json_has_two_spaces_and_the_schemas_order() -> None:
    text = '{"mode": "lead", "fields": {"Lead": {"X": {"value": 1.50, "from": "é"}}}, "name": "x"}'
    found = laid_out(text, is_toml=False, schema=SCHEMA)
    assert found.startswith('{\n  "name": "x",\n  "mode": "lead",\n  "fields": {\n')
    assert found.index('"from": "é"') < found.index('"value": 1.5')
    assert json.loads(found) == json.loads(text)
    assert laid_out(found, is_toml=False, schema=SCHEMA) == found


def test_a_layout_that_would_change_the_meaning_is_refused() -> None:
    """The tables below each element of a list cannot be distinguished by their names."""
    with pytest.raises(LayoutRefused):
        toml("[[match.Lead]]\n[match.Lead.x]\na = 1\n[[match.Lead]]\n[match.Lead.x]\nb = 1\n")


@pytest.mark.parametrize("is_toml", [True, False])
def test_a_former_name_becomes_the_current_one(is_toml: bool) -> None:
    text = (
        '{"language": 1, "match": {"shared": "hold", "Lead": [{"field": "Email", "by": "text"}]}}'
    )
    if is_toml:
        text = (
            'language = 1\n[match] # m\nLead = [{ field = "Email", by = "text" }, # e\n]\n'
            '# about\nshared = "hold"\n[activities.email]\nSubject = "\'x\'"\n'
        )
    assert has_former_names(text, is_toml=is_toml, renames=RENAMES)
    found = laid_out(text, is_toml=is_toml, schema=SCHEMA, renames=RENAMES)
    assert not has_former_names(found, is_toml=is_toml, renames=RENAMES)
    document = (tomllib.loads if is_toml else json.loads)(found)
    assert document["language"] == 3
    assert document["match"] == {
        "Lead": [{"field": "Email", "compare": "text"}],
        "shared_mailbox": "hold",
    }
    if is_toml:
        assert "# about\nshared_mailbox = " in found
        assert "[activity.email]\nSubject = " in found
        assert comments(found) == comments(text)


def test_a_file_without_former_names_keeps_its_version() -> None:
    text = 'language = 1\nmode = "lead"\n'
    assert not has_former_names(text, is_toml=True, renames=RENAMES)
    assert laid_out(text, is_toml=True, schema=SCHEMA, renames=RENAMES) == text
