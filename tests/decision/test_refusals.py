"""Refusals about values: which of them a rule leaves out, and the plan without them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import describe, facts
from zsf_plugin.decision.refusals import (
    NOT_ABOUT_A_VALUE,
    RefusedValue,
    as_first_planned,
    lacks_every_key,
    refused_values,
    without_refused,
)
from zsf_plugin.decision.values import for_create, for_update
from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.model import FieldDescribe, Json, OrgFacts, Plan, Record, Step, Write

PLACE: dict[str, Json] = {"city": "Paris", "region": "Corse", "country": "Frankreich"}
ADA = plan(purchase(prospect(1, location=PLACE, phone="+33 1", industry="Banks")), "lead")
VALUES: dict[str, Json] = {
    "FirstName": "Ada1",
    "LastName": "Lovelace1",
    "Company": "Acme 1",
    "Title": "Engineer",
    "Email": "ada1@acme1.example",
    "State": "Corse",
    "Country": "Frankreich",
    "Phone": "+33 1",
    "LeadSource": "Zaplify",
    "OwnerId": "005",
    "Zaplify_Id__c": "zp-1",
}
CREATE = Write("create", "Lead", "new:0", VALUES)
UPDATE = Write("update", "Lead", "00Q", {"Title": "Engineer", "LastName": "Lovelace1"})
ORG = facts()


def fields_of(
    code: str, *names: str, of: Plan = ADA, write: Write = CREATE, org: OrgFacts = ORG
) -> list[str]:
    """The planned fields that are left out for a refusal with that code that names those fields."""
    refused = refused_values(of, write, Rejected(code, "", names), org)
    assert {one.code for one in refused} <= {code}
    return [one.field for one in refused]


@pytest.mark.parametrize(
    ("code", "names", "left_out"),
    [
        ("INVALID_EMAIL_ADDRESS", ["Email"], ["Email"]),
        ("FIELD_INTEGRITY_EXCEPTION", ["State"], ["State"]),
        ("FIELD_INTEGRITY_EXCEPTION", ["State", "Country"], ["State", "Country"]),
        ("FIELD_INTEGRITY_EXCEPTION", ["StateCode"], ["State"]),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["LeadSource"], ["LeadSource"]),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone"], ["Phone"]),
        ("FIELD_FILTER_VALIDATION_EXCEPTION", ["title"], ["Title"]),
        ("STRING_TOO_LONG", ["Title"], ["Title"]),
        ("NUMBER_OUTSIDE_VALID_RANGE", ["Title"], ["Title"]),
        ("A_CODE_OF_NEXT_YEAR", ["Title", "Title"], ["Title"]),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", [], []),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["LastName"], []),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone", "Company"], []),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["City"], []),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Zaplify_Id__c"], []),
        ("FIELD_INTEGRITY_EXCEPTION", ["OwnerId"], []),
        ("REQUIRED_FIELD_MISSING", ["Title"], []),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Title"], []),
    ],
)  # fmt: skip
def test_a_refusal_that_names_mapped_optional_fields_of_the_write_is_about_their_values(
    code: str, names: list[str], left_out: list[str]
) -> None:
    assert fields_of(code, *names) == left_out


@pytest.mark.parametrize("names", [[], ["OwnerId"]])
@pytest.mark.parametrize(
    "code",
    ["INACTIVE_OWNER_OR_USER", "OP_WITH_INVALID_USER_TYPE_EXCEPTION", "TRANSFER_REQUIRES_READ"],
)
def test_a_refused_owner_is_left_out_only_if_a_rule_maps_it(code: str, names: list[str]) -> None:
    assert fields_of(code, *names) == []
    mapped = plan(purchase(prospect(1)), fields={"Lead": {"OwnerId": {"value": "005"}}})
    assert fields_of(code, *names, of=mapped) == ["OwnerId"]


@pytest.mark.parametrize("code", sorted(NOT_ABOUT_A_VALUE))
def test_a_refusal_for_another_reason_leaves_nothing_out(code: str) -> None:
    assert fields_of(code, "Title") == []


def test_a_duplicate_names_no_fields_and_leaves_nothing_out() -> None:
    assert refused_values(ADA, CREATE, DuplicateFound("DUPLICATES_DETECTED", "", ()), ORG) == ()


def test_an_update_does_without_a_field_that_only_a_create_requires() -> None:
    assert fields_of("A_CODE", "LastName", write=UPDATE) == ["LastName"]
    assert fields_of("A_CODE", "LastName") == []


@pytest.mark.parametrize(
    ("policy", "code"),
    [({"misfit": "hold"}, "INVALID_EMAIL_ADDRESS"), ({"too_long": "hold"}, "STRING_TOO_LONG")],
)
def test_what_the_rule_holds_is_not_left_out(policy: dict[str, Json], code: str) -> None:
    rule: Json = {"Lead": {"Title": {"from": "prospect.title", **policy}}}
    held = plan(purchase(prospect(1)), "lead", fields=rule)
    assert fields_of(code, "Title", of=held) == []
    assert fields_of("ANOTHER", "Title", of=held) == ([] if "misfit" in policy else ["Title"])


@pytest.mark.parametrize("sources", [["Bad", "Good"], ["Bad", "Worse", "Good"]])
def test_the_next_source_that_fits_takes_the_place_of_a_refused_value(sources: list[Json]) -> None:
    rule: Json = {"Lead": {"Title": [f"'{source}'" for source in sources]}}
    of = plan(purchase(prospect(1)), "lead", fields=rule)
    for refused in sources[:-1]:
        one = RefusedValue("Lead", "Title", sources[0], refused, "A_CODE")
        of = without_refused(of, [one])
    made = for_create(of.targets["Lead"], describe("Lead"), {})
    assert made.values["Title"] == "Good"
    skipped = {"misfit": "refused", "code": "A_CODE"}
    assert Step("other_source", "Lead", "Title", skipped) in made.steps


def test_a_required_field_holds_although_it_has_another_source() -> None:
    last_name = ADA.targets["Lead"].planned("LastName")
    assert last_name is not None
    assert last_name.alternatives
    assert fields_of("A_CODE", "LastName") == []


def test_a_refused_list_of_values_is_left_out_like_any() -> None:
    rule: Json = {"Lead": {"Title": {"from": "prospect.tags"}}}
    of = plan(purchase(prospect(1, tags=["a", "b"])), "lead", fields=rule)
    assert fields_of("A_CODE", "Title", "Title", of=of) == ["Title"]


@pytest.mark.parametrize(
    ("object_", "names", "is_lacking"),
    [
        ("Lead", [], False),
        ("Lead", ["Email"], False),  # its name and company are a key too
        ("Lead", ["Email", "FirstName"], True),
        ("Lead", ["Title"], False),
        ("Contact", ["Email", "FirstName"], True),
        ("Account", ["Website"], False),
        ("Task", ["Subject"], True),
        ("Task", ["ActivityDate"], True),
        ("Task", ["TaskSubtype"], False),
    ],
)
def test_a_record_lacks_every_key_if_a_value_of_each_was_refused(
    object_: str, names: list[str], is_lacking: bool
) -> None:
    of = plan(touchpoint(prospect(1)), "lead")
    values = {one.field: one.value for one in of.targets[object_].fields}
    refused = [RefusedValue(object_, name, values[name], values[name], "A_CODE") for name in names]
    target = without_refused(of, refused).targets[object_]
    assert lacks_every_key(target) is is_lacking
    assert as_first_planned(target) == of.targets[object_]


def test_the_plan_marks_only_equal_values_and_keeps_its_digest_keys_and_links() -> None:
    refused = [
        RefusedValue("Lead", "Title", "Engineer", "Engineer", "A_CODE"),
        RefusedValue("Lead", "Phone", "another", "another", "A_CODE"),
        RefusedValue("Task", "Subject", "Hello", "Hello", "A_CODE"),
    ]
    left = without_refused(ADA, refused)
    marked = [one.field for one in left.targets["Lead"].fields if one.refused]
    assert marked == ["Title"]
    assert (left.digest, left.links, left.targets["Contact"]) == (
        ADA.digest,
        ADA.links,
        ADA.targets["Contact"],
    )
    assert left.targets["Lead"].keys == ADA.targets["Lead"].keys


def test_a_marked_value_is_left_out_of_a_create_and_of_an_update_that_was_due() -> None:
    marked = without_refused(ADA, [RefusedValue("Lead", "Title", "Engineer", "Engineer", "A_CODE")])
    target, lead = marked.targets["Lead"], describe("Lead")
    step = Step("left_out", "Lead", "Title", {"misfit": "refused", "code": "A_CODE"})
    made = for_create(target, lead, {})
    assert "Title" not in made.values
    assert step in made.steps
    blank = Record("Lead", "00Q", dict.fromkeys(lead.fields))
    due = for_update(target, lead, blank, {})
    assert "Title" not in due.values
    assert step in due.steps
    kept = replace(blank, values={**blank.values, "Title": "CTO"})
    assert step not in for_update(target, lead, kept, {}).steps


@given(st.lists(st.sampled_from([*VALUES, "Nowhere__c"]), max_size=4))
def test_what_is_left_out_is_always_a_mapped_optional_field_that_was_written(
    names: list[str],
) -> None:
    left_out = fields_of("A_CODE", *names)
    lead: dict[str, FieldDescribe] = dict(ORG.describes["Lead"].fields)
    planned = {one.field for one in ADA.targets["Lead"].fields}
    assert set(left_out) in (set(), set(names))
    assert set(left_out) <= planned & VALUES.keys()
    assert not any(lead[name].required for name in left_out)
