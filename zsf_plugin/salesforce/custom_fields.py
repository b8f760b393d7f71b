"""Custom fields and permission sets in Salesforce's setup: request bodies, queries, parsed rows.
Pure (salesforce-api.md §8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zsf_plugin.model import DESCRIBED_AS, CustomField, FieldDescribe, FieldGrant, FieldSpec, Json
from zsf_plugin.salesforce import soql

#: The keys of `setup_queries`.
SETUP = ("sets", "grants", "assignments")

_COLUMNS = ("Id", "DeveloperName", "NamespacePrefix", "TableEnumOrId")


def field_body(spec: FieldSpec) -> Json:
    """The body that creates a field. Salesforce refuses `caseSensitive` for a field that is not
    unique."""
    metadata: dict[str, Json] = {"label": spec.label, "type": spec.type, "required": False}
    metadata |= _size(spec)
    if spec.unique:
        metadata |= {"unique": True, "caseSensitive": spec.case_sensitive}
    if spec.external_id:
        metadata["externalId"] = True
    if spec.description:
        metadata["description"] = spec.description
    return {"FullName": spec.full_name, "Metadata": metadata}


def _size(spec: FieldSpec) -> dict[str, Json]:
    """What a type requires besides its name (salesforce-api.md §8)."""
    if spec.type == "Number":
        return {"precision": spec.length, "scale": spec.scale}
    if spec.type == "Checkbox":
        return {"defaultValue": "false"}
    lines: dict[str, Json] = {"visibleLines": 4} if spec.type == "LongTextArea" else {}
    return {"length": spec.length, **lines} if spec.length else lines


def fields_query(wanted: Sequence[FieldSpec]) -> str:
    """The statement that finds the wanted fields, in any package; it may find others as well."""
    tables = soql.one_of("TableEnumOrId", _literals(spec.object for spec in wanted))
    names = soql.one_of("DeveloperName", _literals(spec.developer_name for spec in wanted))
    return soql.where(_COLUMNS, "CustomField", [tables, names])


def metadata_query(field_id: str) -> str:
    """The statement that reads one field's metadata; Salesforce allows one row per query."""
    return soql.where(("Id", "Metadata"), "CustomField", [soql.equal("Id", field_id)])


def setup_queries(name: str, user_id: str) -> dict[str, str]:
    """The statements that find a permission set by its API name, its field permissions, and its
    assignment to a user."""
    own = [soql.equal("Name", name), soql.equal("NamespacePrefix", None)]
    rights = ("Id", "ParentId", "Field", "PermissionsRead", "PermissionsEdit")
    mine = [soql.equal("PermissionSet.Name", name), soql.equal("AssigneeId", user_id)]
    statements = (
        soql.where(("Id",), "PermissionSet", own),
        soql.where(rights, "FieldPermissions", [soql.equal("Parent.Name", name)]),
        soql.where(("Id", "PermissionSetId"), "PermissionSetAssignment", mine),
    )
    return dict(zip(SETUP, statements, strict=True))


def parse_custom_field(row: Mapping[str, Json]) -> CustomField:
    """The field of a setup row, with the API name as in describes."""
    name = str(row.get("DeveloperName"))
    namespace = str(row.get("NamespacePrefix") or "")
    return CustomField(
        id=str(row.get("Id")),
        object=str(row.get("TableEnumOrId")),
        name=f"{namespace}__{name}__c" if namespace else f"{name}__c",
        developer_name=name,
        namespace=namespace or None,
    )


def shape_of(name: str, metadata: Json) -> FieldDescribe | None:
    """A field's metadata in the form of a describe; None if it is unreadable."""
    if not isinstance(metadata, dict):
        return None
    kind = str(metadata.get("type"))
    return FieldDescribe(
        name=name,
        label=str(metadata.get("label") or name),
        type=DESCRIBED_AS.get(kind, kind),
        length=_number(metadata, "length"),
        precision=_number(metadata, "precision"),
        scale=_number(metadata, "scale"),
        custom=True,
        external_id=metadata.get("externalId") is True,
        unique=metadata.get("unique") is True,
        case_sensitive=metadata.get("caseSensitive") is True,
    )


def _number(metadata: Mapping[str, Json], name: str) -> int:
    number = metadata.get(name)
    return number if isinstance(number, int) else 0


def grant_of(row: Mapping[str, Json]) -> FieldGrant:
    """The grant in a row of field permissions."""
    read, edit = row.get("PermissionsRead") is True, row.get("PermissionsEdit") is True
    return FieldGrant(str(row.get("Id")), str(row.get("Field")), read, edit)


def _literals(values: Iterable[str]) -> list[str]:
    return [text for value in dict.fromkeys(values) if (text := soql.literal(value)) is not None]
