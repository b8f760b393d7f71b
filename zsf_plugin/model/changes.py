"""Changes: what to write for one entry, after looking, or the cause it is held by; and what became
of it. Made by `decision.reconcile`. Never words, never a value of a person's record in a cause.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from zsf_plugin.errors import ZsfError
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link, LinkKey

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
class Reference:
    """Stands in a write's values for the id of a record that another write of the batch creates
    (`new:N`)."""

    ref: str


WriteValue: TypeAlias = "Json | Reference"


@dataclass(frozen=True, slots=True)
class Write:
    """One record to create or update. `ref` is the record's id, or `new:N` for one that this batch
    creates.

    `before` holds what the org had in the written fields (empty for a create): the journal's first
    half. `name` tells apart several writes of one record within a batch: they go out one after the
    other, in order.
    """

    action: Literal["create", "update"]
    object: str
    ref: str
    values: Mapping[str, WriteValue]
    before: Mapping[str, Json] = field(default_factory=dict)
    assignment_rules: bool = False
    save_alerted: bool = False
    name: str = ""

    @property
    def token(self) -> str:
        """The write's name within its batch: that of its record, where it has no other."""
        return self.name or self.ref

    @property
    def references(self) -> frozenset[str]:
        """The refs of the records that this write needs to be created before it: those it names,
        and its own."""
        refs: set[str] = set()
        for value in self.values.values():
            if isinstance(value, Reference):
                refs.add(value.ref)
        if self.action == "update" and self.ref.startswith("new:"):
            refs.add(self.ref)
        return frozenset(refs)


#: What can happen on an entry's way. `named` is a record that Salesforce named when it refused, for
#: the admin to open: nothing is linked to it. `held` has the code of its `cause` among its data;
#: `legacy` the sentence that an older version stored.
StepCode = Literal[
    "found",
    "already_logged",
    "chosen",
    "several",
    "unlinked",
    "unmatched",
    "created",
    "logged",
    "updated",
    "shortened",
    "left_out",
    "owned",
    "no_owner",
    "unchanged",
    "named",
    "held",
    "legacy",
]
#: Those that tell of a write.
_WRITE_STEPS: frozenset[StepCode] = frozenset({"created", "logged", "updated"})
#: Why an entry ended without having been tried.
SkipCode = Literal[
    "prospects_off", "activities_off", "dropped", "skipped_at_connect", "skipped_at_preview"
]
#: What a record was found by: our link, the external ID, or a match key (then `fields` names it).
FoundBy = Literal["link", "external_id", "match_key"]
#: Why a new record is sent without an owner.
NoOwnerReason = Literal["not_writable", "no_email", "no_user", "several_users"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an entry's way, as data: what was looked for, found, kept or shortened; or why
    the entry was skipped.

    `data` is a small mapping of JSON values that words need (a record's id, what it was found by,
    how many, lengths, a kind of misfit): no personal data, no words.
    """

    code: StepCode | SkipCode
    object: str | None = None
    field: str | None = None
    data: Mapping[str, Json] = dataclasses.field(default_factory=dict)


def without_write_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that hold although nothing is written."""
    return tuple([step for step in steps if step.code not in _WRITE_STEPS])


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


@dataclass(frozen=True, slots=True)
class Changes:
    """What one entry wants written. Exactly one of: held (`cause`), nothing to do (no writes), or
    writes.

    `links` may point at `new:N`; settling puts the real id in. `depends_on` names every record that
    this entry settled on and does not create itself: when an earlier entry's write to one of them
    fails, this entry has to be decided again. `matched_by_key` are the objects found by match keys
    alone, by neither link nor external ID. `stale` are links whose record was found gone.
    """

    writes: tuple[Write, ...] = ()
    links: tuple[Link, ...] = ()
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    depends_on: frozenset[str] = frozenset()
    matched_by_key: frozenset[str] = frozenset()
    stale: tuple[LinkKey, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of one write: `record_id` when it is known to hold, else `error` (Halted,
    Rejected, OutcomeUnknown, NotSent, Unavailable). `token` is the write's."""

    token: str
    record_id: str | None = None
    error: ZsfError | None = None
