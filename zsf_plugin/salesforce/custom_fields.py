"""Fields and permission sets in the words of setup, pure: bodies to send, rows read
(salesforce-api.md §8).

Sends nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zsf_plugin.model import DESCRIBED_AS, CustomField, FieldDescribe, FieldGrant, FieldSpec, Json
from zsf_plugin.salesforce import soql

#: The names of `setup_queries`.
SETUP = ("sets", "grants", "assignments")

_COLUMNS = ("Id", "DeveloperName", "NamespacePrefix", "TableEnumOrId")


def field_body(spec: FieldSpec) -> Json:
    """The body that makes a field. `caseSensitive` is refused for a field that is not unique."""
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
    """What beside its name a type demands (salesforce-api.md §8)."""
    if spec.type == "Number":
        return {"precision": spec.length, "scale": spec.scale}
    if spec.type == "Checkbox":
        return {"defaultValue": "false"}
    lines: dict[str, Json] = {"visibleLines": 4} if spec.type == "LongTextArea" else {}
    return {"length": spec.length, **lines} if spec.length else lines


def fields_query(wanted: Sequence[FieldSpec]) -> str:
    """The statement that finds the setup rows of the wanted fields, of whatever package; more than
    them may answer."""
    tables = soql.one_of("TableEnumOrId", _literals(spec.object for spec in wanted))
    names = soql.one_of("DeveloperName", _literals(spec.developer_name for spec in wanted))
    return soql.where(_COLUMNS, "CustomField", [tables, names])


def metadata_query(field_id: str) -> str:
    """The statement that reads one field's metadata: of one row at a time, no more is allowed."""
    return soql.where(("Id", "Metadata"), "CustomField", [soql.equal("Id", field_id)])


def setup_queries(name: str, user_id: str) -> dict[str, str]:
    """The statements that find a permission set by its API name, its rows for fields, its
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
    """The field of a setup row, by the API name that describes use."""
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
    """A field's metadata as a describe would tell it, or None for what cannot be read."""
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
    """A row of field permissions."""
    read, edit = row.get("PermissionsRead") is True, row.get("PermissionsEdit") is True
    return FieldGrant(str(row.get("Id")), str(row.get("Field")), read, edit)


def _literals(values: Iterable[str]) -> list[str]:
    return [text for value in dict.fromkeys(values) if (text := soql.literal(value)) is not None]
