"""What the page Held offers to fix on the spot, in words; the field that it is about, by what is known
of it; and about what trying again costs."""

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
def test_a_field_and_what_fills_it_that_are_called_the_same_are_named_once(
    entries: int, title: str
) -> None:
    assert Fallback(NAME, "Name", entries).title == title


def test_a_field_that_is_called_otherwise_is_named_beside_what_fills_it() -> None:
    source = "Last name, else First name"
    assert Fallback(NAME, source, 1).title == (
        "Lead Name is mapped from Last name, else First name, which is empty for this prospect"
    )
    assert Fallback(NAME, source, 2).title.endswith("which is empty for 2 prospects")


def test_one_that_is_not_worth_it_may_be_dropped() -> None:
    assert Fallback(NAME, "Name", 1).todo.endswith("Enter a default value, or drop it.")
    assert Fallback(NAME, "Name", 2).todo.endswith("or drop those you do not need.")


@pytest.mark.parametrize(
    ("entries", "calls"), [(0, 2), (1, 2), (2, 4), (200, 4), (201, 8), (1000, 20)]
)
def test_trying_takes_a_look_and_writes_for_each_two_hundred(entries: int, calls: int) -> None:
    assert estimated_calls(entries) == calls


def test_a_field_that_the_org_describes_has_its_label_and_the_values_in_use() -> None:
    field = MappedField("acme", "Lead", "Rating", describe("Lead", extra=(RATING,)))
    assert (field.label, field.options, field.required) == ("Lead rating", [("hot", "Hot")], True)


def test_a_field_of_an_org_that_was_not_read_is_called_by_its_api_name_and_takes_any_text() -> None:
    field = MappedField("acme", "Lead", "Rating")
    assert (field.label, field.options, field.required) == ("Rating", [], False)
