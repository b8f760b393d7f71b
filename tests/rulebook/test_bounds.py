"""A rule file of any content is read or refused before it costs anything: counted in what is parsed
and checked, never in time."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rulebook.conftest import Write
from zsf_plugin.rulebook import Rulebook, bounds, files, schema, texts
from zsf_plugin.rulebook.files import parse_rule
from zsf_plugin.rulebook.lines import Lines, toml_lines
from zsf_plugin.rulebook.regular_files import read_regular_file


def finding(content: str, name: str = "x.toml") -> str:
    """The one finding; empty if there is none."""
    rule, found = parse_rule(name, content.encode(), "config")
    assert (rule is None) is bool(found)
    return str(found[0]) if found else ""


@pytest.fixture
def unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text reaches the parser."""

    def loads(_: str) -> None:
        raise AssertionError("the parser was asked")

    monkeypatch.setattr(texts.tomllib, "loads", loads)


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("\n" + ".".join(["a"] * 8000) + " = 1", "x.toml:2: a key has more than 8 parts"),
        (".".join(['"a"'] * 8000) + " = 1", "x.toml:1: a key has more than 8 parts"),
        (" . ".join(["'a'"] * 9) + " = 1", "x.toml:1: a key has more than 8 parts"),
        ("[" + ".".join(["a"] * 9) + "]", "x.toml:1: a key has more than 8 parts"),
        ("[[" + ".".join(["a"] * 9) + "]]", "x.toml:1: a key has more than 8 parts"),
        ("x = {" + ".".join(["a"] * 9) + " = 1}", "x.toml:1: a key has more than 8 parts"),
        ("x = " + "[" * 40 + "]" * 40, "x.toml:1: nested too deeply"),
        ("x = " + "{a = " * 40 + "1" + "}" * 40, "x.toml:1: nested too deeply"),
        ("[[a]]\n" * 20_000, "more than 10000 values"),
        ("x = [" + "1," * 60_000 + "]", "x.toml:1: more than 10000 values"),
        ("#" * (bounds.MAX_BYTES + 1), "larger than 128 KiB"),
    ],
)
def test_what_would_be_slow_to_parse_is_refused_before(content: str, words: str) -> None:
    assert words in finding(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[" * 50 + "]" * 50, "nested too deeply"),
        ('{"a":' * 50 + "1" + "}" * 50, "nested too deeply"),
        ("[" * 60_000 + "]" * 60_000, "nested too deeply"),
        ('{"x":[' + "1," * 60_000 + "1]}", "more than 10000 values"),
        ('{"x":' + "9" * 60_000 + "}", "too many digits"),
        (
            json.dumps({"fields": {"Lead": {f"F{n}": "prospect.id" for n in range(1_001)}}}),
            "more than 1000 tables, fields and expressions",
        ),
        (
            json.dumps({"fields": {"Lead": {"Title": ["prospect.id"] * 1_001}}}),
            "more than 1000 tables, fields and expressions",
        ),
        (
            json.dumps({"match": {"Lead": ["Email"] * 1_001}}),
            "more than 1000 tables, fields and expressions",
        ),
    ],
)
def test_json_has_the_same_bounds(content: str, words: str) -> None:
    assert words in finding(content, "x.json")


@pytest.mark.parametrize(
    "content",
    [
        'when = """' + '\\"""' * 20_000,
        "x = '''" + "''a" * 30_000,
        '"' * 100_000,
        "'" * 100_000,
        "x = " + "9" * 100_000,
        "\\" * 100_000,
    ],
)
def test_texts_that_never_end_are_refused(content: str) -> None:
    assert "not TOML" in finding(content)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (" | ".join(["concat(@, @)"] * 34), "more than 1000 times"),
        ("prospect" + "[0]" * 1_100, "more than 1000 parts"),
        ("lower(" * 70 + "prospect.id" + ")" * 70, "levels deep"),
        ("prospect.id" + " || prospect.id" * 400, "at most 4000 characters"),
    ],
)
@pytest.mark.parametrize("place", ["when", "field"])
def test_an_expression_that_could_hurt_is_refused_with_its_line(
    expression: str, words: str, place: str
) -> None:
    lines = {"when": f'\nwhen = "{expression}"', "field": f'[fields.Lead]\nTitle = "{expression}"'}
    found = finding(lines[place])
    assert found.startswith("x.toml:2: ")
    assert words in found


@pytest.mark.parametrize("digits", ["0x" + "f" * 100_000, "0o" + "7" * 2_000, "9" * 4_000])
@pytest.mark.parametrize("head", ["[fields.Lead.X]\nvalue", "[limits]\ncalls_per_second"])
def test_a_number_of_more_digits_than_python_writes_is_refused_with_its_line(
    digits: str, head: str
) -> None:
    found = finding(f"{head} = {digits}")
    assert found.startswith("x.toml:2: ")
    assert "at most 308 digits" in found


