"""One batch, from its entries to their settlements: decide, look, then rounds of plan, write,
settle, until each entry has ended. A lone entry is a batch of one.

Here are the order of these steps and what is carried from one round to the next; what a step
decides is in the modules to its right.

    run_batch
      1 decide    a plan for each entry                                 entries
      2 look      all that the plans need to know, asked at once        look, decision.overlap
      3 plan      who is sent in this round, and with what              rounds
      4 write     each request marks its entries as being written       entries, in_doubt
      5 settle    how each entry ends, or goes on                       settlements
      6 learn     the world as it is now; back to 3, or to 2 where a    rounds
                  refusal puts our look in doubt
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial

from zsf_plugin.decision.overlap import Group, overlap_groups
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable, ZsfError, place_of
from zsf_plugin.model import Lookup, OrgFacts, Plan, World
from zsf_plugin.ports import Entry, Purpose, Settlement
from zsf_plugin.sync.context import NO_FACTS, DrainContext
from zsf_plugin.sync.entries import (
    BatchWrites,
    PlannedEntry,
    WrittenEntry,
    plan_for,
    plan_writes,
    unanswered,
    with_outcomes,
)
from zsf_plugin.sync.in_doubt import InDoubtWrites, names_of_creates
from zsf_plugin.sync.look import look
from zsf_plugin.sync.rounds import Known, RoundPlanner, learned
from zsf_plugin.sync.settlements import (
    EntryOutcome,
    entry_outcomes,
    error_about_the_org,
    outcome_unknown,
    put_back,
)

_log = logging.getLogger("zsf_plugin.sync")

#: An entry that goes on without anything having been settled meets something unforeseen: it waits
#: this long.
STUCK_DELAY_S = 30.0
_NOTHING_KNOWN = Known(World(NO_FACTS))


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many entries ended done and held, how many held ones a link released; whether an answer
    was lost; the error about the whole org that ended it early."""

    done: int = 0
    held: int = 0
    released: int = 0
    answer_lost: bool = False
    stopped_by: ZsfError | None = None

    def __add__(self, other: BatchResult) -> BatchResult:
        return BatchResult(
            self.done + other.done,
            self.held + other.held,
            self.released + other.released,
            self.answer_lost or other.answer_lost,
            self.stopped_by or other.stopped_by,
        )

    @property
    def must_end(self) -> bool:
        """Whether nothing more may be sent: what is left waits in the outbox."""
        return self.answer_lost or self.stopped_by is not None


def run_batch(context: DrainContext, entries: Sequence[Entry], purpose: Purpose) -> BatchResult:
    """Carry a batch through to its settlements. Raises Unavailable, QuotaReached, ReconnectRequired
    (from the first look, and then nothing was written), Fenced, StoreUnavailable."""
    batch = _Batch(context, purpose)
    batch.decide(entries)
    while batch.todo:
        if batch.must_look:
            plans, named = batch.to_look_for()
            now = context.clock.now()  # what the org says is as old as the question
            workspace = context.connection.workspace
            try:
                world = look(plans, context.crm, context.store, workspace, purpose, named)
                batch.start_from(world, plans, now)
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
                return batch.end_without_look(error)
        batch.run_round()
    return batch.result


