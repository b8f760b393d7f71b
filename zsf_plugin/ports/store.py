"""What the product keeps: outbox, links, journal, leases, connections, rules of the console, facts, call counts.

Each part is a Protocol; `Store` is all of them, and every engine passes one contract suite
(`tests/contract/store_contract.py`). All times are seconds since the epoch, passed in: a store has no clock.
Every method may raise StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Step
from zsf_plugin.model.event import Kind, State
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.link import Connection, Link, LinkKey, Tokens


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An event to keep. `payload` is already stripped of what the switches forbid; empty when skipped or invalid.

    `digest` is the keyed digest of the whole call less `occurred_at`; `lane` the prospect's id ("" when unknown).
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
    reason: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The store's answer to a new entry. A duplicate changed nothing and names the original.

    `conflict`: the same event id came with another digest; it was recorded (see `Outbox.accept`), not accepted.
    """

    entry_id: str
    state: State
    duplicate: bool = False
    conflict: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in the outbox. `sent_at` is set while the outcome of a create is unknown (state `writing`), and
    `sent_as` names what was to be created then (as `begin` was given it).

    `attempts` counts tries whose outcome was unknown; waiting spends none.
    """

    id: str
    workspace: str
    event_id: str
    kind: Kind
    lane: str
    state: State
    payload: JsonObject
    occurred_at: str
    received_at: float
    not_before: float = 0.0
    attempts: int = 0
    sent_at: float | None = None
    sent_as: tuple[str, ...] = ()
    settled_at: float | None = None
    reason: str | None = None
    cause: Cause | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One write that happened: the record, and the written fields before and after."""

    entry_id: str
    object: str
    record_id: str
    action: Literal["create", "update"]
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    at: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one entry ends, or waits again: its new state with links and journal, stored together or not at all.

    `pending` puts it back (`not_before`); `spend` counts an attempt. `sent_at` is the moment of a create whose outcome
    is still unknown (state `writing`; None keeps what is known). `drop_links` are those found stale.
    """

    entry_id: str
    state: State
    reason: str | None = None
    cause: Cause | None = None
    steps: tuple[Step, ...] = ()
    links: tuple[Link, ...] = ()
    drop_links: tuple[LinkKey, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    not_before: float = 0.0
    spend: bool = False
    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a lease: its name, the epoch it was won with, and who holds it."""

    name: str
    epoch: int
    owner: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries by state, of one workspace."""

    pending: int = 0
    writing: int = 0
    held: int = 0
    done: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """Held entries of one cause: how many, since when (the oldest)."""

    cause: Cause
    entries: int
    since: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a workspace rests. `until` None: until a person acts. `code` is stable: quota, unavailable, reconnect, …"""

    code: str
    reason: str
    since: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """The org's daily API calls as last told by Salesforce (None: not told yet), and ours of the trailing 24 hours."""

    used: int | None = None
    limit: int | None = None
    seen_at: float | None = None
    by_purpose: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """A cached answer of the org: `body` as JSON, when it was fetched, and the org's own Last-Modified."""

    body: Json
    fetched_at: float
    last_modified: str | None = None


class Outbox(Protocol):
    """Entries, links and journal: what must change together."""

    def accept(self, entry: NewEntry) -> Accepted:
        """Keep the entry durably; returns after commit. Same workspace and event id again: a duplicate, or a conflict.

        A conflict is counted on the original (its `reason` gains nothing) and listed by `conflicts`.
        """
        ...

    def conflicts(self, workspace: str) -> Sequence[tuple[str, str, float]]:
        """(event id, original's entry id, when) of each refused conflict, newest first, at most 1,000."""
        ...

    def due(self, workspace: str, kind: Kind, limit: int, now: float) -> Sequence[Entry]:
        """The entries of that kind that a drain may take now, oldest first: pending or writing, `not_before` <= now.

        Those in `writing` come first and by themselves, and while one of them has to wait, none of its kind comes:
        nothing overtakes a write whose outcome is unclear. Nor does an entry come before an older one of its kind and
        lane that has to wait.
        """
        ...

    def begin(
        self, fence: Fence, entry_ids: Collection[str], sent_at: float, *, creating: Mapping[str, Collection[str]]
    ) -> None:
        """Mark the entries `writing`, before anything is sent. For those that create something (`creating`: entry id →
        names) `sent_at` and the names are remembered, added to those of an earlier try. Raises Fenced."""
        ...

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        """All of the settlements in one transaction, fenced by the lease's epoch. Raises Fenced, then nothing changed.

        A saved prospect link releases the entries of that lane held as PERSON_MISSING, in the same transaction.
        Returns how many entries that released.
        """
        ...

    def next_due(self, workspace: str, kind: Kind | None = None) -> float | None:
        """When `due` will have something of that kind, or of either (may lie in the past); None where nothing waits."""
        ...

    def counts(self, workspace: str) -> Counts:
        """Entries by state."""
        ...

    def entry(self, workspace: str, entry_id: str) -> Entry | None:
        """One entry, whole, or None."""
        ...

    def entries(
        self,
        workspace: str,
        *,
        state: State | None = None,
        cause: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Entry]:
        """Entries newest first, by state and by cause group or code; `before` is an entry id to page on from."""
        ...

    def held(self, workspace: str) -> Sequence[HeldGroup]:
        """Held entries grouped by cause (code, text, fingerprint), most entries first."""
        ...

    def release(
        self,
        workspace: str,
        *,
        entry_ids: Collection[str] | None = None,
        cause: str | None = None,
        fingerprint: str | None = None,
    ) -> int:
        """Put held entries back to pending: those ids, or of that cause group or code, or with that fingerprint.

        With none of the three, all held ones. Entries held as invalid stay: they have no payload to try. Who releases
        an unclear entry vouches for its lane: dropped ones no longer count there. Returns how many.
        """
        ...

    def skip(self, workspace: str, reason: str, now: float, *, entry_ids: Collection[str] | None = None) -> int:
        """End pending or held entries as skipped with that reason (None: all of the pending ones). Returns how many."""
        ...

    def links(self, workspace: str, keys: Collection[LinkKey]) -> Mapping[LinkKey, Link]:
        """The links of those keys that exist."""
        ...

    def linked(self, object_: str, record_ids: Collection[str]) -> frozenset[str]:
        """Those of the records of that object that a touchpoint of any workspace is linked to."""
        ...

    def unclear_lanes(self, workspace: str, lanes: Collection[str]) -> frozenset[str]:
        """Those of the lanes in which an entry is held as OUTCOME_UNCLEAR, or was dropped while it was."""
        ...

    def unclear_elsewhere(self, org_id: str, workspace: str) -> float | None:
        """When the last still unclear create of a purchase was sent to that org by another workspace, or None."""
        ...

    def journal(self, workspace: str, entry_id: str) -> Sequence[JournalLine]:
        """What was written for one entry, oldest first."""
        ...

    def created_since(self, workspace: str, since: float, *, limit: int = 5000) -> Sequence[JournalLine]:
        """The creates journaled at `since` or later, newest first, at most `limit`. Costs only what it returns."""
        ...

    def workspaces(self) -> Sequence[str]:
        """Every workspace with an entry or a connection, by name."""
        ...


