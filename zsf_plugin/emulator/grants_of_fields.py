"""Who sees a field that was made: those assigned a permission set that holds a field permission for it (§8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.schema import Field

Rows = Mapping[str, Mapping[str, Mapping[str, Json]]]


def granted(rows: Rows, user_id: str, object_: str, field: Field) -> Field | None:
    """The field as this user's permission sets give it, or None; a set nobody was assigned gives nothing."""
    held = [row for row in _permissions(rows, user_id) if _is_about(row, object_, field.name)]
    if not any(row["PermissionsRead"] for row in held):
        return None
    if any(row["PermissionsEdit"] for row in held):
        return field
    return replace(field, createable=False, updateable=False)


def check_assignment(rows: Rows, object_: str, row: Mapping[str, Json]) -> None:
    """A permission set is assigned to a user once. Raises DUPLICATE_VALUE."""
    if object_ != "PermissionSetAssignment":
        return
    for other in rows[object_].values():
        if not other["IsDeleted"] and all(other[key] == row[key] for key in ("AssigneeId", "PermissionSetId")):
            words = f"duplicate value found: unknown duplicates value on record with id: {str(other['Id'])[:15]}"
            raise bad("DUPLICATE_VALUE", words)


def _permissions(rows: Rows, user_id: str) -> list[Mapping[str, Json]]:
    assigned = rows["PermissionSetAssignment"].values()
    sets = {row["PermissionSetId"] for row in assigned if row["AssigneeId"] == user_id and not row["IsDeleted"]}
    return [row for row in rows["FieldPermissions"].values() if row["ParentId"] in sets and not row["IsDeleted"]]


def _is_about(row: Mapping[str, Json], object_: str, field: str) -> bool:
    names = (object_, "Activity") if object_ in ("Task", "Event") else (object_,)
    return row["SobjectType"] in names and str(row["Field"]).partition(".")[2] == field
