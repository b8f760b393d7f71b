"""Causes: every reason an entry is held, worded for an admin. No value of a person's record is ever
in one.

`held_by` turns Salesforce's refusal into a cause; the others are refusals of our own.
"""

from __future__ import annotations

from zsf_plugin.decision.refusals import REFUSALS, UNKNOWN
from zsf_plugin.errors import Rejected
from zsf_plugin.model.cause import OUTCOME_UNCLEAR, PERSON_MISSING, SEVERAL_MATCH, Cause

INVALID_EVENT = "INVALID_EVENT"
REQUIRED_EMPTY = "REQUIRED_EMPTY"
DOES_NOT_FIT = "DOES_NOT_FIT"
OBJECT_HIDDEN = "OBJECT_HIDDEN"
NO_CLOSED_STATUS = "NO_CLOSED_STATUS"
PERSON_ACCOUNT = "PERSON_ACCOUNT"
DEFECT = "DEFECT"


def held_by(error: Rejected, object_: str) -> Cause:
    """The cause of a refusal. Grouped by code, object and field; Salesforce's own words only in
    `detail`."""
    field = error.fields[0] if len(error.fields) == 1 else None
    where = f"{object_}.{field}" if field else object_
    names = f": {', '.join(error.fields)}" if len(error.fields) > 1 else ""
    known = REFUSALS.get(error.code, UNKNOWN)
    text = f"{where}: {known.why}{names} ({error.code})"
    return Cause(
        error.code, text, known.advice, object=object_, field=field, detail=error.message or None
    )


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
        (
            "translate it with `values`, map another field, or let it be left out (misfit = "
            '"leave_out")'
        ),
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


def person_account(object_: str) -> Cause:
    """The person is a person account: an Account and a Contact in one, which is written through the
    Account alone."""
    return Cause(
        PERSON_ACCOUNT,
        f"{object_}: the person is a person account, which this plugin does not write",
        "fill its fields in Salesforce; or map nothing that it lacks, and it is connected as it is",
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
    """A write whose answer was lost, of something that nothing identifies: trying again might
    double it."""
    return Cause(
        OUTCOME_UNCLEAR,
        f"{object_}: the connection broke while it was written, and nothing identifies the record",
        "look in Salesforce; then retry to write it again, or drop it if it is there",
        object=object_,
    )


def answers_lost(object_: str) -> Cause:
    """A write whose answer was lost again and again: trying once more would not end it."""
    return Cause(
        OUTCOME_UNCLEAR,
        f"{object_}: the connection broke each time it was written",
        (
            "look in Salesforce, and at what its triggers do with the record; then retry, or "
            "drop it if it is there"
        ),
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
    return Cause(
        DEFECT, f"an unforeseen {kind} in zsf-plugin", "report it with the log; then retry"
    )
