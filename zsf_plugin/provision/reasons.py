"""Why an item will be created, is present, cannot be created or was refused: codes with data. Pure.

`messages.provision` has their texts. The meaning of refusals: salesforce-api.md §4.2, §8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.model import Json

Kind = Literal["field", "permission_set", "permission", "assignment"]

ReasonCode = Literal[
    "new_field",
    "new_set",
    "to_user",
    "read_and_edit",
    "edit_too",
    "noted",
    "not_in_force",
    "not_needed",
    "object_unseen",
    "object_hidden",
    "setup_hidden",
    "setup_refused",
    "sets_hidden",
    "field_first",
    "unfit",
    "unfit_type",
    "left",
    "found_again",
    "not_shown_yet",
    "not_as_wanted",
    "no_right",
    "no_room",
    "name_taken",
    "unknown_field",
    "refused",
]
FaultCode = Literal["other_type", "not_unique", "not_external_id", "too_short"]
NoteCode = Literal["packaged", "hidden", "any_case"]


@dataclass(frozen=True, slots=True)
class FieldMismatch:
    """How an existing field differs from the wanted one. `data` has `found` and `wanted`, types or
    lengths."""

    code: FaultCode
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanReason:
    """Why an item has its state or outcome; `data` has the values of its text. `faults` are those
    of an existing field, `notes` are remarks about one that is good enough."""

    code: ReasonCode
    data: Mapping[str, Json] = field(default_factory=dict)
    faults: tuple[FieldMismatch, ...] = ()
    notes: tuple[NoteCode, ...] = ()


FIELD_FIRST = PlanReason("field_first")

#: The connected user has no permission for this kind of item: others of the kind are not tried.
_NO_PERMISSION = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_TYPE",
        "NOT_FOUND",
        "TXN_SECURITY_NO_ACCESS",
        "FUNCTIONALITY_NOT_ENABLED",
        "HTTP_403",
    }
)
_REFUSALS: dict[str, ReasonCode] = {
    "CUSTOM_ENTITY_OR_FIELD_LIMIT": "no_room",
    "DUPLICATE_DEVELOPER_NAME": "name_taken",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "unknown_field",
}


def is_there(error: Rejected) -> bool:
    """Whether a refusal says that the item exists already; an inspection confirms it."""
    return isinstance(error, DuplicateFound) or error.code == "DUPLICATE_DEVELOPER_NAME"


def lacks_right(error: Rejected) -> bool:
    """Whether the connected user has no permission to create this kind of item."""
    return error.code in _NO_PERMISSION


def refusal_reason(error: Rejected, kind: Kind) -> PlanReason:
    """Why an item of that kind could not be created."""
    data = {"error": error.code, "kind": kind, "message": error.message}
    return PlanReason(_code_of(error), data)


def _code_of(error: Rejected) -> ReasonCode:
    return "no_right" if lacks_right(error) else _REFUSALS.get(error.code, "refused")
