"""Settlements: how each entry of a round ends, by the class of its errors, never by their text.
Pure.

Who has to act (errors.py) decides: refused → held with its cause; a temporary error → waits again;
outcome unknown → looked up. An entry whose writes succeeded but which relied on a record that an
earlier entry failed to write is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from zsf_plugin.decision import causes
from zsf_plugin.decision.refusals import (
    RefusedValue,
    is_planned,
    refused_values,
    without_refused,
)
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
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import (
    Cause,
    Changes,
    Link,
    LinkKey,
    OrgFacts,
    Step,
    World,
    Write,
    without_write_steps,
)
from zsf_plugin.ports import Entry, Moment, Settlement
from zsf_plugin.sync.arrivals import may_arrive_for_s
from zsf_plugin.sync.entries import BatchWrites, PlannedEntry, WrittenEntry, with_answers_lost
from zsf_plugin.sync.links_and_journal import stored_outcome
from zsf_plugin.sync.lost_writes import with_lost_writes

#: Refusals that a second lookup may settle: since the lookup a record was changed, an owner was
#: deactivated, a field was hidden (the adapter reads the describe again) or a duplicate appeared.
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
        # a row whose reference failed, or a text that was read as a reference
        "PROCESSING_HALTED",
    }
)
#: How often values of one record are left out of an entry because Salesforce refused them; refused
#: once more, it is held. Salesforce names one field at a time, and an address alone may take three:
#: two ways to write its country, then the state that has none.
MAX_LEFT_OUT = 4
#: The values that one refusal names: each alone may be accepted.
RefusedTogether = tuple[RefusedValue, ...]
#: Returns the current fingerprint of a cause; empty if only a person can decide.
Fingerprint = Callable[[Cause], str]


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """The outcome of one entry of a round: settled, or tried again, with or without a fresh lookup.

    What was written is stored either way: the settlement of an entry that is tried again has only
    journal and links. `refused` is the write that held it, for entries with the same write.
    `left_out` are the values without which it is tried again.
    """

    settlement: Settlement
    again: Literal["retry", "look"] | None = None
    candidates: tuple[DuplicateRecord, ...] = ()
    refused: tuple[Write, Rejected] | None = None
    left_out: tuple[RefusedValue, ...] = ()

    def for_next_round(self, planned: PlannedEntry) -> PlannedEntry:
        """The entry for the next round: with the records that a refusal named, without the values
        that were refused, and no second fresh lookup."""
        objects = dict.fromkeys(one.object for one in self.left_out)
        is_second = self.again == "look" and not planned.is_presumed
        return replace(
            planned,
            plan=without_refused(planned.plan, self.left_out) if objects else planned.plan,
            looked_up_again=planned.looked_up_again or is_second,
            is_presumed=planned.is_presumed and self.again != "look",
            candidates=self.candidates or planned.candidates,
            refused=(*planned.refused, *objects),
        )


#: Returns the outcome of an entry whose settlement failed with a defect of ours.
OnDefect = Callable[[WrittenEntry, Exception], EntryOutcome]


def entry_outcomes(
    batch: BatchWrites,
    world: World,
    now: Moment,
    fingerprint: Fingerprint,
    on_defect: OnDefect,
) -> list[EntryOutcome]:
    """The outcome of each entry, in order. `world` is that from before the round."""
    outcomes: list[EntryOutcome] = []
    known_links = dict(world.links)
    #: records that are not, or not yet, what the round assumed, and what was refused of each
    invalidated: dict[str, list[RefusedTogether]] = {}
    for entry in give_way_between(batch.entries):
        relied_on = sorted(invalidated.keys() & entry.changes.depends_on)
        written = entry
        refusals: list[RefusedTogether] = []
        try:
            outcome = _outcome(
                entry,
                batch.ids,
                known_links,
                now,
                fingerprint,
                world.facts,
                is_invalidated=bool(relied_on),
            )
            if entry.planned.entry.state == "writing" and outcome.settlement.state == "done":
                whole = with_lost_writes(outcome.settlement, entry, world, now.at)
                outcome = replace(outcome, settlement=whole)
            if outcome.again is not None:
                earlier = chain.from_iterable(map(invalidated.__getitem__, relied_on))
                refusals = [*_by_object(outcome.left_out), *_shared(earlier, entry.planned)]
                outcome = replace(outcome, left_out=_each_once(chain.from_iterable(refusals)))
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not undo the outcomes of others
            written = with_answers_lost(entry)
            outcome = on_defect(written, error)
        for link in outcome.settlement.links:
            known_links[link.key] = link
        outcomes.append(outcome)
        for ref in _invalidated_by(written, outcome):
            invalidated.setdefault(ref, []).extend(refusals)
    return outcomes


def outcome_unknown(written: WrittenEntry, now: Moment) -> EntryOutcome:
    """The outcome of an entry whose writes are all in doubt, as if their answers were lost."""
    stored = Settlement(written.planned.entry.id, "writing")
    return EntryOutcome(_Ending(written, stored, now).unknown())


def _outcome(
    written: WrittenEntry,
    ids: Mapping[str, str],
    known_links: Mapping[LinkKey, Link],
    now: Moment,
    fingerprint: Fingerprint,
    facts: OrgFacts,
    *,
    is_invalidated: bool,
) -> EntryOutcome:
    """The outcome of one entry; `is_invalidated`: it relied on a record that is not what the round
    assumed."""
    is_done = not (written.failed or is_invalidated)
    stored = stored_outcome(written, ids, known_links, now.at, is_done=is_done)
    if is_done:
        return EntryOutcome(stored)
    ending = _Ending(written, stored, now)
    left_out, failed = _split_failures(written, facts)
    outcome = _not_done(ending, failed, fingerprint, is_invalidated=is_invalidated)
    return replace(outcome, left_out=left_out) if outcome.again is not None else outcome


def _split_failures(
    written: WrittenEntry, facts: OrgFacts
) -> tuple[tuple[RefusedValue, ...], list[tuple[Write, ZsfError]]]:
    """(the values whose refusals are settled by leaving them out, the other failures)."""
    left_out: list[RefusedValue] = []
    failed: list[tuple[Write, ZsfError]] = []
    for write, error in written.failed:
        refused: tuple[RefusedValue, ...] = ()
        if isinstance(error, Rejected) and _may_leave_out(written.planned, write.object):
            refused = refused_values(written.planned.plan, write, error, facts)
        left_out += refused
        if not refused:
            failed.append((write, error))
    return tuple(left_out), failed


def _may_leave_out(planned: PlannedEntry, object_: str) -> bool:
    return planned.refused.count(object_) < MAX_LEFT_OUT


def _by_object(refused: Sequence[RefusedValue]) -> list[RefusedTogether]:
    """What one entry's refusals name, by refusal: an entry writes one record of an object."""
    together: dict[str, RefusedTogether] = {}
    for one in refused:
        together[one.object] = (*together.get(one.object, ()), one)
    return list(together.values())


