"""One batch: decide, find, fold, write, settle; in rounds, until each entry has ended. A lone entry
is a batch of one.

A round ends with what it settled stored. What a refusal changed for others, and what had to wait
for kin, goes into the next round over the same world; only a refusal that puts our look in doubt
costs a fresh one.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.decision import causes
from zsf_plugin.decision.overlap import Group, overlap_groups
from zsf_plugin.errors import QuotaReached, ReconnectRequired, RowBusy, Unavailable, ZsfError
from zsf_plugin.model.changes import Changes
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.world import Lookup, World
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.ports.store import Entry, Settlement
from zsf_plugin.sync.desk import Case, Desk, plan_of
from zsf_plugin.sync.doubts import Doubts, sent_names
from zsf_plugin.sync.folding import Fold, Refusals
from zsf_plugin.sync.look import look
from zsf_plugin.sync.settlements import Sent, Verdict, put_back, real, settle_held, verdicts
from zsf_plugin.sync.writes import Written, answered, content_of, in_order

_log = logging.getLogger("zsf_plugin.sync")

#: An entry that goes on without anything having been settled meets something unforeseen: it waits
#: so long.
_STUCK_S = 30.0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many entries ended done and held, how many held ones a link released; whether an answer
    was lost; the error about the whole org that ended it early."""

    done: int = 0
    held: int = 0
    released: int = 0
    unclear: bool = False
    stopped_by: ZsfError | None = None

    def plus(self, other: BatchResult) -> BatchResult:
        """Both together."""
        return BatchResult(
            self.done + other.done,
            self.held + other.held,
            self.released + other.released,
            self.unclear or other.unclear,
            other.stopped_by if other.stopped_by is not None else self.stopped_by,
        )


def run_batch(desk: Desk, entries: Sequence[Entry], purpose: Purpose) -> BatchResult:
    """Carry a batch through to its settlements. Raises Unavailable, QuotaReached, ReconnectRequired
    (from looking, and then nothing more was written), Fenced, StoreUnavailable."""
    cases, broken = _decided(desk, entries)
    batch = _Batch(desk, purpose, cases)
    batch.keep(broken)
    try:
        batch.look(cases)
    except ZsfError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
        return batch.result.plus(_narrowed(desk, [case.entry for case in cases], purpose, error))
    batch.run()
    return batch.result


