"""What jsonschema says of a document, in our words: where, what is expected, did you mean."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from zsf_plugin.model import Json
from zsf_plugin.rulebook.violations import violations_in

_TEXT_OR_TABLE: dict[str, object] = {
    "anyOf": [
        {"type": "string", "title": "a text"},
        {
            "type": "object",
            "title": "a table",
            "properties": {"from": {"type": "string"}},
            "additionalProperties": False,
        },
    ]
}


def found(schema: dict[str, object], document: Json) -> list[tuple[tuple[str | int, ...], str]]:
    errors = Draft202012Validator(schema).iter_errors(document)
    return [(path, words) for error in errors for path, words, _ in violations_in(error)]


def test_an_unknown_key_is_named_with_the_one_that_was_meant() -> None:
    schema: dict[str, object] = {"properties": {"mode": {}}, "additionalProperties": False}
    assert found(schema, {"mod": "lead"}) == [(("mod",), "unknown key 'mod'; did you mean 'mode'?")]


def test_an_unknown_key_like_none_is_named_with_all_that_are_known() -> None:
    schema: dict[str, object] = {"properties": {"a": {}, "b": {}}, "additionalProperties": False}
    assert found(schema, {"xyz": 1}) == [(("xyz",), "unknown key 'xyz'; the keys here are a, b")]


def test_a_word_beside_a_list_of_words_is_told_the_nearest() -> None:
    schema: dict[str, object] = {"enum": ["lead", "contact"]}
    assert found(schema, "leed") == [((), "must be one of lead, contact; did you mean 'lead'?")]


def test_a_value_of_no_accepted_kind_is_told_all_kinds() -> None:
    assert found(_TEXT_OR_TABLE, 5) == [((), "must be a text or a table, not a whole number")]


def test_inside_a_value_of_an_accepted_kind_its_own_faults_are_told() -> None:
    assert found(_TEXT_OR_TABLE, {"form": "x"}) == [
        (("form",), "unknown key 'form'; did you mean 'from'?")
    ]


def test_where_one_of_several_keys_is_needed_they_are_named() -> None:
    schema: dict[str, object] = {"anyOf": [{"required": ["from"]}, {"required": ["value"]}]}
    assert found(schema, {}) == [((), "needs one of from, value")]


def test_a_number_out_of_bounds_is_told_the_bound() -> None:
    assert found({"maximum": 1}, 2) == [((), "must be at most 1")]


def test_each_missing_key_is_told_at_its_own_place() -> None:
    places = [path for path, _ in found({"required": ["id", "email"]}, {})]
    assert places == [("id",), ("email",)]
