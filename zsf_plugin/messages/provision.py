"""Texts for provisioning: why something will be created, is present or cannot be created, and what
came of it. Data and rendering only.

The codes are those of `provision.reasons`. The manual steps for an admin are in `provision.manual`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from zsf_plugin.messages.shape import TemplateValues

_PAGE = "Setup → Object Manager → {object} → Fields & Relationships → {field}"

#: By the code of a reason. Each follows a name: "Lead.Zaplify_Id__c: ".
PROVISION: Mapping[str, str] = {
    # will be created
    "new_field": "{described}",
    "new_set": "{label}",
    "to_user": "to the connected user",
    "read_and_edit": "read and edit",
    "edit_too": "edit: so far, read only",
    # present, or not needed
    "noted": "{notes}",
    "not_in_force": "granted, but not in effect for the connected user yet",
    "not_needed": "not needed: the connected user can see and edit the fields",
    "object_unseen": "not needed: the connected user cannot see {object}",
    # cannot be created
    "object_hidden": (
        "the connected user cannot see {object}: give them Read, Create and Edit on it"
    ),
    "setup_hidden": (
        "not visible to the connected user, who also has no access to Setup to check whether it "
        "exists: give them “View Setup and Configuration”, or ask an admin to look"
    ),
    "setup_refused": (
        "not visible to the connected user; Salesforce refused to say whether it exists ({error}): "
        "try again later"
    ),
    "sets_hidden": "the connected user cannot view permission sets",
    "field_first": "needs the field first",
    "unfit": (
        "{faults}; existing fields are never changed: set it to {described} in "
        f"{_PAGE} → Edit, then run this again"
    ),
    "unfit_type": (
        "{faults}; existing fields are never changed: give that field another API name in "
        f"{_PAGE} → Edit, then run this again"
    ),
    # results of a run
    "left": "not created: run this again",
    "found_again": "found on a second check",
    "not_shown_yet": "wait a minute, then run `zsf fields --refresh`",
    "not_as_wanted": "{faults}",
    # refused by Salesforce
    "no_right": "the connected user lacks {right} ({error})",
    "no_room": (
        "the object has reached its limit of fields, or of 25 external IDs: ask a Salesforce admin "
        "to remove one that is not used ({error})"
    ),
    "name_taken": (
        "the name is taken by a field that is not visible: ask a Salesforce admin to erase or "
        "restore it in Setup, under the object's Deleted Fields ({error})"
    ),
    "unknown_field": (
        "Salesforce does not know the field, or not yet: wait a minute, then run this again "
        "({error})"
    ),
    "refused": "Salesforce refused it ({error}{said})",
}
#: What is wrong with an existing field.
FIELD_FAULTS: Mapping[str, str] = {
    "other_type": "it is of type {found}, not {wanted}",
    "not_unique": "it is not Unique",
    "not_external_id": "it is not an External ID",
    "too_short": "its length is {found}, not {wanted}",
}
#: Remarks about an existing field that is good enough.
FIELD_NOTES: Mapping[str, str] = {
    "packaged": "from a package",
    "hidden": "hidden from the connected user",
    "any_case": "not case-sensitive, which is good enough",
}
#: The permissions that creating each kind needs.
RIGHTS: Mapping[str, str] = {
    "field": "“Customize Application”",
    "permission_set": "“Manage Profiles and Permission Sets” and “View Setup and Configuration”",
    "permission": "“Manage Profiles and Permission Sets” and “View Setup and Configuration”",
    "assignment": "“Assign Permission Sets”",
}
_TICKS = {
    "unique": "unique",
    "external_id": "external ID",
    "case_sensitive": "case-sensitive",
}


class CodedMismatch(Protocol):
    """What is wrong with a field: a code with its data."""

    @property
    def code(self) -> str: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class ProvisionReason(CodedMismatch, Protocol):
    """A code with its data, faults and notes."""

    @property
    def faults(self) -> Sequence[CodedMismatch]: ...
    @property
    def notes(self) -> Sequence[str]: ...


def provision_text(reason: ProvisionReason | None) -> str:
    """The reason in lower case: `it is not Unique, and …`; "" if there is none."""
    return PROVISION[reason.code].format_map(_values(reason)) if reason else ""


def _values(reason: ProvisionReason) -> TemplateValues:
    data = reason.data
    return TemplateValues(
        data,
        described=_described(data),
        faults=" and ".join(map(_fault_text, reason.faults)),
        notes=", ".join(map(FIELD_NOTES.__getitem__, reason.notes)),
        right=RIGHTS.get(str(data.get("kind")), ""),
        said=f": {data['message']}" if data.get("message") else "",
    )


def _fault_text(fault: CodedMismatch) -> str:
    return FIELD_FAULTS[fault.code].format_map(fault.data)


def _described(spec: Mapping[str, object]) -> str:
    """The field to create: `Text(64), unique, external ID, case-sensitive`."""
    size = f"({spec['length']})" if spec.get("length") else ""
    ticked = [words for name, words in _TICKS.items() if spec.get(name)]
    return ", ".join([f"{spec.get('type')}{size}", *ticked])
