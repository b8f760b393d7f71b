"""Adding and changing fields as an admin does in Setup, from JSON documents (salesforce-api.md
§8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from zsf_plugin.emulator.documents import Document, as_list, as_object, unknown
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.field_types import DECIMALS, MAX_DIGITS, TYPES
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import ENCRYPTION, Field

#: Decimals of a custom number whose document names no digits.
_SCALE = 2
#: The longest text area that can be filtered.
_MAX_FILTERABLE = 255
#: Type names by their lower-case names in the setup API.
_BY_METADATA = {
    kind.metadata.lower(): name for name, kind in TYPES.items() if kind.metadata is not None
}
_ALIASES = {**_BY_METADATA, "autonumber": "string"}


def add_field(org: Org, document: Mapping[str, Json], *, hidden: bool = False) -> None:
    """Create the custom field of a document; a field of `Activity` appears on Task and Event (§8).

    `hidden`: no user sees it until a permission set grants it. Raises ValueError for an unknown
    type, KeyError if object or name is missing.
    """
    field = custom_field(document)
    is_hidden = hidden or bool(document.get("hidden"))
    for name in _objects_with_fields_of(str(document["object"])):
        org.add_field(org.object_type(name), field, hidden=is_hidden)


def _objects_with_fields_of(name: str) -> tuple[str, ...]:
    return ("Task", "Event") if name == "Activity" else (name,)


def custom_field(document: Mapping[str, Json]) -> Field:
    """Build the field of a document: {name, type, length, label, externalId, unique, …}."""
    given = Document(document)
    kind = _parse_type(given.text("type", "string").lower())
    is_flag, is_decimal = kind == "boolean", kind in DECIMALS
    length = given.number("length", TYPES[kind].default_length)
    field = Field(
        name=str(document["name"]),
        type=kind,
        length=length,
        label=str(document.get("label") or document["name"]),
        required=given.flag("required"),
        custom=True,
        filterable=bool(document.get("filterable", _is_filterable(kind, length))),
        external_id=given.flag("externalId"),
        unique=given.flag("unique"),
        case_sensitive=given.flag("caseSensitive"),
        restricted=given.flag("restricted"),
        default=False if is_flag else None,
        defaulted=is_flag,
        precision=given.number("precision", MAX_DIGITS if is_decimal else 0),
        scale=given.number("scale", 0 if given.flag("precision") or not is_decimal else _SCALE),
        encrypted=given.text("encrypted"),
    )
    return with_encryption(with_choices(field, as_list(document.get("picklist"))))


def _is_filterable(kind: str, length: int) -> bool:
    """Long texts are not; a text area of at most 255 characters is (§6)."""
    return kind != "textarea" or length <= _MAX_FILTERABLE


def with_choices(field: Field, items: Sequence[Json]) -> Field:
    """The field with these picklist values: texts, or {value, label, active, default}."""
    entries = [Document(as_object(item) or {"value": item}) for item in items]
    values = tuple(entry.text("value") for entry in entries)
    retired = [one.text("value") for one in entries if one.values.get("active") is False]
    defaults = [entry.text("value") for entry in entries if entry.flag("default")]
    return replace(
        field,
        picklist=values,
        labels=tuple(entry.text("label", entry.text("value")) for entry in entries),
        inactive=tuple(retired),
        default=defaults[0] if defaults else field.default,
    )


#: The properties that `change_field` sets, by their names in its document.
_CHANGES: Mapping[str, tuple[str, Callable[[Document, str], object]]] = {
    "encrypted": ("encrypted", Document.text),
    "filterable": ("filterable", Document.flag),
    "required": ("required", Document.flag),
    "createable": ("createable", Document.flag),
    "updateable": ("updateable", Document.flag),
    "restricted": ("restricted", Document.flag),
    "length": ("length", Document.count),
    "precision": ("precision", Document.count),
    "scale": ("scale", Document.count),
    "label": ("label", Document.text),
}


def change_field(org: Org, document: Mapping[str, Json]) -> None:
    """Change a field as an admin does in Setup: {object, name} and the properties to change.

    Raises ValueError for an unknown property or scheme, KeyError for an unknown field.
    """
    object_ = org.object_type(str(document["object"]))
    field, given = object_.fields[str(document["name"])], Document(document)
    if "picklist" in document:
        field = with_choices(field, as_list(document["picklist"]))
    names = sorted(document.keys() - {"object", "name", "picklist"})
    unknown_names = sorted(set(names) - set(_CHANGES))
    if unknown_names:
        raise unknown("property", unknown_names[0], (*_CHANGES, "picklist"))
    if field.encrypted == "probabilistic" and "encrypted" in document:
        # another scheme may be filtered by; `with_encryption` decides
        field = replace(field, filterable=_is_filterable(field.type, field.length))
    changes = {ours: read(given, name) for name in names for ours, read in [_CHANGES[name]]}
    changed = replace(field, **changes)  # type: ignore[arg-type]  # by name, see _CHANGES
    org.replace_field(object_, with_encryption(changed))


def with_encryption(field: Field) -> Field:
    """The field, not filterable if its scheme does not allow it. Raises ValueError."""
    if field.encrypted not in ENCRYPTION:
        raise unknown("encryption", field.encrypted, ENCRYPTION[1:])
    return replace(field, filterable=False) if field.encrypted == "probabilistic" else field


def _parse_type(given: str) -> str:
    """The type of that name, as in describes or in the setup API. Raises ValueError."""
    kind = _ALIASES.get(given, given)
    if kind not in TYPES:
        raise unknown("field type", given, TYPES)
    return kind
