"""Fitting: a value is made to fit its field, or left out with a reason."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit, is_same_value
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
from zsf_plugin.model.text import utf16_length

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
    for name in ("Outbound", " outBOUND\u200b"):
        assert fit(planned(name), field, org).value == "012000000000001AAA"
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
        ("multipicklist", [None, "; "], "not_text"),
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
        ("reference", " 0015g00000HtWzE ", "0015g00000HtWzEAAV"),
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


TOPICS = FieldDescribe(
    "F",
    "F",
    "multipicklist",
    picklist=(PicklistValue("a", "Alpha"), PicklistValue("b", "B"), PicklistValue("c", "C")),
    restricted=True,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("b;A", "a;b"),
        ("b;a;", "a;b"),
        (";; b ;", "b"),
        (["c", ""], "c"),
        (["c", None, "  "], "c"),
        (["c;a", "b"], "a;b;c"),
        (["Alpha", "a", "ALPHA"], "a"),
        ("b\u200b;a", "a;b"),
    ],
)
def test_multiple_choices_are_in_the_order_of_the_list_each_once(value: Json, written: str) -> None:
    found = fit(planned(value), TOPICS, LEAD)
    assert (found.value, found.dropped) == (written, {})


@pytest.mark.parametrize("value", ["x;c;y", ["x", "c", "y"], ["c", {"k": 1}, "y"]])
def test_of_several_choices_those_that_fit_are_written_and_the_others_named(value: Json) -> None:
    found = fit(planned(value), TOPICS, LEAD)
    assert (found.value, found.dropped["count"]) == ("c", 2)
    (step,) = found.steps("Lead", "F")
    assert (step.code, step.data["count"]) == ("parts_left_out", 2)
    assert step.data["values"] in (["x", "y"], ["y"])
    (step,) = found.steps("Task", "F")
    assert step.data["values"] == []
    assert fit(planned(value, misfit="hold"), TOPICS, LEAD).misfit == "not_in_picklist"


def test_of_a_long_choice_that_does_not_fit_the_beginning_is_named() -> None:
    found = fit(planned(["c", "x" * 39 + "\U0001f600yz"]), TOPICS, LEAD)
    assert found.dropped["values"] == ["x" * 39 + "…"]


def test_choices_outside_an_open_list_come_last() -> None:
    field = replace(TOPICS, restricted=False, length=255)
    assert fitted("z;b;y;a", field) == ("a;b;z;y", None)


def test_choices_none_of_which_fits_are_left_out() -> None:
    assert fitted(["x", "y"], TOPICS) == (None, "not_in_picklist")


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
    assert fit(planned("abc"), field, LEAD).steps("Lead", "F") == ()
    cut = fit(planned("abcd"), field, LEAD).steps("Lead", "F")
    assert cut == (Step("shortened", "Lead", "F", {"from": 4, "to": 3}),)
    left_out = fit(planned([]), field, LEAD).steps("Lead", "F")
    assert left_out == (Step("left_out", "Lead", "F", {"misfit": "not_text"}),)


@pytest.mark.parametrize(("number", "fits"), [(-999, True), (-1000, False)])
def test_a_sign_does_not_count_as_a_digit(number: int, fits: bool) -> None:
    misfit = None if fits else "out_of_range"
    assert fitted(number, FieldDescribe("F", "F", "int", digits=3))[1] == misfit
    field = FieldDescribe("F", "F", "double", precision=5, scale=2)
    assert fitted(number, field)[1] == misfit


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Ada.Byron@Acme.Example", "ada.byron@acme.example"),
        ("mailto:ada@acme.example", "ada@acme.example"),
        ("MAILTO: ada@acme.example?subject=Hi", "ada@acme.example"),
        ("\u200bada@acme.example", "ada@acme.example"),
        ("ada@acme.example\ufeff", "ada@acme.example"),
        ("a\u00add\u200da@acme.example", "ada@acme.example"),
        ("Ada Byron <ada@acme.example>", "ada@acme.example"),
        ('"Byron, Ada" <mailto:ada@acme.example>', "ada@acme.example"),
        ("<ada@acme.example>", "ada@acme.example"),
        ("Ada Byron <ada@acme.example>;", "ada@acme.example"),
        ("Ada <ada@acme.example> .", "ada@acme.example"),
        ("'ada@acme.example'", "ada@acme.example"),
        ('"ada@acme.example",', "ada@acme.example"),
        ("[ada@acme.example]", "ada@acme.example"),
        ("(mailto:ada@acme.example)", "ada@acme.example"),
        ("ａｄａ＠ａｃｍｅ．example", "ada@acme.example"),
        ("ada＠acme。example", "ada@acme.example"),
        ("ada@acme.example;", "ada@acme.example"),
        ("a..b@acme.example", "a..b@acme.example"),
        ("ada.@acme.example", "ada.@acme.example"),
        ("a!#$%&'*+-/=?^_`{|}~b@acme.example", "a!#$%&'*+-/=?^_`{|}~b@acme.example"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@acme.xn--p1ai", "ada@acme.xn--p1ai"),
        ("ада@пример.рф", "ада@пример.рф"),  # other scripts: Salesforce decides
        ("a" * 64 + "@a.example", "a" * 64 + "@a.example"),
    ],
)
def test_an_address_is_cleaned_where_it_is_certain_what_was_meant(value: str, address: str) -> None:
    assert fitted(value, FieldDescribe("F", "F", "email", length=80)) == (address, None)


@pytest.mark.parametrize(
    "value",
    [
        ".ada@acme.example",
        "a" * 65 + "@a.example",
        "ada@acme",
        "ada@acme.e",
        "ada@127.0.0.1",
        "ada@-acme.example",
        "ada@acme-.example",
        "ada@acme..example",
        "ada byron@acme.example",
        "ada@acme.example, bo",
        "ada@acme.example;@acme.example",
        "Ada <ada@acme.example>, bo",
        "ada(home)@acme.example",
        "o’brien@acme.example",
        'a"b@acme.example',
        "mailto:",
        "<>",
        "@acme.example",
    ],
)
def test_an_address_that_salesforce_refuses_is_left_out(value: str) -> None:
    assert fitted(value, FieldDescribe("F", "F", "email", length=80)) == (None, "not_email")


@pytest.mark.parametrize(
    ("value", "scale", "stored"),
    [
        (1234.567, 2, 1234.57),
        (0.125, 2, 0.13),
        (-0.125, 2, -0.13),
        (2.675, 2, 2.68),  # the double is below, its shortest text is not
        ("1.0050", 2, 1.01),
        (0.5, 0, 1),
        (2.5, 0, 3),
        (1e-7, 2, 0),
        (2000.0, 2, 2000),
        ("1234567890123456.78", 2, 1234567890123456.8),
    ],
)
def test_a_number_is_rounded_half_up_to_its_fields_decimals(
    value: Json, scale: int, stored: float
) -> None:
    field = FieldDescribe("F", "F", "currency", precision=18, scale=scale)
    assert fitted(value, field) == (stored, None)
    assert is_same_value(field, stored, stored)


def test_a_number_that_is_rounded_beyond_its_field_does_not_fit() -> None:
    field = FieldDescribe("F", "F", "percent", precision=5, scale=2)
    assert fitted(999.994, field) == (999.99, None)
    assert fitted(999.995, field) == (None, "out_of_range")


def test_numbers_are_compared_by_their_fields_decimals() -> None:
    field = FieldDescribe("F", "F", "currency", precision=18, scale=2)
    assert is_same_value(field, 1234.57, 1234.567)
    assert not is_same_value(field, 12345678901.12, 12345678901.13)


@pytest.mark.parametrize(("number", "fits"), [(2**63 - 1, True), (2**63, False), (2**31, True)])
def test_a_long_number_has_sixty_four_bits(number: int, fits: bool) -> None:
    assert (fitted(number, FieldDescribe("F", "F", "long"))[1] is None) == fits


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (250.0, "250"),
        (0.5, "0.5"),
        (True, "true"),
        ("e\u0301", "\u00e9"),
        ("Ac\u00adme\u200b", "Acme"),
        ("\u202eAcme\u202c", "Acme"),
        ("\u200d👩\u200d💻\u200c", "👩\u200d💻"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("a\u2028b", "a b"),
    ],
)
def test_a_text_is_stored_without_what_nobody_sees(value: Json, stored: str) -> None:
    assert fitted(value, FieldDescribe("F", "F", "string", length=80)) == (stored, None)


@pytest.mark.parametrize("kind", ["phone", "url", "email"])
def test_an_address_has_no_joiners_either(kind: str) -> None:
    value = "a\u200da@x.example" if kind == "email" else "1\u200c2\u200d3"
    written = fitted(value, FieldDescribe("F", "F", kind, length=80))[0]
    assert isinstance(written, str)
    assert written.isascii()


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("date", "1700-01-01", True),
        ("date", "1699-12-31", False),
        ("date", "4000-12-31", True),
        ("date", "4001-01-01", False),
        ("date", "0080-05-01", False),
        ("date", "1699-12-31T23:30:00Z", True),  # 1700 in Stockholm
        ("date", "1699-12-31T12:00:00-05:00", False),
        ("datetime", "1700-01-01T00:00:00Z", True),
        ("datetime", "1700-01-01T00:00:00+02:00", False),
        ("datetime", "4000-12-31T23:59:59Z", True),
        ("datetime", "4001-01-01T00:00:00Z", False),
    ],
)
def test_dates_are_those_of_salesforces_calendar(kind: str, value: str, fits: bool) -> None:
    misfit = fitted(value, FieldDescribe("F", "F", kind))[1]
    assert misfit == (None if fits else "outside_calendar")


@pytest.mark.parametrize(
    ("value", "person", "task"),
    [
        ("2026-11-21T04:30:00Z", "2026-11-20", "2026-11-20"),
        ("2026-11-21T04:30:00+00:00", "2026-11-20", "2026-11-20"),
        ("2026-11-21T04:30:00", "2026-11-20", "2026-11-20"),
        ("1980-05-01T00:00:00+02:00", "1980-05-01", "1980-04-30"),
        ("1980-05-01", "1980-05-01", "1980-05-01"),
        ("19800501", "1980-05-01", "1980-05-01"),
        ("1980-W18-4", "1980-05-01", "1980-05-01"),
    ],
)
def test_a_moment_is_a_day_of_the_owners_unless_a_person_has_one_with_an_offset_of_its_own(
    value: str, person: str, task: str
) -> None:
    zone, field = ZoneInfo("America/Los_Angeles"), FieldDescribe("F", "F", "date")
    assert fit(planned(value), field, LEAD, zone).value == person
    assert fit(planned(value), field, describe("Task"), zone).value == task


def test_the_first_source_that_fits_is_written_and_reported_if_it_is_not_the_first() -> None:
    field = FieldDescribe("F", "F", "email", length=80)
    sources = planned(".ada@x.example")._replace(alternatives=("nobody", "Ada@x.example"))
    found = fit(sources, field, LEAD)
    assert (found.value, found.skipped) == ("ada@x.example", {"misfit": "not_email"})
    assert [step.code for step in found.steps("Lead", "F")] == ["other_source"]
    none = fit(sources._replace(alternatives=("nobody",)), field, LEAD)
    assert (none.value, none.misfit) == (None, "not_email")
    first = fit(planned("bo@x.example")._replace(alternatives=("ada@x.example",)), field, LEAD)
    assert (first.value, first.skipped) == ("bo@x.example", {})


@given(value=_JSON, kind=st.sampled_from(TYPES), scale=st.integers(0, 6))
def test_fitting_what_was_fitted_changes_nothing(value: Json, kind: str, scale: int) -> None:
    field = FieldDescribe("F", "F", kind, length=40, precision=18, scale=scale)
    written, misfit = fitted(value, field)
    if misfit is None:
        assert fitted(written, field) == (written, None)


@given(value=st.floats(-1e15, 1e15) | st.integers(-(10**12), 10**12), scale=st.integers(0, 6))
def test_a_rounded_number_is_not_rounded_again(value: float, scale: int) -> None:
    field = FieldDescribe("F", "F", "double", precision=18, scale=scale)
    written, misfit = fitted(value, field)
    if misfit is None:
        assert fitted(written, field) == (written, None)
        assert is_same_value(field, value, written)


@given(parts=st.lists(st.sampled_from(["a", "b", "C", "", " ", "x", "Alpha", None]), max_size=6))
def test_choices_are_always_in_the_order_of_the_list(parts: list[Json]) -> None:
    written, misfit = fitted(parts, TOPICS)
    if misfit is None:
        assert str(written).split(";") == sorted(set(str(written).split(";")))


@pytest.mark.parametrize("text", ["2026-11-20t10:00:00z", " 2026-11-20T10:00:00z "])
def test_the_letters_of_a_moment_may_be_small(text: str) -> None:
    field = FieldDescribe("F", "F", "datetime")
    assert fitted(text, field) == ("2026-11-20T10:00:00Z", None)
