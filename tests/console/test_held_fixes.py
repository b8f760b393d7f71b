"""The fixes that the Held page offers, in words; the field of a cause; and the estimated calls of a
retry."""

from __future__ import annotations

import pytest

from tests.fakes.org import describe
from zsf_plugin.console.held.fixes import Fallback, MappedField
from zsf_plugin.console.held.view import estimated_calls
from zsf_plugin.model import FieldDescribe, PicklistValue

NAME = MappedField("acme", "Lead", "Name")
RATING = FieldDescribe(
    "Rating",
    "Lead rating",
    "picklist",
    nillable=False,
    picklist=(PicklistValue("hot", "Hot"), PicklistValue("old", "Old", active=False)),
)


@pytest.mark.parametrize(
    ("entries", "title"),
    [
        (1, "This prospect has no name"),
        (1200, "1,200 prospects have no name"),
    ],
)
def test_a_field_and_a_source_with_the_same_label_are_named_once(entries: int, title: str) -> None:
    assert Fallback(NAME, "Name", entries).title == title


def test_a_field_with_another_label_is_named_beside_its_source() -> None:
    source = "Last name, else First name"
    assert Fallback(NAME, source, 1).title == (
        "Lead Name is mapped from Last name, else First name, which is empty for this prospect"
    )
    assert Fallback(NAME, source, 2).title.endswith("which is empty for 2 prospects")


def test_an_entry_can_be_dropped() -> None:
    assert Fallback(NAME, "Name", 1).todo.endswith("Enter a default value, or drop it.")
    assert Fallback(NAME, "Name", 2).todo.endswith("or drop those you do not need.")


@pytest.mark.parametrize(
    ("entries", "calls"), [(0, 2), (1, 2), (2, 4), (200, 4), (201, 8), (1000, 20)]
)
def test_retrying_takes_lookups_and_writes_for_each_two_hundred_entries(
    entries: int, calls: int
) -> None:
    assert estimated_calls(entries) == calls


def test_a_described_field_has_its_label_and_active_values() -> None:
    field = MappedField("acme", "Lead", "Rating", describe("Lead", extra=(RATING,)))
    assert (field.label, field.options, field.required) == ("Lead rating", [("hot", "Hot")], True)


def test_a_field_of_an_unread_org_is_named_by_its_api_name_and_takes_any_text() -> None:
    field = MappedField("acme", "Lead", "Rating")
    assert (field.label, field.options, field.required) == ("Rating", [], False)
