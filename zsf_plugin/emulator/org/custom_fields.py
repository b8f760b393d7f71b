"""Custom fields of a JSON document: an org's spec, the control surface or setup's metadata."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.emulator.documents import Document
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.field_types import TYPES
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field

#: Types by the names of setup's metadata, in lower case.
_BY_METADATA = {
    kind.metadata.lower(): name for name, kind in TYPES.items() if kind.metadata is not None
}
_ALIASES = {**_BY_METADATA, "autonumber": "string"}


def add_field(org: Org, document: Mapping[str, Json], *, hidden: bool = False) -> None:
    """Create the custom field of a document; one of `Activity` shows on Task and Event (§8).

    `hidden`: nobody sees it until it is granted. Raises ValueError for an unknown type, KeyError
    where object or name is missing.
    """
    field = custom_field(document)
    object_name = str(document["object"])
    names = ("Task", "Event") if object_name == "Activity" else (object_name,)
    for name in names:
        org.add_field(org.object_type(name), field, hidden=hidden or bool(document.get("hidden")))


def custom_field(document: Mapping[str, Json]) -> Field:
    """The field of a document: {name, type, length, label, externalId, unique, …}."""
    given = Document(document)
    kind = _parse_type(given.text("type", "string").lower())
    is_flag = kind == "boolean"
    return Field(
        name=str(document["name"]),
        type=kind,
        length=given.number("length", TYPES[kind].default_length),
        label=str(document.get("label") or document["name"]),
        required=given.flag("required"),
        custom=True,
        filterable=kind != "textarea",
        external_id=given.flag("externalId"),
        unique=given.flag("unique"),
        case_sensitive=given.flag("caseSensitive"),
        restricted=given.flag("restricted"),
        picklist=given.texts("picklist"),
        default=False if is_flag else None,
        defaulted=is_flag,
        precision=given.number("precision"),
        scale=given.number("scale"),
    )


def _parse_type(given: str) -> str:
    """The type that describes name so; setup's own names are understood as well."""
    kind = _ALIASES.get(given, given)
    if kind not in TYPES:
        raise ValueError(f"unknown type of field {given!r}; known are {', '.join(TYPES)}")
    return kind
