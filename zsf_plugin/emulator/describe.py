"""Describes: what an org says of its objects and fields to the connected user (salesforce-api.md
§3.11)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.field_types import label
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.schema import Field, ObjectType


def global_describe(org: Org) -> Json:
    """`GET /sobjects`."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [
            _flags(o) for o in org.objects.values() if o.name not in org.allowed().hidden_objects
        ],
    }


def object_describe(org: Org, object_: ObjectType) -> Json:
    """`GET /sobjects/X/describe`."""
    fields = [_field(org, object_, field) for field in org.visible_fields(object_)]
    master: Json = {
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
        "developerName": "Master",
        "available": True,
        "master": True,
        "defaultRecordTypeMapping": True,
        "active": True,
    }
    return {
        **_flags(object_),
        "fields": fields,
        "childRelationships": [],
        "recordTypeInfos": [master, *_record_types(org, object_)],
    }


def unchanged_since(object_: ObjectType, header: str | None) -> bool:
    """Whether the metadata has not changed since that HTTP date."""
    if not header:
        return False
    try:
        return parsedate_to_datetime(object_.changed) <= parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return False


def _record_types(org: Org, object_: ObjectType) -> list[Json]:
    """The record types beside the master (§3.11)."""
    return [
        {
            "name": name,
            "recordTypeId": id_,
            "developerName": name,
            "available": True,
            "master": False,
            "defaultRecordTypeMapping": False,
            "active": True,
        }
        for id_, name in org.record_types.get(object_.name, {}).items()
    ]


def _flags(object_: ObjectType) -> dict[str, Json]:
    base = f"/services/data/v68.0/sobjects/{object_.name}"
    flags = (
        "createable",
        "updateable",
        "deletable",
        "undeletable",
        "mergeable",
        "layoutable",
        "triggerable",
    )
    urls: Json = {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}
    return {
        "name": object_.name,
        "label": object_.name,
        "labelPlural": f"{object_.name}s",
        "keyPrefix": object_.prefix,
        "custom": object_.custom,
        **dict.fromkeys(flags, object_.writable),
        "queryable": True,
        "searchable": True,
        "retrieveable": True,
        "replicateable": True,
        "urls": urls,
    }


def _field(org: Org, object_: ObjectType, field: Field) -> Json:
    values: list[Json] = [
        {
            "active": True,
            "defaultValue": value == field.default,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in _picklist(org, object_, field)
    ]
    return {
        "name": field.name,
        "label": label(field),
        "type": field.type,
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": field.precision if field.type != "int" else 0,
        "scale": field.scale,
        "digits": field.precision if field.type == "int" else 0,
        "nillable": not field.required and field.type != "boolean",
        "createable": field.createable,
        "updateable": field.updateable,
        "defaultedOnCreate": field.defaulted or field.type == "boolean",
        "defaultValue": field.default,
        "calculated": False,
        "autoNumber": False,
        "custom": field.custom,
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "idLookup": field.id_lookup,
        "filterable": field.filterable,
        "sortable": field.filterable,
        "groupable": field.filterable,
        "permissionable": field.custom,
        "encrypted": False,
        "htmlFormatted": False,
        "nameField": field.name == "Name",
        "picklistValues": values,
        "restrictedPicklist": field.restricted,
        "dependentPicklist": False,
        "controllerName": None,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship,
        "compoundFieldName": None,
        "extraTypeInfo": None,
        "inlineHelpText": None,
        "deprecatedAndHidden": False,
    }


def _picklist(org: Org, object_: ObjectType, field: Field) -> tuple[str, ...]:
    if (object_.name, field.name) == ("Task", "Status"):
        return tuple(str(status["ApiName"]) for status in org.rows["TaskStatus"].values())
    return field.picklist
