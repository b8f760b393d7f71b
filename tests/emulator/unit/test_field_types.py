"""How each type of field stores a value, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.custom_fields import custom_field
from zsf_plugin.emulator.org.field_types import TYPES, store
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.org.spec import OrgSpec


@pytest.fixture(scope="module")
def org() -> Org:
    return new_org(OrgSpec.stock())


TEXTS = [name for name, kind in TYPES.items() if "STRING" in kind.tokens]
OTHERS = [name for name in TYPES if name not in TEXTS]


@pytest.mark.parametrize("type_", [name for name in TYPES if name != "boolean"])
def test_null_is_stored_as_null_for_any_type_but_a_flag(org: Org, type_: str) -> None:
    assert store(org, Field("F", type_, 10), None) is None


@pytest.mark.parametrize("type_", TEXTS)
def test_an_empty_text_is_stored_as_null(org: Org, type_: str) -> None:
    assert store(org, Field("F", type_, 10), "") is None


@pytest.mark.parametrize("type_", OTHERS)
def test_an_empty_text_is_no_number_no_date_and_no_flag(org: Org, type_: str) -> None:
    with pytest.raises(SalesforceError) as refused:
        store(org, Field("F", type_, 10), "")
    assert refused.value.code in ("JSON_PARSER_ERROR", "INVALID_TYPE_ON_FIELD_IN_RECORD")


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (Field("F", "string", 10), "  a b ", "a b"),
        (Field("F", "email", 80), "a@b.example", "a@b.example"),
        (Field("F", "boolean"), True, True),
        (Field("F", "int"), 3.0, 3.0),
        (Field("F", "double", precision=4, scale=2), 99.5, 99.5),
        (Field("F", "date"), "2026-02-03", "2026-02-03"),
        (Field("F", "datetime"), "2026-02-03T04:05:06+01:00", "2026-02-03T03:05:06.000+0000"),
        (Field("F", "multipicklist", 80, restricted=True, picklist=("a", "b")), "a;b", "a;b"),
    ],
)
def test_a_value_is_stored_in_the_types_own_form(
    org: Org, field: Field, value: Any, stored: Any
) -> None:
    assert store(org, field, value) == stored


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (Field("F", "string", 3), "long", "STRING_TOO_LONG"),
        (Field("F", "string", 3), 7, "JSON_PARSER_ERROR"),
        (Field("F", "string", 1), "😀", "STRING_TOO_LONG"),
        (Field("F", "email", 80), "nobody", "INVALID_EMAIL_ADDRESS"),
        (
            Field("F", "picklist", 80, restricted=True, picklist=("a",)),
            "b",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (Field("F", "boolean"), "true", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        (Field("F", "int"), 1.5, "JSON_PARSER_ERROR"),
        (Field("F", "double", precision=4, scale=2), 100, "NUMBER_OUTSIDE_VALID_RANGE"),
        (Field("F", "date"), "tomorrow", "JSON_PARSER_ERROR"),
        (Field("F", "datetime"), "2026-13-01T00:00:00Z", "JSON_PARSER_ERROR"),
        (Field("F", "reference"), "nobody", "MALFORMED_ID"),
        (
            Field("F", "reference", references=("User",)),
            "001000000000001",
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (Field("F", "reference"), "001000000000001", "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_value_of_another_kind_is_refused(org: Org, field: Field, value: Any, code: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        store(org, field, value)
    assert caught.value.code == code


def test_a_reference_is_stored_in_its_long_form(org: Org) -> None:
    short = org.admin_id[:15]
    assert store(org, Field("OwnerId", "reference", references=("User",)), short) == org.admin_id


@pytest.mark.parametrize(
    ("given", "type_"),
    [
        ("Text", "string"),
        ("LongTextArea", "textarea"),
        ("Number", "double"),
        ("Checkbox", "boolean"),
        ("picklist", "picklist"),
    ],
)
def test_a_custom_fields_type_is_named_as_in_setup_or_describes(given: str, type_: str) -> None:
    assert custom_field({"name": "F__c", "type": given}).type == type_


def test_an_unknown_type_is_refused_with_the_known_types() -> None:
    with pytest.raises(ValueError, match=r"unknown field type 'star'; use one of string, "):
        custom_field({"name": "F__c", "type": "star"})
