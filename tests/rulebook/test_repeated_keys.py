"""Two spellings of one key in one rule are an error that names both, since one would be dropped;
in two rules, the later one overrides the earlier one."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.events import prospect, purchase
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.decision.merge import merge, settings_by_layer
from zsf_plugin.model import JsonObject, Rule
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.files import check_document, parse_rule
from zsf_plugin.rulebook.repeated_keys import repeated_keys

SAME_FIELD = (
    "'title' and 'Title' are the same field, because Salesforce ignores case; keep one of them, "
    "and remove the other"
)


def found(text: str, name: str = "10.toml") -> list[str]:
    rule, findings = parse_rule(name, text.encode(), "config")
    assert (rule is None) == bool(findings)
    return [*map(str, findings)]


def test_one_field_in_two_spellings_is_an_error_at_the_second_that_names_both() -> None:
    text = '[fields.Lead]\nTitle = "prospect.title"\ntitle = "prospect.email"\n'
    assert found(text) == [f"10.toml:3: /fields/Lead/title: {SAME_FIELD}"]


def test_json_is_checked_as_toml_is() -> None:
    text = '{"fields": {"Lead": {\n"Title": "prospect.title",\n"title": "prospect.email"}}}'
    assert found(text, "10.json") == [f"10.json:3: /fields/Lead/title: {SAME_FIELD}"]


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        ("fields.Lead = { A__c = 'a', a__C = false }", "/fields/Lead/a__C", "same field"),
        ("activity.email = { Subject = 'a', subject = 'b' }", "/activity/email/subject", "field"),
        ("activity.letter = { X__c = 'a', x__c = 'b' }", "/activity/letter/x__c", "same field"),
        ("activity.email.Subject = 'a'\nactivity.Email.Type = 'b'", "/activity/Email", "channel"),
        ("[activity.fax]\n[activity.'fax ']", "/activity/fax ", "same channel"),
        (
            "fields.Lead.Industry = { from = 'a', values = { X = 'Y', 'X ' = 'Z' } }",
            "/fields/Lead/Industry/values/X ",
            "blanks around it",
        ),
        (
            "fields.Lead.Industry = { from = 'a', values = { 'é' = 'Y', 'e\u0301' = 'Z' } }",
            "/fields/Lead/Industry/values/e\u0301",
            "same value",
        ),
    ],
)
def test_every_other_key_of_which_one_would_be_dropped_is_an_error_too(
    text: str, pointer: str, words: str
) -> None:
    (one,) = found(text)
    assert f" {pointer}: " in one
    assert words in one


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[fields.Lead]\n[fields.lead]\n", "Lead"),
        ("[fields.CONTACT]\n", "Contact"),
        ("[match]\nLead = []\nlead = []\n", "Lead"),
        ("[Switches]\nsync_prospects = true\n", "switches"),
        ("[switches]\nSYNC_PROSPECTS = true\n", "sync_prospects"),
    ],
)
def test_a_table_or_setting_in_another_case_is_unknown_and_the_right_one_is_named(
    text: str, meant: str
) -> None:
    assert f"did you mean '{meant}'?" in found(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "match.Lead = [{ field = 'Email', compare = 'email' }, 'Email']",
        "match.Lead = ['Email', ['Email', 'Company']]",
        "match.Lead = ['Email', 'Phone', 'email']",
        "match.Lead = [['Email', 'email']]",
        "fields.Lead.Title = 'user.id'\nfields.Contact.title = 'user.id'",
        "activity.email.Subject = 'user.id'\nactivity.'*'.subject = 'user.id'",
        "fields.Lead.Industry = { from = 'user.id', values = { x = 'Y', X = 'Z' } }",
    ],
)
def test_keys_of_which_none_would_be_dropped_are_no_error(text: str) -> None:
    assert found(text) == []


def test_a_console_document_is_checked_the_same_way() -> None:
    document: JsonObject = {"fields": {"Lead": {"Title": "a", "title": "b"}}}
    (one,) = check_document("console", document)
    assert (one.pointer, one.severity) == ("/fields/Lead/title", "error")


_NAMES = st.lists(st.text(string.ascii_letters, min_size=1, max_size=2), min_size=1, unique=True)


@given(_NAMES)
def test_a_rule_without_a_finding_fills_as_many_fields_as_it_has_entries(names: list[str]) -> None:
    document: JsonObject = {"fields": {"Lead": dict.fromkeys(names, "prospect.title")}}
    repeated = [*repeated_keys(document)]
    merged = merge([Rule("10.toml", "config", document)])
    assert len(names) - len(repeated) == len(merged.fields["Lead"])


@given(_NAMES, st.data())
def test_a_later_rule_overrides_an_earlier_one_in_any_spelling(
    names: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(names))
    other = data.draw(st.sampled_from([name.upper(), name.lower(), name.swapcase(), name]))
    rules = [_rule("10.toml", name, "prospect.title"), _rule("20.toml", other, "prospect.email")]
    (field,) = merge(rules).fields["Lead"].values()
    assert (field.sources, field.origin) == (("prospect.email",), "20.toml")
    (layers,) = settings_by_layer(rules).values()
    assert [one.file for one in layers] == ["10.toml", "20.toml"]


def _rule(file: str, field: str, source: str) -> Rule:
    return Rule(file, "config", {"fields": {"Lead": {field: source}}})


def test_files_in_two_spellings_are_valid_and_the_later_one_decides(tmp_path: Path) -> None:
    (tmp_path / "10.toml").write_text("[fields.Lead]\nTitle = 'prospect.first_name'\n")
    (tmp_path / "20.toml").write_text("[fields.Lead]\ntitle = 'prospect.last_name'\n")
    drafts = read_drafts([tmp_path])
    assert [one.code for one in drafts.findings] == ["RULE_OVERRIDDEN"]
    event = purchase(prospect(1, last_name="Falk"))
    planned = decide_arriving(event, drafts.in_force).plan.targets["Lead"].planned("Title")
    assert planned is not None
    assert (planned.value, planned.origin.endswith("20.toml")) == ("Falk", True)
