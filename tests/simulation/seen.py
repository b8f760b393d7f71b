"""What a run has shown, indexed for `rare_states`, and the ways to recognise a state in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias, TypeVar

from tests.simulation.happenings import (
    Acted,
    DrainBegan,
    DrainEnded,
    Failed,
    Fetched,
    Happening,
    InDoubtElsewhere,
    LookedUp,
    Sent,
    Settled,
    Took,
)
from tests.simulation.org import US
from tests.simulation.second_user import PERSON
from tests.simulation.simulation import Simulation
from zsf_plugin.errors import DuplicateFound, QuotaReached, Rejected, ZsfError
from zsf_plugin.model import Reference, Write, WriteOutcome
from zsf_plugin.ports import Entry, Settlement
from zsf_plugin.sync.drain import BATCHES, batch_size
from zsf_plugin.sync.settlements import LOOK_AGAIN

_T = TypeVar("_T")
Drain: TypeAlias = list[Happening]
Test: TypeAlias = "Callable[[Seen], bool]"


class Seen:
    """What the processes of a run did, by kind, and drain by drain."""

    def __init__(self, run: Simulation) -> None:
        self.run = run
        self._of: dict[type, list[Happening]] = defaultdict(list)
        for _, happening in run.trace.happenings:
            self._of[type(happening)].append(happening)

    def of(self, kind: type[_T]) -> list[_T]:
        """What happened of that kind, in order."""
        return self._of[kind]  # type: ignore[return-value]

    @cached_property
    def drains(self) -> list[Drain]:
        """What each drain did, in order; one that was killed has no end."""
        current: dict[str, Drain] = {}
        drains: list[Drain] = []
        for who, happening in self.run.trace.happenings:
            if isinstance(happening, DrainBegan):
                current[who] = []
                drains.append(current[who])
            elif who in current:
                current[who].append(happening)
                if isinstance(happening, DrainEnded):
                    del current[who]
        return drains

    @cached_property
    def endings(self) -> list[tuple[Settlement, Entry]]:
        """Each settlement that was stored, with its entry as it was fetched."""
        return [
            (one, it.entries[one.entry_id])
            for it in self.of(Settled)
            if it.error is None
            for one in it.settlements
            if one.entry_id in it.entries
        ]


def noted(kind: type[_T], test: Callable[[_T], bool]) -> Test:
    """Something of that kind happened that passes the test."""
    return lambda it: any(test(one) for one in it.of(kind))


def counted(name: str) -> Test:
    """The trace has counted that."""
    return lambda it: it.run.trace.counts[name] > 0


def ended(test: Callable[[Settlement, Entry], bool]) -> Test:
    """An entry was settled in that way."""
    return lambda it: any(test(one, entry) for one, entry in it.endings)


def any_answer(test: Callable[[Sent, Write, WriteOutcome], bool]) -> Test:
    """A write was answered in that way."""
    return lambda it: any(
        test(sent, write, outcome)
        for sent in it.of(Sent)
        for write, outcome in zip(sent.writes, sent.outcomes, strict=True)
    )


def creates(settlement: Settlement) -> bool:
    """Whether the entry created a record."""
    return any(line.action == "create" for line in settlement.journal)


def has_step(settlement: Settlement, code: str) -> bool:
    """Whether the entry's history has that step."""
    return any(step.code == code for step in settlement.steps)


def known_connected(it: Seen) -> bool:
    before = {write.id for write in it.run.org.history if write.by == "before"}
    return any(
        entry.sent_at is None and any(link.record_id in before for link in one.links)
        for one, entry in it.endings
    )


def found_again(settlement: Settlement, entry: Entry) -> bool:
    return settlement.state == "done" and entry.sent_at is not None and not creates(settlement)


def makes_again(settlement: Settlement, entry: Entry) -> bool:
    made = {line.object for line in settlement.journal if line.action == "create"}
    was_sent = {name.partition("/")[0] for name in entry.sent_as}
    return entry.sent_at is not None and bool(made & was_sent)


def narrowed(fetched: Fetched) -> bool:
    (size,) = (size for kind, _, size in BATCHES if kind == fetched.kind)
    return len(fetched.entries) > 1 and batch_size(fetched.entries, size) == 1


def is_same_record_twice(settled: Settled) -> bool:
    records = [
        link.record_id
        for one in settled.settlements
        for link in one.links
        if link.kind == "prospect"
    ]
    return settled.error is None and len(records) > len(set(records))


def took_after_cut(it: Seen) -> bool:
    cut: set[tuple[str, int]] = set()
    for _, happening in it.run.trace.happenings:
        if isinstance(happening, Settled) and 0 < happening.stored < happening.parts:
            cut.add((happening.fence.name, happening.fence.epoch))
        if isinstance(happening, Took) and happening.from_holder:
            former = (happening.fence.name, happening.fence.epoch - 1)
            if former in cut:
                return True
    return False


def waited_for_elsewhere(it: Seen) -> bool:
    return any(
        any(isinstance(one, InDoubtElsewhere) for one in drain) and _paused_for(drain) == "in_doubt"
        for drain in it.drains
    )


