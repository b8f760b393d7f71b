"""One batch, from its entries to their settlements: decide, look up, then rounds of plan, write and
settle, until each entry has ended. A lone entry is a batch of one.

This module sets the order of the steps and the state between rounds; the modules on the right
make the decisions.

    run_batch
      1 decide    a plan for each entry                                 entries
      2 look up   everything the plans need, in one go                  lookup, decision.overlap
      3 plan      which entries are sent in this round, and what        rounds
      4 write     each request first marks its entries as writing       entries, in_doubt
      5 settle    how each entry ends or continues                      settlements
      6 learn     the world as it is now; back to 3, or to 2 if a       rounds
                  refusal contradicts the lookup
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.overlap import Group, overlap_groups
from zsf_plugin.decision.presumed import presuming
from zsf_plugin.errors import Log, QuotaReached, ReconnectRequired, Unavailable, ZsfError, place_of
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Lookup, OrgFacts, Plan, World, Write
from zsf_plugin.ports import Entry, Moment, Purpose, Settlement, Stopwatch
from zsf_plugin.sync.ahead import MIN_BATCH
from zsf_plugin.sync.context import NO_FACTS, DrainContext
from zsf_plugin.sync.entries import (
    BatchWrites,
    PlannedEntry,
    WrittenEntry,
    plan_writes,
    with_answers_lost,
    with_outcomes,
)
from zsf_plugin.sync.in_doubt import InDoubtWrites, names_of_creates
from zsf_plugin.sync.lookup import look_up_records, with_claimed_tasks, world_with_links
from zsf_plugin.sync.rounds import RoundPlanner, RoundState, state_after_round
from zsf_plugin.sync.settlements import (
    EntryOutcome,
    entry_outcomes,
    error_about_the_org,
    outcome_unknown,
    requeued,
)

_log = Log("zsf_plugin.sync")

#: Entries that make no progress in a round, for no known reason, wait this long.
STUCK_DELAY_S = 30.0
_NOT_PLANNED: tuple[None, None] = (None, None)
_EMPTY_STATE = RoundState(World(NO_FACTS))


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The number of entries that ended done and held, and of held entries that a link released;
    whether an answer was lost; the error about the whole org that ended the batch early."""

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
        """Whether nothing more may be sent; the remaining entries wait in the outbox."""
        return self.answer_lost or self.stopped_by is not None


def run_batch(context: DrainContext, entries: Sequence[Entry], purpose: Purpose) -> BatchResult:
    """Run a batch and store its settlements. Raises Unavailable, QuotaReached, ReconnectRequired
    (only from the first lookup, with nothing written), Fenced, StoreUnavailable."""
    batch = _Batch(context, purpose)
    batch.decide(entries)
    while batch.todo:
        if batch.must_look_up:
            try:
                batch.look_up()
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
                return batch.end_without_lookup(error)
        batch.run_round()
    return batch.result


