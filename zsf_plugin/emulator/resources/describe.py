"""Describes: an org's objects and fields as the connected user sees them (salesforce-api.md
§3.11)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.field_types import label
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType

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
#: Flags that are true for a filterable field.
_FILTERABLE_FLAGS = ("filterable", "sortable", "groupable")
#: Properties that no field of this emulator has.
_UNSUPPORTED: dict[str, Json] = {
    "calculated": False,
    "autoNumber": False,
    "encrypted": False,
    "htmlFormatted": False,
    "dependentPicklist": False,
    "controllerName": None,
    "compoundFieldName": None,
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
    return {
        **_flags(object_),
        "fields": _fields(org, object_),
        "childRelationships": [],
        "recordTypeInfos": _record_types(org, object_),
    }


def is_unmodified_since(object_: ObjectType, header: str | None) -> bool:
    """Whether the metadata is unchanged since that HTTP date."""
    if not header:
        return False
    try:
        return parsedate_to_datetime(object_.changed) <= parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return False


def _record_types(org: Org, object_: ObjectType) -> list[Json]:
    """The master record type and the others (§3.11)."""
    types = {_MASTER_ID: "Master", **org.record_types_of(object_)}
    return [_record_type(type_id, name) for type_id, name in types.items()]


def _record_type(record_id: str, name: str) -> Json:
    is_master = record_id == _MASTER_ID
    return {
        "name": name,
        "recordTypeId": record_id,
        "developerName": name,
        "available": True,
        "master": is_master,
        "defaultRecordTypeMapping": is_master,
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
    values = _picklist(org, object_, field)
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
        "nameField": field.name == "Name",
        "picklistValues": [_picklist_entry(field, value) for value in values],
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
    is_flag = field.type == "boolean"
    return {
        "nillable": not field.required and not is_flag,
        "createable": field.createable,
        "updateable": field.updateable,
        "defaultedOnCreate": field.defaulted or is_flag,
        "permissionable": field.custom,
    }


def _keys(field: Field) -> dict[str, Json]:
    """How the field can be used as a key and in filters."""
    return {
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "idLookup": field.id_lookup,
        **dict.fromkeys(_FILTERABLE_FLAGS, field.filterable),
    }


def _picklist_entry(field: Field, value: str) -> Json:
    return {
        "active": True,
        "defaultValue": value == field.default,
        "label": value,
        "validFor": None,
        "value": value,
    }


def _picklist(org: Org, object_: ObjectType, field: Field) -> tuple[str, ...]:
    if (object_.name, field.name) != ("Task", "Status"):
        return field.picklist
    return tuple(str(status["ApiName"]) for status in org.rows["TaskStatus"].values())
