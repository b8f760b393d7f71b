"""Changes: what to write for one entry, or the cause it is held by; and the outcome of each write.
Made by `decision.reconcile`. Causes contain no texts and no personal data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from zsf_plugin.errors import ZsfError
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link, LinkKey


@dataclass(frozen=True, slots=True)
class Reference:
    """A placeholder in a write's values for the id of a record that another write of the batch
    creates (`new:N`)."""

    ref: str


WriteValue: TypeAlias = "Json | Reference"


def resolved_values(values: Mapping[str, WriteValue], ids: Mapping[str, str]) -> dict[str, Json]:
    """The values with references replaced by record ids; one without an id stays `new:N`."""
    resolved: dict[str, Json] = {}
    for name, value in values.items():
        resolved[name] = ids.get(value.ref, value.ref) if isinstance(value, Reference) else value
    return resolved


@dataclass(frozen=True, slots=True)
class Write:
    """One record to create or update. `ref` is the record's id, or `new:N` for a record this batch
    creates.

    `before` holds the org's values of the written fields (empty for a create), for the journal.
    `name` distinguishes several writes to one record within a batch; they are sent one after the
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
        """The write's name within its batch; by default that of its record."""
        return self.name or self.ref

    @property
    def json_values(self) -> dict[str, Json]:
        """The values; a reference as its text."""
        return {name: _as_json(value) for name, value in self.values.items()}

    @property
    def references(self) -> frozenset[str]:
        """The refs of records that must be created before this write: those in its values, and its
        own."""
        refs: set[str] = set()
        for value in self.values.values():
            if isinstance(value, Reference):
                refs.add(value.ref)
        if self.action == "update" and self.ref.startswith("new:"):
            refs.add(self.ref)
        return frozenset(refs)


def _as_json(value: WriteValue) -> Json:
    return value.ref if isinstance(value, Reference) else value


#: What can happen to an entry. `ignored` is a value of a wrong type; its `field` is the place in
#: the event. `answer_lost`: what an earlier write changed is not known. `named` is a record that
#: Salesforce named in a refusal, for the admin to open: nothing is linked to it. The data of `held`
#: contain the code of its `cause`; those of `legacy` contain the sentence an older version stored.
StepCode = Literal[
    "found",
    "already_logged",
    "chosen",
    "several",
    "other_person",
    "names_differ",
    "not_filled",
    "unasked",
    "usual_forms",
    "unlinked",
    "unnamed",
    "unmatched",
    "names_none",
    "created",
    "logged",
    "updated",
    "ignored",
    "undecided",
    "shortened",
    "left_out",
    "parts_left_out",
    "other_source",
    "owned",
    "owner_mapped",
    "owner_by_rules",
    "no_owner",
    "unchanged",
    "answer_lost",
    "named",
    "held",
    "legacy",
]
#: Steps that report a write.
_WRITE_STEPS: frozenset[StepCode] = frozenset({"created", "logged", "updated"})
#: Why an entry was skipped.
SkipCode = Literal[
    "prospects_off", "activities_off", "dropped", "skipped_at_connect", "skipped_at_preview"
]
#: How a record was found: by our link, the external ID, or a match key (`fields` names its fields).
FoundBy = Literal["link", "external_id", "match_key"]
#: Why a new record is created without an owner.
NoOwnerReason = Literal["not_writable", "no_email", "no_user", "several_users", "users_not_askable"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the history of an entry, as data: something found, created, changed or left out,
    or why the entry was skipped.

    `data` holds the JSON values its text needs (a record's id, how it was found, counts, lengths, a
    kind of misfit), never personal data or prose.
    """

    code: StepCode | SkipCode
    object: str | None = None
    field: str | None = None
    data: Mapping[str, Json] = dataclasses.field(default_factory=dict)


def without_write_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that remain true if nothing is written."""
    return tuple([step for step in steps if step.code not in _WRITE_STEPS])


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an entry is held. Entries with the same `key` are one group.

    `code` is Salesforce's code or one of ours; `data` holds what the text needs (kind of misfit,
    policy, field names); `fingerprint` covers everything that could resolve it (rules, the object's
    describe, the connection). `detail` is Salesforce's own message, shown to the admin on request:
    it may contain values, so it is not part of the key and is never logged.
    """

    code: str
    object: str | None = None
    field: str | None = None
    data: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    fingerprint: str = ""
    detail: str | None = None

    @property
    def group(self) -> str:
        """The group that `outbox list --cause` selects by: the code, then object and field if
        known."""
        where = ".".join(filter(None, (self.object, self.field)))
        return f"{self.code}:{where}" if where else self.code

    @property
    def key(self) -> str:
        """Object, field and data as canonical JSON. Equal causes share it and the code."""
        content = [self.object, self.field, dict(self.data)]
        return json.dumps(content, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write for one entry. Exactly one of: held (`cause`), nothing to do (no writes), or
    writes.

    `links` may point at `new:N`; settling replaces it by the real id. `depends_on` names every
    existing record, or record created by an earlier entry, that this entry relies on: if a write to
    one of them fails, this entry is decided again. `matched_by_key` holds the objects found by a
    match key only, not by link or external ID. `stale` are links whose record no longer exists.
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
    """The outcome of one write: `record_id` if it succeeded, else `error` (Halted, Rejected,
    OutcomeUnknown, NotSent, Unavailable). `token` is the write's."""

    token: str
    record_id: str | None = None
    error: ZsfError | None = None
