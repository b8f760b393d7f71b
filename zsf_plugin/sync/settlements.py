"""Settlements: how each entry of a round ends, by the class of its errors, never by their text.
Pure.

Who acts (errors.py) decides: refused → held with its cause; nobody's fault → waits again; unknown →
looked up. An entry whose own writes went well, but which relied on a record that an earlier entry
failed to write, is decided again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.decision import causes
from zsf_plugin.errors import (
    Candidate,
    DuplicateFound,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Write
from zsf_plugin.model.link import Link
from zsf_plugin.ports.store import Entry, JournalLine, Settlement
from zsf_plugin.sync.context import Fingerprint
from zsf_plugin.sync.writes import BatchWrites, WrittenEntry, resolved_values

#: Refusals that looking again may settle: a record changed hands between our look and our write, an
#: owner was deactivated or a field hidden since we asked (the adapter asks anew), a record like it
#: has just appeared.
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
        # of a row that refers to nothing: a mishap, or a text that is taken for a reference
        "PROCESSING_HALTED",
    }
)
#: Salesforce may finish a request long after its caller gave up: only then is "not there" believed
#: (design §4).
BELIEVE_NO_AFTER_S = 600.0
MAX_WAIT_S = 300.0
#: Steps that tell of a write.
_WRITTEN = ("created", "logged", "updated")


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """How one entry of a round goes on: settled; or once more, with or without a fresh look at the
    org.

    What was written is to be kept either way: the settlement of one that goes on has journal and
    links alone. `refused` is the write that held it, for those who want the very same.
    """

    settlement: Settlement
    again: Literal["retry", "look"] | None = None
    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Write, Rejected] | None = None


def entry_outcomes(batch: BatchWrites, now: float, fingerprint: Fingerprint) -> list[EntryOutcome]:
    """One outcome for each entry, in order. `now` in seconds since 1970."""
    outcomes: list[EntryOutcome] = []
    #: records that are not, or not yet, what the round took them for
    invalidated: set[str] = set()
    for entry in batch.entries:
        is_invalidated = not invalidated.isdisjoint(entry.changes.depends_on)
        outcome = _outcome(entry, batch.ids, now, fingerprint, is_invalidated=is_invalidated)
        outcomes.append(outcome)
        for write, _ in entry.failed:
            invalidated.add(write.ref)
        if outcome.again is not None:
            # what it writes in its next round comes before what later ones wrote in this
            invalidated |= entry.changes.depends_on
            for write in entry.changes.writes:
                invalidated.add(write.ref)
    return outcomes


def settle_held(
    entry: Entry, change: Changes, cause: Cause, fingerprint: Fingerprint
) -> Settlement:
    """An entry that must wait for a person before anything is written."""
    cause = replace(cause, fingerprint=fingerprint(cause))
    reason = causes.reason_of(cause)
    return Settlement(entry.id, "held", reason, cause, change.steps, drop_links=change.stale)


def put_back(entry: Entry, now: float, not_before: float = 0.0) -> Settlement:
    """An entry that waits again. One whose earlier create may still arrive stays `writing`: it is
    looked at first."""
    may_arrive = entry.sent_at is not None and now < entry.sent_at + BELIEVE_NO_AFTER_S
    return Settlement(entry.id, "writing" if may_arrive else "pending", not_before=not_before)


def cause_of(error: Rejected, object_: str) -> Cause:
    """The cause of a refusal, with the records that it names for the admin to open."""
    cause = causes.held_by(error, object_)
    return with_candidates(cause, error.records) if isinstance(error, DuplicateFound) else cause


def with_candidates(cause: Cause, records: Sequence[Candidate]) -> Cause:
    """The cause with the records that Salesforce named, for the admin to open."""
    names = ", ".join(f"{record.object} {record.id}" for record in records)
    return replace(cause, detail=f"{cause.detail or ''} ({names})".strip()) if names else cause


def _outcome(
    written: WrittenEntry,
    ids: Mapping[str, str],
    now: float,
    fingerprint: Fingerprint,
    *,
    is_invalidated: bool,
) -> EntryOutcome:
    entry, changes = written.planned.entry, written.changes
    write, error = _first_error(written.failed)
    is_done = error is None and not is_invalidated
    kept = _kept(written, ids, now, digests=is_done)
    if is_done:
        reason = None if changes.writes else (changes.steps[-1] if changes.steps else None)
        return EntryOutcome(replace(kept, state="done", reason=reason))
    if isinstance(error, OutcomeUnknown):
        return EntryOutcome(_unknown(kept, entry, changes, now))
    if isinstance(error, RowBusy):
        return EntryOutcome(_waiting(kept, entry, now, now + error.retry_after_s))
    if isinstance(error, (QuotaReached, ReconnectRequired, Unavailable)):
        return EntryOutcome(_waiting(kept, entry, now))  # about the org: the drain pauses
    if is_invalidated or write is None or not isinstance(error, Rejected):
        return EntryOutcome(_waiting(kept, entry, now), "retry")
    if error.code in LOOK_AGAIN and not written.planned.retried:
        named = error.records if isinstance(error, DuplicateFound) else ()
        return EntryOutcome(_waiting(kept, entry, now), "look", candidates=named)
    return EntryOutcome(_refused(kept, write, error, fingerprint), refused=(write, error))


def _first_error(errors: Sequence[tuple[Write, ZsfError]]) -> tuple[Write | None, ZsfError | None]:
    """The error that decides: an unknown outcome before all, then a refusal, a mere consequence
    last."""
    for kind in (OutcomeUnknown, Rejected, QuotaReached, ReconnectRequired, Unavailable, ZsfError):
        for write, error in errors:
            if isinstance(error, kind):
                return write, error
    return None, None


def _unknown(kept: Settlement, entry: Entry, change: Changes, now: float) -> Settlement:
    """Looked at before anything is written again: at once first, then after waits that double."""
    creates = any(write.action == "create" for write in change.writes)
    wait = 0.0 if entry.attempts == 0 else min(2.0**entry.attempts, MAX_WAIT_S)
    sent_at = now if creates else None
    return replace(kept, state="writing", sent_at=sent_at, not_before=now + wait, spend=True)


def _refused(
    kept: Settlement, write: Write, error: Rejected, fingerprint: Fingerprint
) -> Settlement:
    """Held. Of what it wrote all the same the journal tells, not its steps."""
    cause = cause_of(error, write.object)
    cause = replace(cause, fingerprint=fingerprint(cause))
    steps = []
    for step in kept.steps:
        if step.code not in _WRITTEN:
            steps.append(step)
    reason = causes.reason_of(cause)
    return replace(kept, state="held", reason=reason, cause=cause, steps=tuple(steps))


def _waiting(kept: Settlement, entry: Entry, now: float, not_before: float = 0.0) -> Settlement:
    waiting = put_back(entry, now, not_before)
    return replace(kept, state=waiting.state, not_before=waiting.not_before)


def _kept(
    written: WrittenEntry, ids: Mapping[str, str], now: float, *, digests: bool
) -> Settlement:
    """What is to be kept of an entry however it goes on: links to records that exist, and the
    journal.

    Only an entry that is done leaves its plan's digest on a link: an equal plan would be believed
    to be done.
    """
    entry_id, changes = written.planned.entry.id, written.changes
    journal: list[JournalLine] = []
    for write in written.done:
        record_id, after = ids.get(write.ref, write.ref), resolved_values(write, ids)
        line = JournalLine(
            entry_id, write.object, record_id, write.action, write.before, after, now
        )
        journal.append(line)
    linked = [link.key for link in changes.links]
    return Settlement(
        entry_id,
        "pending",
        steps=changes.steps,
        links=kept_links(changes.links, ids, digests=digests),
        drop_links=tuple([key for key in changes.stale if key not in linked]),
        journal=tuple(journal),
    )


def kept_links(links: Sequence[Link], ids: Mapping[str, str], *, digests: bool) -> tuple[Link, ...]:
    """The links whose record is known to exist, with its id; without `digests` they make no plan
    look done."""
    kept: list[Link] = []
    for link in links:
        record_id = ids.get(link.record_id, link.record_id)
        if not record_id.startswith("new:"):
            digest = link.plan_digest if digests else ""
            kept.append(replace(link, record_id=record_id, plan_digest=digest))
    return tuple(kept)
