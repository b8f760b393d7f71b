"""User permissions and permission sets: the API, objects, fields, records (salesforce-api.md,
ground rule 4, §8).

What a user cannot see does not exist for that user: not in describe, in SOQL or in a write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from zsf_plugin.emulator.documents import as_list, unknown
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.records import Records
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.org.values import folded, short_id

_EXPIRED = (
    "The users password has expired, you must call SetPassword before attempting any other API "
    "operations"
)
_AS_SETS = (
    "hidden_objects",
    "hidden_fields",
    "read_only_fields",
    "unshared",
    "read_only_records",
    "unavailable_record_types",
    "protected_objects",
)


@dataclass(frozen=True, slots=True)
class Permissions:
    """One user's permissions. `hidden_fields` and `read_only_fields` hold names like `Lead.Email`;
    `unshared` and `read_only_records` hold ids, `unavailable_record_types` names like
    `Lead.Partner`. `protected_objects`: their rows cannot be deleted by the user.

    `view_setup`, `customize_application` and `manage_users` are needed to create fields (§8).
    """

    api_enabled: bool = True
    app_allowed: bool = True
    password_expired: bool = False
    view_all_data: bool = True
    view_setup: bool = True
    customize_application: bool = True
    manage_users: bool = True
    hidden_objects: frozenset[str] = field(default_factory=frozenset)
    hidden_fields: frozenset[str] = field(default_factory=frozenset)
    read_only_fields: frozenset[str] = field(default_factory=frozenset)
    unshared: frozenset[str] = field(default_factory=frozenset)
    read_only_records: frozenset[str] = field(default_factory=frozenset)
    unavailable_record_types: frozenset[str] = field(default_factory=frozenset)
    protected_objects: frozenset[str] = field(default_factory=frozenset)

    def with_changes(self, document: Mapping[str, Json]) -> Permissions:
        """These permissions with some replaced. Raises ValueError for an unknown one."""
        known = sorted(one.name for one in fields(self))
        changed = self
        for name in sorted(document):
            if name not in known:
                raise unknown("permission", name, known)
            value = document[name]
            parsed = frozenset(map(str, as_list(value))) if name in _AS_SETS else bool(value)
            changed = replace(changed, **{name: parsed})  # type: ignore[arg-type]
        return changed

    def check_setup_access(self, object_: str) -> None:
        """Raises INSUFFICIENT_ACCESS if the user may not write permission sets and their rows."""
        if object_ in _UNIQUE_KEYS and not (self.manage_users and self.view_setup):
            message = "insufficient access rights on object id"
            raise SalesforceError(403, "INSUFFICIENT_ACCESS", message)

    def offers_record_type(self, object_name: str, name: str) -> bool:
        """Whether the user may give a record this type."""
        return f"{object_name}.{name}" not in self.unavailable_record_types

    def as_seen(self, object_name: str, found: Field) -> Field | None:
        """The field as the user sees it; None if it is hidden."""
        path = f"{object_name}.{found.name}"
        if path in self.hidden_fields:
            return None
        if path in self.read_only_fields:
            return found.read_only()
        return found

    def check_request(self) -> None:
        """Raises SalesforceError if the user may not call the API (§4.2)."""
        if self.password_expired:
            raise SalesforceError(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", _EXPIRED)
        if not self.api_enabled:
            raise SalesforceError(403, "API_CURRENTLY_DISABLED", "API is disabled for this User")
        if not self.app_allowed:
            message = "Client is not accessible for this user"
            raise SalesforceError(403, "CLIENT_NOT_ACCESSIBLE_FOR_USER", message)


@dataclass(frozen=True, slots=True)
class _UniqueKey:
    """Fields that identify a row, and the error code for a second row with the same values."""

    fields: tuple[str, ...]
    code: str

    def of(self, row: Mapping[str, Json]) -> list[Json]:
        """The row's values in these fields, texts in lower case."""
        return [folded(row.get(name)) for name in self.fields]


_UNIQUE_KEYS = {
    "PermissionSet": _UniqueKey(("Name", "NamespacePrefix"), "DUPLICATE_DEVELOPER_NAME"),
    "FieldPermissions": _UniqueKey(("ParentId", "SobjectType", "Field"), "DUPLICATE_VALUE"),
    "PermissionSetAssignment": _UniqueKey(("AssigneeId", "PermissionSetId"), "DUPLICATE_VALUE"),
}


def granted(records: Records, user_id: str, object_: str, field: Field) -> Field | None:
    """The field as this user's permission sets grant it, or None if they do not."""
    grants = [row for row in _grants(records, user_id) if _is_about(row, object_, field.name)]
    if not any(row["PermissionsRead"] for row in grants):
        return None
    is_editable = any(row["PermissionsEdit"] for row in grants)
    return field if is_editable else field.read_only()


def _grants(records: Records, user_id: str) -> Iterator[Row]:
    """The field permissions of all permission sets assigned to the user."""
    for assigned in records.find("PermissionSetAssignment", "AssigneeId", user_id):
        yield from records.find("FieldPermissions", "ParentId", assigned["PermissionSetId"])


def _is_about(row: Mapping[str, Json], object_: str, field: str) -> bool:
    """Whether a FieldPermissions row covers this field."""
    return row["SobjectType"] == object_ and str(row["Field"]).endswith(f".{field}")


def check_permission_row(
    records: Records, objects: Mapping[str, ObjectType], object_: str, row: Mapping[str, Json]
) -> None:
    """Refuse a duplicate or meaningless row of a permission set. Other objects pass."""
    if object_ in _UNIQUE_KEYS:
        _check_single(_UNIQUE_KEYS[object_], records.live_rows(object_), row)
    if object_ == "FieldPermissions":
        _check_field_permission(objects, row)


def _check_single(unique_key: _UniqueKey, others: Iterable[Row], row: Mapping[str, Json]) -> None:
    for other in others:
        if other["Id"] != row.get("Id") and unique_key.of(other) == unique_key.of(row):
            shown = short_id(other["Id"])
            message = f"duplicate value found: unknown duplicates value on record with id: {shown}"
            raise bad(unique_key.code, message)


def _check_field_permission(objects: Mapping[str, ObjectType], row: Mapping[str, Json]) -> None:
    """The field must exist on its object, named like `Lead.X__c`; edit requires read."""
    field = _field_of(objects, row)
    if field is None:
        message = f"Field: bad value for restricted picklist field: {row['Field']}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, "Field")
    if field.required:
        message = f"a required field takes no field permission: {row['Field']}"
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, "Field")
    _check_edit_needs_read(row)


def _field_of(objects: Mapping[str, ObjectType], row: Mapping[str, Json]) -> Field | None:
    owner, _, name = str(row["Field"]).partition(".")
    if owner not in objects or owner != row["SobjectType"]:
        return None
    return objects[owner].fields.get(name)


def _check_edit_needs_read(row: Mapping[str, Json]) -> None:
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        raise bad("FIELD_INTEGRITY_EXCEPTION", "Edit depends on Read", "PermissionsEdit")