@dataclass(slots=True, eq=False)
class _Batch:
    """A batch on its way. Its methods stand in the order of the steps.

    `todo` are the entries that have not ended, in the outbox's order; what a round settled is
    stored before the next one begins, so wherever this is interrupted, nothing that is known to be
    written is lost.
    """

    context: DrainContext
    purpose: Purpose
    todo: list[PlannedEntry] = field(default_factory=list)
    must_look: bool = True
    result: BatchResult = field(default_factory=BatchResult)
    _has_run: bool = False
    _known: Known = _NOTHING_KNOWN

    def decide(self, entries: Sequence[Entry]) -> None:
        """Step 1: a plan for each entry. An entry whose plan cannot be made is held on its
        own."""
        broken: list[Settlement] = []
        for entry in entries:
            try:
                self.todo.append(PlannedEntry(entry, plan_for(self.context.rules, entry.event)))
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
                broken.append(self.context.hold_for_defect(entry, error))
        self._settle(broken)

    def to_look_for(self) -> tuple[list[Plan], list[Lookup]]:
        """(the plans that the org is asked for, the records that refusals named)."""
        plans: list[Plan] = []
        named: list[Lookup] = []
        for planned in self.todo:
            plans.append(planned.plan)
            for one in planned.candidates:
                named.append(Lookup.by_id(one.object, one.id))
        return plans, named

    def start_from(self, world: World, plans: Sequence[Plan], now: float) -> None:
        """Step 2 is done: what the next round knows, by the org as it was asked at `now` for these
        plans."""
        groups: dict[str, tuple[Group, ...]] = {}
        lanes: set[str] = set()
        for planned, of_plan in zip(self.todo, overlap_groups(plans, world), strict=True):
            groups[planned.entry.id] = of_plan
            lanes.add(planned.entry.lane)
        in_doubt = self.context.store.lanes_in_doubt(self.context.connection.workspace, lanes)
        world = replace(world, created=self._known.world.created)
        self._known = Known(world, groups, self._known.refusals, InDoubtWrites(now, in_doubt))
        self.must_look = False

    def end_without_look(self, error: Exception) -> BatchResult:
        """The end of a batch whose step 2 met that error. A defect of ours halves the batch, until
        the entry that causes it is held alone; another error is raised where nothing was written
        yet, or nothing more can be."""
        if not isinstance(error, ZsfError):
            entries = [planned.entry for planned in self.todo]
            return self.result + _run_halves(self.context, entries, self.purpose, error)
        if self._has_run and isinstance(error, Unavailable | QuotaReached | ReconnectRequired):
            return self.result + BatchResult(stopped_by=error)
        raise error

    def run_round(self) -> None:
        """Steps 3 to 6. Leaves in `todo` who goes on; nobody where the org has to be left alone."""
        self._has_run = True
        round_ = self._plan_round()
        if round_.awaiting:
            self._settle(round_.awaiting)
            self.todo = []
            return
        sent = self._write(round_)
        now = self.context.clock.now()
        links, on_defect = self._known.world.links, partial(self._after_defect, now)
        outcomes = entry_outcomes(sent, links, now, round_.fingerprint, on_defect)
        settlements = list(round_.settled)
        for outcome in outcomes:
            settlements.append(outcome.settlement)
        self._settle(settlements, error_about_the_org(sent))
        self._select_for_next_round(sent, outcomes, round_)
        if self.todo:
            self._known = learned(self._known, sent, outcomes, round_.settled, round_.world)

    def _plan_round(self) -> RoundPlanner:
        """Step 3: every entry over the world that the earlier ones leave."""
        fingerprint = partial(self.context.fingerprint, self._known.world.facts)
        round_ = RoundPlanner(self._known, fingerprint)
        for planned in self.todo:
            try:
                round_.add(planned)
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry holds that one alone
                round_.settled.append(self.context.hold_for_defect(planned.entry, error))
        self._known = replace(self._known, in_doubt=round_.in_doubt)
        return round_

    def _write(self, round_: RoundPlanner) -> BatchWrites:
        """Step 4: all that is sent in this round, marked in the store before each request."""
        to_send = plan_writes(round_.sending)
        if not to_send.writes:
            return to_send
        mark = partial(self._mark_writing, to_send, round_.world.facts)
        try:
            outcomes = self.context.crm.write(to_send.writes, self.purpose, mark)
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one write must not stop the workspace
            _log.error("a batch met a defect: %s at %s", type(error).__name__, place_of(error))
            return replace(to_send, entries=tuple(map(unanswered, to_send.entries)))
        return with_outcomes(to_send, outcomes)

    def _mark_writing(self, to_send: BatchWrites, facts: OrgFacts) -> None:
        """Mark the entries that write, with what each of those that create is remembered by."""
        ids: list[str] = []
        creates: dict[str, AbstractSet[str]] = {}
        for written in to_send.entries:
            entry_id, names = written.planned.entry.id, names_of_creates(written.changes, facts)
            if written.changes.writes:
                ids.append(entry_id)
            if names:
                creates[entry_id] = names
        now = self.context.clock.now()
        self.context.store.mark_writing(self.context.fence, ids, now, creating=creates)

    def _after_defect(self, now: float, written: WrittenEntry, error: Exception) -> EntryOutcome:
        """How an entry ends whose settling met a defect of ours: held where it wrote nothing, else
        looked at before it writes again; what it sent is not to be forgotten over a hold."""
        held = self.context.hold_for_defect(written.planned.entry, error)
        return outcome_unknown(written, now) if written.failed else EntryOutcome(held)

    def _settle(self, settlements: Sequence[Settlement], error: ZsfError | None = None) -> None:
        """Step 5: store settlements, all or none, and count what ended."""
        if not settlements:
            return
        now, done, held, is_lost = self.context.clock.now(), 0, 0, False
        released = self.context.store.settle(self.context.fence, settlements, now)
        for one in settlements:
            done += one.state == "done"
            held += one.state == "held"
            if one.state == "writing":
                is_lost = is_lost or one.spend or one.sent_at is not None
        self.result += BatchResult(done, held, released, is_lost, error)

    def _select_for_next_round(
        self, sent: BatchWrites, outcomes: Sequence[EntryOutcome], round_: RoundPlanner
    ) -> None:
        """Step 6: in `todo` are those for another round, in their old order. Who shares a prospect
        with one that has to wait, waits behind it."""
        again, waiting_lanes = _sort_out(sent, outcomes)
        for outcome in outcomes:
            self.must_look |= outcome.again == "look"
        nothing_ended = len(again) == len(outcomes) and not round_.settled
        if again and nothing_ended and not self.must_look:
            waiting_lanes |= self._put_back_stuck(again.values())
            again = {}
        todo, self.todo = self.todo, []
        if self.result.must_end:
            return
        for planned in round_.deferred:
            again[planned.entry.id] = planned
        for planned in todo:
            if planned.entry.id in again and planned.entry.lane not in waiting_lanes:
                self.todo.append(again[planned.entry.id])

    def _put_back_stuck(self, stuck: Collection[PlannedEntry]) -> set[str]:
        """Nothing failed that would explain why these could not go on: they wait, rather than loop
        forever. Their prospects."""
        now = self.context.clock.now()
        self._settle([put_back(one.entry, now, now + STUCK_DELAY_S) for one in stuck])
        return {one.entry.lane for one in stuck}