def test_lines_of_a_document_that_is_refused_are_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One path for each of 60,000 values, each 40 levels deep, takes hundreds of megabytes."""
    monkeypatch.setattr(texts, "json_lines", None)
    content = "[" * 40 + "1," * 60_000 + "1" + "]" * 40
    assert "nested too deeply" in finding(content, "x.json")


def test_a_match_key_of_many_fields_is_refused() -> None:
    fields = "'Email'," * 1_001
    assert "more than 1000 tables, fields" in finding(f"[match]\nLead = [[{fields}]]")


def test_what_a_finding_quotes_is_cut() -> None:
    assert len(finding("x" * 100_000 + " = 1")) < 1_100


def test_a_rule_with_many_match_keys_that_nothing_fills_is_read_for_its_lines_once(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def counted(text: str) -> Lines:
        reads.append(text)
        return toml_lines(text)

    monkeypatch.setattr("zsf_plugin.rulebook.texts.toml_lines", counted)
    keys = "".join(f"'Nobody{number}__c'," for number in range(900))
    write("rules/10.toml", f"[match]\nLead = [{keys}]\n")
    book = Rulebook(tmp_path, lambda _: {})
    book.rules("acme")
    found = book.findings("acme")
    assert (len(found), found[0].line) == (bounds.MAX_FINDINGS, 2)
    assert len(reads) == 1


@pytest.mark.parametrize("kind", ["pipe", "device", "sparse"])
def test_a_file_replaced_by_what_never_ends_is_not_read_for_its_lines(
    tmp_path: Path, write: Write, kind: str
) -> None:
    """Its last valid content stays in force, and so do the findings in that."""
    path = write("rules/10.toml", '[match]\nLead = ["Nobody__c"]\n')
    book = Rulebook(tmp_path, lambda _: {})
    assert [one.line for one in book.findings("acme")] == [2]
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(1 << 30)
    refused, unfilled = book.findings("acme")
    assert "a regular file" in refused.message or "larger than" in refused.message
    assert (unfilled.pointer, unfilled.line) == ("/match/Lead/0", None)


def test_a_file_that_no_check_foresaw_is_refused_and_stops_nothing(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("rules/10.toml", 'mode = "contact"\n')
    write("rules/20.toml", "[switches]\ninclude_contents = true\n")
    check = files.check_document

    def fail(name: str, *rest: Any) -> tuple[files.Finding, ...]:
        if "10" in name:
            raise ZeroDivisionError("CANARY")
        return check(name, *rest)

    monkeypatch.setattr(files, "check_document", fail)
    book = Rulebook(tmp_path, lambda _: {})
    assert book.rules_for("acme", {}).switches.include_contents
    (found,) = book.findings("acme")
    assert "rules/10.toml: cannot be checked (an unexpected ZeroDivisionError" in str(found)
    assert "CANARY" not in str(found)


def test_a_file_that_becomes_a_pipe_while_it_is_opened_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "10.toml"
    os.mkfifo(pipe)
    monkeypatch.setattr(Path, "stat", lambda _: os.stat(__file__))
    assert read_regular_file(pipe, 10) is None


def test_the_largest_useful_files_are_read() -> None:
    fields = "\n".join(f'Field_{n}__c = "prospect.custom.f{n}"' for n in range(800))
    assert finding(f"[fields.Lead]\n{fields}") == ""
    rows = "\n".join(f'"Industry {n:05}" = "Group {n % 9}"' for n in range(3_900))
    head = "[fields.Lead.Industry]\nfrom = 'prospect.company.industry'\n"
    assert finding(f"{head}[fields.Lead.Industry.values]\n{rows}") == ""


def test_dots_in_texts_and_comments_are_no_parts_of_keys() -> None:
    dots = "." * 100
    assert (
        finding(f"# {dots}\nname = '''{dots}\n{dots}'''\n[limits]\napi_share = 0.5 # {dots}") == ""
    )


def test_at_most_a_hundred_findings_are_listed() -> None:
    content = "".join(f"unknown_{n} = 1\n" for n in range(900))
    _, found = parse_rule("x.toml", content.encode(), "config")
    assert len(found) == bounds.MAX_FINDINGS


def test_a_file_that_hurts_leaves_the_last_valid_rules_in_force(
    tmp_path: Path, write: Write
) -> None:
    write("rules/10.toml", 'mode = "contact"\n')
    book = Rulebook(tmp_path, lambda _: {})
    assert book.rules_for("acme", {}).mode == "contact"
    write("rules/10.toml", ".".join(["a"] * 8000) + " = 1\n")
    assert book.rules_for("acme", {}).mode == "contact"
    assert [one.line for one in book.findings("acme")] == [1]


SEGMENTS = st.lists(st.sampled_from(["a", '"b.c"', "'d'", "e-1"]), min_size=1, max_size=20)


@settings(deadline=None)
@given(SEGMENTS, st.sampled_from(["{} = 1", "[{}]", "[[{}]]", "x = {{{} = 1}}", "# {}"]))
def test_a_key_is_refused_exactly_if_it_has_too_many_parts(segments: list[str], form: str) -> None:
    error = bounds.toml_error(form.format(" . ".join(segments)))
    is_too_long = len(segments) > bounds.MAX_SEGMENTS and not form.startswith("#")
    assert (error is not None) is is_too_long


@settings(deadline=None)
@given(st.text(st.sampled_from("\"'\\[]{}=,.#\na"), max_size=40))
def test_scanning_never_fails(text: str) -> None:
    error = bounds.toml_error(text)
    assert error is None or re.search("parts|deeply|values", error[0])


def test_a_valid_rule_file_costs_neither_its_lines_nor_jsonschema(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("toml_lines", "json_lines"):
        monkeypatch.setattr(texts, name, None)
    monkeypatch.setattr(schema, "schema_violations", None)
    entry = {"from": "prospect.custom.x || 'x'", "overwrite": "always", "too_long": "hold"}
    document = {"fields": {"Lead": {f"F{number}__c": entry for number in range(10)}}}
    assert finding(json.dumps(document), "x.json") == ""
    assert finding("[fields.Lead]\nTitle = { from = 'prospect.title', misfit = 'hold' }") == ""


def test_jsonschema_sees_of_a_long_rule_only_the_fields_that_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    check = schema.schema_violations
    monkeypatch.setattr(
        schema, "schema_violations", lambda name, rule: seen.append(rule) or check(name, rule)
    )
    rows = [f"F{number}__c = 'prospect.id'" for number in range(100)]
    found = finding("\n".join(["[fields.Lead]", *rows, "Title = { form = 'prospect.id' }"]))
    assert found.startswith("x.toml:102: /fields/Lead/Title: needs one of from, value, default")
    assert seen == [{"fields": {"Lead": {"Title": {"form": "prospect.id"}}}}]


_ENTRIES = st.one_of(
    st.sampled_from(["prospect.id", "", False, True, 0, 1.5, None, [], ["prospect.id"], [1], {}]),
    st.dictionaries(
        st.sampled_from(["from", "value", "default", "values", "overwrite", "misfit", "x"]),
        st.sampled_from(["hold", "always", "prospect.id", True, 0, 2, [], ["a"], {}, {"a": 1}]),
        max_size=3,
    ),
)
_KEYS = st.sampled_from(["Title", "F__c", "1a", "a b", "Title\n", "Email", "x" * 81])
_TABLES = st.dictionaries(_KEYS, _ENTRIES, max_size=3) | st.sampled_from([[], "x", False, {}])
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["x", "", 1]),
        "when": st.sampled_from(["prospect.id", "", "x" * 4001, None]),
        "mode": st.sampled_from(["lead", "contact", "Lead", 1, True]),
        "switches": st.sampled_from([{}, {"sync_prospects": 0}, {"sync_prospects": False}, []]),
        "match": st.dictionaries(
            st.sampled_from(["Lead", "many", "alerts", "x"]),
            st.sampled_from(
                ["hold", "save", [], ["Email"], [["Email"]], [[]], [{"field": "Email"}], [{}], 1]
            ),
        ),
        "fields": st.dictionaries(st.sampled_from(["Lead", "Contact", "Task"]), _TABLES),
        "activity": st.dictionaries(st.sampled_from(["*", "email", " ", ""]), _TABLES),
        "owner": st.dictionaries(
            st.sampled_from(["from", "assignment_rules"]),
            st.sampled_from([True, False, 0, "user.email", [], ["a"]]),
        ),
        "limits": st.dictionaries(
            st.sampled_from(["api_share", "calls_per_second", "x"]),
            st.sampled_from([0, 1, 0.5, -1, 1000, 1001, True, "1"]),
        ),
        "other": st.none(),
    },
)


@settings(max_examples=200, deadline=None)
@given(_DOCUMENTS)
def test_a_rule_is_found_wrong_exactly_as_jsonschema_finds_it(document: dict[str, Any]) -> None:
    assert schema.rule_violations(document) == schema.schema_violations("rule", document)
