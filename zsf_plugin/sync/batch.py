"""One batch, from its entries to their settlements: decide, look, then rounds of plan, write,
settle, until each entry has ended. A lone entry is a batch of one.

Here are the order of these steps and what is carried from one round to the next; what each step
decides is in `rounds`, `writes` and `settlements`.

    run_batch
      1 decide    a plan for each entry
      2 look      all that the plans need to know, asked of the org at once
      3 plan      who is sent in this round, and with what         rounds
      4 write     each request marks its entries as being written
      5 settle    how each entry ends, or goes on                  settlements
      6 learn     the world as it is now; back to 3, or to 2 where a refusal puts our look in doubt
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes
from zsf_plugin.decision.overlap import overlap_groups
from zsf_plugin.errors import QuotaReached, ReconnectRequired, RowBusy, Unavailable, ZsfError
from zsf_plugin.model.changes import Changes, Write
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import Lookup, World
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.ports.store import Entry, Settlement
from zsf_plugin.sync.context import DrainContext, PlannedEntry, plan_of
from zsf_plugin.sync.in_doubt import InDoubtWrites, names_of_creates
from zsf_plugin.sync.look import look
from zsf_plugin.sync.rounds import Known, RoundPlanner
from zsf_plugin.sync.settlements import EntryOutcome, entry_outcomes, put_back, settle_held
from zsf_plugin.sync.writes import (
    BatchWrites,
    content_of,
    plan_writes,
    resolved_values,
    with_outcomes,
)

_log = logging.getLogger("zsf_plugin.sync")

#: An entry that goes on without anything having been settled meets something unforeseen: it waits
#: so long.
STUCK_DELAY_S = 30.0
_NO_FACTS = OrgFacts("", False, None)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many entries ended done and held, how many held ones a link released; whether an answer
    was lost; the error about the whole org that ended it early."""

    done: int = 0
    held: int = 0
    released: int = 0
    unclear: bool = False
    stopped_by: ZsfError | None = None

    def __add__(self, other: BatchResult) -> BatchResult:
        return BatchResult(
            self.done + other.done,
            self.held + other.held,
            self.released + other.released,
            self.unclear or other.unclear,
            self.stopped_by if other.stopped_by is None else other.stopped_by,
        )


def run_batch(context: DrainContext, entries: Sequence[Entry], purpose: Purpose) -> BatchResult:
    """Carry a batch through to its settlements. Raises Unavailable, QuotaReached, ReconnectRequired
    (from the first look, and then nothing was written), Fenced, StoreUnavailable."""
    batch = _Batch(context, purpose)
    batch.decide(entries)
    is_first = True
    while batch.todo:
        if batch.must_look:
            try:
                now = context.clock.now()  # what the org says is as old as the question
                plans, named = batch.to_look_for()
                workspace = context.connection.workspace
                world = look(plans, context.crm, context.store, workspace, purpose, named)
                batch.start_from(world, now)
            except (Unavailable, QuotaReached, ReconnectRequired) as error:
                if is_first:
                    raise
                return batch.result + BatchResult(stopped_by=error)
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
                left = [planned.entry for planned in batch.todo]
                return batch.result + _run_halves(context, left, purpose, error)
        batch.run_round()
        is_first = False
    return batch.result


