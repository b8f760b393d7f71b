"""Match keys are asked and compared by what their fields can store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit, key_value
from zsf_plugin.decision.search import key_search
from zsf_plugin.model import (
    Compare,
    FieldDescribe,
    Json,
    KeyPart,
    ObjectDescribe,
    OrgFacts,
    PicklistValue,
    PlannedField,
    Record,
    World,
)
from zsf_plugin.model.text import as_text, normal_form

LEVELS = (PicklistValue("a", "First class"), PicklistValue("b", "Second class"))
EXTRA = (
    FieldDescribe("Level__c", "Level", "picklist", length=40, picklist=LEVELS, restricted=True),
    FieldDescribe("Topics__c", "Topics", "multipicklist", picklist=LEVELS, restricted=True),
    FieldDescribe("Number__c", "Number", "double", precision=10, scale=2),
    FieldDescribe("Count__c", "Count", "int", digits=8),
    FieldDescribe("Active__c", "Active", "boolean"),
    FieldDescribe("Born__c", "Born", "date"),
    FieldDescribe("Boss__c", "Boss", "reference"),
    FieldDescribe("Id", "Record ID", "id"),
)
LEAD: ObjectDescribe = describe("Lead", extra=EXTRA)


def value_of(name: str, value: str, compare: Compare = "text") -> str | None:
    field = LEAD.field(name)
    assert field is not None
    return key_value(KeyPart(name, compare, value), field, LEAD)


@pytest.mark.parametrize(
    ("compare", "value"),
    [
        ("linkedin", f"https://www.linkedin.com/in/Ada-Byron/?trk={'x' * 300}"),
        ("domain", f"https://www.acme.example/{'x' * 300}"),
        ("phone", f"+46 (0)70 123 45 67{' x' * 200}"),
    ],
)
@pytest.mark.parametrize("type_", ["url", "phone"])
def test_what_is_compared_of_a_value_that_is_too_long_to_store_is_still_asked_by(
    type_: str, compare: Compare, value: str
) -> None:
    field = FieldDescribe("X__c", "X", type_, length=255)
    asked = key_value(KeyPart("X__c", compare, value), field, LEAD)
    assert asked is not None
    assert normal_form(compare, asked) == normal_form(compare, value)


@pytest.mark.parametrize(
    ("name", "compare", "value", "stored"),
    [
        ("FirstName", "text", "x" * 49, "x" * 39 + "…"),
        ("Company", "text", "Verein " * 50, ("Verein " * 50)[:254] + "…"),
        ("LastName", "text", " O\u0308z\u200b ", "Öz"),
        ("Level__c", "text", "first CLASS", "a"),
        ("Topics__c", "text", "Second class;a;", "a;b"),
        ("Number__c", "text", "1234.567", "1234.57"),
        ("Number__c", "text", "2000.0", "2000"),
        ("Count__c", "text", "007", "7"),
        ("Active__c", "text", "TRUE", "true"),
        ("Born__c", "text", "1980-05-01T00:00:00+02:00", "1980-05-01"),
        ("Boss__c", "text", "0015g00000HtWzE", "0015g00000HtWzEAAV"),
        ("Id", "text", "00Q5g00000BvKcMEAV", "00Q5g00000BvKcMEAV"),
        ("Email", "email", "mailto:Ada@Acme.example", "ada@acme.example"),
        ("Email", "email", "Ada <ada@acme.example>", "ada@acme.example"),
        ("Website", "domain", "https://www.acme.example/x", "https://www.acme.example/x"),
        ("Website", "domain", "https://acme.example/?" + "a" * 300, "acme.example"),
    ],
)
def test_a_key_is_asked_by_what_its_field_stores(
    name: str, compare: Compare, value: str, stored: str
) -> None:
    assert value_of(name, value, compare) == stored


@pytest.mark.parametrize(
    ("name", "compare", "value"),
    [
        ("Level__c", "text", "Third class"),
        ("Number__c", "text", "many"),
        ("Count__c", "text", "123456789"),
        ("Born__c", "text", "soon"),
        ("Boss__c", "text", "nobody"),
        ("Email", "email", ".ada@acme.example"),
        ("Email", "email", "a" * 70 + "@acme.example"),
        ("Phone", "phone", "0" * 50),
    ],
)
def test_a_value_that_its_field_cannot_store_gives_no_key(
    name: str, compare: Compare, value: str
) -> None:
    assert value_of(name, value, compare) is None
    assert key_search((KeyPart(name, compare, value),), LEAD) is None


def test_a_key_takes_the_first_source_that_its_field_can_store() -> None:
    part = KeyPart("Email", "email", ".ada@x.example", ("Ada@x.example", "bo@x.example"))
    search = key_search((part,), LEAD)
    assert search is not None
    assert search.key == (KeyPart("Email", "email", "ada@x.example"),)


def test_the_companys_part_of_a_key_has_no_value_yet() -> None:
    search = key_search((KeyPart("OwnerId", "text", None),), LEAD)
    assert search is not None
    assert search.key[0].value is None


@given(
    value=st.text(min_size=1, max_size=60)
    | st.integers(-(10**6), 10**6)
    | st.floats(-1e6, 1e6)
    | st.booleans(),
    name=st.sampled_from(
        ["FirstName", "Company", "Level__c", "Topics__c", "Number__c", "Count__c", "Active__c"]
    ),
)
def test_what_is_written_is_always_found_by_the_same_value(value: Json, name: str) -> None:
    """A record that was created with a value is found by that value, however it was stored."""
    field = LEAD.field(name)
    assert field is not None
    planned = PlannedField(name, value, "if_blank", "leave_out", "shorten", "test")
    fitted = fit(planned, field, LEAD)
    asked = key_value(KeyPart(name, "text", as_text(value)), field, LEAD)
    if fitted.misfit is not None or asked is None:
        return
    record = Record("Lead", "00Q5g00000BvKcMEAV", {name: fitted.value})
    facts = OrgFacts("00D", False, None, {"Lead": LEAD})
    world = World(facts).with_records([record])
    assert world.matching("Lead", ((name, "text", asked),)) == (record,)
