"""The catalogue's words for provisioning: why a thing is to be made, is there, or cannot be, and
what became of it. Data and rendering.

The codes are those of `provision.reasons`. How an admin makes it by hand is `provision.manual`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from zsf_plugin.messages.shape import TemplateValues

_PAGE = "Setup → Object Manager → {object} → Fields & Relationships → {field}"

#: By the code of a reason. Follows the name of the thing: "Lead.Zaplify_Id__c: ".
PROVISION: Mapping[str, str] = {
    # what is to be made
    "new_field": "{described}",
    "new_set": "{label}",
    "to_user": "to the connected user",
    "read_and_edit": "read and edit",
    "edit_too": "edit: so far it may be read only",
    # what is there, or need not be
    "noted": "{notes}",
    "not_in_force": "granted, not in force for the connected user yet",
    "not_needed": "not needed: the connected user sees and edits the fields",
    "object_unseen": "not needed: the connected user does not see {object}",
    # what cannot be made
    "object_hidden": (
        "the connected user may not see {object}: give it Read, Create and Edit there"
    ),
    "setup_hidden": (
        "the connected user does not see it, and may not look into Setup whether it is there"
    ),
    "sets_hidden": "the connected user may not look at permission sets",
    "field_first": "the field comes first",
    "unfit": (
        "{faults}, and nothing that is there is changed by us: set it to {described} in "
        f"{_PAGE} → Edit, then run this again"
    ),
    "unfit_type": (
        "{faults}, and nothing that is there is changed by us: give that field another API name in "
        f"{_PAGE} → Edit, then run this again"
    ),
    # what a run came to
    "left": "not made: run this again",
    "found_again": "found when looking again",
    "not_shown_yet": "allow a minute, then `zsf fields --refresh`",
    "not_as_wanted": "{faults}",
    # what Salesforce refused
    "no_right": "the connected user lacks {right} ({error})",
    "no_room": (
        "the object has no room for another field, or has its 25 external IDs: an admin removes "
        "one that is not used ({error})"
    ),
    "name_taken": (
        "the name is taken, though nothing of that name can be seen: an admin looks at the "
        "object's Deleted Fields in Setup, and erases or restores it there ({error})"
    ),
    "unknown_field": (
        "Salesforce knows no such field to grant, or not yet: allow a minute, then run this again "
        "({error})"
    ),
    "refused": "Salesforce refuses it ({error}{said})",
}
#: What is wrong with a field that is there.
FIELD_FAULTS: Mapping[str, str] = {
    "other_type": "it is of type {found}, not {wanted}",
    "not_unique": "it is not Unique",
    "not_external_id": "it is not an External ID",
    "too_short": "its length is {found}, not {wanted}",
}
#: What is worth knowing of a field that will do.
FIELD_NOTES: Mapping[str, str] = {
    "packaged": "made by a package",
    "hidden": "hidden from the connected user",
    "any_case": "not case-sensitive, which will do",
}
#: What it takes to make a thing of that kind.
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
    """What is wrong with a field, as data."""

    @property
    def code(self) -> str: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class ProvisionReason(CodedMismatch, Protocol):
    """What its words are looked up and filled by."""

    @property
    def faults(self) -> Sequence[CodedMismatch]: ...
    @property
    def notes(self) -> Sequence[str]: ...


def provision_text(reason: ProvisionReason | None) -> str:
    """The reason in lower case: `it is not Unique, and …`; empty where there is none."""
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
    """What would be made: `Text(64), unique, external ID, case-sensitive`."""
    size = f"({spec['length']})" if spec.get("length") else ""
    ticked = [words for name, words in _TICKS.items() if spec.get(name)]
    return ", ".join([f"{spec.get('type')}{size}", *ticked])
