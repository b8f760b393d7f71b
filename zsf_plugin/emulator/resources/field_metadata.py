"""The `Metadata` of a CustomField: checks for a new field, and the metadata of an existing one
(salesforce-api.md §8).

A new check is a function and its row in `_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.field_types import TYPES
from zsf_plugin.emulator.org.schema import Field, ObjectType

Metadata = Mapping[str, Json]

#: Types that the setup API can create; AutoNumber is not a type of its own in describes.
_CREATABLE = (
    *(kind.metadata for kind in TYPES.values() if kind.metadata is not None),
    "AutoNumber",
)
#: Types that an external id can have.
_EXTERNAL_ID_TYPES = ("Text", "Number", "Email", "AutoNumber")
_LENGTHS = {"Text": (1, 255), "LongTextArea": (256, 131_072)}
_MAX_DIGITS = 18
_MAX_EXTERNAL_IDS = 25
#: The property that each type requires; other types require only `type`.
_REQUIRED = {"Checkbox": "defaultValue", "LongTextArea": "visibleLines"}


def check_metadata(object_: ObjectType, metadata: Metadata) -> None:
    """Raises FIELD_INTEGRITY_EXCEPTION or CUSTOM_ENTITY_OR_FIELD_LIMIT for invalid metadata."""
    for check in _CHECKS:
        check(object_, metadata)


def describe_metadata(field: Field) -> Metadata:
    """The metadata of an existing field."""
    return {
        "label": field.label,
        "type": TYPES[field.type].metadata or field.type,
        "length": field.length or None,
        "precision": field.precision or None,
        "scale": field.scale if field.precision else None,
        "required": field.required,
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive if field.unique else None,
    }


def _kind(metadata: Metadata) -> str:
    return str(metadata.get("type"))


def _wrong(message: str, *fields: str) -> SalesforceError:
    return bad("FIELD_INTEGRITY_EXCEPTION", message, *fields)


def _check_label(_: ObjectType, metadata: Metadata) -> None:
    if not metadata.get("label"):
        raise _wrong("Must specify a non-empty label for the CustomField", "Metadata")


def _check_type(_: ObjectType, metadata: Metadata) -> None:
    kind = _kind(metadata)
    if kind not in _CREATABLE:
        raise _wrong(f"'{kind}' is not a valid value for the enum 'FieldType'", "Metadata")


def _check_digits(_: ObjectType, metadata: Metadata) -> None:
    if _kind(metadata) == "Number" and not _has_digits(metadata):
        raise _wrong("Must specify 'precision' and 'scale' for a CustomField of type Number")


def _has_digits(metadata: Metadata) -> bool:
    precision, scale = metadata.get("precision"), metadata.get("scale")
    if isinstance(precision, int) and isinstance(scale, int):
        return 0 <= scale < precision <= _MAX_DIGITS
    return False


def _check_required(_: ObjectType, metadata: Metadata) -> None:
    kind = _kind(metadata)
    required = _REQUIRED.get(kind, "type")
    if metadata.get(required) is None:
        raise _wrong(f"Must specify '{required}' for a CustomField of type {kind}")


def _check_length(_: ObjectType, metadata: Metadata) -> None:
    kind = _kind(metadata)
    if kind in _LENGTHS and not _is_within(metadata.get("length"), *_LENGTHS[kind]):
        least, most = _LENGTHS[kind]
        message = f"Length must be between {least} and {most} for a CustomField of type {kind}"
        raise _wrong(message, "Metadata")


def _is_within(length: Json, least: int, most: int) -> bool:
    return isinstance(length, int) and least <= length <= most


def _check_external_id(_: ObjectType, metadata: Metadata) -> None:
    kind = _kind(metadata)
    if metadata.get("externalId") and kind not in _EXTERNAL_ID_TYPES:
        raise _wrong(f"Can not specify 'externalId' for a CustomField of type {kind}")


def _check_case_sensitive(_: ObjectType, metadata: Metadata) -> None:
    kind = _kind(metadata)
    has_case = metadata.get("caseSensitive") is not None
    if has_case and not (kind == "Text" and metadata.get("unique")):
        raise _wrong(f"Can not specify 'caseSensitive' for a CustomField of type {kind}")


def _check_external_id_limit(object_: ObjectType, metadata: Metadata) -> None:
    if metadata.get("externalId") and _external_ids(object_) >= _MAX_EXTERNAL_IDS:
        raise bad(
            "CUSTOM_ENTITY_OR_FIELD_LIMIT",
            f"External ID limit exceeded, at most {_MAX_EXTERNAL_IDS} on {object_.name}",
        )


def _external_ids(object_: ObjectType) -> int:
    """The number of external id fields on the object."""
    return sum(field.external_id for field in object_.fields.values())


#: Every check of a new field's metadata; the first that fails is reported.
_CHECKS: tuple[Callable[[ObjectType, Metadata], None], ...] = (
    _check_label,
    _check_type,
    _check_digits,
    _check_required,
    _check_length,
    _check_external_id,
    _check_case_sensitive,
    _check_external_id_limit,
)
