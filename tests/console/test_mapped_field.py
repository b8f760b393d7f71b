"""The field that a cause is about, by what is known of it."""

from __future__ import annotations

from tests.fakes.org import describe
from zsf_plugin.console.held.mapped_field import MappedField
from zsf_plugin.model import FieldDescribe, PicklistValue

RATING = FieldDescribe(
    "Rating",
    "Lead rating",
    "picklist",
    nillable=False,
    picklist=(PicklistValue("hot", "Hot"), PicklistValue("old", "Old", active=False)),
)


def test_a_field_that_the_org_describes_has_its_label_and_the_values_in_use() -> None:
    field = MappedField("acme", "Lead", "Rating", describe("Lead", extra=(RATING,)))
    assert (field.label, field.options, field.required) == ("Lead rating", [("hot", "Hot")], True)


def test_a_field_of_an_org_that_was_not_read_is_called_by_its_api_name_and_takes_any_text() -> None:
    field = MappedField("acme", "Lead", "Rating")
    assert (field.label, field.options, field.required) == ("Rating", [], False)
