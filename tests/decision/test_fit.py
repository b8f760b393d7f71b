"""A value is made to what its field takes, or left out with a reason: never a guess."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit, is_blank, same, units
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, PicklistValue, RecordType
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import PlannedField

LEAD = describe("Lead")
TYPES = [
    "string",
    "textarea",
    "phone",
    "url",
    "email",
    "picklist",
    "multipicklist",
    "boolean",
    "int",
    "double",
    "currency",
    "percent",
    "date",
    "datetime",
    "time",
    "reference",
    "combobox",
    "address",
    "base64",
    "unheard-of",
]


def planned(value: Json, **policies: str) -> PlannedField:
    given: dict[str, str] = {
        "overwrite": "if_blank",
        "misfit": "leave_out",
        "too_long": "shorten",
        **policies,
    }
    return PlannedField("F", value, origin="test", **given)  # type: ignore[arg-type]


def fitted(value: Json, field: FieldDescribe, **policies: str) -> tuple[Json, str | None]:
    found = fit(planned(value, **policies), field, LEAD, ZoneInfo("Europe/Stockholm"))
    return found.value, found.misfit


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "  Ada\nByron ", "Ada Byron"),
        ("string", 7, "7"),
        ("boolean", "TRUE", True),
        ("int", "12", 12),
        ("int", 12.0, 12),
        ("double", "12.5", 12.5),
        ("date", "2026-11-01T23:30:00Z", "2026-11-02"),
        ("date", "2026-11-01", "2026-11-01"),
        ("datetime", "2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"),
        ("datetime", "2026-11-23T10:15:30.000+0000", "2026-11-23T10:15:30Z"),
        ("email", "ada+x@acme.example", "ada+x@acme.example"),
        ("reference", "0015g00000HtWzEAAV", "0015g00000HtWzEAAV"),
    ],
)
def test_values_are_written_as_salesforce_takes_them(
    kind: str, value: Json, expected: Json
) -> None:
    assert fitted(value, FieldDescribe("F", "F", kind, length=255)) == (expected, None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", "a dozen"),
        ("int", 12.5),
        ("int", 2**40),
        ("int", 10**400),
        ("double", 10**400),
        ("double", float("nan")),
        ("date", "9999-12-31T23:59:59-14:00"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("boolean", "perhaps"),
        ("double", "12,5"),
        ("date", "01/11/2026"),
        ("date", "2026-02-30"),
        ("datetime", 5),
        ("email", "ada at acme"),
        ("string", {"a": 1}),
        ("reference", "nobody"),
        ("address", "Main St"),
        ("time", "10:00"),
    ],
)
def test_what_does_not_fit_is_left_out_and_never_quoted(kind: str, value: Json) -> None:
    written, misfit = fitted(value, FieldDescribe("F", "F", kind, length=255))
    assert written is None
    assert misfit is not None
    assert str(value) not in misfit


def test_a_picklist_takes_a_value_by_label_or_case_in_its_own_spelling() -> None:
    items = (PicklistValue("tech", "Technology"), PicklistValue("old", "Old", active=False))
    field = FieldDescribe("F", "F", "picklist", length=255, picklist=items, restricted=True)
    assert fitted("technology", field) == ("tech", None)
    assert fitted("TECH", field) == ("tech", None)
    assert fitted("old", field)[1] == "not_in_picklist"
    assert fitted("Sofware", field)[1] == "not_in_picklist"


def test_an_open_picklist_takes_what_is_not_on_its_list() -> None:
    field = FieldDescribe("F", "F", "picklist", length=255, picklist=(PicklistValue("Web", "Web"),))
    assert fitted("Zaplify", field) == ("Zaplify", None)


def test_a_record_type_is_named_by_its_developer_name() -> None:
    kinds = (
        RecordType("012000000000001AAA", "Outbound"),
        RecordType("012000000000002AAA", "Hidden", available=False),
    )
    org = ObjectDescribe("Lead", "Lead", True, True, {}, kinds)
    field = FieldDescribe("RecordTypeId", "Record Type", "reference")
    assert fit(planned("Outbound"), field, org).value == "012000000000001AAA"
    assert fit(planned("Hidden"), field, org).misfit is not None


def test_an_address_or_number_is_never_cut() -> None:
    assert (
        fitted("https://acme.example/" + "x" * 300, FieldDescribe("F", "F", "url", length=255))[0]
        is None
    )
    assert (
        fitted("x" * 90 + "@acme.example", FieldDescribe("F", "F", "email", length=80))[0] is None
    )


def test_too_long_hold_makes_a_misfit_of_it() -> None:
    assert (
        fitted("x" * 300, FieldDescribe("F", "F", "string", length=255), too_long="hold")[0] is None
    )


@given(text=st.text(min_size=1), length=st.integers(1, 80))
def test_a_text_is_never_longer_than_its_field_nor_cut_inside_a_character(
    text: str, length: int
) -> None:
    value, misfit = fitted(text, FieldDescribe("F", "F", "string", length=length))
    assert (value is None) == (misfit is not None)
    if isinstance(value, str):
        assert units(value) <= length
        value.encode("utf-8")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=_JSON, kind=st.sampled_from(TYPES))
def test_fitting_never_raises_and_always_says_why_nothing_is_written(
    value: Json, kind: str
) -> None:
    written, misfit = fitted(value, FieldDescribe("F", "F", kind, length=40, precision=10, scale=2))
    assert (written is None) == (misfit is not None)


@given(value=_JSON, kind=st.sampled_from(TYPES))
def test_what_was_written_counts_as_held(value: Json, kind: str) -> None:
    field = FieldDescribe("F", "F", kind, length=40, precision=10, scale=2)
    written, misfit = fitted(value, field)
    if misfit is None:
        assert same(field, written, written)


def test_values_are_compared_as_the_org_stores_them() -> None:
    moment = FieldDescribe("F", "F", "datetime")
    assert same(moment, "2026-11-01T08:00:00.000+0000", "2026-11-01T08:00:00Z")
    assert same(FieldDescribe("F", "F", "string"), " Ada ", "Ada")
    assert same(FieldDescribe("F", "F", "int"), 12.0, 12)
    assert same(FieldDescribe("F", "F", "reference"), "0015g00000HtWzE", "0015g00000HtWzEAAV")
    assert is_blank("  ")
    assert not is_blank(0)


@pytest.mark.parametrize(
    ("number", "fits"), [(2**31 - 1, True), (2**31, False), (-(2**31), False), (-(2**31) + 1, True)]
)
def test_a_whole_number_has_thirty_two_bits(number: int, fits: bool) -> None:
    value, misfit = fitted(number, FieldDescribe("F", "F", "int"))
    assert (value, misfit) == ((number, None) if fits else (None, "out_of_range"))


def test_a_whole_number_has_no_more_digits_than_its_field() -> None:
    field = FieldDescribe("F", "F", "int", digits=3)
    assert fitted(999, field) == (999, None)
    assert fitted(1000, field) == (None, "out_of_range")


def test_a_decimal_has_no_more_digits_before_the_point_than_its_field() -> None:
    field = FieldDescribe("F", "F", "double", precision=5, scale=2)
    assert fitted(999.99, field) == (999.99, None)
    assert fitted(1000, field) == (None, "out_of_range")


def test_a_shortened_text_says_both_lengths_and_ends_with_an_ellipsis() -> None:
    found = fit(planned("x" * 20), FieldDescribe("F", "F", "string", length=10), LEAD)
    assert (found.value, found.shortened) == ("x" * 9 + "…", True)
    assert found.data == {"from": 20, "to": 10}
