"""Expectations: a case names as much of a plan as its author cares to, and each difference is named
by its path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.authoring.running import SENT, case, paths, run_one
from zsf_plugin.authoring.expectations import compare
from zsf_plugin.authoring.expected_values import is_same
from zsf_plugin.authoring.shown_differences import diff_lines
from zsf_plugin.decision.decide import Decided, decide_arriving
from zsf_plugin.model import Event, Json, Rule
from zsf_plugin.rulebook.rulebook import RulesInForce, as_if_in_force, shipped_rules

RULES = """
when = "prospect.location.country_code == 'DE'"
mode = "contact"
[fields.Contact]
Description = { value = "Found", overwrite = "on_create" }
Title = false
[fields.Account]
Industry = { from = "prospect.company.industry", values = { "Software" = "Technology" } }
"""


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("", []),
        ('mode = "contact"\nskipped = false\nowner = "ada@zaplify.example"', []),
        ('mode = "lead"\nowner = false', ["mode", "owner"]),
        ("skipped = true", ["skipped"]),
        ('fields.Contact = { LastName = "Falk", title = false, Industry = false }', []),
        ('fields.Contact = { description = "found" }', ["fields.Contact.description"]),
        ('fields.Account = { Name = "Acme", industry = "Technology" }', []),
        ('match.Contact = ["Email", ["FirstName", "LastName", "AccountId"]]', []),
        ('match.Lead = [{ field = "Email", value = "maja@acme.example" }]', ["match.Lead[1]"]),
        ('match.Account = [{ field = "Name", compare = "domain" }]', ["match.Account[0]"]),
        ('match.Account = ["Name", "Website"]', ["match.Account[1]"]),
    ],
)
def test_each_difference_is_named_by_its_path(
    tmp_path: Path, expect: str, wrong: list[str]
) -> None:
    assert paths(run_one(tmp_path, case(expect), RULES)) == wrong


def test_a_field_that_no_rule_fills_says_so_and_what_was_perhaps_meant(tmp_path: Path) -> None:
    expect = 'fields.Account = { Indusrty = "Technology", Fax = "1" }\nfields.Contact.Naem = "x"'
    result = run_one(tmp_path, case(expect), RULES)
    found = [(one.path, one.is_unfilled, one.meant) for one in result.compared.differences]
    assert found == [
        ("fields.Account.Indusrty", True, "Industry"),
        ("fields.Account.Fax", True, None),
        ("fields.Contact.Naem", True, "Account.Name"),
    ]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("Account.Indusrty", "Industry"),
        ("Lead.Titel", "Title"),
        ("Contact.LastNme", "LastName"),
        ("Lead.MailingCity_", "Contact.MailingCity"),
    ],
)
def test_a_case_fails_if_the_field_that_shall_not_be_written_is_misspelled(
    tmp_path: Path, path: str, meant: str
) -> None:
    result = run_one(tmp_path, case(f"fields.{path} = false"), RULES)
    (found,) = result.compared.differences
    assert (found.path, found.is_unfilled, found.meant) == (f"fields.{path}", True, meant)
    assert diff_lines([found]) == [f"- fields.{path} = false (not written)"]


def test_a_field_of_a_touchpoint_that_shall_not_be_written_is_spelled_right_too(
    tmp_path: Path,
) -> None:
    expect = "activity = { Descripton = false, Priority = false, description = false }"
    text = case(expect, event=SENT, more='hook = "on_touchpoint_sent"')
    assert paths(run_one(tmp_path, text)) == ["activity.Descripton"]


@pytest.mark.parametrize(
    "path",
    [
        "Account.Site",  # a standard field that no rule fills
        "Account.site",
        "Contact.Industry",  # the shipped rules fill it elsewhere
        "Account.ShippingPostalCode",  # has a neighbour that is filled, but is a standard field
        "Lead.Tier",  # unmapped below
    ],
)
def test_a_field_that_rules_or_orgs_know_may_be_expected_to_be_missing(
    tmp_path: Path, path: str
) -> None:
    result = run_one(tmp_path, case(f"fields.{path} = false"), "[fields.Lead]\nTier = false\n")
    assert result.is_met
    assert result.compared.unknown == ()


def test_of_a_custom_field_that_nothing_knows_a_note_says_so(tmp_path: Path) -> None:
    rules = '[fields.Lead]\nTier__c = { value = "A" }\n'
    expect = "fields.Lead = { Teir__c = false, Xyzzy = false }"
    result = run_one(tmp_path, case(expect), rules)
    assert result.is_met
    assert result.compared.unknown == (
        ("fields.Lead.Teir__c", "Tier__c"),
        ("fields.Lead.Xyzzy", None),
    )
    own = '[[case.org.fields.Lead]]\nname = "Teir__c"\ntype = "string"\nlength = 9\n'
    described = case("fields.Lead.Teir__c = false") + own
    assert run_one(tmp_path, described, rules).compared.unknown == ()


def test_of_an_event_that_is_skipped_unexpectedly_only_that_is_said(tmp_path: Path) -> None:
    off = "[switches]\nsync_prospects = false\n"
    result = run_one(tmp_path, case('mode = "contact"\nfields.Lead.LastName = "Falk"'), off)
    (difference,) = result.compared.differences
    assert (difference.path, difference.actual) == ("skipped", "prospects_off")
    for expect in ("skipped = true", 'skipped = "prospects_off"\nfields.Lead.LastName = false'):
        assert run_one(tmp_path, case(expect), off).is_met


def test_a_touchpoint_is_expected_as_an_activity(tmp_path: Path) -> None:
    expect = 'activity = { Subject = "Email, step 2", TaskSubtype = "Email", Descripton = "x" }'
    text = case(expect, event=SENT, more='hook = "on_touchpoint_sent"')
    (difference,) = run_one(tmp_path, text).compared.differences
    assert (difference.path, difference.meant) == ("activity.Descripton", "Description")


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("Falk", " Falk ", True),
        (" Falk ", " Falk ", True),
        ("falk", "Falk", False),
        (1, 1.0, True),
        (1, True, False),
        (False, False, True),
        (["a", 1], ["a", 1.0], True),
        (["a"], ["a", "b"], False),
        ({"a": 1}, {"a": 1}, True),
        ("1", 1, False),
    ],
)
def test_values_compare_as_json_and_texts_as_salesforce_stores_them(
    expected: Json, actual: Json, same: bool
) -> None:
    assert is_same(expected, actual) is same


_TEXTS = st.text("aß É1", min_size=1, max_size=8).filter(lambda text: text.strip())
_PEOPLE = st.fixed_dictionaries(
    {"id": st.just("p1")},
    optional={
        "first_name": _TEXTS,
        "last_name": _TEXTS,
        "email": st.just("maja@acme.example"),
        "title": _TEXTS,
        "company": st.fixed_dictionaries(
            {"name": _TEXTS}, optional={"employees": st.integers(1, 9), "industry": _TEXTS}
        ),
    },
)
_SWITCHES = st.fixed_dictionaries(
    {}, optional={"sync_prospects": st.booleans(), "include_contents": st.booleans()}
)


def in_force(document: dict[str, Any]) -> RulesInForce:
    rules = (*shipped_rules(), Rule("50.toml", "config", document))
    return as_if_in_force(rules)


def whole(decided: Decided) -> dict[str, Any]:
    """The expectation that names everything of a plan."""
    plan = decided.plan
    expect: dict[str, Any] = {
        "skipped": decided.skipped or False,
        "mode": plan.mode,
        "owner": plan.owner_email or False,
    }
    if decided.skipped is not None:
        return expect
    tables = {
        name: {one.field: one.value for one in target.fields}
        for name, target in plan.targets.items()
    }
    if "Task" in tables:
        expect["activity"] = tables.pop("Task")
    expect["fields"] = tables
    expect["match"] = {
        name: [[part._asdict() for part in key] for key in plan.targets[name].keys]
        for name in tables
    }
    for keys in expect["match"].values():
        for key in keys:
            for part in key:
                del part["alternatives"]
    return expect


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each value of an expectation: its path, what holds it, and its key there."""
    for key in value:
        below = f"{path}.{key}" if path else key
        if isinstance(value[key], dict):
            yield from leaves(value[key], below)
        elif isinstance(value[key], list):
            for index in range(len(value[key])):
                yield f"{below}[{index}]", value[key], index
        else:
            yield below, value, key