def _each_once(refused: Iterable[RefusedValue]) -> RefusedTogether:
    """Those values, each once. They may be lists, so there is no set of them."""
    once: list[RefusedValue] = []
    for one in refused:
        if one not in once:
            once.append(one)
    return tuple(once)


def _shared(refusals: Iterable[RefusedTogether], planned: PlannedEntry) -> list[RefusedTogether]:
    """Those of the refusals of a record that the entry shares, that it would meet next. One that
    names several values says nothing about a record with only some of them."""
    shared: list[RefusedTogether] = []
    for together in refusals:
        is_met = all(_would_send(planned, one) for one in together)
        if is_met and together not in shared:
            shared.append(together)
    return shared


def _would_send(planned: PlannedEntry, refused: RefusedValue) -> bool:
    """Whether the entry would send that value next, and may leave it out."""
    target = planned.plan.targets.get(refused.object)
    field = target.planned(refused.field) if target is not None else None
    is_sent = field is not None and is_planned(refused, field)
    return is_sent and _may_leave_out(planned, refused.object)


def error_about_the_org(batch: BatchWrites) -> ZsfError | None:
    """The error about the whole org for which the drain must pause, or None. An ended sign-in comes
    before a used-up allocation, and that before an outage."""
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
    """The settlement of an entry that is held before anything is written."""
    cause = replace(cause, fingerprint=fingerprint(cause))
    reason = causes.held_reason(cause)
    return Settlement(entry.id, "held", reason, cause, change.steps, drop_links=change.stale)


