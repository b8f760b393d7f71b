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
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    Mode,
    OrgFacts,
    Plan,
    Record,
    Reference,
    Step,
    Write,
)

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
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["LastName"], ["LastName"]),  # the first name is next
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone", "Company"], ["Phone", "Company"]),  # a default
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone", "City"], ["Phone"]),  # City is not written
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Formula__c", "Phone"], ["Phone"]),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["City", "Formula__c"], []),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone", "OwnerId"], ["Phone"]),  # no rule maps the owner
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Zaplify_Id__c", "Phone"], ["Phone"]),
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


def test_what_an_activity_is_about_is_left_out_but_not_its_person() -> None:
    mapped: Json = {"email": {"WhatId": {"value": "001000000000001AAA"}}}
    of = plan(touchpoint(prospect(1)), activity=mapped)
    about: dict[str, Json] = {"WhatId": "001000000000001AAA", "WhoId": Reference("new:0")}
    write = Write("create", "Task", "new:1", about)
    task = describe("Task", extra=(FieldDescribe("WhatId", "Related To", "reference"),))
    org = replace(ORG, describes={**ORG.describes, "Task": task})
    code = "FIELD_INTEGRITY_EXCEPTION"
    assert fields_of(code, "WhoId", "WhatId", of=of, write=write, org=org) == ["WhatId"]
    assert fields_of(code, "WhoId", of=of, write=write, org=org) == []


@pytest.mark.parametrize("code", sorted(NOT_ABOUT_A_VALUE))
def test_a_refusal_for_another_reason_leaves_nothing_out(code: str) -> None:
    assert fields_of(code, "Title") == []


def test_a_duplicate_names_no_fields_and_leaves_nothing_out() -> None:
    assert refused_values(ADA, CREATE, DuplicateFound("DUPLICATES_DETECTED", "", ()), ORG) == ()


def test_an_update_does_without_a_field_that_only_a_create_requires() -> None:
    rule: Json = {"Lead": {"LastName": "prospect.last_name"}}
    of = plan(purchase(prospect(1)), "lead", fields=rule)
    assert fields_of("A_CODE", "LastName", of=of, write=UPDATE) == ["LastName"]
    assert fields_of("A_CODE", "LastName", of=of) == []


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


#: Rules for a required field, the values that are refused in turn, and what is written instead.
REQUIRED: list[tuple[Json, list[Json], Json]] = [
    (["'Bad'", "'Good'"], ["Bad"], "Good"),
    (["'Bad'", "'Worse'", "'Good'"], ["Bad", "Worse"], "Good"),
    (["'Bad'", "null", "''", "'Good'"], ["Bad"], "Good"),
    ({"from": "'Bad'", "default": "Good"}, ["Bad"], "Good"),
    ({"from": ["'Bad'", "'Worse'"], "default": "Good"}, ["Bad", "Worse"], "Good"),
    ({"from": ["'Bad'", "'Good'"], "misfit": "hold"}, ["Bad"], "Good"),
]


@pytest.mark.parametrize(("rule", "refused", "written"), REQUIRED)
@pytest.mark.parametrize(
    ("object_", "name"),
    [
        ("Lead", "LastName"),
        ("Lead", "Company"),
        ("Contact", "LastName"),
        ("Account", "Name"),
        ("Lead", "Tier__c"),
        ("Lead", "Title"),
    ],
)
def test_a_required_field_takes_what_else_fits_and_holds_when_nothing_is_left(
    rule: Json, refused: list[Json], written: Json, object_: str, name: str
) -> None:
    tier = FieldDescribe("Tier__c", "Tier", "string", length=80, nillable=False)
    org = facts()
    lead = org.describes["Lead"]
    if name == "Tier__c":
        lead = replace(lead, fields={**lead.fields, "Tier__c": tier})
        org = replace(org, describes={**org.describes, "Lead": lead})
    mode: Mode = "lead" if object_ == "Lead" else "contact"
    of = plan(purchase(prospect(1)), mode, fields={object_: {name: rule}})
    for value in [*refused, written]:
        made = for_create(of.targets[object_], org.describes[object_], {})
        assert made.values[name] == value
        assert made.cause is None
        write = Write("create", object_, "new:0", made.values)
        found = refused_values(of, write, Rejected("A_CODE", "", (name,)), org)
        if value != written:
            assert [one.written for one in found] == [value]
        of = without_refused(of, found)
    assert len(found) == (name == "Title" and not (isinstance(rule, dict) and "misfit" in rule))


@pytest.mark.parametrize("rest", [{}, {"default": "Engineer"}])
def test_a_source_or_default_that_does_not_fit_is_no_other_value(rest: dict[str, Json]) -> None:
    number = FieldDescribe("Size__c", "Size", "int", digits=8, nillable=False)
    lead = ORG.describes["Lead"]
    org = replace(ORG, describes={"Lead": replace(lead, fields={**lead.fields, "Size__c": number})})
    rule: Json = {"Lead": {"Size__c": {"from": ["'5'", "prospect.title"], **rest}}}
    of = plan(purchase(prospect(1, title="Engineer")), "lead", fields=rule)
    write = Write("create", "Lead", "new:0", {"Size__c": 5})
    assert for_create(of.targets["Lead"], org.describes["Lead"], {}).values["Size__c"] == 5
    assert refused_values(of, write, Rejected("A_CODE", "", ("Size__c",)), org) == ()


@pytest.mark.parametrize(
    ("written", "named"), [("State", "StateCode"), ("StateCode", "State"), ("State", "State")]
)
def test_of_a_field_and_its_code_that_is_meant_which_was_written(written: str, named: str) -> None:
    lead = ORG.describes["Lead"]
    code = FieldDescribe("StateCode", "State code", "picklist")
    fields = {**lead.fields, "StateCode": code}
    org = replace(ORG, describes={"Lead": replace(lead, fields=fields)})
    rule: Json = {"Lead": {"State": "'Corse'", "StateCode": "'Corse'"}}
    of = plan(purchase(prospect(1)), "lead", fields=rule)
    write = Write("create", "Lead", "new:0", {written: "Corse"})
    found = refused_values(of, write, Rejected("A_CODE", "", (named,)), org)
    assert [one.field for one in found] == [written]


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
def test_what_is_left_out_is_always_a_mapped_field_that_was_written_and_is_optional_or_has_another(
    names: list[str],
) -> None:
    left_out = fields_of("A_CODE", *names)
    lead: dict[str, FieldDescribe] = dict(ORG.describes["Lead"].fields)
    planned = {one.field: one for one in ADA.targets["Lead"].fields}
    assert set(left_out) in (set(), set(names) & VALUES.keys() & planned.keys())
    for name in left_out:
        one = planned[name]
        assert not lead[name].required or one.alternatives or one.default is not None
