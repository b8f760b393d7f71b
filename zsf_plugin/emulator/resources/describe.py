"""Describes: an org's objects, fields and record types as the connected user sees them
(salesforce-api.md §3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from zsf_plugin.emulator.errors import Json, not_found
from zsf_plugin.emulator.org.field_types import label
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import CASCADES
from zsf_plugin.emulator.org.schema import Field, ObjectType
from zsf_plugin.emulator.org.values import canonical_id, developer_name

_MASTER_ID = "012000000000000AAA"
#: Flags that are true for a writable object.
_WRITABLE_FLAGS = (
    "createable",
    "updateable",
    "deletable",
    "undeletable",
    "mergeable",
    "layoutable",
    "triggerable",
)
_PICKLISTS = ("picklist", "multipicklist", "combobox")
#: Flags that are true for a filterable field that is not encrypted.
_SORTABLE_FLAGS = ("sortable", "groupable")
#: Properties that no field of this emulator has.
_UNSUPPORTED: dict[str, Json] = {
    "calculated": False,
    "autoNumber": False,
    "htmlFormatted": False,
    "extraTypeInfo": None,
    "inlineHelpText": None,
    "deprecatedAndHidden": False,
}


def global_describe(org: Org) -> Json:
    """`GET /sobjects`."""
    sobjects = [_flags(object_) for object_ in org.visible_objects()]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sobjects}


def object_describe(org: Org, object_: ObjectType) -> Json:
    """`GET /sobjects/X/describe`."""
    is_protected = object_.name in org.permissions_of().protected_objects
    return {
        **_flags(object_),
        "deletable": object_.writable and not is_protected,
        "fields": _fields(org, object_),
        "childRelationships": _children(org, object_),
        "recordTypeInfos": _record_types(org, object_),
    }


def _children(org: Org, object_: ObjectType) -> list[Json]:
    """The references to the object from those that the user can see."""
    cascades = CASCADES.get(object_.name, ())
    children: list[Json] = []
    for other in org.visible_objects():
        for field in org.visible_fields(other):
            if object_.name in field.references:
                child: dict[str, Json] = {"childSObject": other.name, "field": field.name}
                child["cascadeDelete"] = (other.name, field.name) in cascades
                children.append({**child, "restrictedDelete": False})
    return children


def is_unmodified_since(object_: ObjectType, header: str | None) -> bool:
    """Whether the metadata is unchanged since that HTTP date."""
    if not header:
        return False
    try:
        return parsedate_to_datetime(object_.changed) <= parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return False


def _record_types(org: Org, object_: ObjectType) -> list[dict[str, Json]]:
    """The master record type and the others (§3.11)."""
    types = {_MASTER_ID: "Master", **org.record_types_of(object_)}
    default = org.default_record_type(object_) or _MASTER_ID
    permissions = org.permissions_of()
    return [
        _record_type(
            type_id,
            name,
            is_default=type_id == default,
            available=permissions.offers_record_type(object_.name, name),
        )
        for type_id, name in types.items()
    ]


def _record_type(
    record_id: str, name: str, *, is_default: bool, available: bool
) -> dict[str, Json]:
    is_master = record_id == _MASTER_ID
    return {
        "name": name,
        "recordTypeId": record_id,
        "developerName": developer_name(name),
        "available": available,
        "master": is_master,
        "defaultRecordTypeMapping": is_default,
        "active": True,
    }


def _flags(object_: ObjectType) -> dict[str, Json]:
    return {
        "name": object_.name,
        "label": object_.name,
        "labelPlural": f"{object_.name}s",
        "keyPrefix": object_.prefix,
        "custom": object_.custom,
        **dict.fromkeys(_WRITABLE_FLAGS, object_.writable),
        "queryable": True,
        "searchable": True,
        "retrieveable": True,
        "replicateable": True,
        "urls": _urls(object_),
    }


def _urls(object_: ObjectType) -> Json:
    base = f"/services/data/v68.0/sobjects/{object_.name}"
    return {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}


def _fields(org: Org, object_: ObjectType) -> list[Json]:
    return [_field(org, object_, field) for field in org.visible_fields(object_)]


def _field(org: Org, object_: ObjectType, field: Field) -> Json:
    values = _picklist_values(org, object_, field)
    return {
        "name": field.name,
        "label": label(field),
        "type": field.type,
        **_sizes(field),
        **_rights(field),
        **_keys(field),
        **_UNSUPPORTED,
        "defaultValue": field.default,
        "custom": field.custom,
        "compoundFieldName": field.compound,
        "nameField": field.name == "Name",
        "encrypted": bool(field.encrypted),
        "dependentPicklist": field.controller is not None,
        "controllerName": field.controller,
        "picklistValues": _picklist_entries(field, values),
        "restrictedPicklist": field.restricted,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship,
    }


def _sizes(field: Field) -> dict[str, Json]:
    """Sizes: an int has digits, any other number a precision."""
    is_int = field.type == "int"
    return {
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": 0 if is_int else field.precision,
        "scale": field.scale,
        "digits": field.precision if is_int else 0,
    }


def _rights(field: Field) -> dict[str, Json]:
    return {
        "nillable": field.nillable,
        "createable": field.createable,
        "updateable": field.updateable,
        "defaultedOnCreate": field.defaulted or field.type == "boolean",
        "permissionable": field.custom,
    }


def _keys(field: Field) -> dict[str, Json]:
    """How the field can be used as a key and in filters."""
    return {
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "idLookup": field.id_lookup,
        "filterable": field.filterable,
        **dict.fromkeys(_SORTABLE_FLAGS, field.filterable and not field.encrypted),
    }


def _picklist_entries(field: Field, values: Sequence[str]) -> list[dict[str, Json]]:
    """These values of a field, with their labels; `validFor` of a dependent picklist (§3.11)."""
    labels = field.labels or values
    valid_for: Sequence[str | None] = field.valid_for or [None] * len(values)
    return [
        {
            "active": value not in field.inactive,
            "defaultValue": value == field.default,
            "label": label,
            "validFor": bits,
            "value": value,
        }
        for value, label, bits in zip(values, labels, valid_for, strict=True)
    ]


def _picklist_values(org: Org, object_: ObjectType, field: Field) -> tuple[str, ...]:
    """The values of a picklist; those of Task.Status are rows (§5.4)."""
    if (object_.name, field.name) != ("Task", "Status"):
        return field.picklist
    return _task_statuses(org)


def _task_statuses(org: Org) -> tuple[str, ...]:
    return tuple(str(status["ApiName"]) for status in org.rows["TaskStatus"].values())


def layouts(org: Org, object_: ObjectType, type_id: str = "") -> Json:
    """`GET /sobjects/X/describe/layouts`, of all record types or of one: the values that each type
    offers (§9 trap 62). Page layouts themselves are left empty.

    Raises NOT_FOUND for a record type that the object does not have.
    """
    kinds = _record_types(org, object_)
    mappings = [_mapping(org, object_, kind) for kind in kinds]
    if not type_id:
        several = len(kinds) > 1
        return _answer(mappings, None if several else [_empty_layout()])
    wanted = canonical_id(type_id)
    own = [one for one in mappings if one["recordTypeId"] == wanted]
    if not own:
        raise not_found()
    return {**_empty_layout(), **_answer(own, None)}


def _answer(mappings: list[dict[str, Json]], shown: list[Json] | None) -> dict[str, Json]:
    return {
        "layouts": shown,
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [len(mappings) > 1],
    }


def _empty_layout() -> dict[str, Json]:
    return {"detailLayoutSections": [], "editLayoutSections": [], "relatedLists": []}


def _mapping(org: Org, object_: ObjectType, kind: dict[str, Json]) -> dict[str, Json]:
    """One record type, with the values that it offers of each picklist that the user can see."""
    fields = [field for field in org.visible_fields(object_) if field.type in _PICKLISTS]
    picklists = [_offered(org, object_, field, str(kind["name"])) for field in fields]
    return {**kind, "layoutId": None, "picklistsForRecordType": picklists}


def _offered(org: Org, object_: ObjectType, field: Field, type_name: str) -> Json:
    allowed = org.allowed_values(object_, type_name).get(field.name)
    entries = _picklist_entries(field, _picklist_values(org, object_, field))
    offered = [one for one in entries if allowed is None or one["value"] in allowed]
    return {"picklistName": field.name, "picklistValues": offered}
