"""Match keys that never match: they name a field that no rule fills."""

from __future__ import annotations

import pytest

from zsf_plugin.model import Json, JsonObject, Rule
from zsf_plugin.rulebook.match_keys import unfilled_match_keys


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
