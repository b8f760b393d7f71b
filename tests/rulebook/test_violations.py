"""jsonschema errors in plain words: where, what is expected, did you mean."""

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


def test_an_unknown_key_suggests_the_closest_one() -> None:
    schema: dict[str, object] = {"properties": {"mode": {}}, "additionalProperties": False}
    assert found(schema, {"mod": "lead"}) == [(("mod",), "unknown key 'mod'; did you mean 'mode'?")]


def test_an_unknown_key_without_a_close_match_lists_all_keys() -> None:
    schema: dict[str, object] = {"properties": {"a": {}, "b": {}}, "additionalProperties": False}
    assert found(schema, {"xyz": 1}) == [(("xyz",), "unknown key 'xyz'; the keys here are a, b")]


def test_an_unknown_word_suggests_the_closest_one() -> None:
    schema: dict[str, object] = {"enum": ["lead", "contact"]}
    assert found(schema, "leed") == [((), "must be one of lead, contact; did you mean 'lead'?")]


def test_a_value_of_the_wrong_type_lists_the_accepted_types() -> None:
    assert found(_TEXT_OR_TABLE, 5) == [((), "must be a text or a table, not a whole number")]


def test_a_value_of_an_accepted_type_reports_its_own_violations() -> None:
    assert found(_TEXT_OR_TABLE, {"form": "x"}) == [
        (("form",), "unknown key 'form'; did you mean 'from'?")
    ]


def test_a_missing_alternative_key_lists_the_alternatives() -> None:
    schema: dict[str, object] = {"anyOf": [{"required": ["from"]}, {"required": ["value"]}]}
    assert found(schema, {}) == [((), "needs one of from, value")]


def test_a_number_out_of_range_reports_the_bound() -> None:
    assert found({"maximum": 1}, 2) == [((), "must be at most 1")]


def test_each_missing_key_is_reported_at_its_own_place() -> None:
    places = [path for path, _ in found({"required": ["id", "email"]}, {})]
    assert places == [("id",), ("email",)]
