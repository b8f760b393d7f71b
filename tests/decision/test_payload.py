"""Values of a wrong type in a payload: what is ignored, what is not, and what is said about it."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.expressions import evaluate, places_read
from zsf_plugin.decision.payload import first_needed, ignore_wrong_values, ignored_steps
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Json, Rules
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation

PERSON: dict[str, Any] = {
    "id": "p1",
    "first_name": "Ada",
    "email": "ada@acme.example",
    "title": "Countess",
    "location": {"city": "London"},
    "company": {"id": "c1", "name": "Acme", "employees": 10, "address": {"city": "London"}},
    "custom": {"score": 5},
    "newer": [1],
}
in_a_prospect = partial(first_violation, "prospect")


def rules(**match: Json) -> Rules:
    """The shipped rules, with other match keys and mappings."""
    document: dict[str, Json] = {"match": match} if match else {}
    document["fields"] = {
        "Lead": {"Title": "prospect.title", "City": "lower(prospect.location.city)"}
    }
    return Rulebook(Path("/nowhere"), lambda _: document).rules_for("w", {})


def with_value(path: str, value: object) -> dict[str, Any]:
    """The person with another value at the pointer."""
    document = copy.deepcopy(PERSON)
    *above, name = path.removeprefix("/").split("/")
    table = document
    for key in above:
        table = table.setdefault(key, {})
    table[name] = value
    return document


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ("/title", 5, "must be text or null, not a whole number"),
        ("/title", ["CANARY"], "must be text or null, not a list"),
        ("/title", True, "must be text or null, not true or false"),
        ("/phone", True, "must be text or null, not true or false"),
        ("/phone", -46855501, "must be text or null, not a whole number"),
        ("/phone", 1.5, "must be text or null, not a number"),
        ("/location", [], "must be a table or null, not a list"),
        ("/location/city", {"CANARY": 1}, "must be text or null, not a table"),
        ("/company", "CANARY", "must be a table or null, not text"),
        ("/company/employees", "many", "must be a whole number or null, not text"),
        ("/company/employees", 2.5, "must be a whole number or null, not a number"),
        ("/company/address", "CANARY", "must be a table or null, not text"),
        ("/company/employees", "1,200", "must be a whole number or null, not text"),
        ("/company/employees", "1 200", "must be a whole number or null, not text"),
        ("/company/employees", "50-200", "must be a whole number or null, not text"),
        ("/company/address/postal_code", 2139.5, "must be text or null, not a number"),
        ("/custom", "CANARY", "must be a table or null, not text"),
    ],
)
def test_a_wrong_value_costs_that_value_and_the_step_has_its_place(
    place: str, value: Json, text: str
) -> None:
    before = with_value(place, value)
    given_ = copy.deepcopy(before)
    document, ignored, violation = ignore_wrong_values(given_, in_a_prospect, "/prospect")
    assert violation is None
    assert document == with_value(place, None)
    assert given_ == before, "the host's own document is not changed"
    assert [step_text(step) for step in ignored_steps(ignored)] == [
        f"/prospect{place} ignored: {text}"
    ]
    assert "CANARY" not in str(ignored)
    assert first_needed(ignored, rules()) is None


@pytest.mark.parametrize(
    ("place", "value", "meant"),
    [
        ("/phone", 46701234567, "46701234567"),
        ("/company/phone", 46855501, "46855501"),
        ("/company/address/postal_code", 11122, "11122"),
        ("/location/region", 75, "75"),
        ("/company/employees", "250", 250),
        ("/company/employees", " 250 ", 250),
    ],
)
def test_a_value_whose_meaning_is_certain_is_taken_and_nothing_is_ignored(
    place: str, value: Json, meant: Json
) -> None:
    document, ignored, violation = ignore_wrong_values(with_value(place, value), in_a_prospect)
    assert (document, ignored, violation) == (with_value(place, meant), [], None)


def test_several_wrong_values_are_all_ignored() -> None:
    document = with_value("/title", 5) | {"location": [], "custom": "x", "phone": {}}
    cleaned, ignored, violation = ignore_wrong_values(document, in_a_prospect)
    assert violation is None
    assert [step.field for step in ignored_steps(ignored)] == [
        "/custom",
        "/location",
        "/phone",
        "/title",
    ]
    assert cleaned == PERSON | {"title": None, "location": None, "custom": None, "phone": None}


@pytest.mark.parametrize("change", [{"id": 5}, {"id": None}, {"id": " "}, {"id": "x" * 256}])
def test_a_fault_where_null_is_not_allowed_remains(change: dict[str, Any]) -> None:
    _, _, violation = ignore_wrong_values(PERSON | change | {"title": 5}, in_a_prospect)
    assert violation is not None
    assert violation.pointer == "/id"


@pytest.mark.parametrize(
    "place",
    [
        "/email",
        "/first_name",
        "/last_name",
        "/company/id",
        "/company/name",
        "/company/domain",
        "/company/website",
    ],
)
def test_what_the_shipped_rules_match_by_is_needed(place: str) -> None:
    _, ignored, _ = ignore_wrong_values(with_value(place, 5), in_a_prospect, "/prospect")
    needed = first_needed(ignored, rules())
    assert needed is not None
    assert needed["place"] == f"/prospect{place}"


def test_the_match_keys_in_force_say_what_is_needed() -> None:
    wrong = with_value("/title", 5)
    _, ignored, _ = ignore_wrong_values(wrong, in_a_prospect, "/prospect")
    assert first_needed(ignored, rules(Lead=["Title"])) is not None
    wrong = with_value("/location/city", 5)
    _, ignored, _ = ignore_wrong_values(wrong, in_a_prospect, "/prospect")
    assert first_needed(ignored, rules(Lead=["Title"])) is None
    assert first_needed(ignored, rules(Lead=[["Title", "City"]])) is not None


def test_a_name_is_not_needed_once_no_key_reads_it() -> None:
    _, ignored, _ = ignore_wrong_values(with_value("/first_name", 5), in_a_prospect, "/prospect")
    assert first_needed(ignored, rules(Lead=["Email"], Contact=["Email"])) is None


def test_an_id_or_address_is_needed_whatever_the_rules_match_by() -> None:
    for place in ("/email", "/company/id"):
        _, ignored, _ = ignore_wrong_values(with_value(place, 5), in_a_prospect, "/prospect")
        assert first_needed(ignored, rules(Lead=["Phone"], Contact=["Phone"], Account=["Phone"]))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("prospect.email", {"prospect.email"}),
        ("lower(prospect.email)", {"prospect.email"}),
        (
            "prospect.last_name && prospect.first_name",
            {"prospect.last_name", "prospect.first_name"},
        ),
        ("prospect.company.name || 'none'", {"prospect.company.name"}),
        ("prospect.company | name", {"prospect.company"}),
        ("prospect.custom.tags[0].name", {"prospect.custom"}),
        ("prospect.company.[name, domain]", {"prospect.company"}),
        ("[prospect.title, user.name][0]", {"prospect.title", "user.name"}),
        ("@.prospect.email", {"prospect.email"}),
        ("@", {""}),
        ("'a text'", set()),
        ("not (valid", set()),
    ],
)
def test_the_places_that_an_expression_reads(text: str, places: set[str]) -> None:
    assert {".".join(names) for names in places_read(text)} == places


WRONG = st.sampled_from([5, 2.5, True, "text", [], ["x"], {}, {"id": 5}])
PLACES = st.sampled_from(
    "title phone email location location/city company company/name company/employees "
    "company/address company/address/street custom newer".split()
)


@given(
    st.lists(st.tuples(PLACES, WRONG), max_size=4),
    st.sampled_from(["title", "company", "location"]),
)
def test_what_is_left_is_always_valid_and_other_values_are_never_touched(
    changes: list[tuple[str, Json]], spared: str
) -> None:
    document: dict[str, Any] = dict(PERSON)
    for place, value in changes:
        if not place.startswith(spared):
            document[place.partition("/")[0]] = with_value(f"/{place}", value)[
                place.partition("/")[0]
            ]
    cleaned, ignored, violation = ignore_wrong_values(document, in_a_prospect)
    assert violation is None
    assert first_violation("prospect", cleaned) is None
    assert cleaned[spared] == PERSON[spared]
    if type(document.get("phone")) is int:
        document["phone"] = str(document["phone"])  # its meaning is certain
    assert bool(ignored) == (cleaned != document)
    for step in ignored_steps(ignored):
        path = str(step.field).replace("/", ".").removeprefix(".")
        assert evaluate(f"prospect.{path}", {"prospect": cleaned}) is None
