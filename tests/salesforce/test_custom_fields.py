"""Fields and permission sets in the words of setup: bodies sent, rows read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zsf_plugin.model import FieldSpec
from zsf_plugin.salesforce import custom_fields

KEY = FieldSpec(
    "Lead", "Key__c", "Key", "Text", 64, unique=True, external_id=True, case_sensitive=True
)


def metadata_of(spec: FieldSpec) -> Any:
    body: Any = custom_fields.field_body(spec)
    return body["Metadata"]


def test_a_field_is_created_with_the_body_that_the_tooling_api_expects() -> None:
    assert custom_fields.field_body(replace(KEY, object="Activity", description="A key.")) == {
        "FullName": "Activity.Key__c",
        "Metadata": {
            "label": "Key",
            "type": "Text",
            "required": False,
            "length": 64,
            "unique": True,
            "caseSensitive": True,
            "externalId": True,
            "description": "A key.",
        },
    }


def test_a_plain_field_says_nothing_of_uniqueness() -> None:
    assert metadata_of(FieldSpec("Lead", "Born__c", "Born", "Date")) == {
        "label": "Born",
        "type": "Date",
        "required": False,
    }


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (FieldSpec("Lead", "A__c", "A", "Number", 18, 2), {"precision": 18, "scale": 2}),
        (FieldSpec("Lead", "A__c", "A", "LongTextArea", 512), {"length": 512, "visibleLines": 4}),
        (FieldSpec("Lead", "A__c", "A", "Text", 80), {"length": 80}),
        (FieldSpec("Lead", "A__c", "A", "Checkbox"), {"defaultValue": "false"}),
    ],
)
def test_each_type_states_its_requirements(spec: FieldSpec, size: dict[str, Any]) -> None:
    assert metadata_of(spec) == {"label": "A", "type": spec.type, "required": False, **size}


def test_names_are_literals_in_statements_each_once() -> None:
    odd = replace(KEY, object="L'ad", name="K\\y__c")
    assert custom_fields.fields_query([odd, odd]) == (
        "SELECT Id, DeveloperName, NamespacePrefix, TableEnumOrId FROM CustomField "
        "WHERE TableEnumOrId IN ('L\\'ad') AND DeveloperName IN ('K\\\\y')"
    )
    assert custom_fields.metadata_query("00N'") == (
        "SELECT Id, Metadata FROM CustomField WHERE Id = '00N\\''"
    )


def test_a_permission_set_is_queried_with_its_rights_and_its_assignment() -> None:
    assert custom_fields.setup_queries("S'c", "005") == {
        "sets": ("SELECT Id FROM PermissionSet WHERE Name = 'S\\'c' AND NamespacePrefix = null"),
        "grants": (
            "SELECT Id, ParentId, Field, PermissionsRead, PermissionsEdit FROM FieldPermissions"
            " WHERE Parent.Name = 'S\\'c'"
        ),
        "assignments": (
            "SELECT Id, PermissionSetId FROM PermissionSetAssignment"
            " WHERE PermissionSet.Name = 'S\\'c' AND AssigneeId = '005'"
        ),
    }


@pytest.mark.parametrize(("namespace", "name"), [(None, "Key__c"), ("acme", "acme__Key__c")])
def test_a_setup_row_is_a_field_by_the_name_that_describes_use(
    namespace: str | None, name: str
) -> None:
    found = custom_fields.parse_custom_field(
        {
            "Id": "00N5g",
            "TableEnumOrId": "Lead",
            "DeveloperName": "Key",
            "NamespacePrefix": namespace,
        }
    )
    assert (found.id, found.object, found.name) == ("00N5g", "Lead", name)
    assert (found.developer_name, found.namespace) == ("Key", namespace)


def test_a_fields_metadata_is_read_as_a_describe_would_return_it() -> None:
    shape = custom_fields.shape_of(
        "Key__c",
        {
            "type": "Text",
            "label": "Key",
            "length": 64,
            "externalId": True,
            "unique": True,
            "caseSensitive": True,
        },
    )
    assert shape is not None
    assert (shape.name, shape.label, shape.type, shape.length) == ("Key__c", "Key", "string", 64)
    assert shape.custom
    assert shape.external_id
    assert shape.unique
    assert shape.case_sensitive


def test_a_numbers_digits_are_read_whole_and_behind_the_point() -> None:
    shape = custom_fields.shape_of("Score__c", {"type": "Number", "precision": 18, "scale": 2})
    assert shape is not None
    assert (shape.type, shape.precision, shape.scale, shape.length) == ("double", 18, 2, 0)


def test_missing_metadata_has_its_default() -> None:
    shape = custom_fields.shape_of("Key__c", {"type": "Odd", "length": None, "precision": "x"})
    assert shape is not None
    assert (shape.label, shape.type) == ("Key__c", "Odd")
    assert (shape.length, shape.precision, shape.scale) == (0, 0, 0)
    assert [shape.external_id, shape.unique, shape.case_sensitive] == [False] * 3


@pytest.mark.parametrize("metadata", [None, [], "x"])
def test_metadata_that_cannot_be_read_has_no_shape(metadata: Any) -> None:
    assert custom_fields.shape_of("Key__c", metadata) is None


@pytest.mark.parametrize(
    ("read", "edit", "rights"),
    [(True, True, (True, True)), (True, False, (True, False)), (None, "x", (False, False))],
)
def test_a_row_of_field_permissions_grants_what_is_true_in_it(
    read: Any, edit: Any, rights: tuple[bool, bool]
) -> None:
    grant = custom_fields.grant_of(
        {"Id": "01k", "Field": "Lead.Key__c", "PermissionsRead": read, "PermissionsEdit": edit}
    )
    assert (grant.id, grant.field, grant.read, grant.edit) == ("01k", "Lead.Key__c", *rights)