class Leases(Protocol):
    """Who may drain an org, or refresh a token: one holder a name, an epoch that only grows."""

    def acquire(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Win the lease where it is free, expired, already the owner's, or its owner `is_dead`; else None.

        Winning raises the epoch, also over one's own.
        """
        ...

    def beat(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Prolong the lease. Raises Fenced."""
        ...

    def give_back(self, fence: Fence) -> None:
        """End the lease at once; nothing happens where it is another's by now."""
        ...


class Connections(Protocol):
    """Connections and their tokens (encrypted at rest), pauses, and the console's rule document."""

    def connection(self, workspace: str) -> Connection | None:
        """The workspace's connection, in whatever state, or None."""
        ...

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """Create or replace the connection; with `tokens`, those too, in the same transaction."""
        ...

    def forget_connection(self, workspace: str) -> None:
        """Remove connection and tokens. Entries and links stay."""
        ...

    def tokens(self, workspace: str) -> Tokens | None:
        """The tokens, decrypted. Raises ConfigurationError where the secret key does not fit."""
        ...

    def rotate(self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int) -> bool:
        """Store refreshed tokens (version becomes `expected_version` + 1) where nobody was faster; False where so."""
        ...

    def pause(self, workspace: str, pause: Pause | None) -> None:
        """Set why the workspace rests, or None to go on."""
        ...

    def paused(self, workspace: str) -> Pause | None:
        """Why the workspace rests, or None."""
        ...

    def console_rule(self, workspace: str) -> tuple[JsonObject, int]:
        """The console's rule document and its version; ({}, 0) where none was saved."""
        ...

    def save_console_rule(self, workspace: str, document: JsonObject, *, expected_version: int) -> bool:
        """Save the console's document where its version is still the expected one; False where someone was faster."""
        ...


class Facts(Protocol):
    """Cached answers of an org, and the account of its API calls."""

    def fact(self, org_id: str, name: str) -> Fact | None:
        """The cached answer of that name, however old, or None."""
        ...

    def save_fact(self, org_id: str, name: str, fact: Fact) -> None:
        """Keep an answer."""
        ...

    def facts(self, org_id: str, names: Collection[str]) -> Mapping[str, Fact]:
        """The cached answers of those names that there are, however old, in one reading."""
        ...

    def save_facts(self, org_id: str, facts: Mapping[str, Fact]) -> None:
        """Keep several answers in one transaction."""
        ...

    def forget_facts(self, org_id: str, prefix: str, before: float) -> int:
        """Remove answers whose name begins with `prefix` and that were fetched earlier than `before`. How many."""
        ...

    def count_calls(self, org_id: str, purpose: str, calls: int, now: float) -> None:
        """Add calls of that purpose to the hour of `now`; a negative number gives back what never left."""
        ...

    def reserve_call(self, org_id: str, purpose: str, now: float, period_s: float) -> float:
        """Count one call of that purpose and give it the org's next slot, in one transaction: the seconds until then.

        Slots of an org lie at least `period_s` apart, whoever asks. A clock set back starts the row of slots anew.
        """
        ...

    def note_usage(self, org_id: str, used: int, limit: int, now: float) -> None:
        """Keep what the org said of its daily allocation, unless a newer word is known."""
        ...

    def allocation(self, org_id: str, now: float) -> Allocation:
        """What is known of the org's allocation, with our calls of the 24 hours before `now`, by purpose."""
        ...


class Store(Outbox, Leases, Connections, Facts, Protocol):
    """All that is kept, in one engine."""

    def close(self) -> None:
        """Let go of files and connections."""
        ...
