"""The pure parts of requested fields, refreshed fields and translated values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.org import describe, facts
from zsf_plugin.console.mapping.map_row import translations_in, value_choices, value_lines
from zsf_plugin.console.mapping.org_fields import (
    FieldRequest,
    NewField,
    Refreshed,
    compared,
    field_request,
)
from zsf_plugin.model import FieldDescribe, FieldRule, OrgFacts, PicklistValue

LEVEL = FieldDescribe(
    "Level__c",
    "Level",
    "picklist",
    length=255,
    restricted=True,
    picklist=(
        PicklistValue("Director", "Director"),
        PicklistValue("mgr", "Manager"),
        PicklistValue("Old", "Old", False),
    ),
)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("LinkedIn profile", "LinkedIn_profile__c"),
        ("Müller-Größe & Co", "Muller_Grosse_Co__c"),
        ("2nd phone", "nd_phone__c"),
        ("__x__", "x__c"),
        ("日本", ""),
        ("A" * 60, "A" * 40 + "__c"),
        ("Þór", "THor__c"),
    ],
)
def test_an_api_name_is_made_from_the_label(label: str, name: str) -> None:
    assert FieldRequest("Lead", label).api_name == name


def test_a_requested_field_without_a_length_gets_the_default_length() -> None:
    assert (
        FieldRequest("Lead", "A").spec.length,
        FieldRequest("Lead", "A", "LongTextArea").spec.length,
    ) == (
        255,
        32_768,
    )
    assert (
        FieldRequest("Lead", "A", "Number", 6, 2).spec.length,
        FieldRequest("Lead", "A", "Number", 6, 2).spec.scale,
    ) == (6, 2)
    assert FieldRequest("Lead", "A", "Date", 9, 3).spec.length == 0


def test_a_requested_field_suits_the_kind_of_its_values() -> None:
    assert field_request({}, "url").type == "Url"
    assert field_request({"type": "Text"}, "url").type == "Text"
    assert field_request({"object": "User", "length": "-3", "type": "Word"}) == FieldRequest("Lead")


def test_two_readings_of_an_org_differ_by_new_and_removed_fields() -> None:
    before = facts()
    lead = describe("Lead", extra=(replace(LEVEL, name="New__c", label="New"),))
    fewer = {name: field for name, field in lead.fields.items() if name not in ("Phone", "City")}
    after = OrgFacts("o", False, None, {**before.describes, "Lead": replace(lead, fields=fewer)})
    refreshed = compared(before, after, frozenset({("Lead", "phone"), ("Contact", "phone")}))
    assert refreshed == Refreshed(
        (NewField("Lead", "New__c", "New"),), ("City", "Phone"), ("Phone",)
    )
    assert (refreshed.title, refreshed.text) == (
        "1 new field, 2 removed.",
        "Phone was mapped: choose another field.",
    )
    assert compared(before, before, frozenset()).title == "No fields were added or removed."
    assert compared(None, before, frozenset()).title == "The fields were read."
    assert (
        Refreshed(gone=("A", "B"), gone_mapped=("A", "B")).text
        == "A, B were mapped: choose other fields."
    )


def test_values_that_the_picklist_lacks_come_first_then_translations() -> None:
    rule = FieldRule(
        "Level__c", ("prospect.level",), values={"Boss": "Director", "Nobody": "", "Elder": "Old"}
    )
    values = ["C-level", "director", "Manager", "C-level", None, "Boss", 7]
    org = describe("Lead", extra=(LEVEL,))
    lines = value_lines(rule, LEVEL, org, [{"prospect": {"level": one}} for one in values])
    assert list(lines) == [
        ("C-level", "", False),
        ("Boss", "=Director", True),
        ("Nobody", "leave-out", True),
        ("Elder", "=Old", False),
    ]
    assert [value for value, _ in value_choices(LEVEL)] == ["", "leave-out", "=Director", "=mgr"]


def test_translations_are_exactly_the_chosen_values() -> None:
    form = {
        "source-0": "A",
        "target-0": "=Director",
        "source-1": "B",
        "target-1": "",
        "source-2": " ",
        "target-2": "=mgr",
        "source-3": "C",
    }
    assert (
        translations_in(form | {"target-3": "leave-out", "target-9": "=mgr"})
        == '{"A": "Director", "C": ""}'
    )


@pytest.mark.parametrize(
    ("digits", "scale", "is_wrong"), [(6, 5, False), (6, 6, True), (6, -1, True)]
)
def test_a_number_has_fewer_decimal_places_than_digits(
    digits: int, scale: int, is_wrong: bool
) -> None:
    faults = FieldRequest("Lead", "A", "Number", digits, scale).faults()
    assert ("There must be fewer decimal places than digits." in faults) == is_wrong