def requeued(entry: Entry, now: Moment, not_before: float = 0.0) -> Settlement:
    """The settlement of an entry that waits again. If an earlier create may still arrive it stays
    `writing`, so that it is looked up first."""
    may_arrive = may_arrive_for_s(entry.sent, now) > 0
    return Settlement(entry.id, "writing" if may_arrive else "pending", not_before=not_before)


def named_steps(records: Sequence[DuplicateRecord]) -> tuple[Step, ...]:
    """The records that Salesforce named when it refused, for the admin to open."""
    return tuple([Step("named", record.object, None, {"record": record.id}) for record in records])


def named_by(error: Rejected) -> tuple[Step, ...]:
    """The `named_steps` of a refusal; most name no records."""
    return named_steps(error.records) if isinstance(error, DuplicateFound) else ()


@dataclass(frozen=True, slots=True)
class _Ending:
    """An entry of a round that is not done, at `now`: `stored` is the part of its settlement that
    is stored in any case, still `writing`. Each method returns one way to end."""

    written: WrittenEntry
    stored: Settlement
    now: Moment

    def waiting(self, delay_s: float = 0.0) -> Settlement:
        """It waits again, for at least this many seconds."""
        not_before = self.now.at + delay_s if delay_s else 0.0
        waiting = requeued(self.written.planned.entry, self.now, not_before)
        return replace(self.stored, state=waiting.state, not_before=waiting.not_before)

    def unknown(self) -> Settlement:
        """It is looked up before it writes again: at once the first time, then after doubling
        waits; `in_doubt` ends that after a few."""
        attempts = self.written.planned.entry.attempts
        wait_s = 0.0 if attempts == 0 else 2.0**attempts
        creates = any(write.action == "create" for write in self.written.changes.writes)
        waiting = replace(self.stored, not_before=self.now.at + wait_s, count_attempt=True)
        if not creates:
            return waiting
        return replace(waiting, sent_at=self.now.at, sent_at_org=self.now.at_org)

    def held(self, write: Write, error: Rejected, fingerprint: Fingerprint) -> Settlement:
        """It is held by that refusal. Its steps leave out successful writes: they are in the
        journal."""
        cause = causes.from_rejection(error, write.object)
        cause = replace(cause, fingerprint=fingerprint(cause))
        reason = causes.held_reason(cause)
        steps = (*without_write_steps(self.stored.steps), *named_by(error))
        return replace(self.stored, state="held", reason=reason, cause=cause, steps=steps)


def _not_done(
    ending: _Ending,
    failed: Sequence[tuple[Write, ZsfError]],
    fingerprint: Fingerprint,
    *,
    is_invalidated: bool,
) -> EntryOutcome:
    """The outcome of an entry with a failed write, or that relied on one. `failed` are the failures
    that leaving out a value does not settle."""
    if not failed:
        return EntryOutcome(ending.waiting(), "retry")
    write, error = _decisive_failure(failed)
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
    """Look up once more if that may settle the refusal; else hold the entry. One that was not yet
    looked up is looked up in any case, and held if it would then send the same."""
    planned = ending.written.planned
    is_final = error.code not in LOOK_AGAIN
    if planned.looked_up_again or (is_final and not planned.is_presumed):
        return EntryOutcome(ending.held(write, error, fingerprint), refused=(write, error))
    named = error.records if isinstance(error, DuplicateFound) else ()
    refused = (write, error) if is_final else None
    return EntryOutcome(ending.waiting(), "look", candidates=named, refused=refused)


def _decisive_failure(failed: Sequence[tuple[Write, ZsfError]]) -> tuple[Write, ZsfError]:
    """The failure that decides: an unknown outcome first, then a refusal, consequences last."""
    for kind in (OutcomeUnknown, Rejected, QuotaReached, ReconnectRequired, Unavailable):
        for write, error in failed:
            if isinstance(error, kind):
                return write, error
    return failed[0]


def _invalidated_by(written: WrittenEntry, outcome: EntryOutcome) -> set[str]:
    """The records that are not what the round assumed, given how that entry ended."""
    invalidated: set[str] = set()
    for write, _ in written.failed:
        invalidated.add(write.ref)
    if outcome.again is not None:
        # its writes of the next round come before those of later entries in this one
        invalidated |= written.changes.depends_on
        for write in written.changes.writes:
            invalidated.add(write.ref)
    return invalidated