class _Batch:
    """A batch on its way.

    `todo` are the entries that have not ended, in the outbox's order; `known` is what the next
    round may build on. What a round settled is stored before the next one begins, so wherever this
    is interrupted, nothing that is known to be written is lost.
    """

    def __init__(self, context: DrainContext, purpose: Purpose) -> None:
        self.todo: list[PlannedEntry] = []
        self.must_look = True
        self.result = BatchResult()
        self._context = context
        self._purpose = purpose
        self._known = Known(World(_NO_FACTS))

    def decide(self, entries: Sequence[Entry]) -> None:
        """Step 1: a plan for each entry. One that breaks the deciding is held by itself, so that it
        cannot stop the others."""
        broken: list[Settlement] = []
        for entry in entries:
            try:
                self.todo.append(PlannedEntry(entry, plan_of(self._context.rules, entry.event)))
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
                broken.append(_held_for_defect(self._context, entry, error, _NO_FACTS))
        self._store(broken)

    def to_look_for(self) -> tuple[list[Plan], list[Lookup]]:
        """(the plans that the org is asked for, the records that refusals named)."""
        plans: list[Plan] = []
        named: list[Lookup] = []
        for planned in self.todo:
            plans.append(planned.plan)
            for one in planned.candidates:
                named.append(Lookup.by_id(one.object, one.id))
        return plans, named

    def start_from(self, world: World, now: float) -> None:
        """Step 2 is done: what the next round knows, by the org as it was asked at `now`."""
        plans = [planned.plan for planned in self.todo]
        groups, lanes = {}, set()
        for planned, of_plan in zip(self.todo, overlap_groups(plans, world), strict=True):
            groups[planned.entry.id] = of_plan
            lanes.add(planned.entry.lane)
        workspace = self._context.connection.workspace
        self._known = Known(
            replace(world, created=self._known.world.created),
            groups,
            self._known.refusals,
            InDoubtWrites(now, self._context.store.unclear_lanes(workspace, lanes)),
        )
        self.must_look = False

    def run_round(self) -> None:
        """Steps 3 to 6. Leaves in `todo` who goes on; nobody where the org has to be left alone."""
        context, facts = self._context, self._known.world.facts
        round_ = self._plan_round()
        if round_.unclear:
            self._store(round_.unclear)
            self.todo = []
            return
        batch = plan_writes(round_.sending)
        if batch.writes:
            ids, creates = _to_be_marked(batch, facts)

            def mark() -> None:
                now = context.clock.now()
                context.store.mark_writing(context.fence, ids, now, creating=creates)

            outcomes = context.crm.write(batch.writes, self._purpose, mark)
            batch = with_outcomes(batch, outcomes)
        ended = entry_outcomes(batch, context.clock.now(), context.fingerprint(facts))
        settlements = [*round_.settled, *[outcome.settlement for outcome in ended]]
        self._store(settlements, _error_about_the_org(batch))
        self.todo = self._going_on(batch, ended, round_)
        if self.result.stopped_by is not None or self.result.unclear:
            self.todo = []  # those who go on wait in the outbox
        if self.todo:
            self._learn(batch, ended, round_.world)

    def _plan_round(self) -> RoundPlanner:
        """Step 3: every entry over the world that the earlier ones leave."""
        facts = self._known.world.facts
        round_ = RoundPlanner(self._known, self._context.fingerprint(facts))
        for planned in self.todo:
            try:
                round_.add(planned)
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry holds that one alone
                round_.settled.append(_held_for_defect(self._context, planned.entry, error, facts))
        self._known = replace(self._known, in_doubt=round_.in_doubt)
        return round_

    def _store(self, settlements: Sequence[Settlement], error: ZsfError | None = None) -> None:
        """Store settlements, all or none, and count what ended."""
        done = held = released = 0
        unclear = False
        for one in settlements:
            done += one.state == "done"
            held += one.state == "held"
            unclear = unclear or (one.state == "writing" and (one.spend or one.sent_at is not None))
        if settlements:
            context = self._context
            released = context.store.settle(context.fence, settlements, context.clock.now())
        self.result += BatchResult(done, held, released, unclear, error)

    def _going_on(
        self, batch: BatchWrites, ended: Sequence[EntryOutcome], round_: RoundPlanner
    ) -> list[PlannedEntry]:
        """Those for another round, in their old order. Who shares a prospect with one that has to
        wait, waits behind it."""
        going: dict[str, PlannedEntry] = {}
        waiting_lanes: set[str] = set()
        for written, outcome in zip(batch.entries, ended, strict=True):
            planned = written.planned
            if outcome.again is not None:
                self.must_look = self.must_look or outcome.again == "look"
                going[planned.entry.id] = _once_more(planned, outcome)
            elif outcome.settlement.state in ("pending", "writing"):
                waiting_lanes.add(planned.entry.lane)
        nothing_ended = len(going) == len(ended) and not round_.settled
        if going and nothing_ended and not self.must_look:
            self._put_back_stuck(list(going.values()))
            going = {}
        for planned in round_.deferred:
            going[planned.entry.id] = planned
        in_order: list[PlannedEntry] = []
        for planned in self.todo:
            if planned.entry.id in going and planned.entry.lane not in waiting_lanes:
                in_order.append(going[planned.entry.id])
        return in_order

    def _put_back_stuck(self, stuck: Sequence[PlannedEntry]) -> None:
        """Nothing failed that would explain why these could not go on: they wait, rather than turn
        for ever."""
        now = self._context.clock.now()
        self._store([put_back(one.entry, now, now + STUCK_DELAY_S) for one in stuck])

    def _learn(self, batch: BatchWrites, ended: Sequence[EntryOutcome], planned: World) -> None:
        """Step 6: the world as it is now: what was written is there, what was refused is not.
        `planned` is the world as it would be had all gone well."""
        world = replace(self._known.world, created=planned.created, claimed=planned.claimed)
        for entry in batch.entries:
            for write in entry.done:
                world = _with_write(world, write, batch.ids)
        refusals = dict(self._known.refusals)
        for outcome in ended:
            for link in outcome.settlement.links:
                world = world.with_link(link)
            if outcome.refused is not None:
                write, error = outcome.refused
                refusals[content_of(write, batch.ids)] = error
        self._known = replace(self._known, world=world, refusals=refusals)


