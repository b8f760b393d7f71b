"""The part of the Tooling API that makes fields (salesforce-api.md §8). A made field is hidden
until it is granted."""

from __future__ import annotations

from typing import cast

from zsf_plugin.emulator.custom_fields import add_field
from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.schema import Field, ObjectType
from zsf_plugin.emulator.tooling_query import Asked, parse

#: Types by their name in metadata, and in describes.
_TYPES = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Number": "double",
    "Checkbox": "boolean",
    "Picklist": "picklist",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Url": "url",
    "Phone": "phone",
}
_KEYS = ("Text", "Number", "Email", "AutoNumber")
_LENGTHS = {"Text": (1, 255), "LongTextArea": (256, 131_072)}
#: External ids that one object may have.
_MOST_EXTERNAL_IDS = 25
_NOTHING_ALLOWED = (
    "You do not have the level of access necessary to perform the operation you requested."
)


def answer_tooling(org: Org, request: Request, steps: list[str]) -> Response:
    """Create a CustomField, read one by its id, or ask for those there are."""
    if not org.allowed().view_setup:
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", _NOTHING_ALLOWED)
    if steps == ["query"] and request.method == "GET":
        return Response(200, _query(org, parse(request.query.get("q", ""))))
    if steps == ["sobjects", "CustomField"] and request.method == "POST":
        return _custom_field(org, request)
    if steps[:2] == ["sobjects", "CustomField"] and len(steps) == 3 and request.method == "GET":
        return Response(200, _read(org, steps[2]))
    raise not_found()


def _query(org: Org, asked: Asked) -> Json:
    """The custom fields that a statement names, hidden or not; `Metadata` and `FullName` of a
    single one only."""
    rows = [
        row
        for table in asked.tables or _tables(org)
        for row in _rows(org, table)
        if asked.fits(row)
    ]
    heavy = {"Metadata", "FullName"} & set(asked.columns)
    if heavy and len(rows) > 1:
        words = (
            "When retrieving results with Metadata or FullName fields, the query "
            "qualifications must specify no more"
        )
        raise bad(
            "MALFORMED_QUERY", f"{words} than one row for retrieval. Result size: {len(rows)}"
        )
    records: list[Json] = [
        {"attributes": _attributes(row), **{key: row[key] for key in asked.columns}} for row in rows
    ]
    return {"size": len(records), "totalSize": len(records), "done": True, "records": records}


def _read(org: Org, field_id: str) -> Json:
    found = [
        row
        for table in _tables(org)
        for row in _rows(org, table)
        if str(row["Id"])[:15] == field_id[:15]
    ]
    if not found:
        raise not_found()
    return {"attributes": _attributes(found[0]), **found[0]}


def _attributes(row: dict[str, Json]) -> Json:
    return {
        "type": "CustomField",
        "url": f"/services/data/v68.0/tooling/sobjects/CustomField/{row['Id']}",
    }


def _tables(org: Org) -> tuple[str, ...]:
    """The objects that hold fields; those of Task and Event are Activity's."""
    return (*(name for name in org.objects if name not in ("Task", "Event")), "Activity")


def _rows(org: Org, table: str) -> list[dict[str, Json]]:
    try:
        object_ = org.object_type("Task" if table == "Activity" else table)
    except SalesforceError:
        return []
    return [
        _row(org, table, field) for field in object_.fields.values() if field.name.endswith("__c")
    ]


def _row(org: Org, table: str, field: Field) -> dict[str, Json]:
    """One CustomField: its name is told without `__c`, and without the namespace of its package."""
    whole = field.name.removesuffix("__c")
    namespace, _, name = whole.rpartition("__")
    kind = next((known for known, type_ in _TYPES.items() if type_ == field.type), field.type)
    metadata: dict[str, Json] = {
        "label": field.label,
        "type": kind,
        "length": field.length or None,
        "precision": field.precision or None,
        "scale": field.scale if field.precision else None,
        "required": field.required,
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive if field.unique else None,
    }
    return {
        "Id": org.field_id(table, field.name),
        "DeveloperName": name,
        "NamespacePrefix": namespace or None,
        "TableEnumOrId": table,
        "FullName": f"{table}.{field.name}",
        "Metadata": metadata,
    }


def _custom_field(org: Org, request: Request) -> Response:
    if not org.allowed().customize_application:
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", _NOTHING_ALLOWED)
    body = request.rows_body()
    object_name, _, name = str(body.get("FullName", "")).partition(".")
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict) or not name.endswith("__c"):
        raise bad("INVALID_FIELD", "FullName and Metadata are required", "FullName")
    if object_name in ("Task", "Event"):
        raise bad(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "bad value for restricted picklist field",
            "FullName",
        )
    object_ = org.object_type("Task" if object_name == "Activity" else object_name)
    if object_.find(name) is not None:
        words = f"There is already a field named {name.removesuffix('__c')} on {object_name}."
        raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", words, ["DeveloperName"])
    _check(object_, cast(dict[str, Json], metadata))
    org.conditions.check_write(creating=False)
    org.refusals.check("create", "CustomField", body)
    add_field(
        org, {**cast(dict[str, Json], metadata), "object": object_name, "name": name}, hidden=True
    )
    org.records.writes["created"] += 1
    record_id = org.field_id(object_name, name)
    made: Json = {"id": record_id, "success": True, "errors": [], "warnings": [], "infos": []}
    return Response(201, made)


def _check(object_: ObjectType, metadata: dict[str, Json]) -> None:
    """What makes no field: no label, no such type, a length it cannot have, flags that its type
    cannot have."""
    kind, length = str(metadata.get("type")), metadata.get("length")
    shortest, longest = _LENGTHS.get(kind, (0, 0))
    if not metadata.get("label"):
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            "Must specify a non-empty label for the CustomField",
            "Metadata",
        )
    if kind not in (*_TYPES, *_KEYS):
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"'{kind}' is not a valid value for the enum 'FieldType'",
            "Metadata",
        )
    _check_size(kind, metadata)
    if longest and not (isinstance(length, int) and shortest <= length <= longest):
        words = f"Length must be between {shortest} and {longest} for a CustomField of type {kind}"
        raise bad("FIELD_INTEGRITY_EXCEPTION", words, "Metadata")
    if metadata.get("externalId") and kind not in _KEYS:
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"Can not specify 'externalId' for a CustomField of type {kind}",
        )
    if metadata.get("caseSensitive") is not None and not (
        kind == "Text" and metadata.get("unique")
    ):
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"Can not specify 'caseSensitive' for a CustomField of type {kind}",
        )
    if (
        metadata.get("externalId")
        and sum(f.external_id for f in object_.fields.values()) >= _MOST_EXTERNAL_IDS
    ):
        words = f"External ID limit exceeded, at most {_MOST_EXTERNAL_IDS} on {object_.name}"
        raise bad("CUSTOM_ENTITY_OR_FIELD_LIMIT", words)


def _check_size(kind: str, metadata: dict[str, Json]) -> None:
    """What Number, Checkbox and long texts demand beside a name."""
    precision, scale = metadata.get("precision"), metadata.get("scale")
    sized = isinstance(precision, int) and isinstance(scale, int) and 0 <= scale < precision <= 18
    if kind == "Number" and not sized:
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            "Must specify 'precision' and 'scale' for a CustomField of type Number",
        )
    needed = {"Checkbox": "defaultValue", "LongTextArea": "visibleLines"}.get(kind)
    if needed is not None and metadata.get(needed) is None:
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION", f"Must specify '{needed}' for a CustomField of type {kind}"
        )
