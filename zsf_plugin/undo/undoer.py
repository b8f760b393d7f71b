"""Undoes entries of a workspace: reads the org, plans, and carries the plan out under the org's
lease.

Each step is stored before it is sent and after it ended, so that a run after one that died, or
whose answer was lost, looks first and finishes. Calls count as upkeep.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from zsf_plugin.errors import OutOfOrder
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.model import (
    Connection,
    OrgFacts,
    RecordKey,
    is_same_org,
)
from zsf_plugin.ports import (
    ORG_LEASE,
    Clock,
    Crm,
    Dependents,
    Entry,
    Fence,
    HistoryLine,
    Purpose,
    RecordRemoval,
    SettledUndo,
    Store,
    UndoLine,
    WantedRecords,
)
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability
from zsf_plugin.sync.leases import LeaseParts
from zsf_plugin.sync.org_lease import LEASE_S, heartbeat
from zsf_plugin.undo.links import gone_records, keys_of, links_after_restoring
from zsf_plugin.undo.outcomes import finished, line_of, settled_line, unsent
from zsf_plugin.undo.plan import (
    CONVERTED,
    CREATED,
    CREATED_BY,
    MODIFIED,
    MODIFIED_BY,
    LeftReason,
    OrgNow,
    UndoItem,
    UndoPlan,
    plan_records,
    without_cascades,
)
from zsf_plugin.undo.sending import send
from zsf_plugin.undo.writes import EntryWrite, RecordHistory, writes_of

_PURPOSE: Purpose = "upkeep"
#: How long a drain that holds the org's lease may take to make room, or to be known as dead; and
#: how often that is tried.
MAX_WAIT_S = LEASE_S + 2.0
_RETRY_DELAY_S = 0.5
_ENDED = ("done", "skipped")
Heartbeat = Callable[[Store, Fence, Clock], AbstractContextManager[None]]


class UndoOrg(Protocol):
    """A connected org, and how records are deleted there."""

    @property
    def crm(self) -> Crm:
        """Reads its facts, and writes."""
        ...

    @property
    def removal(self) -> RecordRemoval:
        """Reads records as they are, and deletes."""
        ...


@dataclass(frozen=True, slots=True)
class UndoParts:
    """What undoing works with."""

    store: Store
    clock: Clock
    availability: OrgAvailability
    leases: LeaseParts
    org_of: Callable[[Connection], UndoOrg]
    heartbeat_of: Heartbeat = heartbeat


@dataclass(frozen=True, slots=True)
class _Job:
    """One entry to undo, in the org that it was written in."""

    entry: Entry
    connection: Connection
    org: UndoOrg


class Undoer:
    """Undoes the entries of any workspace."""

    def __init__(self, parts: UndoParts) -> None:
        self._parts = parts

    def undone(self, workspace: str, entry_id: str) -> Sequence[UndoLine]:
        """What of the entry was undone before, oldest first. Costs no call."""
        lines = self._parts.store.undo_lines(workspace, entry_id)
        return [line for line in lines if line.state == "done"]

    def has_writes(self, workspace: str, entry_id: str) -> bool:
        """Whether something that the entry wrote was not undone. Costs no call."""
        return bool(self._writes(workspace, entry_id)[1])

    def plan(self, entry: Entry) -> UndoPlan:
        """What can be undone now, and why the rest cannot. Changes nothing.

        Raises OutOfOrder if it cannot be undone at all for now; Unavailable, QuotaReached,
        ReconnectRequired.
        """
        with self._recorded(self._job(entry)) as job:
            return self._plan(job)

    def apply(self, entry: Entry, by: str | None, seen: Collection[str] | None = None) -> UndoPlan:
        """Undo what can be: the plan is made again under the org's lease, and each of its records
        is `undone`, or `left` for what came instead. Safe to repeat. `seen` are the digests of the
        records in the plan that a person agreed to: nothing else is done.

        Raises as `plan`, before anything is changed, and OutOfOrder if the plan goes further than
        that; Fenced if another took the lease meanwhile.
        """
        with self._recorded(self._job(entry)) as job:
            fence = self._take_lease(job.connection)
            with self._parts.heartbeat_of(self._parts.store, fence, self._parts.clock):
                return self._carry_out(job, fence, by, seen)

    def _job(self, entry: Entry) -> _Job:
        """Raises OutOfOrder if the entry may still be written, or was in another org."""
        parts, workspace = self._parts, entry.event.workspace
        if entry.state not in _ENDED:
            code = "undo_held" if entry.state == "held" else "undo_waiting"
            raise OutOfOrder(code, {"entry": entry.id, "state": entry.state})
        connection = parts.store.connection(workspace)
        found = parts.availability.check(connection, _PURPOSE)
        if connection is None or not found.is_available:
            why = availability_text(found)
            raise OutOfOrder("undo_paused", {"why": why, "code": found.code})
        for line in parts.store.journal(workspace, entry.id):
            if not is_same_org(line.org_id, connection.org_id):
                named = line.org_id or "of an older version"
                raise OutOfOrder("undo_elsewhere", {"entry": entry.id, "org": named})
        return _Job(entry, connection, parts.org_of(connection))

    @contextmanager
    def _recorded(self, job: _Job) -> Iterator[_Job]:
        """While the block runs, note an error that concerns the whole org, as a drain does."""
        try:
            yield job
        except ORG_ERRORS as error:
            self._parts.availability.record(job.connection, error, _PURPOSE)
            raise

    def _take_lease(self, connection: Connection) -> Fence:
        """The org's lease; a drain that holds it is asked to make room. Raises OutOfOrder."""
        parts, name = self._parts, ORG_LEASE + connection.org_id
        until = parts.clock.monotonic() + MAX_WAIT_S
        while True:
            fence, _ = parts.leases.acquire(name, LEASE_S, lambda: True)
            if fence is not None:
                return fence
            if parts.clock.monotonic() >= until:
                raise OutOfOrder("undo_busy")
            parts.store.want_lease(name)
            parts.clock.sleep(_RETRY_DELAY_S)

    def _writes(self, workspace: str, entry_id: str) -> tuple[RecordHistory, list[EntryWrite]]:
        """All writes to the entry's records, and what the entry itself wrote and is not undone."""
        store = self._parts.store
        journal = store.journal(workspace, entry_id)
        if not journal:
            return RecordHistory((), ()), []
        org_id, ids = journal[0].org_id, {line.record_id for line in journal}
        history = RecordHistory(store.record_writes(org_id, ids), store.record_undos(org_id, ids))
        return history, writes_of(entry_id, journal, history)

    def _plan(self, job: _Job) -> UndoPlan:
        entry = job.entry
        _, writes = self._writes(entry.event.workspace, entry.id)
        is_lost = any(step.code == "answer_lost" for step in entry.steps)
        reason = LeftReason("answer_lost") if is_lost else None
        if not writes:
            return UndoPlan(entry.id, reason=reason)
        facts = job.org.crm.facts(refresh=True)
        records = job.org.removal.read(_wanted(writes, facts), _PURPOSE)
        elsewhere = self._elsewhere(entry.event.workspace, writes)
        now = OrgNow(facts.describes, records, job.connection.user_id, elsewhere)
        items = plan_records(writes, now)
        return UndoPlan(entry.id, self._without_cascades(job, items), reason)

    def _elsewhere(self, workspace: str, writes: Sequence[EntryWrite]) -> set[str]:
        """The later entries that are another workspace's."""
        store = self._parts.store
        later = {one.entry_id for write in writes for one in write.later}
        return {entry_id for entry_id in later if store.entry(workspace, entry_id) is None}

    def _without_cascades(self, job: _Job, items: Sequence[UndoItem]) -> tuple[UndoItem, ...]:
        """The items, without deletions by which something would go that stays."""
        going: dict[str, list[str]] = {}
        for item in items:
            if item.action == "delete" and item.state == "ready":
                going.setdefault(item.object, []).append(item.record_id)
        if not going:
            return tuple(items)
        dependents = job.org.removal.dependents(going, _PURPOSE)
        return without_cascades(items, dependents, self._creators(job, dependents))

    def _creators(self, job: _Job, dependents: Dependents) -> dict[str, str]:
        """The other entries of this workspace that created dependents, by record id."""
        store, workspace = self._parts.store, job.entry.event.workspace
        ids = {one.id for one in dependents.records}
        found = {}
        for line in store.record_writes(job.connection.org_id, ids):
            is_other = line.action == "create" and line.entry_id != job.entry.id
            if is_other and store.entry(workspace, line.entry_id) is not None:
                found[line.record_id] = line.entry_id
        return found

    def _carry_out(
        self, job: _Job, fence: Fence, by: str | None, seen: Collection[str] | None
    ) -> UndoPlan:
        """Plan, send, stored before each request, and store how it went."""
        plan, store = self._plan(job), self._parts.store
        if seen is not None and plan.exceeds(seen):
            raise OutOfOrder("undo_differs")
        lines = store.undo_lines(job.entry.event.workspace, job.entry.id)
        opened = {line.record_id: line for line in lines if line.state == "sent"}
        mark = partial(self._mark, job.entry, fence, by)
        sent = send(job.org.crm, job.org.removal, plan.todo, _PURPOSE, mark)
        items = [_after_sending(item, sent, opened) for item in plan.items]
        done = replace(plan, items=tuple(items))
        self._settle(job, fence, done, by)
        return done

    def _mark(self, entry: Entry, fence: Fence, by: str | None, items: Sequence[UndoItem]) -> None:
        """Store what is about to be sent. Raises Fenced: while this process stood still, another
        may have written what a deletion would take along."""
        now = self._parts.clock.now()
        lines = [line_of(entry.id, item, "sent", now, by) for item in items]
        self._parts.store.mark_undoing(fence, lines)

    def _settle(self, job: _Job, fence: Fence, done: UndoPlan, by: str | None) -> None:
        """Store how it went, with the links of what was undone."""
        entry, store, now = job.entry, self._parts.store, self._parts.clock.now()
        workspace, org_id = entry.event.workspace, job.connection.org_id
        links = store.links(workspace, org_id, keys_of(entry))
        history, _ = self._writes(workspace, entry.id)
        changed = list(links_after_restoring(done, links.values(), history))
        lines = [settled_line(entry.id, item, now, by) for item in done.items]
        undone = sum(item.state == "undone" for item in done.items)
        note = HistoryLine(now, "undone", by, {"entry": entry.id, "records": undone})
        settled = SettledUndo(
            workspace,
            entry.id,
            [line for line in lines if line is not None],
            changed,
            store.links_to(org_id, gone_records(done)),
            note if undone else None,
        )
        store.settle_undo(fence, settled)


def _wanted(writes: Sequence[EntryWrite], facts: OrgFacts) -> list[WantedRecords]:
    """The records to read, each object with the fields that are visible."""
    found = []
    for object_, of_object in groupby(sorted(writes, key=_OBJECT), key=_OBJECT):
        together = list(of_object)
        describe = facts.describes.get(object_)
        if describe is not None:
            names = {CREATED, CREATED_BY, MODIFIED, MODIFIED_BY, CONVERTED}
            names.update(*(one.after for one in together))
            if any(one.is_create and one.ours for one in together):
                names.update(name for name, one in describe.fields.items() if one.updateable)
            fields = [name for name in sorted(names) if describe.field(name) is not None]
            found.append(WantedRecords(object_, [one.record_id for one in together], fields))
    return found


_OBJECT = attrgetter("object")


def _after_sending(
    item: UndoItem, sent: Mapping[RecordKey, UndoItem], opened: Mapping[str, UndoLine]
) -> UndoItem:
    """The record as it was sent, or as an earlier run had sent it."""
    if item.state == "ready":
        item = sent.get(item.key) or unsent(item)
    return finished(item, opened.get(item.record_id))
