"""Causes: every reason an entry is held, worded for an admin. No value of a person's record is ever in one.

`held_by` turns Salesforce's refusal into a cause; the others are refusals of our own.
"""

from __future__ import annotations

from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.model.cause import PERSON_MISSING, Cause

INVALID_EVENT = "INVALID_EVENT"
SEVERAL_MATCH = "SEVERAL_MATCH"
REQUIRED_EMPTY = "REQUIRED_EMPTY"
DOES_NOT_FIT = "DOES_NOT_FIT"
OBJECT_HIDDEN = "OBJECT_HIDDEN"
OUTCOME_UNCLEAR = "OUTCOME_UNCLEAR"
NO_CLOSED_STATUS = "NO_CLOSED_STATUS"
DEFECT = "DEFECT"

#: Salesforce's code → what to do about it (salesforce-api.md §4.2: who acts).
_ADVICE: dict[str, str] = {
    "REQUIRED_FIELD_MISSING": "map the field, or give it a default; if a layout or rule demands it, ask its admin",
    "STRING_TOO_LONG": 'let the rule shorten it (too_long = "shorten"), or map a longer field',
    "INVALID_EMAIL_ADDRESS": "correct the e-mail in Zaplify, or unmap it",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the picklist value, or translate it with `values` in a rule",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "satisfy the org's validation rule by a mapping, or exempt the connected user",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "the lookup's filter refuses it: map another value, or change the filter",
    "FIELD_INTEGRITY_EXCEPTION": "the value contradicts another field (a state of another country, a wrong kind of id)",
    "NUMBER_OUTSIDE_VALID_RANGE": "map a field with room for the number",
    "INVALID_FIELD": "the field is gone or hidden: give the connected user access, or map another field",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "make the field editable for the connected user, or unmap it",
    "INVALID_TYPE": "give the connected user access to the object",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "map a value of the field's type",
    "INVALID_CROSS_REFERENCE_KEY": "the record it points at is gone or hidden from the connected user",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "share the parent record with the connected user",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the connected user edit access to the record",
    "INSUFFICIENT_ACCESS": "give the connected user the missing permission",
    "CANNOT_UPDATE_CONVERTED_LEAD": "nothing: it is tried again on the contact the lead became",
    "ENTITY_IS_DELETED": "restore the record in Salesforce, or retry to have it looked for anew",
    "ENTITY_IS_LOCKED": "the record is in an approval: retry when that has ended",
    "DUPLICATE_VALUE": "a record with the same unique value exists, maybe hidden from the connected user: share it",
    "DUPLICATE_EXTERNAL_ID": "two records carry the same external ID: merge them",
    "DUPLICATES_DETECTED": "a duplicate rule names existing records: merge or correct them, or let the rule pass",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "an Apex trigger refused it: its developer can say why",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow refused it: its builder can say why",
    "STORAGE_LIMIT_EXCEEDED": "the org's data storage is full: free some, then retry",
    "INACTIVE_OWNER_OR_USER": "the owner is inactive: reactivate, or let no owner be sent",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": "that kind of user cannot own the record: choose another owner",
    "TRANSFER_REQUIRES_READ": "give the owner read access to the object",
}
_FALLBACK_ADVICE = "read what Salesforce said (outbox show), change what it names, then retry"


def held_by(error: Rejected, object_: str) -> Cause:
    """The cause of a refusal. Grouped by code, object and field; Salesforce's own words only in `detail`."""
    field = error.fields[0] if len(error.fields) == 1 else None
    where = f"{object_}.{field}" if field else object_
    names = f" ({', '.join(error.fields)})" if len(error.fields) > 1 else ""
    text = f"{where}: Salesforce refused it with {error.code}{names}"
    if isinstance(error, DuplicateFound) and error.records:
        text += f", naming {len(error.records)} existing"
    advice = _ADVICE.get(error.code, _FALLBACK_ADVICE)
    return Cause(error.code, text, advice, object=object_, field=field, detail=error.message or None)


def person_missing() -> Cause:
    """A touchpoint whose person is not in Salesforce; the person's link releases it."""
    return Cause(
        PERSON_MISSING,
        "person not in Salesforce yet",
        "nothing: it goes out as soon as the prospect is purchased or connected",
        object="Task",
    )


def several_match(object_: str, words: str, count: int, policy: str) -> Cause:
    """Several records match and the policy did not choose one."""
    how = "no policy chooses" if policy == "hold" else f"many = {policy} did not choose one"
    return Cause(
        SEVERAL_MATCH,
        f"{object_}: several records match by {words}, and {how}",
        "merge the records in Salesforce, or set `many` under [match] in a rule",
        object=object_,
        detail=f"{count} records match",
    )


def required_empty(object_: str, field: str, misfit: str | None) -> Cause:
    """A field that Salesforce demands on create, and nothing that fits fills it."""
    why = f"what the rules give is {misfit}" if misfit else "nothing fills it"
    return Cause(
        REQUIRED_EMPTY,
        f"{object_}.{field}: required in Salesforce, and {why}",
        f"map something to {field}, or give it a default in a rule",
        object=object_,
        field=field,
    )


def does_not_fit(object_: str, field: str, misfit: str) -> Cause:
    """A value that does not fit its field, where the rule says to hold the entry."""
    return Cause(
        DOES_NOT_FIT,
        f"{object_}.{field}: {misfit}",
        'translate it with `values`, map another field, or let it be left out (misfit = "leave_out")',
        object=object_,
        field=field,
    )


def object_hidden(object_: str) -> Cause:
    """The connected user may not see, or not create, the object."""
    return Cause(
        OBJECT_HIDDEN,
        f"{object_}: the connected user may not create it",
        f"give the connected user Read, Create and Edit on {object_}",
        object=object_,
    )


def no_closed_status() -> Cause:
    """The org has no closed Task status that we could write."""
    return Cause(
        NO_CLOSED_STATUS,
        "Task.Status: the org shows no closed status to the connected user",
        "map Status in an [activity] table, or let the connected user read TaskStatus",
        object="Task",
        field="Status",
    )


def outcome_unclear(object_: str) -> Cause:
    """A write whose answer was lost, of something that nothing identifies: trying again might double it."""
    return Cause(
        OUTCOME_UNCLEAR,
        f"{object_}: the connection broke while it was written, and nothing identifies the record",
        "look in Salesforce; then retry to write it again, or drop it if it is there",
        object=object_,
    )


def invalid_event(pointer: str, reason: str) -> Cause:
    """The host's call broke the payload schema; only ids, pointer and reason were kept."""
    return Cause(
        INVALID_EVENT,
        f"{pointer or '/'}: {reason}",
        "correct the host's payload and send it as a new event",
        field=pointer or None,
    )


def defect(kind: str) -> Cause:
    """Our own fault: an error nobody foresaw, by its kind alone."""
    return Cause(DEFECT, f"an unforeseen {kind} in zsf-plugin", "report it with the log; then retry")
