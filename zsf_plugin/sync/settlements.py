"""Settlements: how each entry of a batch ends, by the class of its errors, never by their text. Pure.

Who acts (errors.py) decides: refused → held with its cause; nobody's fault → waits again; unknown → looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes
from zsf_plugin.errors import (
    DuplicateFound,
    Halted,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Outcome, Reference, Write
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.ports.store import Entry, JournalLine, Settlement
from zsf_plugin.sync.writes import Joint, record_ids, refs_of

#: Refusals that a second look may settle: a record changed hands between our look and our write, an owner was
#: deactivated or a field hidden since we asked (the adapter asks anew), a record like it has just appeared.
LOOK_AGAIN = frozenset(
    {
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "DUPLICATES_DETECTED",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INACTIVE_OWNER_OR_USER",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "NOT_FOUND",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
    }
)
#: Refusals by the customer's own code, which may work for one record and fail for two hundred (§2.3).
_SIZE_MATTERS = frozenset(
    {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER", "APEX_ERROR", "LIMIT_EXCEEDED"}
)
_LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was written: its entries with their changes, the joint writes, what became of each."""

    entries: Sequence[Entry]
    changes: Sequence[Changes]
    joint: Joint
    outcomes: Mapping[str, Outcome]
    now: float
    fingerprint: Callable[[Cause], str]


def settle_written(batch: Batch) -> list[Settlement]:
    """One settlement for each entry, in order."""
    return [_settled(batch, position) for position in range(len(batch.entries))]


def settle_held(entry: Entry, change: Changes, cause: Cause, fingerprint: Callable[[Cause], str]) -> Settlement:
    """An entry that must wait for a person before anything is written."""
    cause = replace(cause, fingerprint=fingerprint(cause))
    return Settlement(entry.id, "held", cause.text, cause, change.steps, drop_links=change.stale)


def settle_unwritten(entry: Entry, change: Changes) -> Settlement:
    """An entry with nothing to write: what it wants is already so."""
    reason = change.steps[-1].text if change.steps else None
    return Settlement(entry.id, "done", reason, None, change.steps, links=change.links, drop_links=_dropped(change))


def _settled(batch: Batch, position: int) -> Settlement:
    entry, change = batch.entries[position], batch.changes[position]
    ids = record_ids(batch.outcomes)
    ref, error = _first_error(batch, change)
    base = Settlement(
        entry.id,
        "done",
        steps=change.steps,
        links=_resolved(change.links, ids),
        drop_links=_dropped(change),
        journal=tuple(_journal(entry, batch, change, ids)),
    )
    if error is None:
        return base
    return _ended_by(error, ref, base, batch, position)


def _first_error(batch: Batch, change: Changes) -> tuple[str, ZsfError | None]:
    """The error that decides: an unknown outcome before all, then one of its own, a mere consequence last."""
    errors = [(ref, outcome.error) for ref in refs_of(change) if (outcome := batch.outcomes[ref]).error is not None]
    for kind in (OutcomeUnknown, Rejected, QuotaReached, ReconnectRequired, Unavailable, ZsfError):
        for ref, error in errors:
            if isinstance(error, kind):
                return ref, error
    return "", None


def _ended_by(error: ZsfError, ref: str, base: Settlement, batch: Batch, position: int) -> Settlement:
    entry = batch.entries[position]
    if isinstance(error, OutcomeUnknown):
        wait = _wait(entry.attempts)
        return replace(base, state="writing", sent_at=batch.now, not_before=batch.now + wait, spend=True)
    if isinstance(error, Rejected):
        return _refused(error, ref, base, batch, position)
    if isinstance(error, Halted):
        return replace(base, state="pending", alone=True)
    if isinstance(error, RowBusy):
        return replace(base, state="pending", not_before=batch.now + error.retry_after_s)
    return replace(base, state="pending")  # it is about the org: the drain rests, the entry is due when that is over


def _refused(error: Rejected, ref: str, base: Settlement, batch: Batch, position: int) -> Settlement:
    """Held; or tried again alone where others had a part in it, or a second look may settle it."""
    entry = batch.entries[position]
    givers = batch.joint.givers.get(ref, ())
    shared = givers != (position,)
    in_company = len(batch.entries) > 1
    if shared or (in_company and error.code in _SIZE_MATTERS):
        return replace(base, state="pending", alone=True)
    first_refusal = entry.attempts == 0 or entry.sent_at is not None  # a lost answer spent an attempt, and no refusal
    if first_refusal and error.code in LOOK_AGAIN:
        return replace(base, state="pending", spend=True)
    cause = causes.held_by(error, _object_of(batch, ref))
    if isinstance(error, DuplicateFound) and error.records:
        names = ", ".join(f"{record.object} {record.id}" for record in error.records)
        cause = replace(cause, detail=f"{cause.detail or ''} ({names})".strip())
    cause = replace(cause, fingerprint=batch.fingerprint(cause))
    return replace(base, state="held", reason=cause.text, cause=cause)


def _object_of(batch: Batch, ref: str) -> str:
    return next(write.object for write in batch.joint.writes if write.ref == ref)


def _wait(attempts: int) -> float:
    """Seconds before an unknown outcome is looked at again: at once first, then doubling."""
    return 0.0 if attempts == 0 else min(2.0**attempts, _LONGEST_WAIT_S)


def _resolved(links: Sequence[Link], ids: Mapping[str, str]) -> tuple[Link, ...]:
    """The links whose record is known to exist, with its id."""
    real = ((link, ids.get(link.record_id, link.record_id)) for link in links)
    return tuple(replace(link, record_id=record_id) for link, record_id in real if not record_id.startswith("new:"))


def _dropped(change: Changes) -> tuple[LinkKey, ...]:
    """Stale links that no new one replaces."""
    kept = {link.key for link in change.links}
    return tuple(key for key in change.stale if key not in kept)


def _journal(entry: Entry, batch: Batch, change: Changes, ids: Mapping[str, str]) -> list[JournalLine]:
    return [
        JournalLine(entry.id, write.object, ids[write.ref], write.action, write.before, _after(write, ids), batch.now)
        for write in change.writes
        if write.ref in ids
    ]


def _after(write: Write, ids: Mapping[str, str]) -> dict[str, Json]:
    return {
        name: ids.get(value.ref, value.ref) if isinstance(value, Reference) else value
        for name, value in write.values.items()
    }
