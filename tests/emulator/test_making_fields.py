"""Making fields and granting them, as strictly as a real org: rights, metadata, single rows, second
rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import DATA, Client, refused
from tests.emulator.conftest import Make

TEXT: dict[str, Any] = {"label": "Made", "type": "Text", "length": 64}
KEY: dict[str, Any] = {**TEXT, "unique": True, "externalId": True, "caseSensitive": True}
FIELDS = "tooling/sobjects/CustomField"


def make_field(org: Client, name: str, **metadata: Any) -> Any:
    return org.call("POST", FIELDS, {"FullName": name, "Metadata": {**TEXT, **metadata}})


def permission_set(org: Client) -> str:
    return org.create("PermissionSet", Name="Sync", Label="Sync")


def user(org: Client) -> str:
    return str(org.tokens["id"].split("/")[-1])


def grant(org: Client, parent: str, field: str = "Lead.Made__c", **rights: bool) -> Any:
    values = {
        "ParentId": parent,
        "SobjectType": field.partition(".")[0],
        "Field": field,
        "PermissionsRead": True,
    }
    return org.call("POST", "sobjects/FieldPermissions", {**values, **rights})


def permit(org: Client, **rights: bool) -> None:
    org.control("POST", "permissions", {"user": "admin@acme.example", **rights})


def test_one_query_finds_the_fields_of_several_objects(org: Client) -> None:
    ids = [
        make_field(org, name).json()["id"]
        for name in ("Lead.Made__c", "Activity.Made__c", "Lead.Other__c")
    ]
    asked = "SELECT Id, TableEnumOrId FROM CustomField WHERE TableEnumOrId IN ('Lead', 'Activity', 'Account')"
    rows = org.rows(f"{asked} AND DeveloperName IN ('Made')", "tooling/query")
    assert [(row["TableEnumOrId"], row["Id"]) for row in rows] == [
        ("Lead", ids[0]),
        ("Activity", ids[1]),
    ]
    assert len(set(ids)) == 3


def test_a_packages_namespace_is_separate_from_the_name(make: Make) -> None:
    org = make(fields=[{"object": "Lead", "name": "acme__Made__c", "type": "string", "length": 64}])
    asked = "SELECT DeveloperName, NamespacePrefix FROM CustomField WHERE TableEnumOrId = 'Lead'"
    (row,) = org.rows(asked, "tooling/query")
    assert (row["DeveloperName"], row["NamespacePrefix"]) == ("Made", "acme")
    assert org.rows(f"{asked} AND NamespacePrefix = null", "tooling/query") == []
    assert make_field(org, "Lead.Made__c").status_code == 201, "a package's name is another name"


def test_metadata_is_returned_for_a_single_row_only(org: Client) -> None:
    made = make_field(org, "Lead.Made__c", **KEY).json()["id"]
    make_field(org, "Contact.Made__c")
    is_polymorphic = org.query(
        "SELECT Metadata FROM CustomField WHERE DeveloperName = 'Made'", "tooling/query"
    )
    assert "no more than one row" in refused(is_polymorphic, 400, "MALFORMED_QUERY")["message"]
    (row,) = org.rows(
        f"SELECT FullName, Metadata FROM CustomField WHERE Id = '{made[:15]}'", "tooling/query"
    )
    assert row["FullName"] == "Lead.Made__c"
    assert {name: row["Metadata"][name] for name in KEY} == KEY
    assert org.call("GET", f"{FIELDS}/{made}").json()["Metadata"] == row["Metadata"]
    refused(org.call("GET", f"{FIELDS}/00N000000000000AAA"), 404, "NOT_FOUND")
    unknown = org.query(
        "SELECT Length FROM CustomField WHERE TableEnumOrId = 'Lead'", "tooling/query"
    )
    refused(unknown, 400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"label": ""}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "Word"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"length": None}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "LongTextArea", "length": 64, "visibleLines": 4}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "LongTextArea", "length": 512}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "Number", "precision": 8}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "Number", "precision": 19, "scale": 0}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"type": "Phone", "externalId": True}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"caseSensitive": True}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_invalid_metadata_is_refused(org: Client, metadata: dict[str, Any], code: str) -> None:
    refused(make_field(org, "Lead.Made__c", **metadata), 400, code)


def test_an_object_has_twenty_five_external_ids_at_most(make: Make) -> None:
    fields = [
        {"object": "Lead", "name": f"Key{n}__c", "externalId": True, "unique": True}
        for n in range(25)
    ]
    org = make(fields=fields)
    refused(make_field(org, "Lead.Made__c", **KEY), 400, "CUSTOM_ENTITY_OR_FIELD_LIMIT")
    assert make_field(org, "Contact.Made__c", **KEY).status_code == 201


@pytest.mark.parametrize("right", ["customize_application", "view_setup"])
def test_creating_a_field_needs_permissions(org: Client, right: str) -> None:
    permit(org, **{right: False})
    refused(make_field(org, "Lead.Made__c"), 403, "INSUFFICIENT_ACCESS")
    asked = org.query("SELECT Id FROM CustomField WHERE TableEnumOrId = 'Lead'", "tooling/query")
    assert (asked.status_code == 200) == (right == "customize_application")


@pytest.mark.parametrize("right", ["manage_users", "view_setup"])
def test_permission_sets_need_permissions(org: Client, right: str) -> None:
    make_field(org, "Lead.Made__c")
    parent = permission_set(org)
    permit(org, **{right: False})
    refused(
        org.call("POST", "sobjects/PermissionSet", {"Name": "Other", "Label": "O"}),
        403,
        "INSUFFICIENT_ACCESS",
    )
    refused(grant(org, parent), 403, "INSUFFICIENT_ACCESS")
    assignment = {"AssigneeId": user(org), "PermissionSetId": parent}
    refused(
        org.call("POST", "sobjects/PermissionSetAssignment", assignment), 403, "INSUFFICIENT_ACCESS"
    )
    assert org.create("Lead", LastName="A", Company="B"), "records need none of them"


def test_permission_set_rows_are_unique(org: Client) -> None:
    make_field(org, "Lead.Made__c")
    parent = permission_set(org)
    again = org.call("POST", "sobjects/PermissionSet", {"Name": "sync", "Label": "Sync"})
    refused(again, 400, "DUPLICATE_DEVELOPER_NAME")
    assert grant(org, parent).status_code == 201
    refused(grant(org, parent, PermissionsEdit=True), 400, "DUPLICATE_VALUE")
    assert grant(org, org.create("PermissionSet", Name="Two", Label="Two")).status_code == 201


@pytest.mark.parametrize("field", ["Lead.Nothing__c", "Activity.Made__c", "Nothing.Made__c"])
def test_a_field_permission_names_a_field_of_its_object(org: Client, field: str) -> None:
    make_field(org, "Activity.Made__c")
    refused(grant(org, permission_set(org), field), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


def test_edit_needs_read_and_a_required_field_takes_no_permission(
    org: Client,
) -> None:
    make_field(org, "Lead.Made__c")
    parent = permission_set(org)
    edit_only = grant(org, parent, PermissionsRead=False, PermissionsEdit=True)
    refused(edit_only, 400, "FIELD_INTEGRITY_EXCEPTION")
    refused(grant(org, parent, "Lead.LastName"), 400, "FIELD_INTEGRITY_EXCEPTION")


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("order", [("PermissionSet", "Lead"), ("Lead", "PermissionSet")])
def test_setup_and_data_share_no_transaction(
    org: Client, order: tuple[str, str], whole: bool
) -> None:
    bodies = {
        "PermissionSet": {"Name": "Sync", "Label": "S"},
        "Lead": {"LastName": "A", "Company": "B"},
    }
    parts = [
        {"method": "POST", "referenceId": n, "url": f"{DATA}/sobjects/{n}", "body": bodies[n]}
        for n in order
    ]
    document = org.composite(*parts, whole=whole).json()["compositeResponse"]
    codes = [
        part["body"][0]["errorCode"] if part["httpStatusCode"] >= 400 else None for part in document
    ]
    assert codes == (["PROCESSING_HALTED", "MIXED_DML_OPERATION"] if whole else [None, None])
    assert len(org.rows("SELECT Id FROM Lead")) == (0 if whole else 1)
    assert org.create("PermissionSet", Name="After", Label="A"), (
        "what was rolled back holds nothing back"
    )


def test_creating_a_field_can_be_refused_on_demand(org: Client) -> None:
    org.control(
        "POST", "refusals", {"object": "CustomField", "code": "UNKNOWN_EXCEPTION", "status": 500}
    )
    refused(make_field(org, "Lead.Made__c"), 500, "UNKNOWN_EXCEPTION")
    assert make_field(org, "Lead.Made__c").status_code == 201


def test_a_created_field_counts_as_a_write(org: Client) -> None:
    org.control("POST", "calls/reset")
    make_field(org, "Lead.Made__c")
    assert org.calls()["writes"] == 1