def _paused_for(drain: Drain) -> str | None:
    last = drain[-1] if drain else None
    paused = last.report.paused if isinstance(last, DrainEnded) else None
    return paused.code if paused is not None else None


def goes_on_after(kind: type[ZsfError]) -> Test:
    """A call failed in that way, and a later one of the same drain did not."""

    def is_reached(it: Seen) -> bool:
        for drain in it.drains:
            has_failed = False
            for one in drain:
                if isinstance(one, Failed):
                    has_failed = has_failed or isinstance(one.error, kind)
                elif has_failed and isinstance(one, (LookedUp, Sent)):
                    return True
        return False

    return is_reached


def daily_limit_met_mid_drain(it: Seen) -> bool:
    for drain in it.drains:
        has_ended = False
        for one in drain:
            if isinstance(one, Settled):
                has_ended = has_ended or any(each.state == "done" for each in one.settlements)
            is_limit = isinstance(one, Failed) and isinstance(one.error, QuotaReached)
            if has_ended and is_limit and one.error.kind == "daily":  # type: ignore[union-attr]
                return True
    return False


def _batches(it: Seen) -> Iterator[Drain]:
    """What each drain did with each batch."""
    for drain in it.drains:
        batch: Drain = []
        for one in drain:
            if isinstance(one, Fetched):
                yield batch
                batch = []
            batch.append(one)
        yield batch


def _refused(one: Happening, kind: type[ZsfError]) -> bool:
    return isinstance(one, Sent) and any(isinstance(each.error, kind) for each in one.outcomes)


def sent_without_lookup(kind: type[ZsfError] | None = None) -> Test:
    """Activities were sent in a batch that had looked nothing up (and refused in that way)."""

    def is_reached(it: Seen) -> bool:
        for batch in _batches(it):
            for one in batch:
                if isinstance(one, LookedUp) and any(it.object != "User" for it in one.lookups):
                    break
                if isinstance(one, Sent) and one.purpose == "activities":
                    if kind is None or _refused(one, kind):
                        return True
                    break
        return False

    return is_reached


def looked_up_after_refusal(it: Seen) -> bool:
    for batch in _batches(it):
        was_refused = False
        for one in batch:
            if isinstance(one, Sent):
                was_refused = any(
                    isinstance(each.error, Rejected) and each.error.code in LOOK_AGAIN
                    for each in one.outcomes
                )
            elif isinstance(one, LookedUp) and was_refused:
                return True
    return False


def connected_after_duplicate(it: Seen) -> bool:
    for batch in _batches(it):
        was_refused = False
        for one in batch:
            was_refused = was_refused or _refused(one, DuplicateFound)
            ends = one.settlements if was_refused and isinstance(one, Settled) else ()
            if any(each.state == "done" and not creates(each) for each in ends):
                return True
    return False


def several_rounds(it: Seen) -> bool:
    """A batch settled, and then sent again without a lookup."""
    for batch in _batches(it):
        kinds = [type(one) for one in batch if isinstance(one, (LookedUp, Sent, Settled))]
        if (Settled, Sent) in pairwise(kinds):
            return True
    return False


def created_for_two(it: Seen) -> bool:
    for sent in it.of(Sent):
        companies = [
            value.ref
            for write in sent.writes
            if write.object == "Contact" and write.action == "create"
            for value in write.values.values()
            if isinstance(value, Reference)
        ]
        if len(companies) > len(set(companies)):
            return True
    return False


def company_of_another(it: Seen) -> bool:
    """Two workspaces' journals show Contacts at one Account, which one of them created."""
    makers: dict[str, set[str]] = defaultdict(set)
    created: set[str] = set()
    for one, entry in it.endings:
        for line in one.journal:
            account = line.after.get("AccountId")
            if line.object == "Contact" and isinstance(account, str):
                makers[account].add(entry.event.workspace)
            if line.object == "Account" and line.action == "create":
                created.add(line.record_id)
    return any(len(makers[account]) > 1 for account in created)


def merged_mid_drain(it: Seen) -> bool:
    merged: set[str | None] = set()
    for _, one in it.run.trace.happenings:
        if isinstance(one, Acted) and one.what == "merge" and one.during_drain:
            merged.add(one.record_id)
        if isinstance(one, Sent):
            for write, outcome in zip(one.writes, one.outcomes, strict=True):
                records = {write.ref, *(v for v in write.values.values() if isinstance(v, str))}
                if isinstance(outcome.error, Rejected) and records & merged:
                    return True
    return False


def followed_merge(it: Seen) -> bool:
    masters = {
        row.get("MasterRecordId") for rows in it.run.org.deleted.values() for row in rows.values()
    } - {None}
    return any(link.record_id in masters for one, _ in it.endings for link in one.links)


def recreated(it: Seen) -> bool:
    gone: set[object] = set()
    org = it.run.org
    for write in org.history:
        if write.by == PERSON and write.action == "delete":
            gone.add(org.deleted[write.object].get(write.id, {}).get("LastName"))
        is_person = write.by == US and write.action == "create" and write.object != "Task"
        if is_person and write.after.get("LastName") in gone - {None}:
            return True
    return False
