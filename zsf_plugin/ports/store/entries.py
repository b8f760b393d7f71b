"""The data types of the outbox: entries, settlements, counts, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.model import Cause, Event, Json, JsonObject, Kind, Link, LinkKey, State, Step
from zsf_plugin.ports.clock import Moment

#: The maximum number of entries one page scans if each has to be read to see whether it matches.
MAX_SCANNED = 5_000


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An event to store. `payload` is already stripped of what the switches forbid, and empty if
    skipped or invalid.

    `digest` is the keyed digest of the whole call except `occurred_at`, after the name of its key
    and a colon; `other_digests` are those by the other keys that stored entries may have; `lane` is
    the prospect's id ("" if unknown). `console_version` is that of the console's rules by which
    the switches were read; None if they need not be checked.
    """

    workspace: str
    event_id: str
    kind: Kind
    lane: str
    state: State
    digest: str
    payload: JsonObject
    occurred_at: str
    received_at: float
    reason: Step | None = None
    cause: Cause | None = None
    other_digests: tuple[str, ...] = ()
    console_version: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """The result of storing an entry. A duplicate changed nothing and names the original.

    `conflict`: the same event id came with another digest; it was recorded (see `Outbox.accept`),
    not accepted.
    """

    entry_id: str
    state: State
    duplicate: bool = False
    conflict: bool = False
    reason: Step | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in the outbox. `sent_at` is set while the outcome of a create is unknown (state
    `writing`), with `sent_at_org`, the org's time then, if it was known; `sent_as` names what was
    to be created (as passed to `mark_writing`).

    `attempts` counts tries with an unknown outcome; waiting does not count. `org_id` is the org in
    which it was written or settled last; None if no drain has handled it. `arrived` grows with
    each entry that is accepted.
    """

    id: str
    event: Event
    lane: str
    state: State
    received_at: float
    not_before: float = 0.0
    attempts: int = 0
    sent_at: float | None = None
    sent_at_org: float | None = None
    sent_as: tuple[str, ...] = ()
    settled_at: float | None = None
    reason: Step | None = None
    cause: Cause | None = None
    steps: tuple[Step, ...] = ()
    org_id: str | None = None
    arrived: int = 0

    @property
    def kind(self) -> Kind:
        """The kind of event: a purchase or a touchpoint."""
        return self.event.kind

    @property
    def payload(self) -> JsonObject:
        """The event's payload, empty if it was skipped or invalid."""
        return self.event.payload

    @property
    def sent(self) -> Moment | None:
        """When a create whose outcome is unknown was sent; None if there is none."""
        return None if self.sent_at is None else Moment(self.sent_at, self.sent_at_org)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One write that happened: the record, the written fields before and after, and the org of the
    record ("" if unknown, or for a line that is not stored yet)."""

    entry_id: str
    object: str
    record_id: str
    action: Literal["create", "update"]
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    at: float
    org_id: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The new state of one entry, with its links and journal, stored in one transaction.

    `pending` puts the entry back until `not_before`; `count_attempt` adds one to its attempts.
    `sent_at` and `sent_at_org` are when a create with a still unknown outcome was sent, by our
    clock and the org's (state `writing`; without `sent_at` both stored times are kept).
    `drop_links` are links found stale.
    """

    entry_id: str
    state: State
    reason: Step | None = None
    cause: Cause | None = None
    steps: tuple[Step, ...] = ()
    links: tuple[Link, ...] = ()
    drop_links: tuple[LinkKey, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    not_before: float = 0.0
    count_attempt: bool = False
    sent_at: float | None = None
    sent_at_org: float | None = None


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """Entries by state, of one workspace."""

    pending: int = 0
    writing: int = 0
    held: int = 0
    done: int = 0
    skipped: int = 0

    @property
    def waiting(self) -> int:
        """Entries that are pending or being written."""
        return self.pending + self.writing


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """The held entries of one cause: their number, since when the first is held, and when the last
    one was."""

    cause: Cause
    entries: int
    since: float
    latest: float = 0.0


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries to show; all given conditions must apply.

    `cause` is a cause group or code, and implies held entries. `seller` is a name as `sellers`
    returns it. Each of the `words` must occur in the person's or company's name or the event's id,
    ignoring case. `since` is the earliest arrival.
    """

    state: State | None = None
    kind: Kind | None = None
    cause: str | None = None
    seller: str | None = None
    words: str | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page of entries, newest first. `older` is the id to continue from (as `before`), None if
    nothing older matches.

    `scanned_back_to` is set if the scan reached its limit before the page was full: the arrival of
    the last entry scanned. Older entries may still match; continue from `older`.
    """

    entries: Sequence[Entry]
    older: str | None = None
    scanned_back_to: float | None = None
