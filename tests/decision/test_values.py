"""The values of one record, field by field: all for a new one, what its policies allow for an
existing one."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.org import describe
from zsf_plugin.decision.values import for_create, for_update, missing_field_misfit
from zsf_plugin.model import (
    DEFAULTED,
    DOES_NOT_FIT,
    REQUIRED_EMPTY,
    FieldDescribe,
    Json,
    Misfit,
    ObjectDescribe,
    Overwrite,
    PicklistValue,
    PlannedField,
    Record,
    Step,
    Target,
)

NAME = FieldDescribe("LastName", "Last Name", "string", length=10, nillable=False)
SIZE = FieldDescribe("Size__c", "Size", "int")
LOCKED = FieldDescribe("Locked__c", "Locked", "string", createable=False, updateable=False)
LEAD = ObjectDescribe("Lead", "Lead", True, True, {f.name: f for f in (NAME, SIZE, LOCKED)})
PICKED, OTHER = PicklistValue("w", label="Won"), PicklistValue("real", label="Real")
#: Where a value comes from: the event, the rule's `default`, the rule's constant `value`.
FROM_EVENT: dict[str, bool] = {}
DEFAULT = {"is_static": True, "is_default": True}
CONSTANT = {"is_static": True}


def planned(name: str, value: Json, **changes: object) -> PlannedField:
    one = PlannedField(name, value, "if_blank", "leave_out", "shorten", "test.toml")
    return one._replace(**changes)  # type: ignore[arg-type]


def target(*fields: PlannedField) -> Target:
    return Target("Lead", ("prospect", "p1"), "zp-1", (), fields)


def update(one: PlannedField, held: Json, written: dict[str, Json] | None = None) -> dict[str, Json]:  # fmt: skip
    """What is written to a Lead that holds `held` in the field, where we wrote `written` last."""
    record = Record("Lead", "00Q", {one.field: held})
    return dict(for_update(target(one), LEAD, record, written or {}).values)


@pytest.mark.parametrize(
    ("source", "overwrite", "over_blank", "over_ours", "over_a_persons"),
    [
        (FROM_EVENT, "if_blank", True, False, False),
        (FROM_EVENT, "if_ours", True, True, False),
        (FROM_EVENT, "always", True, True, True),
        (FROM_EVENT, "on_create", False, False, False),
        (DEFAULT, "if_blank", True, False, False),
        (DEFAULT, "if_ours", True, True, False),
        (DEFAULT, "always", True, True, False),  # a default never replaces a person's value
        (DEFAULT, "on_create", False, False, False),
        (CONSTANT, "if_blank", True, False, False),
        (CONSTANT, "if_ours", True, True, False),
        (CONSTANT, "always", True, True, True),
        (CONSTANT, "on_create", False, False, False),
    ],
)
def test_the_overwrite_policy_says_what_may_be_written_over(
    source: dict[str, bool],
    overwrite: Overwrite,
    over_blank: bool,
    over_ours: bool,
    over_a_persons: bool,
) -> None:
    one = planned("LastName", "Byron", overwrite=overwrite, **source)
    due = {"LastName": "Byron"}
    for blank in (None, "", "  "):
        assert update(one, blank) == (due if over_blank else {})
    ours: dict[str, Json] = {"LastName": "Ours"}
    if one.is_default:  # it replaces no value of an event, but an older default
        assert update(one, "Ours", ours) == {}
        ours[DEFAULTED] = ["LastName"]
    assert update(one, "Ours", ours) == (due if over_ours else {})
    assert update(one, "Theirs", {"LastName": "Ours"}) == (due if over_a_persons else {})
    assert update(one, "Theirs") == (due if over_a_persons else {})


def test_values_that_are_already_there_are_not_written() -> None:
    assert update(planned("LastName", "Byron", overwrite="always"), " Byron ") == {}


def test_a_field_that_was_not_read_is_not_written() -> None:
    record = Record("Lead", "00Q", {})
    assert for_update(target(planned("LastName", "Byron")), LEAD, record, {}).values == {}


def test_a_field_that_cannot_be_written_is_left_out_of_a_create_and_reported() -> None:
    made = for_create(target(planned("Locked__c", "x"), planned("LastName", "Byron")), LEAD, {})
    assert made.values == {"LastName": "Byron"}
    assert made.steps == (Step("left_out", "Lead", "Locked__c", {"misfit": "not_writable"}),)


def test_a_field_that_the_org_lacks_is_left_out_and_reported() -> None:
    made = for_create(target(planned("Nope__c", "x"), planned("LastName", "Byron")), LEAD, {})
    assert made.steps == (Step("left_out", "Lead", "Nope__c", {"misfit": "no_such_field"}),)


@pytest.mark.parametrize("name", ["Nope__c", "Locked__c"])
def test_a_rule_that_holds_what_does_not_fit_holds_for_a_field_without_place(name: str) -> None:
    made = for_create(target(planned(name, "x", misfit="hold")), LEAD, {})
    assert made.cause is not None
    assert (made.cause.code, made.cause.field, made.values) == (DOES_NOT_FIT, name, {})


@pytest.mark.parametrize(("overwrite", "holds"), [("if_blank", True), ("on_create", False)])
def test_so_does_an_update_that_would_write_it(overwrite: Overwrite, holds: bool) -> None:
    record = Record("Lead", "00Q", {"LastName": "Byron"})
    due = planned("Nope__c", "x", misfit="hold", overwrite=overwrite)
    assert (for_update(target(due), LEAD, record, {}).cause is not None) is holds


def test_a_field_that_is_gone_is_reported_with_the_day_it_was_last_seen() -> None:
    gone = replace(LEAD, gone={"Nope__c": 1_790_000_000.0})
    assert missing_field_misfit(gone, "nope__C") == {
        "misfit": "field_gone",
        "last_seen": "2026-09-21",
    }


def test_given_values_override_mapped_ones() -> None:
    made = for_create(target(planned("LastName", "Byron")), LEAD, {"LastName": "King"})
    assert made.values == {"LastName": "King"}


def test_values_are_written_under_the_orgs_spelling() -> None:
    made = for_create(target(planned("lastname", "Byron")), LEAD, {})
    assert made.values == {"LastName": "Byron"}


def test_a_shortened_value_is_written_and_reported() -> None:
    made = for_create(target(planned("LastName", "x" * 20)), LEAD, {})
    assert made.values == {"LastName": "x" * 9 + "…"}
    assert made.steps == (Step("shortened", "Lead", "LastName", {"from": 20, "to": 10}),)


def test_a_misfit_is_left_out_and_reported() -> None:
    made = for_create(target(planned("LastName", "Byron"), planned("Size__c", "big")), LEAD, {})
    assert made.values == {"LastName": "Byron"}
    assert made.steps == (Step("left_out", "Lead", "Size__c", {"misfit": "not_whole_number"}),)


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (planned("Size__c", "big", misfit="hold"), {"misfit": "not_whole_number"}),
        (planned("LastName", "x" * 20, too_long="hold"), {"misfit": "too_long", "limit": 10}),
    ],
)
def test_a_rule_can_hold_the_entry_for_a_misfit(one: PlannedField, held: dict[str, Json]) -> None:
    created = for_create(target(one), LEAD, {})
    record = Record("Lead", "00Q", {one.field: None})
    updated = for_update(target(one), LEAD, record, {})
    for made in (created, updated):
        assert made.cause is not None
        assert (made.cause.code, made.cause.field) == (DOES_NOT_FIT, one.field)
        assert made.cause.data == held
        assert made.values == {}


def test_a_required_field_that_stays_empty_holds_with_the_misfit_that_was_left_out() -> None:
    number = replace(NAME, name="Rank__c", type="int")
    lead = replace(LEAD, fields={**LEAD.fields, "Rank__c": number})
    name = planned("LastName", "Byron")
    nothing = for_create(target(name), lead, {}).cause
    misfit = for_create(target(name, planned("Rank__c", "high")), lead, {}).cause
    assert nothing is not None
    assert misfit is not None
    assert (nothing.code, nothing.field, nothing.data) == (REQUIRED_EMPTY, "Rank__c", {})
    assert misfit.data == {"misfit": "not_whole_number"}


def test_a_number_that_may_not_be_cut_is_held_by_either_policy() -> None:
    phone = FieldDescribe("Phone", "Phone", "phone", length=5)
    lead = replace(LEAD, fields={**LEAD.fields, "Phone": phone})
    name, number = planned("LastName", "Byron"), planned("Phone", "1234567")
    left_out = for_create(target(name, number), lead, {})
    assert left_out.cause is None
    assert left_out.values == {"LastName": "Byron"}
    for holding in (number._replace(too_long="hold"), number._replace(misfit="hold")):
        held = for_create(target(name, holding), lead, {}).cause
        assert held is not None
        assert held.data == {"misfit": "too_long_to_cut", "limit": 5}


@pytest.mark.parametrize(
    ("field", "default", "stored"),
    [
        (FieldDescribe("F__c", "F", "string", length=5), "too long", "too…"),
        (FieldDescribe("F__c", "F", "string", length=9), " two\nlines ", "two lines"),
        (FieldDescribe("F__c", "F", "double", precision=5, scale=1), "1.25", 1.3),
        (
            FieldDescribe("F__c", "F", "picklist", picklist=(PICKED, OTHER), restricted=True),
            "won",
            "w",
        ),
        (FieldDescribe("F__c", "F", "email", length=80), "Info@Acme.example", "info@acme.example"),
    ],
)
def test_a_default_is_known_in_the_form_in_which_it_is_stored(
    field: FieldDescribe, default: Json, stored: Json
) -> None:
    lead = replace(LEAD, fields={**LEAD.fields, field.name: field})
    value: Json = {"double": 7, "email": "ann@acme.example"}.get(field.type, "real")
    one = planned("F__c", value, defaults=(default,), default=default)
    due = for_update(target(one), lead, Record("Lead", "00Q", {"F__c": stored}), {})
    assert due.values == {"F__c": value}
    other = Record("Lead", "00Q", {"F__c": 8 if field.type == "double" else "a person's"})
    assert for_update(target(one), lead, other, {}).values == {}


def test_a_held_entry_reports_what_was_left_out_before() -> None:
    bad = planned("Size__c", "big", misfit="hold")
    made = for_create(target(planned("Locked__c", "x"), bad), LEAD, {})
    assert [step.field for step in made.steps] == ["Locked__c"]
    long = planned("LastName", "x" * 20)._replace(overwrite="always")
    record = Record("Lead", "00Q", {"LastName": "Byron", "Size__c": None})
    updated = for_update(target(long, bad), LEAD, record, {})
    assert [step.code for step in updated.steps] == ["shortened"]


def test_a_required_field_reports_its_own_misfit() -> None:
    rank = replace(NAME, name="Rank__c", type="int")
    lead = replace(LEAD, fields={**LEAD.fields, "Rank__c": rank})
    name = planned("LastName", "x" * 20)
    made = for_create(target(name, planned("Size__c", "big"), planned("Locked__c", "x")), lead, {})
    assert made.cause is not None
    assert (made.cause.field, made.cause.data) == ("Rank__c", {})
    long = for_create(target(planned("Rank__c", "high"), planned("Size__c", "big")), lead, {})
    assert long.cause is not None
    assert (long.cause.field, long.cause.data) == ("LastName", {})


def test_a_date_is_in_the_given_time_zone() -> None:
    day = FieldDescribe("Day__c", "Day", "date")
    lead = replace(LEAD, fields={"Day__c": day})
    one = target(planned("Day__c", "2026-11-01T23:30:00Z"))
    stockholm = ZoneInfo("Europe/Stockholm")
    record = Record("Lead", "00Q", {"Day__c": None})
    assert for_create(one, lead, {}).values == {"Day__c": "2026-11-01"}
    assert for_create(one, lead, {}, stockholm).values == {"Day__c": "2026-11-02"}
    assert for_update(one, lead, record, {}).values == {"Day__c": "2026-11-01"}
    assert for_update(one, lead, record, {}, stockholm).values == {"Day__c": "2026-11-02"}


def test_an_update_skips_missing_and_read_only_fields_and_reports_misfits() -> None:
    one = target(planned("Nope__c", "x"), planned("Locked__c", "x"), planned("Size__c", "big"))
    record = Record("Lead", "00Q", {"Nope__c": None, "Locked__c": None, "Size__c": None})
    due = for_update(one, LEAD, record, {})
    assert (due.values, due.cause) == ({}, None)
    assert due.steps == (Step("left_out", "Lead", "Size__c", {"misfit": "not_whole_number"}),)


STAGES = FieldDescribe(
    "Stage__c",
    "Stage",
    "picklist",
    picklist=(PicklistValue("New", "New"), PicklistValue("Won", "Won")),
    restricted=True,
)


def staged(overwrite: Overwrite = "if_blank", misfit: Misfit = "leave_out") -> Target:
    """A Lead with a stage that does not fit, and a default that does."""
    name = PlannedField("LastName", "Byron", "if_blank", "leave_out", "shorten", "test")
    stage = PlannedField("Stage__c", "Gone", overwrite, misfit, "shorten", "test", default="New")
    return Target("Lead", ("prospect", "p1"), "z1", (), (name, stage))


def test_a_default_fills_a_field_for_which_no_source_fits() -> None:
    org = describe("Lead", extra=(STAGES,))
    made = for_create(staged(), org, {"Company": "Acme"})
    assert made.values["Stage__c"] == "New"
    step = Step("other_source", "Lead", "Stage__c", {"misfit": "not_in_picklist"})
    assert step in made.steps


@pytest.mark.parametrize("overwrite", ["if_blank", "always", "if_ours"])
def test_a_default_never_replaces_what_a_record_holds(overwrite: Overwrite) -> None:
    org = describe("Lead", extra=(STAGES,))
    held = Record("Lead", "00Q5g00000BvKcMEAV", {**dict.fromkeys(org.fields), "Stage__c": "Won"})
    due = for_update(staged(overwrite), org, held, {"Stage__c": "Won"})
    assert "Stage__c" not in due.values


def test_an_entry_that_a_rule_holds_for_a_misfit_is_held_despite_a_default() -> None:
    made = for_create(staged(misfit="hold"), describe("Lead", extra=(STAGES,)), {})
    assert made.cause is not None