@settings(max_examples=40, deadline=None)
@given(_PEOPLE, _SWITCHES, st.booleans(), st.sampled_from(["lead", "contact"]), st.data())
def test_the_whole_plan_passes_and_one_changed_value_fails_by_its_path(
    person: dict[str, Any], switches: dict[str, Any], is_sent: bool, mode: str, data: st.DataObject
) -> None:
    payload: dict[str, Any] = {"prospect": person, "user": {"id": "u", "email": "a@b.example"}}
    if is_sent:
        payload["touchpoint"] = {"id": "t", "channel": "email", "content": {"text": "Hi"}}
    kind = "touchpoint" if is_sent else "purchase"
    event = Event(kind, "w", "e1", "2026-11-20T10:00:00Z", payload)  # type: ignore[arg-type]
    decided = decide_arriving(event, in_force({"mode": mode, "switches": switches}))
    expect = whole(decided)
    assert compare(expect, event, decided, None, lambda *_: False).differences == ()
    path, holder, key = data.draw(st.sampled_from(list(leaves(expect))))
    changed: dict[str, Any] = {"mode": {"lead": "contact", "contact": "lead"}[mode]}
    changed["skipped"] = not expect["skipped"]
    holder[key] = changed.get(path, "Changed")
    found = compare(expect, event, decided, None, lambda *_: False).differences
    assert [one.path for one in found] == [path]
