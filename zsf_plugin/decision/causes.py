"""Causes: every reason an entry is held, as code and data, without personal data.

`from_rejection` makes the cause of a Salesforce refusal; all others are our own. Their texts are in
`messages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zsf_plugin.model import (
    DEFECT,
    DOES_NOT_FIT,
    INVALID_EVENT,
    KEY_NOT_ASKABLE,
    NO_CLOSED_STATUS,
    OBJECT_HIDDEN,
    OUTCOME_UNCLEAR,
    PERSON_ACCOUNT,
    PERSON_MISSING,
    REQUIRED_EMPTY,
    SEVERAL_MATCH,
    SHARED_MAILBOX,
    Cause,
    Step,
)

if TYPE_CHECKING:
    from zsf_plugin.errors import Rejected
    from zsf_plugin.model import Json, Many, RecordSearch, Unasked


def from_rejection(error: Rejected, object_: str) -> Cause:
    """The cause of a refusal, grouped by code, object and fields. Salesforce's own message is only
    in `detail`."""
    field = error.fields[0] if len(error.fields) == 1 else None
    data: dict[str, Json] = {**error.data}
    if len(error.fields) > 1:
        data["fields"] = list(error.fields)
    return Cause(error.code, object_, field, data, detail=error.message or None)


def person_missing() -> Cause:
    """A touchpoint whose person is not in Salesforce; released by the person's link."""
    return Cause(PERSON_MISSING, "Task")


def several_match(object_: str, fields: Sequence[str], policy: Many) -> Cause:
    """Several records match by the key with those fields, and the policy chose none."""
    return Cause(SEVERAL_MATCH, object_, data={"fields": list(fields), "policy": policy})


def shared_mailbox(object_: str, fields: Sequence[str]) -> Cause:
    """A record has the person's e-mail address and another name, and the policy is to hold."""
    return Cause(SHARED_MAILBOX, object_, data={"fields": list(fields)})


def key_not_askable(search: RecordSearch, why: Unasked) -> Cause:
    """A search that cannot be made, so that its record may exist."""
    fields = search.fields
    field = why.field or (fields[0] if len(fields) == 1 else None)
    return Cause(KEY_NOT_ASKABLE, search.object, field, unasked_data(search, why))


def unasked_data(search: RecordSearch, why: Unasked) -> dict[str, Json]:
    """What the history says of a search that cannot be made: the fields of its key, and why."""
    names = search.fields or tuple(part.field for part in search.key)
    data: dict[str, Json] = {"fields": list(names), "unasked": why.reason}
    return data if why.code is None else {**data, "code": why.code}


def required_empty(object_: str, field: str, misfit: Mapping[str, Json] | None = None) -> Cause:
    """A field that Salesforce requires on create and that no fitting value fills. `misfit`
    describes the value that does not fit."""
    return Cause(REQUIRED_EMPTY, object_, field, misfit or {})


def does_not_fit(object_: str, field: str, misfit: Mapping[str, Json]) -> Cause:
    """A value that does not fit its field, where the rule says to hold the entry."""
    return Cause(DOES_NOT_FIT, object_, field, misfit)


def object_hidden(object_: str) -> Cause:
    """The connected user cannot see or create the object."""
    return Cause(OBJECT_HIDDEN, object_)


def person_account(object_: str) -> Cause:
    """The person is a person account: an Account and a Contact in one, which can only be written
    through the Account."""
    return Cause(PERSON_ACCOUNT, object_)


def no_closed_status() -> Cause:
    """The org has no closed Task status that we can write."""
    return Cause(NO_CLOSED_STATUS, "Task", "Status")


def outcome_unclear(object_: str) -> Cause:
    """A write whose answer was lost, and whose record nothing identifies: retrying could duplicate
    it."""
    return Cause(OUTCOME_UNCLEAR, object_, data={"lost": "once"})


def answers_lost(object_: str) -> Cause:
    """A write whose answer was lost every time it was tried."""
    return Cause(OUTCOME_UNCLEAR, object_, data={"lost": "every_time"})


def invalid_event(pointer: str, fault: Mapping[str, Json]) -> Cause:
    """The host's call violated the payload schema; only ids, pointer and violation were kept."""
    return Cause(INVALID_EVENT, field=pointer or None, data=fault)


def held_reason(cause: Cause) -> Step:
    """The cause as the entry's reason, which stays after a release."""
    return Step("held", cause.object, cause.field, {**cause.data, "cause": cause.code})


def defect(kind: str) -> Cause:
    """An unexpected error in the plugin, by its type only."""
    return Cause(DEFECT, data={"error": kind})
