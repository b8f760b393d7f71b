"""What an org's refusals to make something mean, in words for an admin, pure (salesforce-api.md
§4.2, §8)."""

from __future__ import annotations

from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.provision.plan import Kind, Line

#: The connected user may not do such a thing at all: others of its kind need not be tried.
_RIGHTS = frozenset(
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
_NEEDED: dict[Kind, str] = {
    "field": "“Customize Application”",
    "permission_set": "“Manage Profiles and Permission Sets” and “View Setup and Configuration”",
    "permission": "“Manage Profiles and Permission Sets” and “View Setup and Configuration”",
    "assignment": "“Assign Permission Sets”",
}
_WORDS = {
    "CUSTOM_ENTITY_OR_FIELD_LIMIT": "the object has no room for another field, or has its 25 "
    "external IDs: "
    "an admin removes one that is not used",
    "DUPLICATE_DEVELOPER_NAME": "the name is taken, though nothing of that name can be seen: "
    "an admin looks at the "
    "object's Deleted Fields in Setup, and erases or restores it there",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Salesforce knows no such field to grant, or "
    "not yet: "
    "allow a minute, then run this again",
}


def is_there(error: Rejected) -> bool:
    """Whether a refusal says that the thing exists by now: looking tells."""
    return isinstance(error, DuplicateFound) or error.code == "DUPLICATE_DEVELOPER_NAME"


def lacks_right(error: Rejected) -> bool:
    """Whether the connected user may not make such things at all."""
    return error.code in _RIGHTS


def reason_of(error: Rejected, line: Line) -> str:
    """Why a thing could not be made, and who does what about it."""
    if lacks_right(error):
        return f"the connected user lacks {_NEEDED[line.kind]} ({error.code})"
    if error.code in _WORDS:
        return f"{_WORDS[error.code]} ({error.code})"
    said = f": {error.message}" if error.message else ""
    return f"Salesforce refuses it ({error.code}{said})"