def _sort_out(
    sent: BatchWrites, outcomes: Sequence[EntryOutcome]
) -> tuple[dict[str, PlannedEntry], set[str]]:
    """(the entries that go once more, by id, as they go into another round; the prospects of
    entries that wait in the outbox now)."""
    again: dict[str, PlannedEntry] = {}
    waiting_lanes: set[str] = set()
    for written, outcome in zip(sent.entries, outcomes, strict=True):
        entry = written.planned.entry
        if outcome.again is not None:
            again[entry.id] = outcome.for_next_round(written.planned)
        elif outcome.is_waiting:
            waiting_lanes.add(entry.lane)
    return again, waiting_lanes


def _run_halves(
    context: DrainContext, entries: Sequence[Entry], purpose: Purpose, error: Exception
) -> BatchResult:
    """Halve a batch that met a defect of ours while it looked, until the bad entry is held
    alone."""
    if len(entries) == 1:
        held = context.hold_for_defect(entries[0], error)
        context.store.settle(context.fence, [held], context.clock.now())
        return BatchResult(held=1)
    middle = len(entries) // 2
    result = BatchResult()
    for half in (entries[:middle], entries[middle:]):
        try:
            ran = run_batch(context, half, purpose)
        except (Unavailable, QuotaReached, ReconnectRequired) as stop:
            return result + BatchResult(stopped_by=stop)
        result += ran
        if ran.must_end or ran.done + ran.held < len(half):
            break  # one that waits holds its lane back; the rest is claimed anew
    return result
