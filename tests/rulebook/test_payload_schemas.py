"""Schemas: valid, offline, free of personal data in messages, and checked quickly with the same
result as jsonschema."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from zsf_plugin.messages.faults import fault_text
from zsf_plugin.rulebook import schema
from zsf_plugin.rulebook.quick import quick_check
from zsf_plugin.rulebook.schema import shipped

NAMES = sorted(entry.name.removesuffix(".schema.json") for entry in shipped("schemas").iterdir())
SELLER = {"id": "u1", "email": "seller@zaplify.example", "name": "Seller"}
PURCHASE: dict[str, Any] = {
    "workspace": "acme", "event_id": "e1", "occurred_at": "2026-11-01T10:00:00Z", "user": SELLER,
    "prospect": {
        "id": "p1", "first_name": "Ada", "last_name": None, "email": "ada@acme.example", "location": {"city": "Köln"},
        "company": {"id": "c1", "name": "Acme", "employees": 10, "address": {"street": None}, "newer": [1]},
        "custom": {"any": {"thing": [1, None]}}, "newer": {"key": True},
    },
}  # fmt: skip
SENT = PURCHASE | {
    "touchpoint": {"id": "t1", "channel": "fax", "step": 2, "content": {"text": "Hi"}, "newer": 1}
}
INSTANT = "must be a date and time in ISO 8601, such as 2026-11-01T10:00:00Z"
VALID = {"purchase": PURCHASE, "touchpoint_sent": SENT}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_valid_and_says_what_it_is(name: str) -> None:
    document = json.loads((shipped("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(document)
    assert document["$id"].rpartition("/")[2] == f"{name}.schema.json"
    assert document["title"]


def test_keywords_that_editors_ignore_are_not_used() -> None:
    text = (shipped("schemas") / "rule.schema.json").read_text(encoding="utf-8")
    for word in ("unevaluatedProperties", "prefixItems", "dependentRequired"):
        assert word not in text


def test_an_unknown_reference_raises_and_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    validator = Draft202012Validator(
        {"$ref": "https://schemas.example/other.json"}, registry=schema._registry()
    )
    with pytest.raises(Unresolvable):
        validator.is_valid({})


@pytest.mark.parametrize("name", sorted(VALID))
def test_a_whole_and_a_bare_payload_are_valid(name: str) -> None:
    whole: dict[str, Any] = VALID[name]
    assert schema.first_violation(name, whole) is None
    bare = whole | {"prospect": {"id": "p"}, "user": {}}
    assert schema.first_violation(name, bare) is None
    assert schema.first_violation(name, bare | {"user": None}) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"workspace": ""}, ("/workspace", "must be text that is not blank")),
        ({"workspace": " "}, ("/workspace", "must be text that is not blank")),
        ({"event_id": 7}, ("/event_id", "must be text, not a whole number")),
        ({"event_id": "x" * 256}, ("/event_id", "must be at most 255 characters long")),
        ({"occurred_at": "yesterday"}, ("/occurred_at", INSTANT)),
        ({"occurred_at": "2026-02-30T10:00Z"}, ("/occurred_at", INSTANT)),
        ({"occurred_at": "2026-11-01"}, ("/occurred_at", INSTANT)),
        ({"prospect": {}}, ("/prospect/id", "is required and missing")),
        ({"prospect": {"id": None}}, ("/prospect/id", "must be text, not null")),
        (
            {"prospect": {"id": "p", "email": ["a@b.c"]}},
            ("/prospect/email", "must be text or null, not a list"),
        ),
        (
            {"prospect": {"id": "p", "company": {"employees": True}}},
            ("/prospect/company/employees", "must be a whole number or null, not true or false"),
        ),
        ({"user": []}, ("/user", "must be a table or null, not a list")),
    ],
)
def test_a_violation_has_its_place_and_what_is_expected(
    change: dict[str, Any], fault: tuple[str, str]
) -> None:
    found = schema.first_violation("purchase", PURCHASE | change)
    assert found is not None
    assert (found.pointer, found.message) == fault
    assert fault_text(found.data) == found.message


@pytest.mark.parametrize(
    "moment", ["2026-11-01T10:00:00+02:00", "2026-11-01 10:00", "2026-11-01T10:00:00.123456Z"]
)
def test_usual_spellings_of_an_instant_are_accepted(moment: str) -> None:
    assert schema.first_violation("purchase", PURCHASE | {"occurred_at": moment}) is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "email", "channel"]), inner)
    ),
)
PATHS: list[tuple[str, ...]] = [
    ("workspace",),
    ("event_id",),
    ("occurred_at",),
    ("prospect",),
    ("user",),
    ("touchpoint",),
]
PATHS += [
    ("prospect", "id"),
    ("prospect", "email"),
    ("prospect", "company"),
    ("prospect", "company", "employees"),
]
PATHS += [
    ("prospect", "company", "address", "street"),
    ("user", "email"),
    ("touchpoint", "step"),
    ("touchpoint", "id"),
]


def _with(document: Any, path: tuple[str, ...], value: object) -> Any:
    if not path:
        return value
    inner = document.get(path[0], {}) if isinstance(document, dict) else {}
    return {
        **(document if isinstance(document, dict) else {}),
        path[0]: _with(inner, path[1:], value),
    }


@settings(deadline=None)
@given(
    st.sampled_from(sorted(VALID)),
    st.lists(st.tuples(st.sampled_from(PATHS), JUNK), max_size=3),
    st.sampled_from(PATHS),
)
def test_the_quick_check_answers_as_jsonschema_does(
    name: str, changes: list[Any], missing: tuple[str, ...]
) -> None:
    document: Any = VALID[name]
    for path, value in changes:
        document = _with(document, path, value)
    if len(changes) == 2 and isinstance(document, dict):
        document = {key: value for key, value in document.items() if key != missing[0]}
    assert (schema.first_violation(name, document) is None) == (
        schema.schema_violations(name, document) == []
    )


@settings(deadline=None)
@given(st.sampled_from(PATHS))
def test_a_payloads_values_are_never_in_a_message(path: tuple[str, ...]) -> None:
    canary = "CANARY@private.example"
    for value in (
        canary,
        canary * 20,
        [canary],
        {canary: canary},
        {"id": [canary]},
        {"id": canary * 20},
    ):
        for fault in schema.schema_violations("touchpoint_sent", _with(SENT, path, value)):
            assert "CANARY" not in f"{fault.pointer} {fault.message}"


def test_a_keyword_that_the_quick_check_does_not_know_is_refused() -> None:
    with pytest.raises(LookupError):
        quick_check({"oneOf": []}, {})
    with pytest.raises(LookupError):
        quick_check({"$ref": "https://schemas.example/other.json"}, {})


def test_valid_payloads_never_load_jsonschema() -> None:
    code = (
        "import sys, json; from zsf_plugin.rulebook.schema import first_violation;"
        "assert first_violation('touchpoint_sent', json.loads(sys.argv[1])) is None; sys.exit('jsonschema' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, json.dumps(SENT)], check=False).returncode == 0
    )
