"""Permission sets and what they grant: who sees a made field, which grants are refused
(salesforce-api.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.permissions import Permissions
from zsf_plugin.emulator.schema import Field, ObjectType

Rows = Mapping[str, Mapping[str, Mapping[str, Json]]]

#: What makes a row of these the only one of its kind, and how a second one is refused.
_ONCE = {
    "PermissionSet": (("Name", "NamespacePrefix"), "DUPLICATE_DEVELOPER_NAME"),
    "FieldPermissions": (("ParentId", "SobjectType", "Field"), "DUPLICATE_VALUE"),
    "PermissionSetAssignment": (("AssigneeId", "PermissionSetId"), "DUPLICATE_VALUE"),
}


def granted(rows: Rows, user_id: str, object_: str, field: Field) -> Field | None:
    """The field as this user's permission sets give it, or None; a set nobody was assigned gives
    nothing."""
    held = [row for row in _permissions(rows, user_id) if _is_about(row, object_, field.name)]
    if not any(row["PermissionsRead"] for row in held):
        return None
    if any(row["PermissionsEdit"] for row in held):
        return field
    return replace(field, createable=False, updateable=False)


def check_right(allowed: Permissions, object_: str) -> None:
    """Whether a user may write permission sets and what belongs to them. Raises
    INSUFFICIENT_ACCESS."""
    if object_ in _ONCE and not (allowed.manage_users and allowed.view_setup):
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")


def check_grant(
    rows: Rows, objects: Mapping[str, ObjectType], object_: str, row: Mapping[str, Json]
) -> None:
    """What an org refuses of permission sets: a second of the same kind, a grant that means
    nothing."""
    keys, code = _ONCE.get(object_, ((), ""))
    for other in rows[object_].values() if keys else ():
        if (
            not other["IsDeleted"]
            and other["Id"] != row.get("Id")
            and all(_same(other[k], row.get(k)) for k in keys)
        ):
            words = (
                f"duplicate value found: unknown duplicates value on record with id: "
                f"{str(other['Id'])[:15]}"
            )
            raise bad(code, words)
    if object_ == "FieldPermissions":
        _check_field(objects, row)


def _check_field(objects: Mapping[str, ObjectType], row: Mapping[str, Json]) -> None:
    """The field is one of its object, by the name `Lead.X__c`; editing needs reading."""
    owner, _, name = str(row["Field"]).partition(".")
    object_ = objects.get(owner)
    field = object_.fields.get(name) if object_ is not None else None
    if field is None or owner != row["SobjectType"]:
        words = f"Field: bad value for restricted picklist field: {row['Field']}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, "Field")
    if field.required:
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"a required field takes no field permission: {row['Field']}",
            "Field",
        )
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        raise bad("FIELD_INTEGRITY_EXCEPTION", "Edit depends on Read", "PermissionsEdit")


def _same(one: Json, other: Json) -> bool:
    return (
        one.lower() == other.lower()
        if isinstance(one, str) and isinstance(other, str)
        else one == other
    )


def _permissions(rows: Rows, user_id: str) -> list[Mapping[str, Json]]:
    assigned = rows["PermissionSetAssignment"].values()
    sets = {
        row["PermissionSetId"]
        for row in assigned
        if row["AssigneeId"] == user_id and not row["IsDeleted"]
    }
    return [
        row
        for row in rows["FieldPermissions"].values()
        if row["ParentId"] in sets and not row["IsDeleted"]
    ]


def _is_about(row: Mapping[str, Json], object_: str, field: str) -> bool:
    return row["SobjectType"] == object_ and str(row["Field"]).partition(".")[2] == field
