"""Pasted prospects: each line of any text is a prospect or a finding, and nothing is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.console.search.files import decoded
from zsf_plugin.console.search.parsing import checked, parse_prospects, text_read
from zsf_plugin.console.search.reading import MAX_PROSPECTS, Parsed
from zsf_plugin.rulebook.schema import first_violation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def prospects(text: str) -> list[dict[str, Any]]:
    return [dict(row.prospect) for row in parse_prospects(text).rows]


def findings(text: str) -> list[str]:
    return [finding.text for finding in parse_prospects(text).findings]


def accounted(parsed: Parsed) -> set[int]:
    """The lines that belong to a prospect or a finding."""
    return {
        line
        for reported in (*parsed.rows, *parsed.findings)
        for line in range(reported.first, reported.last + 1)
    }


@given(st.text())
def test_no_text_raises(text: str) -> None:
    checked(parse_prospects(text), lambda prospect: first_violation("prospect", prospect))


@given(st.binary())
def test_no_file_raises(data: bytes) -> None:
    parse_prospects(decoded(data))


@given(st.lists(JSON, max_size=8))
def test_no_json_raises_and_each_item_is_read_or_reported(items: list[Any]) -> None:
    parsed = parse_prospects(json.dumps(items))
    assert accounted(parsed) >= set(range(1, len(items) + 1)) or parsed.unit == "Line", (
        "the whole is refused as a text"
    )


@given(
    st.lists(st.text(st.sampled_from('ab@.,;\t" é'), max_size=30), max_size=30),
    st.sampled_from(",;\t"),
)
def test_no_line_of_a_table_is_lost(lines: list[str], delimiter: str) -> None:
    text = "\n".join([delimiter.join(["email", "company"]), *lines])
    filled = {number for number, line in enumerate(lines, 2) if line.strip()}
    assert accounted(parse_prospects(text)) >= filled


@given(
    st.lists(
        st.one_of(JSON.map(json.dumps), st.text(st.characters(exclude_categories=["C"]))),
        max_size=20,
    )
)
def test_no_line_of_json_lines_is_lost(lines: list[str]) -> None:
    text = "\n".join(['{"id": "first"}', *lines])
    if "\n" not in "".join(lines):
        filled = {number for number, line in enumerate(text.split("\n"), 1) if line.strip()}
        assert accounted(parse_prospects(text)) >= filled


@given(st.integers(0, 3 * MAX_PROSPECTS))
def test_up_to_a_hundred_are_read_and_the_others_are_a_finding(number: int) -> None:
    text = "email\n" + "".join(f"p{one}@acme.example\n" for one in range(number))
    parsed = parse_prospects(text)
    assert len(parsed.rows) == min(number, MAX_PROSPECTS)
    assert accounted(parsed) >= set(range(2, number + 2))


def test_a_table_with_a_header_row_is_read() -> None:
    (one,) = prospects(
        "first_name,last_name,email,company\nWim,van der Steen,wim@duinwater.example,Duinwater N.V.\n"
    )
    assert one == {
        "id": "pasted:2",
        "first_name": "Wim",
        "last_name": "van der Steen",
        "email": "wim@duinwater.example",
        "company": {"name": "Duinwater N.V."},
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_delimiter_is_recognized(delimiter: str) -> None:
    (one,) = prospects(f"E-Mail{delimiter}Website\na@b.example{delimiter}b.example")
    assert (one["email"], one["company"]) == ("a@b.example", {"website": "b.example"})


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("First Name", "first_name"),
        ("E-Mail Address", "email"),
        ("Job Title", "title"),
        ("LinkedIn URL", "linkedin_url"),
        ("Company", "company.name"),
        ("Account Name", "company.name"),
        ("company.domain", "company.domain"),
        ("Company LinkedIn URL", "company.linkedin_url"),
        ("company_phone", "company.phone"),
        ("Country", "location.country"),
        ("ZIP", "company.address.postal_code"),
        ("Full name", "last_name"),
    ],
)
def test_column_names_of_other_tools_are_known(name: str, path: str) -> None:
    (found,) = prospects(f"id,{name}\np1,value")
    for key in path.split("."):
        found = found[key]
    assert found == "value"


def test_a_whole_name_beside_a_first_name_is_not_the_family_name() -> None:
    (one,) = prospects("name,first name,last name\nAda Lovelace,Ada,Lovelace")
    assert one == {
        "id": "pasted:2",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "custom": {"name": "Ada Lovelace"},
    }


@pytest.mark.parametrize("name", ["Name", "Full name", "Contact", "Nom complet"])
def test_a_whole_name_beside_a_company_is_the_persons(name: str) -> None:
    (one,) = prospects(f"{name},Company,E-Mail\nAda Lovelace,Engine Ltd,ada@engine.example")
    assert (one["last_name"], one["company"]) == ("Ada Lovelace", {"name": "Engine Ltd"})


def test_a_line_with_too_few_columns_is_a_finding_and_the_valid_ones_are_looked_up() -> None:
    text = "first_name,last_name,email,company\nA,B,a@b.example,C\nD,E,d@e.example,F\nG,H,g@h.example\nI,J,i@j.example,K"
    assert findings(text) == ["Line 4 has 3 columns; the header row has 4."]
    assert [one["first_name"] for one in prospects(text)] == ["A", "D", "I"]


def test_a_file_as_excel_writes_it() -> None:
    text = "Vorname;Nachname;E-Mail\r\nZoë;Müller;z@m.example\r\n"
    for data in (text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("cp1252")):
        assert prospects(decoded(data))[0]["first_name"] == "Zoë"


def test_a_quoted_value_may_hold_the_delimiter_quotes_and_lines() -> None:
    (one,) = prospects('company,title,email\n"Acme, Inc.","Chief ""of""\nStaff",a@b.example\n')
    assert one["company"] == {"name": "Acme, Inc."}
    assert one["title"] == 'Chief "of"\nStaff'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "notes", [[], ["Export, of 1; person"], ["Notes:", '"Two, long;', 'notes"']]
)
def test_a_column_name_may_have_several_lines(delimiter: str, notes: list[str]) -> None:
    heading = delimiter.join(['"First,\nname; in full"', '"Last\nname"', '"E-\nMail"'])
    row = delimiter.join(["x", "Byron", "ada@engine.example"])
    (found,) = prospects("\n".join([*notes, heading, row]))
    assert (found["last_name"], found["email"]) == ("Byron", "ada@engine.example")


def test_the_last_row_of_a_pasted_sheet_may_end_with_blank_cells() -> None:
    (found,) = prospects("First name\tLast name\tPhone\tTitle\r\nAda\tByron\t\t\r\n")
    assert found == {"id": "pasted:2", "first_name": "Ada", "last_name": "Byron"}


@pytest.mark.parametrize("title", ["Company", "Email", "Titel", "Contacts of 2026"])
def test_a_title_above_the_heading_may_be_a_column_name(title: str) -> None:
    (found,) = prospects(f"{title}\n\nfirst_name,last_name\nAda,Byron\n")
    assert (found["first_name"], found["last_name"]) == ("Ada", "Byron")
    assert len(prospects("Company\nEngine Ltd\nLoom Ltd\n")) == 2


@pytest.mark.parametrize(("notes", "words"), [(1, "Line 1 stands"), (3, "Lines 1 to 3 stand")])
def test_notes_above_the_heading_are_a_finding(notes: int, words: str) -> None:
    (finding,) = findings("Note\n" * notes + "first_name,last_name\nAda,Byron\n")
    verb = "is" if notes == 1 else "are"
    assert finding == f"{words} above the header row and {verb} not part of the table."


@given(st.lists(st.sampled_from(['"', ",", "\n", " ", "x", "a@b.example", "\ufeff"]), max_size=60))
def test_the_part_that_was_read_is_read_again_as_the_same_prospects(parts: list[str]) -> None:
    text = "".join(["email,title\n", *parts, "\ny,z" * 200])
    parsed = parse_prospects(text)
    assert parse_prospects(text_read(text, parsed)).rows == parsed.rows


def test_a_value_beyond_all_bounds_is_a_finding() -> None:
    (finding,) = findings(f"first_name,last_name\n{'a' * 200_000},Byron\n")
    assert finding == "Line 2 has a value that is too long."


def test_an_unclosed_quote_affects_only_its_own_line() -> None:
    text = 'company,email\n"Acme,a@b.example\nBeta,b@c.example\n'
    assert [one["company"]["name"] for one in prospects(text)] == ["Beta"]
    assert findings(text) == ["Line 2 has an unclosed quote, or text after a closing quote."]


def test_a_bare_list_of_addresses_needs_no_header_row() -> None:
    assert [one["email"] for one in prospects("a@b.example\nc@d.example")] == [
        "a@b.example",
        "c@d.example",
    ]


def test_a_table_without_a_header_row_is_a_finding() -> None:
    assert prospects("Ada,Lovelace\nAlan,Turing") == []
    (finding,) = findings("Ada,Lovelace\nAlan,Turing")
    assert finding.startswith("Line 1 is used as the header row, but has no known column name")


def test_a_misspelt_column_name_gets_a_suggestion() -> None:
    assert findings("first_name,emial\nAda,a@b.example") == [
        "The column “emial” is not a known prospect field. Did you mean email?"
    ]


def test_a_custom_column_is_kept_for_rules() -> None:
    (one,) = prospects("email,Score\na@b.example,7")
    assert one["custom"] == {"Score": "7"}


def test_a_repeated_id_is_a_finding() -> None:
    assert findings("id,email\np1,a@b.example\np1,c@d.example") == [
        "Line 3 has the same ID as line 2. IDs must be unique."
    ]


def test_an_invalid_head_count_is_left_out() -> None:
    assert [
        one.get("company")
        for one in prospects('email,employees\na@b.example,51-200\nc@d.example,"1,200"')
    ] == [
        None,
        {"employees": 1200},
    ]


def test_a_header_row_without_rows_is_a_finding() -> None:
    assert findings("email,company\n") == ["There is a header row, but no prospect below it."]


def test_empty_input_gives_no_findings() -> None:
    assert parse_prospects(" \n\n ") == Parsed()


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": "p1", "email": "a@b.example"}, {"id": "p2"}]',
        '{"id": "p1", "email": "a@b.example"}\n{"id": "p2"}\n',
        '{"results": [{"id": "p1", "email": "a@b.example"}, {"id": "p2"}]}',
    ],
)
def test_every_form_of_json_is_read(text: str) -> None:
    assert prospects(text) == [{"id": "p1", "email": "a@b.example"}, {"id": "p2"}]


def test_one_object_may_span_several_lines() -> None:
    assert prospects('{\n  "id": "p1",\n  "email": "a@b.example"\n}') == [
        {"id": "p1", "email": "a@b.example"}
    ]


def test_an_invalid_json_line_is_a_finding_and_the_valid_ones_are_looked_up() -> None:
    text = '{"id": "p1"}\n{"id": \n{"id": "p3"}'
    assert [one["id"] for one in prospects(text)] == ["p1", "p3"]
    assert findings(text) == ["Line 2 is not JSON: Expecting value at column 8."]


def test_an_invalid_item_is_a_finding() -> None:
    assert findings('[{"id": "p1"}, 7, null]') == [
        "Item 2 is a number, not a prospect.",
        "Item 3 is empty, not a prospect.",
    ]


def test_invalid_json_says_where() -> None:
    assert findings('[{"id": "p1"},\n') == [
        "Line 1 looks like JSON, but isn’t valid: Expecting value at line 1, column 15."
    ]


def test_a_lone_surrogate_becomes_a_text_that_can_be_shown() -> None:
    (one,) = prospects('{"id": "p1", "first_name": "\\ud800"}')
    assert one["first_name"] == "?"


def test_schema_violations_are_findings_with_their_place() -> None:
    parsed = checked(
        parse_prospects('[{"id": "p1", "email": 7}, {"id": "p2"}]'),
        lambda one: first_violation("prospect", one),
    )
    assert [row.prospect["id"] for row in parsed.rows] == ["p2"]
    assert [finding.text for finding in parsed.findings] == [
        "Item 1: email must be text or null, not a whole number."
    ]
