"""Rounds of a batch: what is known before one, which entries are sent together in it and with what,
and what is known after it. Pure: asks no org, sends nothing.

What goes out together must end as if it had gone out one by one, whatever is refused. So an entry
that overlaps with one which writes something in this round is sent along only where it relies on
those very records (a failed write then takes it back), and only where it would write the same if
their changes to them failed; else it waits for the next round. What was refused a moment ago is not
sent again word for word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import methodcaller

from zsf_plugin.decision.causes import held_by
from zsf_plugin.decision.overlap import OBJECTS, Group
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Cause, Changes, Json, Record, World, Write
from zsf_plugin.ports import Entry, Settlement
from zsf_plugin.sync.entries import BatchWrites, PlannedEntry, content_of, resolved_values
from zsf_plugin.sync.in_doubt import InDoubtWrites
from zsf_plugin.sync.settlements import (
    EntryOutcome,
    Fingerprint,
    held_settlement,
    kept_links,
    named_by,
    named_steps,
)

#: Writes that were refused in this batch, by what they said.
Refusals = Mapping[tuple[object, ...], Rejected]
_NOTHING_IN_DOUBT = InDoubtWrites(0.0)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a round: the world, the overlap groups of each entry by its id, what was
    refused, what is in doubt."""

    world: World
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=dict)
    in_doubt: InDoubtWrites = _NOTHING_IN_DOUBT


#: Whether a ref stands for a record that this batch creates.
_is_new = methodcaller("startswith", "new:")


@dataclass(slots=True, eq=False)
class RoundPlanner:
    """Takes the entries of a round one by one, in order; each ends up in one of four lists.

    `sending`: they go out, with these changes. `settled`: they are held without being sent.
    `deferred`: they wait for the next round. `awaiting`: a lost create of theirs may still arrive;
    while there are any, nothing of the batch may be written.
    """

    known: Known
    fingerprint: Fingerprint
    sending: list[tuple[PlannedEntry, Changes]] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)
    deferred: list[PlannedEntry] = field(default_factory=list)
    awaiting: list[Settlement] = field(default_factory=list)
    #: As it will be where all that is sent works.
    world: World = field(init=False)
    in_doubt: InDoubtWrites = field(init=False)
    #: As it will be where each create works, and each change to a record fails.
    _world_without_updates: World = field(init=False)
    #: The records that are written, by the group in which they are.
    _written_refs: dict[Group, set[str]] = field(default_factory=dict)
    _updated: set[str] = field(default_factory=set)
    _closed: set[Group] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world = self._world_without_updates = self.known.world
        self.in_doubt = self.known.in_doubt

    def add(self, planned: PlannedEntry) -> None:
        """Plan one more entry. Raises whatever a defect in deciding raises; the round is unchanged
        then."""
        changes, world = reconcile(planned.plan, self.world)
        groups = self.known.groups[planned.entry.id]
        if self._must_wait(planned, changes, groups):
            self.deferred.append(planned)
            self._closed.update(groups)
            return
        cause = self.in_doubt.cause(planned, changes, self.world)
        refusal = self._refused_before(changes) if self.known.refusals else None
        if cause is not None:
            self._set_aside(planned, cause)
        elif changes.cause is not None:
            self._hold(planned, changes, changes.cause)
        elif refusal is not None:
            self._hold_unsent(planned, changes, refusal)
        else:
            self._send(planned, changes, groups)
            self._world_without_updates = _with_creates(self._world_without_updates, changes, world)
            self.world = world

    def _must_wait(self, planned: PlannedEntry, changes: Changes, groups: Sequence[Group]) -> bool:
        """Whether what an overlapping entry writes in this round, and may yet fail, could change
        what this entry wants."""
        for group in groups:
            refs = self._written_refs.get(group, set())
            relies = changes.cause is None and refs <= changes.depends_on
            if group in self._closed or (refs and not relies):
                return True
        updated = self._updated & changes.depends_on
        if updated and not self._stands_without(updated, planned, changes):
            return True
        new = set(filter(_is_new, changes.depends_on))
        return bool(new) and _may_outlive(new, changes)

    def _stands_without(self, updated: set[str], planned: PlannedEntry, changes: Changes) -> bool:
        """Whether the entry would write the same if all earlier changes to those records failed,
        but for those that it then had to make itself: a failure takes it back, and it makes them in
        the next round."""
        world = replace(self._world_without_updates, created=self.world.created)
        other, _ = reconcile(planned.plan, world)
        if other.depends_on != changes.depends_on or other.cause != changes.cause:
            return False
        same = []
        for write in other.writes:
            if write.ref not in updated or write in changes.writes:
                same.append(write)
        return same == list(changes.writes)

    def _hold(self, planned: PlannedEntry, changes: Changes, cause: Cause) -> None:
        """An entry that must not be sent, with the records that a refusal of it named."""
        steps = (*changes.steps, *named_steps(planned.candidates))
        with_names = replace(changes, steps=steps)
        self.settled.append(held_settlement(planned.entry, with_names, cause, self.fingerprint))

    def _set_aside(self, planned: PlannedEntry, cause: Cause) -> None:
        """An entry that cannot be told from what was sent before: it waits while that may arrive,
        and is held then."""
        entry = planned.entry
        until = self.in_doubt.until(entry)
        if until is not None:
            self.awaiting.append(_awaited(entry, until))
            return
        self.settled.append(held_settlement(entry, Changes(), cause, self.fingerprint))
        self.in_doubt = self.in_doubt.with_lane(entry.lane)

    def _refused_before(self, changes: Changes) -> Rejected | None:
        """The refusal of the first write, where it was refused word for word a moment ago and all
        else depends on it."""
        if not changes.writes:
            return None
        first = changes.writes[0]
        error = self.known.refusals.get(content_of(first, {}))
        if error is None:
            return None
        for write in changes.writes[1:]:
            if first.action != "create" or first.ref not in write.references:
                return None
        return error

    def _hold_unsent(self, planned: PlannedEntry, changes: Changes, error: Rejected) -> None:
        """As if it had been sent and refused: what it is linked to, it stays linked to."""
        links = kept_links(changes.links, self.known.world.links, (), {}, digests=False)
        cause = held_by(error, changes.writes[0].object)
        without_story = replace(changes, steps=named_by(error))
        held = held_settlement(planned.entry, without_story, cause, self.fingerprint)
        self.settled.append(replace(held, links=links))
        for link in kept_links(changes.links, self.world.links, (), {}, digests=False):
            self.world = self.world.with_link(link)
        for link in links:
            self._world_without_updates = self._world_without_updates.with_link(link)

    def _send(self, planned: PlannedEntry, changes: Changes, groups: Sequence[Group]) -> None:
        """The entry goes out. Its groups remember what it writes; one whose wishes may yet change
        closes those in which it writes nothing."""
        self.sending.append((planned, changes))
        new = set(filter(_is_new, changes.depends_on))
        may_change = changes.writes or new or self._updated & changes.depends_on
        for group in groups:
            refs, writes_here = self._written_refs.setdefault(group, set()), False
            for write in changes.writes:
                if write.object in OBJECTS[group[0]]:
                    refs.add(write.ref)
                    writes_here = True
            if may_change and not writes_here and not self._is_settled_on(group, planned, changes):
                # taken back, or looked at again, it might yet find or write one of this group
                self._closed.add(group)
        for write in changes.writes:
            if write.action == "update":
                self._updated.add(write.ref)

    def _is_settled_on(self, group: Group, planned: PlannedEntry, changes: Changes) -> bool:
        """Whether the entry already relies on a record of that group, or never writes one."""
        level = group[0]
        if planned.plan.kind == "touchpoint" or (level, planned.plan.mode) == ("company", "lead"):
            return True
        for object_ in OBJECTS[level]:
            for ref in changes.depends_on:
                if self.world.records.get((object_, ref)) is not None:
                    return True
        return False


