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

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from zsf_plugin.decision.overlap import overlap_groups
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.model import Lookup, OrgFacts, Plan, World
from zsf_plugin.ports import Entry, Purpose, Settlement
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.defects import NO_FACTS, hold_for_defect
from zsf_plugin.sync.in_doubt import InDoubtWrites, names_of_creates
from zsf_plugin.sync.known import Known, learned
from zsf_plugin.sync.look import look
from zsf_plugin.sync.planned import PlannedEntry, plan_of
from zsf_plugin.sync.rounds import RoundPlanner
from zsf_plugin.sync.settlements import EntryOutcome, entry_outcomes, error_about_the_org, put_back
from zsf_plugin.sync.writes import BatchWrites, plan_writes, with_outcomes

#: An entry that goes on without anything having been settled meets something unforeseen: it waits
#: so long.
STUCK_DELAY_S = 30.0


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
            self.stopped_by or other.stopped_by,
        )

    @property
    def must_end(self) -> bool:
        """Whether nothing more may be sent: what is left waits in the outbox."""
        return self.unclear or self.stopped_by is not None


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
                batch.start_from(world, now)
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
                return batch.end_without_look(error)
        batch.run_round()
    return batch.result


class _Batch:
    """A batch on its way. Its methods stand in the order of the steps.

    `todo` are the entries that have not ended, in the outbox's order; what a round settled is
    stored before the next one begins, so wherever this is interrupted, nothing that is known to be
    written is lost.
    """

    def __init__(self, context: DrainContext, purpose: Purpose) -> None:
        self.todo: list[PlannedEntry] = []
        self.must_look = True
        self.result = BatchResult()
        self._context = context
        self._purpose = purpose
        self._has_run = False
        self._known = Known(World(NO_FACTS))

    def decide(self, entries: Sequence[Entry]) -> None:
        """Step 1: a plan for each entry. One that breaks the deciding is held by itself."""
        broken: list[Settlement] = []
        for entry in entries:
            try:
                self.todo.append(PlannedEntry(entry, plan_of(self._context.rules, entry.event)))
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
                broken.append(hold_for_defect(self._context, entry, error))
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
        plans, _ = self.to_look_for()
        ids = [planned.entry.id for planned in self.todo]
        groups = dict(zip(ids, overlap_groups(plans, world), strict=True))
        lanes = {planned.entry.lane for planned in self.todo}
        unclear = self._context.store.unclear_lanes(self._context.connection.workspace, lanes)
        world = replace(world, created=self._known.world.created)
        self._known = Known(world, groups, self._known.refusals, InDoubtWrites(now, unclear))
        self.must_look = False

    def end_without_look(self, error: Exception) -> BatchResult:
        """The end of a batch whose step 2 met that error. Raises it where nothing was written yet,
        or nothing more can be."""
        if not isinstance(error, ZsfError):
            entries = [planned.entry for planned in self.todo]
            return self.result + _run_halves(self._context, entries, self._purpose, error)
        if self._has_run and isinstance(error, Unavailable | QuotaReached | ReconnectRequired):
            return self.result + BatchResult(stopped_by=error)
        raise error

    def run_round(self) -> None:
        """Steps 3 to 6. Leaves in `todo` who goes on; nobody where the org has to be left alone."""
        self._has_run = True
        round_ = self._plan_round()
        if round_.unclear:
            self._store(round_.unclear)
            self.todo = []
            return
        batch = self._write(round_)
        now = self._context.clock.now()
        fingerprint = self._context.fingerprint(round_.world.facts)
        outcomes = entry_outcomes(batch, self._known.world.links, now, fingerprint)
        settlements = [*round_.settled, *[outcome.settlement for outcome in outcomes]]
        self._store(settlements, error_about_the_org(batch))
        self.todo = self._going_on(batch, outcomes, round_)
        if self.todo:
            self._known = learned(self._known, batch, outcomes, round_.world)

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
                round_.settled.append(hold_for_defect(self._context, planned.entry, error, facts))
        self._known = replace(self._known, in_doubt=round_.in_doubt)
        return round_

    def _write(self, round_: RoundPlanner) -> BatchWrites:
        """Step 4: all that is sent in this round, marked in the store before each request."""
        batch = plan_writes(round_.sending)
        if not batch.writes:
            return batch
        context = self._context
        ids, creates = _to_be_marked(batch, round_.world.facts)

        def mark() -> None:
            now = context.clock.now()
            context.store.mark_writing(context.fence, ids, now, creating=creates)

        return with_outcomes(batch, context.crm.write(batch.writes, self._purpose, mark))

    def _store(self, settlements: Sequence[Settlement], error: ZsfError | None = None) -> None:
        """Step 5: store settlements, all or none, and count what ended."""
        released = 0
        if settlements:
            context = self._context
            released = context.store.settle(context.fence, settlements, context.clock.now())
        self.result += replace(_counted(settlements), released=released, stopped_by=error)

    def _going_on(
        self, batch: BatchWrites, outcomes: Sequence[EntryOutcome], round_: RoundPlanner
    ) -> list[PlannedEntry]:
        """Those for another round, in their old order. Who shares a prospect with one that has to
        wait, waits behind it."""
        going = _decided_again(batch, outcomes)
        for outcome in outcomes:
            self.must_look = self.must_look or outcome.again == "look"
        waiting_lanes = _waiting_lanes(batch, outcomes)
        nothing_ended = len(going) == len(outcomes) and not round_.settled
        if nothing_ended and not self.must_look:
            self._put_back_stuck(list(going.values()))
            waiting_lanes.update([planned.entry.lane for planned in going.values()])
            going = {}
        if self.result.must_end:
            return []
        for planned in round_.deferred:
            going[planned.entry.id] = planned
        return _in_order(self.todo, going, waiting_lanes)

    def _put_back_stuck(self, stuck: Sequence[PlannedEntry]) -> None:
        """Nothing failed that would explain why these could not go on: they wait, rather than turn
        for ever."""
        now = self._context.clock.now()
        self._store([put_back(one.entry, now, now + STUCK_DELAY_S) for one in stuck])


