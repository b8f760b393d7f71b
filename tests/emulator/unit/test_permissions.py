"""Permission sets: who sees a made field, and which grants are refused."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.permissions import (
    Permissions,
    check_permission_row,
    granted,
)
from zsf_plugin.emulator.org.records import Records
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.emulator.org.stock import stock_objects
from zsf_plugin.emulator.org.values import make_id

ADA, BOB = make_id("005", 1), make_id("005", 2)
SALES, OTHER = make_id("0PS", 1), make_id("0PS", 2)
KEY = Field("Key__c", custom=True)
SEES = {"PermissionsRead": True, "PermissionsEdit": False}
EDITS = {"PermissionsRead": True, "PermissionsEdit": True}


def put(records: Records, object_name: str, **values: Any) -> None:
    record_id = make_id(OBJECTS[object_name].prefix, len(records.rows[object_name]) + 1)
    records.store(object_name, {"Id": record_id, "IsDeleted": False, **values})


OBJECTS = stock_objects()
OBJECTS["Lead"].fields["Key__c"] = KEY
OBJECTS["Lead"].fields["Must__c"] = Field("Must__c", custom=True, required=True)
GRANT = {"ParentId": SALES, "SobjectType": "Lead", "Field": "Lead.Key__c"}


@pytest.fixture
def records() -> Records:
    """Ada is assigned the set of sales."""
    records = Records(OBJECTS)
    put(records, "PermissionSetAssignment", AssigneeId=ADA, PermissionSetId=SALES)
    return records


def refusal(records: Records, object_name: str, **row: Any) -> str:
    """The code that a row of permissions is refused with."""
    with pytest.raises(SalesforceError) as caught:
        check_permission_row(records, OBJECTS, object_name, row)
    return caught.value.code


def test_a_field_without_a_grant_is_hidden(records: Records) -> None:
    assert granted(records, ADA, "Lead", KEY) is None


def test_read_permission_shows_the_field_read_only(records: Records) -> None:
    put(records, "FieldPermissions", **GRANT, **SEES)
    seen = granted(records, ADA, "Lead", KEY)
    assert seen is not None
    assert (seen.name, seen.createable, seen.updateable) == ("Key__c", False, False)


def test_edit_permission_leaves_the_field_writable(records: Records) -> None:
    put(records, "FieldPermissions", **GRANT, **EDITS)
    assert granted(records, ADA, "Lead", KEY) == KEY


def test_permissions_of_several_sets_add_up(records: Records) -> None:
    put(records, "PermissionSetAssignment", AssigneeId=ADA, PermissionSetId=OTHER)
    put(records, "FieldPermissions", **GRANT, **SEES)
    put(records, "FieldPermissions", **{**GRANT, "ParentId": OTHER}, **EDITS)
    assert granted(records, ADA, "Lead", KEY) == KEY


@pytest.mark.parametrize(
    "other",
    [
        {"ParentId": OTHER},
        {"SobjectType": "Contact"},
        {"Field": "Lead.Other__c"},
        {"IsDeleted": True},
    ],
)
def test_grants_of_other_sets_objects_or_fields_do_not_apply(
    records: Records, other: dict[str, Any]
) -> None:
    put(records, "FieldPermissions", **{**GRANT, **EDITS, **other})
    assert granted(records, ADA, "Lead", KEY) is None


def test_a_permission_set_applies_only_to_assigned_users(records: Records) -> None:
    put(records, "FieldPermissions", **GRANT, **EDITS)
    assert granted(records, BOB, "Lead", KEY) is None


@pytest.mark.parametrize("right", ["manage_users", "view_setup"])
def test_writing_permission_sets_needs_manage_users_and_view_setup(right: str) -> None:
    without = Permissions().with_changes({right: False})
    with pytest.raises(SalesforceError) as caught:
        without.check_setup_access("PermissionSet")
    assert (caught.value.status, caught.value.code) == (403, "INSUFFICIENT_ACCESS")
    without.check_setup_access("Lead")
    Permissions().check_setup_access("PermissionSet")


def test_a_name_is_unique_ignoring_case(records: Records) -> None:
    put(records, "PermissionSet", Name="Zaplify", NamespacePrefix=None)
    assert refusal(records, "PermissionSet", Name="zaplify") == "DUPLICATE_DEVELOPER_NAME"
    check_permission_row(records, OBJECTS, "PermissionSet", {"Name": "Another"})


def test_a_repeated_assignment_or_grant_is_refused(records: Records) -> None:
    put(records, "FieldPermissions", **GRANT, **SEES)
    assert refusal(records, "FieldPermissions", **GRANT, **EDITS) == "DUPLICATE_VALUE"
    again = {"AssigneeId": ADA, "PermissionSetId": SALES}
    assert refusal(records, "PermissionSetAssignment", **again) == "DUPLICATE_VALUE"


def test_a_row_is_not_its_own_duplicate(records: Records) -> None:
    put(records, "FieldPermissions", **GRANT, **SEES)
    (row,) = records.rows["FieldPermissions"].values()
    check_permission_row(records, OBJECTS, "FieldPermissions", {**row, "PermissionsEdit": True})


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Field": "Lead.Missing__c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Field": "Contact.Key__c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Field": "Key__c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Field": "Lead.Must__c"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"PermissionsRead": False, "PermissionsEdit": True}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_a_meaningless_grant_is_refused(records: Records, wrong: dict[str, Any], code: str) -> None:
    assert refusal(records, "FieldPermissions", **{**GRANT, **EDITS, **wrong}) == code


def test_rows_of_other_objects_pass(records: Records) -> None:
    check_permission_row(records, OBJECTS, "Lead", {"LastName": "Byron"})