def _may_outlive(new: set[str], changes: Changes) -> bool:
    """Whether the entry creates a record that could be made without those new ones of earlier
    entries that it relies on: were one of them refused, the entry might not want it."""
    for write in changes.writes:
        if write.action == "create" and write.references.isdisjoint(new):
            return True
    return False


def _awaited(entry: Entry, until: float) -> Settlement:
    """An entry that stays as it is while a lost create of it may arrive."""
    return Settlement(entry.id, "writing", sent_at=entry.sent_at, not_before=until)


def _with_creates(world: World, changes: Changes, after: World) -> World:
    """A world with what an entry creates and links, and none of its changes to records that are
    there; `after` is the world in which all of them are made."""
    for write in changes.writes:
        record = after.records.get((write.object, write.ref))
        if write.action == "create" and record is not None:
            world = world.with_records([record])
    for link in changes.links:
        world = world.with_link(link)
    return world


def learned(
    known: Known,
    batch: BatchWrites,
    outcomes: Sequence[EntryOutcome],
    settled: Sequence[Settlement],
    planned: World,
) -> Known:
    """What is known after a round: what was written is there, what was refused is not, and every
    link that was kept holds, those of `settled` entries too, which were held without being sent.
    `planned` is the world as it would be had all gone well."""
    world = replace(known.world, created=planned.created, claimed=planned.claimed)
    for entry in batch.entries:
        for write in entry.done:
            world = _with_write(world, write, batch.ids)
    refusals = dict(known.refusals)
    for settlement in settled:
        for link in settlement.links:
            world = world.with_link(link)
    for outcome in outcomes:
        for link in outcome.settlement.links:
            world = world.with_link(link)
        if outcome.refused is not None:
            write, error = outcome.refused
            refusals[content_of(write, batch.ids)] = error
    return replace(known, world=world, refusals=refusals)


def _with_write(world: World, write: Write, ids: Mapping[str, str]) -> World:
    """The world once that write is done."""
    record_id = ids.get(write.ref, write.ref)
    values = _values_before(world, write, record_id) | resolved_values(write, ids)
    if write.object == "Task":
        world = replace(world, claimed=world.claimed | {record_id})
    return world.with_records([Record(write.object, record_id, values)])


def _values_before(world: World, write: Write, record_id: str) -> dict[str, Json]:
    """The record's values before that write; of a new record all are empty."""
    record = world.records.get((write.object, record_id))
    if record is not None:
        return dict(record.values)
    describe = world.facts.describes.get(write.object)
    return dict.fromkeys(describe.fields) if describe is not None else {}