@dataclass(slots=True)
class _Batch:
    """A batch on its way: the world as it is known by now, and what has come of its entries."""

    desk: Desk
    purpose: Purpose
    cases: Sequence[Case]
    todo: list[Case] = field(init=False)
    result: BatchResult = BatchResult()
    world: World = field(default_factory=lambda: World(OrgFacts("", False, None)))
    refusals: Refusals = field(default_factory=dict)
    doubts: Doubts = field(default_factory=lambda: Doubts(0.0))
    kin: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.todo = list(self.cases)

    def look(self, cases: Sequence[Case]) -> None:
        """Ask the org, afresh, for all that these entries need."""
        plans = [case.plan for case in cases]
        now = self.desk.clock.now()  # what the org says is as old as the question
        named = [Lookup.by_id(one.object, one.id) for case in cases for one in case.candidates]
        world = look(
            plans,
            self.desk.crm,
            self.desk.store,
            self.desk.connection.workspace,
            self.purpose,
            named,
        )
        self.world = replace(world, created=self.world.created)
        groups = overlap_groups([case.plan for case in self.cases], self.world)
        self.kin = dict(zip((case.entry.id for case in self.cases), groups, strict=True))
        lanes = {case.entry.lane for case in cases}
        self.doubts = Doubts(
            now, self.desk.store.unclear_lanes(self.desk.connection.workspace, lanes)
        )

    def run(self) -> None:
        """Rounds until nothing is left to do, or the org has to be left alone: who goes on then
        waits in the outbox."""
        while self.todo:
            self.todo, looking = self._round()
            if self.result.stopped_by is not None or self.result.unclear:
                return
            if looking and self.todo and not self._looked_anew():
                return

    def _looked_anew(self) -> bool:
        """Ask afresh for those who go on; False where that ended the batch, with the reason in its
        result."""
        try:
            self.look(self.todo)
        except (Unavailable, QuotaReached, ReconnectRequired) as error:
            self.result = self.result.plus(BatchResult(stopped_by=error))
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
            entries = [case.entry for case in self.todo]
            self.result = self.result.plus(_narrowed(self.desk, entries, self.purpose, error))
        else:
            return True
        return False

    def keep(self, settlements: Sequence[Settlement], error: ZsfError | None = None) -> None:
        """Store settlements, all or none, and count what ended."""
        if not settlements and error is None:
            return
        released = (
            self.desk.store.settle(self.desk.fence, settlements, self.desk.clock.now())
            if settlements
            else 0
        )
        unclear = any(
            s.state == "writing" and (s.spend or s.sent_at is not None) for s in settlements
        )
        done, held = (sum(s.state == state for s in settlements) for state in ("done", "held"))
        self.result = self.result.plus(BatchResult(done, held, released, unclear, error))

    def _round(self) -> tuple[list[Case], bool]:
        """Fold, write, settle. Who goes on to another round, and whether the org has to be looked
        at for it."""
        fold = self._folded()
        self.doubts = fold.doubts
        if fold.unclear:
            self.keep(fold.unclear)
            return [], False
        cases, changes = [case for case, _ in fold.sending], [change for _, change in fold.sending]
        written = self._sent(cases, changes, in_order(changes))
        sent = Sent(
            cases, changes, written, self.desk.clock.now(), self.desk.fingerprint(self.world.facts)
        )
        told = verdicts(sent)
        self.keep([*fold.settled, *(one.settlement for one in told)], _general(written))
        looking = any(one.again == "look" for one in told)
        again = [
            _next(case, one) for case, one in zip(cases, told, strict=True) if one.again is not None
        ]
        if again and len(again) == len(cases) and not fold.settled and not looking:
            again = self._stuck(again)
        going = self._in_order([*again, *fold.later], told, cases)
        if going:
            self._learn_from(written, told, fold.world)
        return going, looking

    def _folded(self) -> Fold:
        fingerprint = self.desk.fingerprint(self.world.facts)
        fold = Fold(self.world, self.kin, self.refusals, self.doubts, fingerprint)
        for case in self.todo:
            try:
                fold.take(case)
            except ZsfError:
                raise
            except Exception as error:  # noqa: BLE001 - a defect of ours on one entry holds that one alone
                fold.settled.append(_broken(self.desk, case.entry, error, self.world.facts))
        return fold

    def _sent(self, cases: Sequence[Case], changes: Sequence[Changes], written: Written) -> Written:
        """Write it all. Before each request the entries are marked as being written, under the
        lease."""
        if not written.writes:
            return written
        desk = self.desk
        ids = [cases[position].entry.id for position in dict.fromkeys(written.givers)]
        creating = {
            case.entry.id: made
            for case, change in zip(cases, changes, strict=True)
            if (
                made := {
                    sent_names(write, self.world.facts)
                    for write in change.writes
                    if write.action == "create"
                }
            )
        }

        def mark() -> None:
            desk.store.mark_writing(desk.fence, ids, desk.clock.now(), creating=creating)

        return answered(written, desk.crm.write(written.writes, self.purpose, mark))

    def _learn_from(self, written: Written, told: Sequence[Verdict], folded: World) -> None:
        """The world as it is by now: what was written is there, what was refused is not."""
        world, ids = (
            replace(self.world, created=folded.created, claimed=folded.claimed),
            written.ids,
        )
        made = {
            ids[write.ref]
            for write in written.writes
            if write.object == "Task" and write.ref in ids
        }
        world = replace(world, claimed=world.claimed | made)
        for write, outcome in zip(written.writes, written.outcomes, strict=True):
            if outcome.error is None:
                id_, values = ids.get(write.ref, write.ref), real(write, ids)
                known = world.record(write.object, id_)
                describe = world.facts.describe(write.object)
                blank = dict.fromkeys(describe.fields if describe is not None else ())
                world = world.with_record(
                    Record(write.object, id_, {**(known.values if known else blank), **values})
                )
        for link in (link for one in told for link in one.settlement.links):
            world = world.with_link(link)
        self.world = world
        self.refusals |= {
            content_of(one.refused[0], ids): one.refused[1]
            for one in told
            if one.refused is not None
        }

    def _in_order(
        self, again: Sequence[Case], told: Sequence[Verdict], cases: Sequence[Case]
    ) -> list[Case]:
        """Those who go on, in their old order; who shares a prospect with one that has to wait,
        waits behind it."""
        waiting = {
            case.entry.lane
            for case, one in zip(cases, told, strict=True)
            if one.again is None and one.settlement.state in ("pending", "writing")
        }
        going = {case.entry.id: case for case in again if case.entry.lane not in waiting}
        return [going[case.entry.id] for case in self.todo if case.entry.id in going]

    def _stuck(self, cases: Sequence[Case]) -> list[Case]:
        """Nothing failed that would explain why these could not go on: they wait, rather than turn
        for ever."""
        now = self.desk.clock.now()
        self.keep([put_back(case.entry, now, now + _STUCK_S) for case in cases])
        return []


def _next(case: Case, told: Verdict) -> Case:
    """The entry as it goes into another round."""
    return replace(
        case,
        looked=case.looked or told.again == "look",
        candidates=told.candidates or case.candidates,
    )


def _decided(desk: Desk, entries: Sequence[Entry]) -> tuple[list[Case], list[Settlement]]:
    """A plan each; an entry that breaks the deciding is held by itself, so that it cannot stop the
    others."""
    cases: list[Case] = []
    broken: list[Settlement] = []
    for entry in entries:
        try:
            cases.append(Case(entry, plan_of(desk.rules, entry.event)))
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
            broken.append(_broken(desk, entry, error, OrgFacts("", False, None)))
    return cases, broken


def _narrowed(
    desk: Desk, entries: Sequence[Entry], purpose: Purpose, error: Exception
) -> BatchResult:
    """Halve a batch that met a defect of ours while it looked, until the bad entry is held
    alone."""
    if len(entries) == 1:
        alone = _Batch(desk, purpose, [])
        alone.keep([_broken(desk, entries[0], error, OrgFacts("", False, None))])
        return alone.result
    middle = len(entries) // 2
    first = run_batch(desk, entries[:middle], purpose)
    if first.stopped_by is not None or first.unclear:
        return first
    return first.plus(run_batch(desk, entries[middle:], purpose))


def _broken(desk: Desk, entry: Entry, error: Exception, facts: OrgFacts) -> Settlement:
    """An entry held for a defect of ours. The log gets the place of it, never a value the error may
    quote."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "entry %s met a defect: %s at %s:%s", entry.id, type(error).__name__, at.name, at.lineno
    )
    return settle_held(
        entry, Changes(), causes.defect(type(error).__name__), desk.fingerprint(facts)
    )


def _general(written: Written) -> ZsfError | None:
    """An error that is about the org, not about a record: the drain has to rest for it."""
    errors = [
        outcome.error for outcome in written.outcomes if not isinstance(outcome.error, RowBusy)
    ]
    kinds = (ReconnectRequired, QuotaReached, Unavailable)
    return next((error for kind in kinds for error in errors if isinstance(error, kind)), None)
