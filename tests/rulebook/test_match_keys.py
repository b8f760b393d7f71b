"""Match keys that never match: they name a field that no rule fills."""

from __future__ import annotations

import pytest

from zsf_plugin.model import Json, JsonObject, Rule
from zsf_plugin.rulebook.match_keys import unfilled_match_keys, unmapped_match_keys
from zsf_plugin.rulebook.rulebook import shipped_rules


def rule(document: JsonObject, file: str = "a.toml") -> Rule:
    return Rule(file, "config", document)


def unfilled(*documents: JsonObject) -> list[tuple[tuple[str | int, ...], str]]:
    found = unfilled_match_keys([rule(document) for document in documents])
    return [(path, words) for _, path, words in found]


@pytest.mark.parametrize("key", ["Email", "EMAIL", {"field": "Email"}, ["Email"]])
def test_a_match_key_whose_field_some_rule_fills_is_valid(key: Json) -> None:
    assert not unfilled(
        {"fields": {"Lead": {"Email": "prospect.email"}}}, {"match": {"Lead": [key]}}
    )


def test_an_unfilled_match_key_is_found_with_its_place_and_the_intended_field() -> None:
    ((path, words),) = unfilled(
        {"fields": {"Lead": {"Email": "prospect.email"}}}, {"match": {"Lead": ["Email", ["Emial"]]}}
    )
    assert path == ("match", "Lead", 1, 0)
    assert words == "nothing fills Lead.Emial, so this key never matches; did you mean Email?"


def test_without_a_similar_field_the_place_to_map_it_is_named() -> None:
    ((_, words),) = unfilled({"match": {"Account": ["Website"]}})
    assert words.endswith("map it under [fields.Account]")


def test_a_field_that_is_unmapped_fills_nothing() -> None:
    fields: JsonObject = {"Lead": {"Email": False}}
    assert unfilled({"fields": fields, "match": {"Lead": ["Email"]}})


def test_match_policies_are_not_match_keys() -> None:
    assert not unfilled({"match": {"many": "hold", "alerts": "save"}})


def test_a_contacts_account_is_always_known() -> None:
    assert not unfilled({"match": {"Contact": ["AccountId"]}})


def test_a_key_whose_field_a_later_rule_unmaps_for_every_event_is_found() -> None:
    filling: JsonObject = {"fields": {"Lead": {"Email": "prospect.email"}}}
    key: JsonObject = {"match": {"Lead": ["Email"]}}
    unmapping: JsonObject = {"fields": {"Lead": {"email": False}}}
    assert unfilled(filling, key, unmapping)
    assert not unfilled(filling, key, unmapping, filling)
    sometimes = Rule("b.toml", "config", unmapping, when="prospect.title")
    assert not list(unfilled_match_keys([rule(filling), rule(key), sometimes]))


def unmapped(*rules: Rule) -> list[tuple[str, tuple[str | int, ...], str]]:
    found = unmapped_match_keys((*shipped_rules(), *rules))
    return [(one.file, path, words.partition(";")[0]) for one, path, words in found]


def test_shipped_keys_all_match() -> None:
    assert unmapped() == []


def test_an_unmapped_field_of_a_shipped_key_is_found_where_it_is_unmapped() -> None:
    never = "without Lead.{}, the shipped match key {} never matches"
    assert unmapped(rule({"fields": {"Lead": {"email": False, "Title": False}}})) == [
        ("a.toml", ("fields", "Lead", "email"), never.format("Email", "Email"))
    ]
    assert unmapped(rule({"fields": {"Lead": {"Company": False}}})) == [
        (
            "a.toml",
            ("fields", "Lead", "Company"),
            never.format("Company", "FirstName + LastName + Company"),
        )
    ]


def test_an_unmapped_field_is_no_finding_where_the_keys_are_set_or_the_field_is_filled_again() -> (
    None
):
    unmapping = rule({"fields": {"Lead": {"Email": False}}})
    assert unmapped(unmapping, rule({"match": {"Lead": ["LastName"]}})) == []
    assert unmapped(unmapping, rule({"fields": {"Lead": {"Email": "prospect.custom.mail"}}})) == []
    sometimes = Rule("b.toml", "config", unmapping.document, when="prospect.title")
    assert unmapped(sometimes) == []