@dataclass(slots=True, eq=False)
class _Batch:
    """The state of a running batch. Its methods are in the order of the steps.

    `todo` are the entries that have not ended, in outbox order. Each round's settlements are stored
    before the next round starts, so an interruption loses no known write.
    """

    context: DrainContext
    purpose: Purpose
    todo: list[PlannedEntry] = field(default_factory=list)
    must_look_up: bool = True
    result: BatchResult = field(default_factory=BatchResult)
    _has_run: bool = False
    _state: RoundState = _EMPTY_STATE

    def decide(self, entries: Sequence[Entry]) -> None:
        """Step 1: plan each entry. An entry that cannot be planned is held alone."""
        broken: list[Settlement] = []
        in_force = self.context.rules.in_force(self.context.connection.workspace)
        ahead = self.context.ahead.take() if self.context.ahead.thread is not None else {}
        for entry in give_way_between(entries):
            try:
                rules = in_force.rules_for(entry.event.scope)
                planned_under, plan = ahead.get(entry.id, _NOT_PLANNED)
                if plan is None or planned_under is not rules:
                    plan = decide(entry.event, rules, entry.arrived, self.context.people)
                self.todo.append(PlannedEntry(entry, plan, rules=in_force.digest))
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
                broken.append(self.context.hold_for_defect(entry, error))
        self._settle(broken)

    def look_up(self) -> None:
        """Step 2: the state of the next round, from the org as it is. Looks up what the plans need
        and the records that refusals named."""
        context, connection = self.context, self.context.connection
        plans: list[Plan] = []
        named: list[Lookup] = []
        for planned in self.todo:
            plans.append(planned.plan)
            for one in planned.candidates:
                named.append(Lookup.by_id(one.object, one.id))
        # the answers are as old as the request
        asked_at, asked = context.clock.now(), Stopwatch(context.clock)
        workspace, crm, store = connection.workspace, context.crm, context.store
        world = world_with_links(plans, crm, store, workspace, asked_at)
        if self.purpose == "activities" and not self._has_run:
            world = self._presume(plans, world)
        world = look_up_records(plans, world, crm, self.purpose, named)
        if self.purpose == "activities":
            world = with_claimed_tasks(world, store)
        org_time = crm.org_time()  # known from the answers at the latest
        since_asked = asked.elapsed_s()
        if org_time is not None:
            org_time = None if since_asked is None else org_time - since_asked
        groups: dict[str, tuple[Group, ...]] = {}
        lanes: set[str] = set()
        overlaps = overlap_groups(plans, world, give_way_between)
        for planned, of_plan in zip(self.todo, overlaps, strict=True):
            groups[planned.entry.id] = of_plan
            lanes.add(planned.entry.lane)
        in_doubt = store.lanes_in_doubt(workspace, connection.org_id, lanes)
        world = replace(world, created_count=self._state.world.created_count)
        writes_in_doubt = InDoubtWrites(Moment(asked_at, org_time), in_doubt)
        has_held = self._state.has_held
        if len(lanes) < len(self.todo):  # several about one prospect
            has_held = has_held or context.store.counts(context.connection.workspace).held > 0
        self._state = RoundState(
            world, groups, self._state.refusals, writes_in_doubt, has_held, looked_up=world
        )
        self.must_look_up = False

    def _presume(self, plans: Sequence[Plan], world: World) -> World:
        """The world in which touchpoints that no drain has handled yet need no lookup, where that
        is safe."""
        unsent = set()
        for position, planned in enumerate(self.todo):
            if planned.entry.org_id is None:
                unsent.add(position)
        world, presumed = presuming(plans, unsent, world)
        for position in presumed:
            planned = self.todo[position]
            entry, plan, rules = planned.entry, planned.plan, planned.rules
            self.todo[position] = PlannedEntry(entry, plan, is_presumed=True, rules=rules)
        return world

    def end_without_lookup(self, error: Exception) -> BatchResult:
        """End a batch whose step 2 failed. A defect of ours halves the batch until the entry that
        causes it is held alone. An error about the org ends the batch, and is raised if nothing was
        written yet; any other error is raised."""
        if not isinstance(error, ZsfError):
            entries = [planned.entry for planned in self.todo]
            return self.result + _run_halves(self.context, entries, self.purpose, error)
        if self._has_run and isinstance(error, Unavailable | QuotaReached | ReconnectRequired):
            return self.result + BatchResult(stopped_by=error)
        raise error

    def run_round(self) -> None:
        """Steps 3 to 6. Leaves in `todo` the entries for another round; none if the org must not be
        called."""
        self._has_run = True
        round_ = self._plan_round()
        if round_.awaiting:
            self._settle(round_.awaiting)
            self.result += BatchResult(answer_lost=True)
            self.todo = []
            return
        sent = self._write(round_)
        now = self.context.now()
        on_defect = partial(self._after_defect, now)
        outcomes = entry_outcomes(sent, self._state.world, now, round_.fingerprint, on_defect)
        settlements = list(round_.settled)
        for outcome in outcomes:
            settlements.append(outcome.settlement)
        released_before = self.result.released
        self._settle(settlements, error_about_the_org(sent))
        # what was released is older, and goes first: the entries behind it wait in the outbox
        behind = round_.linking if self.result.released > released_before else ()
        self._select_for_next_round(sent, outcomes, round_, behind)
        if self.todo:
            self._state = state_after_round(self._state, sent, outcomes, settlements, round_.world)

    def _plan_round(self) -> RoundPlanner:
        """Step 3: plan each entry against the world that the earlier ones leave."""
        fingerprint = partial(self.context.fingerprint, self._state.world.facts)
        round_ = RoundPlanner(self._state, fingerprint)
        for planned in give_way_between(self.todo):
            try:
                round_.add(planned)
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry holds that one alone
                round_.settled.append(self.context.hold_for_defect(planned.entry, error))
        self._state = replace(self._state, in_doubt=round_.in_doubt, has_held=round_.has_held)
        return round_

    def _write(self, round_: RoundPlanner) -> BatchWrites:
        """Step 4: write everything this round sends, marked in the store before each request."""
        to_send = plan_writes(round_.sending)
        if not to_send.writes:
            return to_send
        context = self.context
        if len(to_send.entries) >= MIN_BATCH:
            last = to_send.entries[-1].planned.entry
            context.ahead.start(context.store, context.rules, context.people, last)
        mark = partial(self._mark_writing, to_send, round_.world.facts)
        try:
            outcomes = context.crm.write(to_send.writes, self.purpose, mark)
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one write must not stop the workspace
            _log.error("defect in a batch: %s at %s", type(error).__name__, place_of(error))
            return replace(to_send, entries=tuple(map(with_answers_lost, to_send.entries)))
        return with_outcomes(to_send, outcomes)

    def _mark_writing(self, to_send: BatchWrites, facts: OrgFacts, writes: Sequence[Write]) -> None:
        """Mark the entries of these writes, with the objects that each creates."""
        ids: dict[str, None] = {}
        creates: dict[str, AbstractSet[str]] = {}
        for write in give_way_between(writes):
            written = to_send.entries[to_send.owner_of[write.token]]
            entry_id = written.planned.entry.id
            if entry_id in ids:
                continue
            ids[entry_id] = None
            names = names_of_creates(written.changes, written.planned.plan, facts)
            if names:
                creates[entry_id] = names
        now = self.context.now()
        self.context.store.mark_writing(
            self.context.fence, ids, now.at, creating=creates, sent_at_org=now.at_org
        )

    def _after_defect(self, now: Moment, written: WrittenEntry, error: Exception) -> EntryOutcome:
        """The outcome of an entry whose settlement failed with a defect of ours: held if it wrote
        nothing, else looked up before it writes again, since a hold would forget what it sent."""
        held = self.context.hold_for_defect(written.planned.entry, error)
        return outcome_unknown(written, now) if written.failed else EntryOutcome(held)

    def _settle(self, settlements: Sequence[Settlement], error: ZsfError | None = None) -> None:
        """Step 5: store the settlements, and count what ended."""
        if not settlements:
            return
        now, done, held, is_lost = self.context.clock.now(), 0, 0, False
        released = self.context.store.settle(self.context.fence, settlements, now)
        for one in settlements:
            done += one.state == "done"
            held += one.state == "held"
            if one.state == "writing":
                is_lost = is_lost or one.count_attempt
        self.result += BatchResult(done, held, released, is_lost, error)

    def _select_for_next_round(
        self,
        sent: BatchWrites,
        outcomes: Sequence[EntryOutcome],
        round_: RoundPlanner,
        behind: Iterable[str],
    ) -> None:
        """Step 6: keep in `todo` the entries for another round, in order. An entry in the lane of
        one that has to wait, or in a lane `behind`, waits in the outbox."""
        again: dict[str, PlannedEntry] = {}
        waiting_lanes = set(behind)
        changed = False
        self.must_look_up |= round_.lacks_lookup
        for written, outcome in zip(sent.entries, outcomes, strict=True):
            self.must_look_up |= outcome.again == "look"
            changed = changed or bool(outcome.left_out)
            if outcome.again is not None:
                again[written.planned.entry.id] = outcome.for_next_round(written.planned)
            elif outcome.settlement.state in ("pending", "writing"):
                waiting_lanes.add(written.planned.entry.lane)
        nothing_ended = len(again) == len(outcomes) and not round_.settled
        if again and nothing_ended and not (self.must_look_up or changed):
            waiting_lanes |= self._requeue_stuck(again.values())
            again = {}
        todo, self.todo = self.todo, []
        if self.result.must_end:
            return
        for planned in round_.deferred:
            again[planned.entry.id] = planned
        for planned in todo:
            if planned.entry.id in again and planned.entry.lane not in waiting_lanes:
                self.todo.append(again[planned.entry.id])

    def _requeue_stuck(self, stuck: Collection[PlannedEntry]) -> set[str]:
        """Requeue entries that made no progress although nothing failed, rather than loop forever.
        Returns their lanes."""
        now = self.context.now()
        self._settle([requeued(one.entry, now, now.at + STUCK_DELAY_S) for one in stuck])
        return {one.entry.lane for one in stuck}


def _run_halves(
    context: DrainContext, entries: Sequence[Entry], purpose: Purpose, error: Exception
) -> BatchResult:
    """Halve a batch whose lookup failed with a defect of ours, until the entry that causes it is
    held alone."""
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
            break  # a waiting entry holds its lane back; the others are fetched again
    return result
