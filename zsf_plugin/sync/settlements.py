"""Settlements: how each entry of a round ends, by the class of its errors, never by their text.
Pure.

Who acts (errors.py) decides: refused → held with its cause; nobody's fault → waits again; unknown →
looked up. An entry whose own writes went well, but which relied on a record that an earlier entry
failed to write, is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.decision import causes
from zsf_plugin.errors import (
    DuplicateFound,
    DuplicateRecord,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Cause, Changes, Json, Link, LinkKey, Step, Write, without_write_steps
from zsf_plugin.ports import Entry, JournalLine, Settlement
from zsf_plugin.sync.entries import (
    BatchWrites,
    PlannedEntry,
    WrittenEntry,
    resolved_values,
    unanswered,
)

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
#: Salesforce may finish a request for this long after its caller gave up; "not there" is believed
#: only afterwards (design §4).
LATE_ARRIVAL_S = 600.0
#: The fingerprint of a cause now; empty where only a person can judge.
Fingerprint = Callable[[Cause], str]


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """How one entry of a round goes on: settled; or once more, with or without a fresh look at the
    org.

    What was written is to be kept either way: the settlement of one that goes on has journal and
    links alone. `refused` is the write that held it, for those who want the very same.
    """

    settlement: Settlement
    again: Literal["retry", "look"] | None = None
    candidates: tuple[DuplicateRecord, ...] = ()
    refused: tuple[Write, Rejected] | None = None

    def for_next_round(self, planned: PlannedEntry) -> PlannedEntry:
        """That entry as it goes once more: with the records that a refusal named, and no second
        fresh look."""
        looked_again = planned.looked_again or self.again == "look"
        candidates = self.candidates or planned.candidates
        return replace(planned, looked_again=looked_again, candidates=candidates)

    @property
    def is_waiting(self) -> bool:
        """Whether the entry waits in the outbox, and takes no part in another round."""
        return self.again is None and self.settlement.state in ("pending", "writing")


#: How an entry ends whose settling met a defect of ours.
OnDefect = Callable[[WrittenEntry, Exception], EntryOutcome]


def entry_outcomes(
    batch: BatchWrites,
    links: Mapping[LinkKey, Link],
    now: float,
    fingerprint: Fingerprint,
    on_defect: OnDefect,
) -> list[EntryOutcome]:
    """One outcome for each entry, in order. `links` are those from before the round; `now` in
    seconds since 1970."""
    outcomes: list[EntryOutcome] = []
    known_links = dict(links)
    #: records that are not, or not yet, what the round took them for
    invalidated: set[str] = set()
    for entry in batch.entries:
        is_invalidated = not invalidated.isdisjoint(entry.changes.depends_on)
        written = entry
        try:
            outcome = _outcome(
                entry, batch.ids, known_links, now, fingerprint, is_invalidated=is_invalidated
            )
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not undo the ends of others
            written = unanswered(entry)
            outcome = on_defect(written, error)
        for link in outcome.settlement.links:
            known_links[link.key] = link
        outcomes.append(outcome)
        invalidated |= _invalidated_by(written, outcome)
    return outcomes


def outcome_unknown(written: WrittenEntry, now: float) -> EntryOutcome:
    """The outcome of an entry of whose writes nothing can be told: as if their answers were
    lost."""
    kept = Settlement(written.planned.entry.id, "writing")
    return EntryOutcome(_Ending(written, kept, now).unknown())


def _outcome(
    written: WrittenEntry,
    ids: Mapping[str, str],
    known_links: Mapping[LinkKey, Link],
    now: float,
    fingerprint: Fingerprint,
    *,
    is_invalidated: bool,
) -> EntryOutcome:
    """The outcome of one entry; `is_invalidated`: it relied on a record that is not what the round
    took it for."""
    is_done = not (written.failed or is_invalidated)
    kept = _kept(written, ids, known_links, now, digests=is_done)
    if is_done:
        return _done(written, kept)
    return _not_done(_Ending(written, kept, now), fingerprint, is_invalidated=is_invalidated)


def error_about_the_org(batch: BatchWrites) -> ZsfError | None:
    """An error that is about the org, not about a record: the drain has to pause for it. Signing in
    again comes before a used allocation, that before a short outage."""
    errors: list[ZsfError] = []
    for entry in batch.entries:
        for _, error in entry.failed:
            errors.append(error)
    for kind in (ReconnectRequired, QuotaReached, Unavailable):
        for error in errors:
            if isinstance(error, kind) and not isinstance(error, RowBusy):
                return error
    return None


def held_settlement(
    entry: Entry, change: Changes, cause: Cause, fingerprint: Fingerprint
) -> Settlement:
    """An entry that must wait for a person before anything is written."""
    cause = replace(cause, fingerprint=fingerprint(cause))
    reason = causes.held_reason(cause)
    return Settlement(entry.id, "held", reason, cause, change.steps, drop_links=change.stale)


def put_back(entry: Entry, now: float, not_before: float = 0.0) -> Settlement:
    """An entry that waits again. One whose earlier create may still arrive stays `writing`: it is
    looked at first."""
    may_arrive = entry.sent_at is not None and now < entry.sent_at + LATE_ARRIVAL_S
    return Settlement(entry.id, "writing" if may_arrive else "pending", not_before=not_before)


def named_steps(records: Sequence[DuplicateRecord]) -> tuple[Step, ...]:
    """The records that Salesforce named when it refused, for the admin to open."""
    return tuple([Step("named", record.object, None, {"record": record.id}) for record in records])


def named_by(error: Rejected) -> tuple[Step, ...]:
    """As `named_steps`, of a refusal; most name none."""
    return named_steps(error.records) if isinstance(error, DuplicateFound) else ()


@dataclass(frozen=True, slots=True)
class _Ending:
    """An entry of a round that is not done, at the moment `now`: `kept` is what has to be kept of
    it however it goes on, still `writing`. Its methods are the ways in which it may."""

    written: WrittenEntry
    kept: Settlement
    now: float

    def waiting(self, delay_s: float = 0.0) -> Settlement:
        """It waits again, for this many seconds at least."""
        not_before = self.now + delay_s if delay_s else 0.0
        waiting = put_back(self.written.planned.entry, self.now, not_before)
        return replace(self.kept, state=waiting.state, not_before=waiting.not_before)

    def unknown(self) -> Settlement:
        """It is looked at before anything is written again: at once first, then after waits that
        double; `in_doubt` ends that after a few."""
        attempts = self.written.planned.entry.attempts
        wait_s = 0.0 if attempts == 0 else 2.0**attempts
        creates = any(write.action == "create" for write in self.written.changes.writes)
        sent_at = self.now if creates else None
        not_before = self.now + wait_s
        return replace(self.kept, sent_at=sent_at, not_before=not_before, spend=True)

    def held(self, write: Write, error: Rejected, fingerprint: Fingerprint) -> Settlement:
        """It is held by that refusal. Of what it wrote all the same the journal tells, not its
        steps."""
        cause = causes.held_by(error, write.object)
        cause = replace(cause, fingerprint=fingerprint(cause))
        reason = causes.held_reason(cause)
        steps = (*without_write_steps(self.kept.steps), *named_by(error))
        return replace(self.kept, state="held", reason=reason, cause=cause, steps=steps)


def _done(written: WrittenEntry, kept: Settlement) -> EntryOutcome:
    """What it wrote is its story; where it wrote nothing, its last step says why."""
    changes = written.changes
    reason = changes.steps[-1] if changes.steps and not changes.writes else None
    return EntryOutcome(replace(kept, state="done", reason=reason))


def _not_done(ending: _Ending, fingerprint: Fingerprint, *, is_invalidated: bool) -> EntryOutcome:
    """The outcome of an entry of which a write failed, or that relied on one that failed."""
    if not ending.written.failed:
        return EntryOutcome(ending.waiting(), "retry")
    write, error = _deciding(ending.written.failed)
    if isinstance(error, OutcomeUnknown):
        return EntryOutcome(ending.unknown())
    if isinstance(error, RowBusy):
        return EntryOutcome(ending.waiting(error.retry_after_s))
    if isinstance(error, QuotaReached | ReconnectRequired | Unavailable):
        return EntryOutcome(ending.waiting())  # about the org: the drain pauses
    if is_invalidated or not isinstance(error, Rejected):
        return EntryOutcome(ending.waiting(), "retry")
    return _refused(ending, write, error, fingerprint)


def _refused(
    ending: _Ending, write: Write, error: Rejected, fingerprint: Fingerprint
) -> EntryOutcome:
    """A refusal that looking again may settle has the org looked at once more; any other holds."""
    if error.code not in LOOK_AGAIN or ending.written.planned.looked_again:
        return EntryOutcome(ending.held(write, error, fingerprint), refused=(write, error))
    named = error.records if isinstance(error, DuplicateFound) else ()
    return EntryOutcome(ending.waiting(), "look", candidates=named)


def _deciding(failed: Sequence[tuple[Write, ZsfError]]) -> tuple[Write, ZsfError]:
    """The error that decides: an unknown outcome before all, then a refusal, a mere consequence
    last."""
    for kind in (OutcomeUnknown, Rejected, QuotaReached, ReconnectRequired, Unavailable):
        for write, error in failed:
            if isinstance(error, kind):
                return write, error
    return failed[0]


def _invalidated_by(written: WrittenEntry, outcome: EntryOutcome) -> set[str]:
    """The records that are not what the round took them for, by how that entry ended."""
    invalidated: set[str] = set()
    for write, _ in written.failed:
        invalidated.add(write.ref)
    if outcome.again is not None:
        # what it writes in its next round comes before what later ones wrote in this
        invalidated |= written.changes.depends_on
        for write in written.changes.writes:
            invalidated.add(write.ref)
    return invalidated


def _kept(
    written: WrittenEntry,
    ids: Mapping[str, str],
    known_links: Mapping[LinkKey, Link],
    now: float,
    *,
    digests: bool,
) -> Settlement:
    """What is to be kept of an entry however it goes on: links to records that exist, and the
    journal.

    Only an entry that is done leaves its plan's digest on a link: an equal plan would be believed
    to be done.
    """
    changes = written.changes
    dropped = dict.fromkeys(changes.stale)
    for link in changes.links:
        dropped.pop(link.key, None)
    return Settlement(
        written.planned.entry.id,
        "writing",
        steps=changes.steps,
        links=kept_links(changes.links, known_links, written.done, ids, digests=digests),
        drop_links=tuple(dropped),
        journal=_journal(written, ids, now),
    )


def _journal(written: WrittenEntry, ids: Mapping[str, str], now: float) -> tuple[JournalLine, ...]:
    """A line for each write that is done."""
    entry_id = written.planned.entry.id
    journal: list[JournalLine] = []
    for write in written.done:
        record_id, after = ids.get(write.ref, write.ref), resolved_values(write, ids)
        journal.append(
            JournalLine(entry_id, write.object, record_id, write.action, write.before, after, now)
        )
    return tuple(journal)


def kept_links(
    links: Sequence[Link],
    before: Mapping[LinkKey, Link],
    done: Sequence[Write],
    ids: Mapping[str, str],
    *,
    digests: bool,
) -> tuple[Link, ...]:
    """The links whose record is known to exist, with its id and what is known to be written.

    `before` are the links before the writes, `done` the writes that are known to be done. Without
    `digests` they make no plan look done.
    """
    kept: list[Link] = []
    for link in links:
        record_id = ids.get(link.record_id, link.record_id)
        if not record_id.startswith("new:"):
            digest = link.plan_digest if digests else ""
            written = _values_written(link, before.get(link.key), done)
            kept.append(replace(link, record_id=record_id, written=written, plan_digest=digest))
    return tuple(kept)


def _values_written(link: Link, before: Link | None, done: Sequence[Write]) -> Mapping[str, Json]:
    """What we wrote last to the link's record: what was known before, and what of the planned link
    is written since. A value that never arrived would make the org's seem somebody else's."""
    written = dict(before.written) if before is not None else {}
    for write in done:
        if write.ref != link.record_id:
            continue
        if write.action == "create":
            written = {}
        for name in write.values:
            if name in link.written:
                written[name] = link.written[name]
    return written
