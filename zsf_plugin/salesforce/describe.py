"""Parses describes: Salesforce's JSON to `ObjectDescribe`. Pure (salesforce-api.md §3.11)."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping

from zsf_plugin.model import (
    FieldDescribe,
    Json,
    ObjectDescribe,
    PicklistValue,
    RecordType,
    is_state_list,
)
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.answers import objects_in
from zsf_plugin.salesforce.record_types import Offers

_FLAGS = {
    "nillable": "nillable",
    "createable": "createable",
    "updateable": "updateable",
    "defaulted_on_create": "defaultedOnCreate",
    "filterable": "filterable",
    "encrypted": "encrypted",
    "custom": "custom",
    "external_id": "externalId",
    "unique": "unique",
    "case_sensitive": "caseSensitive",
    "restricted": "restrictedPicklist",
}
_NUMBERS = ("length", "precision", "scale", "digits")
#: The keys of a field to cache: a whole describe is 0.3 to 1 MB.
_CACHED = (
    "name",
    "label",
    "type",
    *_NUMBERS,
    *_FLAGS.values(),
    "picklistValues",
    "referenceTo",
)

#: The positions under which a dependent picklist's value is allowed, as base64 (§3.11).
_VALID_FOR = "validFor"
#: Our own key in a cached describe.
_GONE = "zsf:gone"


def slim(body: Mapping[str, Json]) -> Json:
    """The parts of a describe that we use, small enough to cache."""
    fields: list[Json] = list(map(_slim_field, objects_in(body, "fields")))
    kept = {key: body.get(key) for key in ("name", "label", "createable", "updateable")}
    return {**kept, "fields": fields, "recordTypeInfos": objects_in(body, "recordTypeInfos")}


def _slim_field(field: Mapping[str, Json]) -> Json:
    slim = {key: field[key] for key in _CACHED if key in field}
    # Writes through the API are checked against the dependency of states only (§9 trap 60).
    if field.get("dependentPicklist") is True and not is_state_list(str(field.get("name"))):
        slim["picklistValues"] = list(map(_independent, objects_in(field, "picklistValues")))
    return slim


def _independent(value: Mapping[str, Json]) -> Json:
    return {key: value[key] for key in value if key != _VALID_FOR}


def with_gone(body: Json, before: Json, now: float) -> Json:
    """The slim describe plus the fields that an earlier one had and this one lacks, with the time.

    Such a field was deleted or hidden by field-level security, which a describe does not
    distinguish (§9 trap 33), but it did exist. A field that reappears is no longer gone.
    """
    if not isinstance(body, dict) or not isinstance(before, dict):
        return body
    shown = _field_names(body)
    gone: dict[str, Json] = {**_gone(before), **dict.fromkeys(_field_names(before), now)}
    gone = {name: since for name, since in gone.items() if name not in shown}
    return {**body, _GONE: gone} if gone else body


def _field_names(body: Mapping[str, Json]) -> set[str]:
    return {str(field.get("name")) for field in objects_in(body, "fields")}


def parse_describe(body: Mapping[str, Json], offers: Offers | None = None) -> ObjectDescribe:
    """The describe in a slim or whole body; `offers` are the picklist values by record type."""
    fields = map(_field, filter(_is_named, objects_in(body, "fields")))
    name = str(body.get("name"))
    return ObjectDescribe(
        name=name,
        label=str(body.get("label") or name),
        createable=body.get("createable") is not False,
        updateable=body.get("updateable") is not False,
        fields={field.name: field for field in fields},
        record_types=tuple(
            _record_type(kind, offers or {}) for kind in objects_in(body, "recordTypeInfos")
        ),
        fingerprint=_fingerprint(body, offers or {}),
        gone=_gone(body),
    )


def _fingerprint(body: Mapping[str, Json], offers: Offers) -> str:
    """A digest that changes when a part that we use changes."""
    text = json.dumps(slim(body), sort_keys=True)
    if offers:
        text += json.dumps(offers, sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_named(field: Mapping[str, Json]) -> bool:
    """Whether the field's name is safe in a statement: all field names that we send come from
    describes."""
    name = field.get("name")
    return isinstance(name, str) and soql.is_identifier(name)


def _gone(body: Mapping[str, Json]) -> dict[str, float]:
    found = body.get(_GONE)
    return (
        {name: float(at) for name, at in found.items() if isinstance(at, (int, float))}
        if isinstance(found, dict)
        else {}
    )


def _field(body: Mapping[str, Json]) -> FieldDescribe:
    flags = {ours: body[theirs] is True for ours, theirs in _FLAGS.items() if theirs in body}
    return FieldDescribe(
        name=str(body["name"]),
        label=str(body.get("label") or body["name"]),
        type=str(body.get("type") or "string"),
        picklist=tuple(map(_value, objects_in(body, "picklistValues"))),
        references=_references(body),
        **flags,
        **_numbers(body),  # type: ignore[arg-type]  # by name, see _NUMBERS
    )


def _numbers(body: Mapping[str, Json]) -> dict[str, int]:
    return {name: number for name in _NUMBERS if isinstance(number := body.get(name), int)}


def _references(body: Mapping[str, Json]) -> tuple[str, ...]:
    """The objects that a lookup field can refer to."""
    references = body.get("referenceTo")
    return tuple(map(str, references)) if isinstance(references, list) else ()


def _value(body: Mapping[str, Json]) -> PicklistValue:
    value = str(body.get("value"))
    active, default = body.get("active") is not False, body.get("defaultValue") is True
    valid_for = frozenset(_positions(body.get(_VALID_FOR)))
    return PicklistValue(value, str(body.get("label") or value), active, default, valid_for)


def _positions(bits: Json) -> Iterator[int]:
    """The positions of the bits that are set, counted from the first byte's most significant one
    (§3.11)."""
    if not isinstance(bits, str):
        return
    try:
        found = b64decode(bits)
    except binascii.Error:
        return
    for index, byte in enumerate(found):
        for bit in range(8):
            if byte & 0x80 >> bit:
                yield 8 * index + bit


def _record_type(body: Mapping[str, Json], offers: Offers) -> RecordType:
    record_type = str(body.get("recordTypeId"))
    return RecordType(
        id=record_type,
        offers=offers.get(record_type, {}),
        developer_name=str(body.get("developerName") or body.get("name")),
        available=body.get("available") is True,
        default=body.get("defaultRecordTypeMapping") is True,
    )
