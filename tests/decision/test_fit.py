"""Fitting: a value is made to fit its field, or left out with a reason."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit, fitting_step, is_same_value, utf16_length
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    ObjectDescribe,
    PicklistValue,
    PlannedField,
    RecordType,
    Step,
    is_blank,
)

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
def test_values_are_written_in_salesforces_form(kind: str, value: Json, expected: Json) -> None:
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
def test_a_misfit_is_left_out_and_never_quoted(kind: str, value: Json) -> None:
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


def test_an_unrestricted_picklist_accepts_other_values() -> None:
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


def test_a_long_value_is_a_misfit_if_the_policy_holds() -> None:
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
        assert utf16_length(value) <= length
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
def test_a_written_value_equals_what_the_org_then_holds(value: Json, kind: str) -> None:
    field = FieldDescribe("F", "F", kind, length=40, precision=10, scale=2)
    written, misfit = fitted(value, field)
    if misfit is None:
        assert is_same_value(field, written, written)


def test_values_are_compared_as_the_org_stores_them() -> None:
    moment = FieldDescribe("F", "F", "datetime")
    assert is_same_value(moment, "2026-11-01T08:00:00.000+0000", "2026-11-01T08:00:00Z")
    assert is_same_value(FieldDescribe("F", "F", "string"), " Ada ", "Ada")
    assert is_same_value(FieldDescribe("F", "F", "int"), 12.0, 12)
    assert is_same_value(
        FieldDescribe("F", "F", "reference"), "0015g00000HtWzE", "0015g00000HtWzEAAV"
    )
    assert is_blank("  ")
    assert not is_blank(0)


@pytest.mark.parametrize(
    ("number", "fits"), [(2**31 - 1, True), (2**31, False), (-(2**31), False), (-(2**31) + 1, True)]
)
def test_a_whole_number_is_limited_to_thirty_two_bits(number: int, fits: bool) -> None:
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


@pytest.mark.parametrize(
    ("kind", "value", "misfit"),
    [
        ("string", None, "not_text"),
        ("string", [], "not_text"),
        ("string", " \n ", "not_text"),
        ("phone", "1\n2", "not_one_line"),
        ("phone", "1\t2", "not_one_line"),
        ("phone", "1\r2", "not_one_line"),
        ("url", "", "not_one_line"),
        ("email", "", "not_one_line"),
        ("email", "ada@acme", "not_email"),
        ("email", "ada@@acme.example", "not_email"),
        ("picklist", {}, "not_text"),
        ("multipicklist", ["Web", None], "not_text"),
        ("boolean", 1, "not_boolean"),
        ("boolean", "yes", "not_boolean"),
        ("int", True, "not_whole_number"),
        ("int", "1.5", "not_whole_number"),
        ("int", float("inf"), "not_whole_number"),
        ("long", "1e5", "not_whole_number"),
        ("double", True, "not_number"),
        ("double", "1" * 19, "not_number"),
        ("currency", "x", "not_number"),
        ("percent", float("nan"), "not_number"),
        ("reference", "x" * 16, "not_id"),
        ("reference", 7, "not_id"),
        ("date", 7, "not_date"),
        ("date", "soon", "not_iso_date"),
        ("date", "2026-02-30", "no_calendar_day"),
        ("datetime", "0001-01-01T00:00:00+14:00", "outside_calendar"),
        ("anyType", "x", "unfillable"),
    ],
)
def test_a_misfit_says_what_is_wrong_with_the_value_or_its_field(
    kind: str, value: Json, misfit: str
) -> None:
    assert fitted(value, FieldDescribe("F", "F", kind, length=255)) == (None, misfit)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", True, "true"),
        ("string", False, "false"),
        ("string", 12.5, "12.5"),
        ("textarea", " a\nb ", "a\nb"),
        ("combobox", "a\nb", "a b"),
        ("encryptedstring", "a\tb", "a b"),
        ("phone", " +46 8 123 ", "+46 8 123"),
        ("phone", 468, "468"),
        ("multipicklist", "Web;Fair", "Web;Fair"),
        ("multipicklist", ["Web", 7], "Web;7"),
        ("boolean", False, False),
        ("boolean", " False ", False),
        ("int", " +5 ", 5),
        ("int", -7, -7),
        ("long", "-12", -12),
        ("double", "-5.25", -5.25),
        ("currency", 3, 3),
        ("percent", "07", 7),
        ("reference", " 0015g00000HtWzE ", "0015g00000HtWzE"),
        ("date", " 2026-11-01 ", "2026-11-01"),
        ("date", "2026-11-01T23:30:00", "2026-11-02"),
        ("datetime", "2026-11-01", "2026-11-01T00:00:00Z"),
        ("datetime", " 2026-11-01T10:00:00 ", "2026-11-01T10:00:00Z"),
    ],
)
def test_each_field_type_has_its_own_format(kind: str, value: Json, expected: Json) -> None:
    written = fitted(value, FieldDescribe("F", "F", kind, length=255))
    assert written == (expected, None)
    assert type(written[0]) is type(expected)


def test_without_a_time_zone_a_date_is_in_utc() -> None:
    day = FieldDescribe("F", "F", "date")
    assert fit(planned("2026-11-01T23:30:00Z"), day, LEAD).value == "2026-11-01"


@pytest.mark.parametrize("kind", ["string", "phone"])
def test_a_text_may_be_as_long_as_its_field_or_any_length_without_a_limit(kind: str) -> None:
    assert fitted("x" * 10, FieldDescribe("F", "F", kind, length=10)) == ("x" * 10, None)
    assert fitted("x" * 999, FieldDescribe("F", "F", kind, length=0)) == ("x" * 999, None)


def test_a_misfit_carries_the_data_of_its_text() -> None:
    short = FieldDescribe("F", "F", "string", length=3)
    held = fit(planned("abcd", too_long="hold"), short, LEAD)
    assert held.misfit_data == {"misfit": "too_long", "limit": 3}
    number = fit(planned("12345"), FieldDescribe("F", "F", "phone", length=3), LEAD)
    assert number.misfit_data == {"misfit": "too_long_to_cut", "limit": 3}
    address = fit(planned("Main St"), FieldDescribe("F", "F", "address"), LEAD)
    assert address.misfit_data == {"misfit": "unfillable", "type": "address"}


def test_the_hold_policy_lets_texts_pass_that_fit() -> None:
    field = FieldDescribe("F", "F", "string", length=3)
    assert fitted("abc", field, too_long="hold") == ("abc", None)


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("abcdef", 1, "…"),
        ("ab  cdef", 5, "ab…"),
        ("a\N{GRINNING FACE}bc", 3, "a…"),
        ("a\N{GRINNING FACE}bc", 4, "a\N{GRINNING FACE}…"),
    ],
)
def test_a_cut_text_ends_before_a_blank_and_between_characters(
    text: str, length: int, cut: str
) -> None:
    assert fitted(text, FieldDescribe("F", "F", "string", length=length)) == (cut, None)


def test_a_picklist_prefers_the_exact_name_then_the_first_that_differs_by_case() -> None:
    items = (
        PicklistValue("gone", "web", active=False),
        PicklistValue("a", "web"),
        PicklistValue("WEB", "Other"),
        PicklistValue("web", "Last"),
    )
    field = FieldDescribe("F", "F", "picklist", length=255, picklist=items, restricted=True)
    assert fitted("web", field) == ("web", None)
    assert fitted("Web", field) == ("a", None)
    assert fitted("gone", field) == (None, "not_in_picklist")


def test_an_unrestricted_picklist_value_must_fit_its_field() -> None:
    assert fitted("long", FieldDescribe("F", "F", "picklist", length=3))[1] == "too_long_to_cut"


def test_multiple_choices_are_written_only_if_all_fit() -> None:
    items = (PicklistValue("a", "A"), PicklistValue("b", "B"))
    field = FieldDescribe("F", "F", "multipicklist", picklist=items, restricted=True)
    assert fitted("A;b", field) == ("a;b", None)
    assert fitted(["a", "x"], field) == (None, "not_in_picklist")


def test_a_record_type_is_taken_by_id_too_but_nothing_else() -> None:
    org = ObjectDescribe("Lead", "Lead", True, True, {}, (RecordType("012A", "Outbound"),))
    field = FieldDescribe("RecordTypeId", "Record Type", "reference")
    assert fit(planned("012A"), field, org).value == "012A"
    assert fit(planned("Inbound"), field, org).misfit == "no_record_type"


@pytest.mark.parametrize(
    ("kind", "held", "value", "alike"),
    [
        ("string", "a\r\nb", "a\nb", True),
        ("string", "Ada", "ada", False),
        ("string", None, "Ada", False),
        ("string", "0015g00000HtWzE", "0015g00000HtWzEAAV", False),
        ("id", "0015g00000HtWzE", "0015g00000HtWzEAAV", True),
        ("reference", "0015g00000HtWzE", "0015g00000HtWzF", False),
        ("datetime", "2026-11-01T09:00:00+01:00", "2026-11-01T08:00:00Z", True),
        ("datetime", "2026-11-01T08:00:00", "2026-11-01T08:00:00Z", True),
        ("datetime", "2026-11-01T08:00:01Z", "2026-11-01T08:00:00Z", False),
        ("double", 0.1 + 0.2, 0.3, True),
        ("double", 1.0, 1.00001, False),
        ("double", 1.0, 1.0000000005, True),
        ("double", 1.0, 1.00000001, False),
        ("double", 1, "1", False),
        ("boolean", True, True, True),
        ("boolean", False, True, False),
    ],
)
def test_values_are_compared_by_meaning(kind: str, held: Json, value: Json, alike: bool) -> None:
    assert is_same_value(FieldDescribe("F", "F", kind), held, value) is alike


@pytest.mark.parametrize(
    ("held", "blank"),
    [
        (None, True),
        ("", True),
        (" \n", True),
        ([], True),
        ({}, True),
        ("x", False),
        (False, False),
        ([""], False),
    ],
)
def test_null_blank_text_and_empty_values_are_blank(held: Json, blank: bool) -> None:
    assert is_blank(held) is blank


def test_only_values_left_out_or_shortened_have_a_step() -> None:
    field = FieldDescribe("F", "F", "string", length=3)
    assert fitting_step(fit(planned("abc"), field, LEAD), "Lead", "F") is None
    cut = fitting_step(fit(planned("abcd"), field, LEAD), "Lead", "F")
    assert cut == Step("shortened", "Lead", "F", {"from": 4, "to": 3})
    left_out = fitting_step(fit(planned([]), field, LEAD), "Lead", "F")
    assert left_out == Step("left_out", "Lead", "F", {"misfit": "not_text"})


@pytest.mark.parametrize(("number", "fits"), [(-999, True), (-1000, False)])
def test_a_sign_does_not_count_as_a_digit(number: int, fits: bool) -> None:
    misfit = None if fits else "out_of_range"
    assert fitted(number, FieldDescribe("F", "F", "int", digits=3))[1] == misfit
    field = FieldDescribe("F", "F", "double", precision=5, scale=2)
    assert fitted(number, field)[1] == misfit
