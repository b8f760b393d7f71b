"""The forms in which a value is asked for, by comparison and by the field's type."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.model import FieldDescribe
from zsf_plugin.salesforce.forms import forms

LEAD_ID = "00Q5g00000BvKcMEAV"


def asked(value: str, compare: Any = "text", type_: str = "string", **more: Any) -> list[str]:
    """The literals for a value of a field of that type."""
    sandbox_user = more.pop("sandbox_user", False)
    field = FieldDescribe("X__c", "X", type_, **more)
    return list(forms(value, compare, field, sandbox_user=sandbox_user).values())


def test_a_text_is_asked_for_as_the_org_holds_it() -> None:
    assert asked("  O'Neil\n& Sons ") == ["'O\\'Neil & Sons'"]


def test_a_long_text_area_keeps_its_line_breaks() -> None:
    assert asked("a\nb", type_="textarea") == ["'a\\nb'"]


@pytest.mark.parametrize("value", ["", "  ", "\x00"])
def test_an_empty_text_is_asked_for_by_nothing(value: str) -> None:
    assert asked(value) == []


def test_a_text_is_as_long_as_any_field_at_most() -> None:
    """255 UTF-16 units: an emoji counts for two."""
    assert asked("x" * 255) == [f"'{'x' * 255}'"]
    assert asked("x" * 256) == []
    assert len(asked("😀" * 127)) == 1
    assert asked("😀" * 128) == []


@pytest.mark.parametrize("type_", ["id", "reference"])
def test_an_id_is_asked_for_in_its_long_form_and_what_is_none_by_nothing(type_: str) -> None:
    assert asked(LEAD_ID[:15], type_=type_) == [f"'{LEAD_ID}'"]
    assert asked("new:3", type_=type_) == []
    assert asked("", type_=type_) == []


@pytest.mark.parametrize(
    ("type_", "value", "literals"),
    [
        ("date", "2026-11-23", ["2026-11-23"]),
        ("date", "2026-11-23 OR Id != null", []),
        ("datetime", "2026-11-23T10:15:30Z", ["2026-11-23T10:15:30Z"]),
        ("boolean", "true", ["true"]),
        ("boolean", "yes", []),
        ("int", "12", ["12"]),
        ("long", "12", ["12"]),
        ("double", "-1.5", ["-1.5"]),
        ("currency", "1.5", ["1.5"]),
        ("percent", "50", ["50"]),
        ("percent", "many", []),
    ],
)
def test_numbers_dates_and_booleans_take_no_quotes_and_must_be_of_their_kind(
    type_: str, value: str, literals: list[str]
) -> None:
    assert asked(value, type_=type_) == literals


def test_a_domain_is_looked_for_by_its_bare_host_anywhere() -> None:
    assert asked("https://www.Acme_1.example/x?y", "domain") == [r"'%acme\_1.example%'"]


def test_what_is_no_domain_is_looked_for_as_it_is() -> None:
    assert asked("acme", "domain") == ["'%acme%'"]


def test_a_profile_is_looked_for_as_people_see_it_and_as_browsers_write_it() -> None:
    assert asked("https://se.linkedin.com/in/Ada-Byron/?x=1", "linkedin") == ["'%/in/ada-byron%'"]
    assert asked("https://linkedin.com/in/jos%C3%A9", "linkedin") == [
        "'%/in/josé%'",
        r"'%/in/jos\%C3\%A9%'",
    ]


def test_a_phone_number_is_asked_for_as_given_in_digits_and_with_a_plus() -> None:
    assert asked("+46 8 123 45", "phone", "phone") == [
        "'+46 8 123 45'",
        "'46812345'",
        "'+46812345'",
    ]
    assert asked("no digits", "phone", "phone") == ["'no digits'"]


def test_a_sandboxs_user_is_asked_for_with_its_ending_too() -> None:
    assert asked("a@x.example", "email", "email", sandbox_user=True) == [
        "'a@x.example'",
        "'a@x.example.invalid'",
    ]
    assert asked("a@x.example", "email", "email") == ["'a@x.example'"]


def keys(value: str, **more: Any) -> set[str]:
    return set(forms(value, "text", FieldDescribe("X__c", "X", **{"type": "string", **more})))


def test_spellings_are_told_apart_only_where_the_field_minds_case() -> None:
    assert keys("ABC") == keys("abc")
    assert keys("ABC", case_sensitive=True) != keys("abc", case_sensitive=True)
    assert keys("00Q5g00000BvKcM", type="id") != keys("00Q5g00000BvKcm", type="id")


def test_only_ascii_is_folded() -> None:
    assert keys("ÄZ") == {"'Äz'"}
    assert keys("[@`{") == {"'[@`{'"}