def _once_more(planned: PlannedEntry, outcome: EntryOutcome) -> PlannedEntry:
    """The entry as it goes into another round."""
    return replace(
        planned,
        retried=planned.retried or outcome.again == "look",
        candidates=outcome.candidates or planned.candidates,
    )


def _with_write(world: World, write: Write, ids: Mapping[str, str]) -> World:
    """The world once that write is done. Of a new record, what was not written is empty."""
    record_id = ids.get(write.ref, write.ref)
    known, describe = world.record(write.object, record_id), world.facts.describe(write.object)
    values: dict[str, Json] = {}
    if known is not None:
        values = dict(known.values)
    elif describe is not None:
        values = dict.fromkeys(describe.fields)
    values |= resolved_values(write, ids)
    if write.object == "Task":
        world = replace(world, claimed=world.claimed | {record_id})
    return world.with_record(Record(write.object, record_id, values))


def _run_halves(
    context: DrainContext, entries: Sequence[Entry], purpose: Purpose, error: Exception
) -> BatchResult:
    """Halve a batch that met a defect of ours while it looked, until the bad entry is held
    alone."""
    if len(entries) == 1:
        held = _held_for_defect(context, entries[0], error, _NO_FACTS)
        released = context.store.settle(context.fence, [held], context.clock.now())
        return BatchResult(held=1, released=released)
    middle = len(entries) // 2
    first = run_batch(context, entries[:middle], purpose)
    if first.stopped_by is not None or first.unclear:
        return first
    return first + run_batch(context, entries[middle:], purpose)


def _held_for_defect(
    context: DrainContext, entry: Entry, error: Exception, facts: OrgFacts
) -> Settlement:
    """An entry held for a defect of ours. The log gets the place of it, never a value the error may
    quote."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "entry %s met a defect: %s at %s:%s", entry.id, type(error).__name__, at.name, at.lineno
    )
    cause = causes.defect(type(error).__name__)
    return settle_held(entry, Changes(), cause, context.fingerprint(facts))


def _to_be_marked(
    batch: BatchWrites, facts: OrgFacts
) -> tuple[list[str], Mapping[str, AbstractSet[str]]]:
    """(the entries that write, what each of those that create is remembered by), for the mark
    before a request."""
    ids: list[str] = []
    creates: dict[str, AbstractSet[str]] = {}
    for written in batch.entries:
        if written.changes.writes:
            ids.append(written.planned.entry.id)
            names = names_of_creates(written.changes, facts)
            if names:
                creates[written.planned.entry.id] = names
    return ids, creates


def _error_about_the_org(batch: BatchWrites) -> ZsfError | None:
    """An error that is about the org, not about a record: the drain has to pause for it. Signing in
    again comes before a used allocation, that before a short outage."""
    for kind in (ReconnectRequired, QuotaReached, Unavailable):
        for entry in batch.entries:
            for _, error in entry.failed:
                if isinstance(error, kind) and not isinstance(error, RowBusy):
                    return error
    return None
