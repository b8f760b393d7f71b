"""The entries of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.ports.moments import Moment

if TYPE_CHECKING:
    from zsf_plugin.model import Cause, Event, JsonObject, Kind, State, Step


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
