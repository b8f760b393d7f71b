"""A cause: why entries are held, in words for an admin. Never a value of a person's record."""

from __future__ import annotations

from dataclasses import dataclass

#: The cause of touchpoints that came before their person: released by the person's link.
PERSON_MISSING = "PERSON_NOT_IN_SALESFORCE"
#: The cause of entries that several records answer to: released by a choice, or by a policy.
SEVERAL_MATCH = "SEVERAL_MATCH"
#: The cause of entries whose write may or may not have happened, when nothing can tell: released by
#: a person alone.
OUTCOME_UNCLEAR = "OUTCOME_UNCLEAR"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an entry is held. Equal causes are one group.

    `code` is Salesforce's code or one of ours; `text` says object, field and kind of value;
    `advice` what to do; `fingerprint` is over what could make it go away (rules, the object's
    describe, the connection). `detail` is Salesforce's own message, for the admin's eyes on
    request: it may hold a value, so it is no part of the group and is never logged.
    """

    code: str
    text: str
    advice: str
    object: str | None = None
    field: str | None = None
    fingerprint: str = ""
    detail: str | None = None

    @property
    def group(self) -> str:
        """What `outbox list --cause` selects by: code, then object and field where known."""
        where = ".".join(part for part in (self.object, self.field) if part)
        return f"{self.code}:{where}" if where else self.code