def _counted(settlements: Sequence[Settlement]) -> BatchResult:
    """How many entries these settlements end, and whether the answer to one was lost."""
    done = held = 0
    unclear = False
    for one in settlements:
        done += one.state == "done"
        held += one.state == "held"
        is_lost = one.spend or one.sent_at is not None
        unclear = unclear or (one.state == "writing" and is_lost)
    return BatchResult(done, held, unclear=unclear)


def _decided_again(batch: BatchWrites, outcomes: Sequence[EntryOutcome]) -> dict[str, PlannedEntry]:
    """The entries that go once more, by id, as they go into another round."""
    again: dict[str, PlannedEntry] = {}
    for written, outcome in zip(batch.entries, outcomes, strict=True):
        planned = written.planned
        if outcome.again is not None:
            retried = planned.retried or outcome.again == "look"
            candidates = outcome.candidates or planned.candidates
            again[planned.entry.id] = replace(planned, retried=retried, candidates=candidates)
    return again


def _waiting_lanes(batch: BatchWrites, outcomes: Sequence[EntryOutcome]) -> set[str]:
    """The prospects of entries that wait in the outbox now."""
    lanes: set[str] = set()
    for written, outcome in zip(batch.entries, outcomes, strict=True):
        if outcome.is_waiting:
            lanes.add(written.planned.entry.lane)
    return lanes


def _in_order(
    todo: Sequence[PlannedEntry],
    going: Mapping[str, PlannedEntry],
    waiting_lanes: AbstractSet[str],
) -> list[PlannedEntry]:
    """Those of the entries that go on, in their old order."""
    in_order: list[PlannedEntry] = []
    for planned in todo:
        entry = planned.entry
        if entry.id in going and entry.lane not in waiting_lanes:
            in_order.append(going[entry.id])
    return in_order


def _run_halves(
    context: DrainContext, entries: Sequence[Entry], purpose: Purpose, error: Exception
) -> BatchResult:
    """Halve a batch that met a defect of ours while it looked, until the bad entry is held
    alone."""
    if len(entries) == 1:
        held = hold_for_defect(context, entries[0], error)
        released = context.store.settle(context.fence, [held], context.clock.now())
        return BatchResult(held=1, released=released)
    middle = len(entries) // 2
    first = run_batch(context, entries[:middle], purpose)
    if first.must_end or first.done + first.held < middle:
        return first  # one that waits holds its lane back; the rest is claimed anew
    return first + run_batch(context, entries[middle:], purpose)


def _to_be_marked(
    batch: BatchWrites, facts: OrgFacts
) -> tuple[list[str], Mapping[str, AbstractSet[str]]]:
    """(the entries that write, what each of those that create is remembered by), for the mark
    before a request."""
    ids: list[str] = []
    creates: dict[str, AbstractSet[str]] = {}
    for written in batch.entries:
        entry_id, changes = written.planned.entry.id, written.changes
        if not changes.writes:
            continue
        ids.append(entry_id)
        names = names_of_creates(changes, facts)
        if names:
            creates[entry_id] = names
    return ids, creates
