"""Merging several rules."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.decision.merge import applies, merge, merge_unconditional, settings_by_layer
from zsf_plugin.model import FieldRule, Json, JsonObject, MatchPart, Rule, Rules

FIELDS = st.sampled_from(["Email", "Phone", "LinkedIn__c"])
ENTRIES = (
    st.just(False)
    | st.sampled_from(["prospect.a", "prospect.b"])
    | st.fixed_dictionaries({"value": st.integers()})
)
TABLES = st.dictionaries(FIELDS, ENTRIES, max_size=3)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["lead", "contact"]),
        "switches": st.dictionaries(
            st.sampled_from(["sync_prospects", "include_contents"]), st.booleans()
        ),
        "limits": st.dictionaries(st.sampled_from(["api_share", "badges_share"]), st.floats(0, 1)),
        "match": st.fixed_dictionaries(
            {}, optional={"Lead": st.lists(FIELDS), "many": st.sampled_from(["hold", "oldest"])}
        ),
        "fields": st.dictionaries(st.sampled_from(["Lead", "Contact"]), TABLES),
        "activity": st.dictionaries(st.sampled_from(["*", "email", "call"]), TABLES),
        "owner": st.fixed_dictionaries(
            {}, optional={"from": st.just("user.email"), "assignment_rules": st.booleans()}
        ),
    },
)


def _rule(document: JsonObject, file: str = "a.toml", when: str | None = None) -> Rule:
    return Rule(file, "config", document, when)


def _rules(documents: list[JsonObject]) -> list[Rule]:
    return [_rule(document, f"{number}.toml") for number, document in enumerate(documents)]


def _content(rules: Rules) -> dict[str, Any]:
    return asdict(replace(rules, origins={}))


@settings(deadline=None)
@given(st.lists(DOCUMENTS, max_size=4))
def test_a_later_rule_wins(documents: list[JsonObject]) -> None:
    merged = merge(_rules(documents))
    last: dict[str, tuple[str, Any]] = {}
    for number, document in enumerate(documents):
        for object_, table in cast(dict[str, dict[str, Any]], document.get("fields", {})).items():
            for field, entry in table.items():
                last[f"/fields/{object_}/{field}"] = (f"{number}.toml", entry)
    for pointer, (file, entry) in last.items():
        _, _, object_, field = pointer.split("/")
        assert merged.origins[pointer] == file
        found = merged.fields[object_].get(field)
        assert (found is None) == (entry is False)
        assert found is None or found.origin == file


@settings(deadline=None)
@given(st.lists(DOCUMENTS, max_size=4), DOCUMENTS)
def test_a_rule_changes_nothing_that_it_does_not_set(
    documents: list[JsonObject], document: JsonObject
) -> None:
    before, after = (
        merge(_rules(documents)),
        merge([*_rules(documents), _rule(document, "last.toml")]),
    )
    for pointer, file in before.origins.items():
        if after.origins[pointer] != "last.toml":
            assert after.origins[pointer] == file
    if "mode" not in document:
        assert after.mode == before.mode
    if "match" not in document:
        assert (after.match, after.many) == (before.match, before.many)
    if "fields" not in document:
        assert after.fields == before.fields


@settings(deadline=None)
@given(st.lists(DOCUMENTS, max_size=4))
def test_repeating_a_rule_changes_only_the_origins(documents: list[JsonObject]) -> None:
    once, twice = merge(_rules(documents)), merge(_rules([*documents, *documents]))
    assert _without_origins(once) == _without_origins(twice)


@settings(deadline=None)
@given(st.lists(DOCUMENTS, max_size=4))
def test_the_merged_rules_do_not_depend_on_file_names(documents: list[JsonObject]) -> None:
    renamed = [replace(rule, file=f"other/{rule.file}") for rule in _rules(documents)]
    assert _without_origins(merge(_rules(documents))) == _without_origins(merge(renamed))


def _without_origins(rules: Rules) -> dict[str, Any]:
    content = _content(rules)
    for tables in (content["fields"], content["activities"]):
        for table in tables.values():
            for field in table.values():
                field["origin"] = ""
    return content


@settings(deadline=None)
@given(TABLES, TABLES)
def test_a_channel_is_the_base_overridden_by_its_own(base: JsonObject, own: JsonObject) -> None:
    merged = merge([_rule({"activity": {"*": base, "email": own}})])
    wanted = {name: entry for name, entry in {**base, **own}.items() if entry is not False}
    # A channel with an empty table only has the fields of every channel.
    assert set(merged.activities.get("email", merged.activities.get("*", {}))) == set(wanted)
    alone = merge([_rule({"activity": {"*": base}})])
    assert merged.activities.get("*", {}) == alone.activities.get("*", {})


def test_no_rules_are_the_defaults() -> None:
    assert _content(merge([])) == _content(Rules())


def test_an_entry_may_be_an_expression_a_list_or_a_table() -> None:
    table: JsonObject = {
        "from": ["prospect.a", "prospect.b"],
        "default": 1,
        "values": {"x": True},
        "overwrite": "if_ours",
    }
    entries: JsonObject = {"A": "prospect.a", "B": ["prospect.a", "'b'"], "C": table}
    fields = merge([_rule({"fields": {"Lead": entries}})]).fields["Lead"]
    assert fields["A"] == FieldRule("A", ("prospect.a",), origin="a.toml")
    assert fields["B"] == FieldRule("B", ("prospect.a", "'b'"), origin="a.toml")
    assert fields["C"] == FieldRule(
        "C",
        ("prospect.a", "prospect.b"),
        default=1,
        values={"x": True},
        overwrite="if_ours",
        origin="a.toml",
    )


def test_a_constant_false_is_a_value_and_does_not_unmap() -> None:
    fields = merge([_rule({"fields": {"Lead": {"DoNotCall": {"value": False}}}})]).fields["Lead"]
    assert fields["DoNotCall"].value is False


def test_a_match_key_is_a_field_or_several() -> None:
    keys: list[Json] = ["A", {"field": "B", "compare": "phone"}, ["C", {"field": "D"}]]
    merged = merge([_rule({"match": {"Lead": keys, "Contact": []}})])
    assert merged.match["Lead"] == (
        (MatchPart("A"),),
        (MatchPart("B", "phone"),),
        (MatchPart("C"), MatchPart("D")),
    )
    assert merged.match["Contact"] == ()


def test_pointers_are_escaped_as_json_pointers_are() -> None:
    merged = merge([_rule({"activity": {"x/y~z": {"Subject": "'s'"}}})])
    assert merged.origins == {"/activity/x~1y~0z/Subject": "a.toml"}


@pytest.mark.parametrize(
    ("when", "holds"),
    [(None, True), ("prospect.vip", True), ("prospect.nothing", False), ("'a' < `1`", False)],
)
def test_a_rule_applies_where_its_when_is_true(when: str | None, holds: bool) -> None:
    assert applies(_rule({}, when=when), {"prospect": {"vip": True}}) is holds


def test_unconditional_rules_leave_out_each_rule_with_a_when() -> None:
    base = Rule("a.toml", "config", {"mode": "contact"})
    some = Rule("b.toml", "config", {"mode": "lead"}, "prospect.id == 'p1'")
    assert merge_unconditional([base, some]) == merge([base])
    assert merge_unconditional([some]) == merge([])


def test_the_layers_of_a_setting_are_in_order_and_the_last_one_is_in_force() -> None:
    rules = [
        Rule("a", "shipped", {"mode": "lead", "fields": {"Lead": {"Email": "prospect.email"}}}),
        Rule("b", "console", {"fields": {"Lead": {"email": False}}}),
        Rule("c", "config", {"fields": {"Lead": {"EMAIL": "prospect.mail"}}}),
    ]
    layers = settings_by_layer(rules)
    assert layers["mode",] == [("lead", "a")]
    assert layers["fields", "Lead", "Email"] == [
        ("prospect.email", "a"),
        (False, "b"),
        ("prospect.mail", "c"),
    ]


@given(st.lists(DOCUMENTS, max_size=4))
@settings(max_examples=40)
def test_what_set_a_setting_last_is_its_origin(documents: list[JsonObject]) -> None:
    rules = [Rule(f"{at}.toml", "config", one) for at, one in enumerate(documents)]
    last = {"/" + "/".join(path): one[-1].file for path, one in settings_by_layer(rules).items()}
    assert last == {pointer: merge(rules).origins[pointer] for pointer in last}
