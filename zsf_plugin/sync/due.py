"""When a workspace has work for a drain: entries that are due, and held entries worth a retry.

A held entry is worth a retry once the fingerprint of its cause changes: a digest of everything that
could make the cause go away. Makes no API call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin import __version__, ports
from zsf_plugin.model import (
    DEFECT,
    OUTCOME_UNCLEAR,
    PERSON_MISSING,
    Availability,
)
from zsf_plugin.sync.arrivals import may_arrive_for_s

if TYPE_CHECKING:
    from zsf_plugin.model import (
        Cause,
        Connection,
        Kind,
        OrgFacts,
    )
    from zsf_plugin.ports import Purpose, Store
    from zsf_plugin.sync.availability import OrgAvailability
    from zsf_plugin.sync.report import DrainReport

#: What each kind of entry spends its calls on.
PURPOSES: tuple[tuple[Kind, Purpose], ...] = (
    ("purchase", "purchases"),
    ("touchpoint", "activities"),
)
#: No entry waits longer: Salesforce may finish a create ten minutes after it was sent, and clocks
#: may differ by a minute.
MAX_ENTRY_WAIT_S = 660.0
#: As long as describes are cached: a recheck then costs one call, and a change in Salesforce
#: releases held entries by itself.
RECHECK_INTERVAL_S = 3600.0
#: Another drain held the org, and may have rechecked before the change.
BUSY_RECHECK_DELAY_S = 5.0


@dataclass(frozen=True, slots=True)
class HoldInputs:
    """What held entries depend on, read without a call: the rules' digest, the connection, and when
    the org's describes were read (seconds since 1970)."""

    rules: str
    connected_at: float
    state: str
    read_at: float | None


def next_due(
    store: Store, workspace: str, throttled: Mapping[str, float], now: float | None = None
) -> float | None:
    """When something that is not throttled is due in the workspace (may be in the past); None if
    nothing waits. With `now`, what waits for longer than any entry may is due: a clock that was
    ahead stored its time, and a drain puts it right."""
    found = {kind: store.next_due(workspace, kind) for kind, _ in PURPOSES}
    due_at = {kind: at for kind, at in found.items() if at is not None}
    return earliest_due(due_at, throttled, now)


def earliest_due(
    due_at: Mapping[Kind, float], throttled: Mapping[str, float], now: float | None = None
) -> float | None:
    """As `next_due`, of what is due when."""
    moments: list[float] = []
    for kind, purpose in PURPOSES:
        if kind in due_at:
            due = due_at[kind]
            if now is not None and due > now + MAX_ENTRY_WAIT_S:
                due = now
            moments.append(max(due, throttled.get(purpose, 0.0)))
    return min(moments, default=None)


def next_work(store: Store, availability: OrgAvailability, workspace: str) -> float | None:
    """Like `next_due`, but also after any pause; None if a person has to act first."""
    connection = store.connection(workspace)
    found = availability.check(connection)
    if connection is None or (not found.is_available and found.until is None):
        return None
    throttled, now = availability.throttled(connection), availability.clock.now()
    due = next_due(store, workspace, throttled, now)
    return None if due is None else max(due, found.until or due)


def in_doubt_here(store: Store, workspace: str, now: float) -> Availability | None:
    """The pause while everything left waits for an in-doubt write of this workspace."""
    if not store.counts(workspace).writing:
        return None
    due = store.next_due(workspace)
    return None if due is None or due <= now else Availability("in_doubt", "", now, due)


def in_doubt_elsewhere(store: Store, connection: Connection, now: float) -> Availability | None:
    """The pause while only purchases are due, and another workspace's lost create may still arrive
    in their org, by our clock: it may be the same person."""
    workspace = connection.workspace
    purchase, touchpoint = (
        store.next_due(workspace, "purchase"),
        store.next_due(workspace, "touchpoint"),
    )
    if purchase is None or purchase > now or (touchpoint is not None and touchpoint <= now):
        return None
    sent = store.in_doubt_elsewhere(connection.org_id, workspace)
    wait_s = max((may_arrive_for_s(one, ports.Moment(now)) for one in sent), default=0.0)
    return Availability("in_doubt", "", now, now + wait_s) if wait_s else None


def depends_on_describe(cause: Cause) -> bool:
    """Whether a change to the object's describe may remove the cause. A missing person arrives with
    a purchase instead."""
    return bool(cause.object) and cause.code != PERSON_MISSING


def fingerprint_of(cause: Cause, rules: str, connected_at: float, facts: OrgFacts) -> str:
    """A digest of the rules, the object's describe and the connection, and for a defect of ours the
    version. Empty if only a person can decide: nothing releases the entry by itself."""
    if cause.code == OUTCOME_UNCLEAR:
        return ""
    parts = [rules, _describe_print(cause, facts), repr(connected_at)]
    if cause.code == DEFECT:
        parts.append(__version__)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _describe_print(cause: Cause, facts: OrgFacts) -> str:
    """The fingerprint of the describe that the cause depends on; empty if there is none."""
    describe = facts.describes.get(cause.object or "")
    return describe.fingerprint if describe and depends_on_describe(cause) else ""


def recheck_at(report: DrainReport, ended_at: float) -> float:
    """When held entries are rechecked after a drain with this report, even if nothing is due: in an
    hour, or when the obstacle to a recheck has ended."""
    moments = [
        ended_at + RECHECK_INTERVAL_S,
        report.paused_until,
        report.throttled_until.get("purchases"),
    ]
    if report.busy:
        moments.append(ended_at + BUSY_RECHECK_DELAY_S)
    earliest = min(at for at in moments if at is not None)
    return max(ended_at + 1.0, earliest)
