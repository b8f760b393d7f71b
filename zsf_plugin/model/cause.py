"""A cause: why entries are held, as data. Never words, never a value of a person's record."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.model.json import Json

#: The cause of touchpoints that came before their person: released by the person's link.
PERSON_MISSING = "PERSON_NOT_IN_SALESFORCE"
#: The cause of entries that several records answer to: released by a choice, or by a policy.
SEVERAL_MATCH = "SEVERAL_MATCH"
#: The cause of entries whose write may or may not have happened, when nothing can tell: released by
#: a person alone.
OUTCOME_UNCLEAR = "OUTCOME_UNCLEAR"
#: The cause of calls that broke their schema: nothing is left of them to try again.
INVALID_EVENT = "INVALID_EVENT"
REQUIRED_EMPTY = "REQUIRED_EMPTY"
DOES_NOT_FIT = "DOES_NOT_FIT"
OBJECT_HIDDEN = "OBJECT_HIDDEN"
NO_CLOSED_STATUS = "NO_CLOSED_STATUS"
PERSON_ACCOUNT = "PERSON_ACCOUNT"
#: The cause of entries that met a fault of our own.
DEFECT = "DEFECT"

#: Every code of our own; all others are Salesforce's.
OWN_CODES = (
    PERSON_MISSING,
    SEVERAL_MATCH,
    OUTCOME_UNCLEAR,
    INVALID_EVENT,
    REQUIRED_EMPTY,
    DOES_NOT_FIT,
    OBJECT_HIDDEN,
    NO_CLOSED_STATUS,
    PERSON_ACCOUNT,
    DEFECT,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an entry is held. Entries with the same `key` are one group.

    `code` is Salesforce's code or one of ours; `data` tells what else words need (kind of misfit,
    policy, field names); `fingerprint` is over what could make it go away (rules, the object's
    describe, the connection). `detail` is Salesforce's own message, for the admin's eyes on
    request: it may hold a value, so it is no part of the group and is never logged.
    """

    code: str
    object: str | None = None
    field: str | None = None
    data: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    fingerprint: str = ""
    detail: str | None = None

    @property
    def group(self) -> str:
        """What `outbox list --cause` selects by: code, then object and field where known."""
        where = ".".join(filter(None, (self.object, self.field)))
        return f"{self.code}:{where}" if where else self.code

    @property
    def key(self) -> str:
        """Object, field and data as canonical JSON: with the code, what equal causes share."""
        content = [self.object, self.field, dict(self.data)]
        return json.dumps(content, sort_keys=True, separators=(",", ":"))
