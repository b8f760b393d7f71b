"""How an entry ends or goes on, and the journal of its writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from zsf_plugin.model import Cause, Json, Link, LinkKey, State, Step


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One write that happened: the record, the written fields before and after, and the org of the
    record ("" if unknown, or for a line that is not stored yet). `rules`: the digest of the rules
    by which it was decided ("" if unknown)."""

    entry_id: str
    object: str
    record_id: str
    action: Literal["create", "update"]
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    at: float
    org_id: str = ""
    rules: str = ""


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
