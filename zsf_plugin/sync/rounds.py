"""Rounds of a batch: the state before a round, the entries and writes it sends together, and the
state after it. Pure.

Entries sent together must end as if they had been sent one by one, whatever is refused. So an entry
that overlaps with one that writes in this round is sent along only if it relies on the same records
(a failed write then invalidates it too), and only if it would write the same had those updates
failed; else it waits for the next round. So does one from which an update of this round hides a
record, and one that may find a record as a waiting entry will leave it, or the reverse. A write
that was refused in this batch is not sent again unchanged. A purchase behind one that links their
prospect waits for what that link releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import methodcaller

from zsf_plugin.decision.causes import from_rejection
from zsf_plugin.decision.lookups import lacks_lookup
from zsf_plugin.decision.matching import fields_matched_by
from zsf_plugin.decision.overlap import OBJECTS, Group
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import Rejected
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import (
    Cause,
    Changes,
    Json,
    Record,
    World,
    Write,
    is_blank,
    resolved_values,
)
from zsf_plugin.ports import Moment, Settlement
from zsf_plugin.sync.entries import BatchWrites, PlannedEntry, content_of
from zsf_plugin.sync.expected import Expected
from zsf_plugin.sync.in_doubt import InDoubtWrites
from zsf_plugin.sync.links_and_journal import links_to_store
from zsf_plugin.sync.settlements import (
    EntryOutcome,
    Fingerprint,
    held_settlement,
    named_by,
    named_steps,
)

#: Writes that were refused in this batch, by their content.
Refusals = Mapping[tuple[object, ...], Rejected]
_NOTHING_IN_DOUBT = InDoubtWrites(Moment(0.0))


@dataclass(frozen=True, slots=True)
class RoundState:
    """The state before a round: the world, each entry's overlap groups by entry id, what was
    refused, what is in doubt; whether an entry is held that a new link may release; the world as it
    was looked up, before this batch changed it."""

    world: World
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=dict)
    in_doubt: InDoubtWrites = _NOTHING_IN_DOUBT
    has_held: bool = False
    looked_up: World | None = None


#: Whether a ref is a record that this batch creates.
_is_new = methodcaller("startswith", "new:")


@dataclass(slots=True, eq=False)
class RoundPlanner:
    """Takes the entries of a round one by one, in order, and sorts them into four lists.

    `sending`: sent, with these changes. `settled`: held without being sent. `deferred`: wait for
    the next round. `awaiting`: a lost create of theirs may still arrive; while there are any, the
    batch writes nothing.
    """

    state: RoundState
    fingerprint: Fingerprint
    sending: list[tuple[PlannedEntry, Changes]] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)
    deferred: list[PlannedEntry] = field(default_factory=list)
    awaiting: list[Settlement] = field(default_factory=list)
    #: The world if everything sent succeeds.
    world: World = field(init=False)
    in_doubt: InDoubtWrites = field(init=False)
    has_held: bool = field(init=False)
    #: Whether a deferred entry has to be looked up again.
    lacks_lookup: bool = False
    #: The lanes of purchases that link their prospect to another record than before.
    linking: set[str] = field(default_factory=set)
    #: The world if every create succeeds and every update fails.
    _world_without_updates: World = field(init=False)
    #: The refs of written records, by overlap group.
    _written_refs: dict[Group, set[str]] = field(default_factory=dict)
    _updated: set[str] = field(default_factory=set)
    #: The fields, in lower case, in which updates replace a value: a record may be found no more.
    _replaced: set[str] = field(default_factory=set)
    _closed: set[Group] = field(default_factory=set)
    #: What deferred entries will find and leave; None if none is deferred.
    _expected: Expected | None = None

    def __post_init__(self) -> None:
        self.world = self._world_without_updates = self.state.world
        self.in_doubt, self.has_held = self.state.in_doubt, self.state.has_held

    def add(self, planned: PlannedEntry) -> None:
        """Plan one more entry. A defect in deciding raises its own exception and leaves the round
        unchanged."""
        looked_up = self.state.looked_up
        is_unknown = (
            looked_up is not None
            and self.world is not looked_up
            and lacks_lookup(planned.plan, self.world, looked_up)
        )
        self.lacks_lookup = self.lacks_lookup or is_unknown
        changes, world = reconcile(planned.plan, self.world)
        groups = self.state.groups[planned.entry.id]
        overtakes = self._expected is not None and self._expected.concerns(
            planned.plan, changes.depends_on, _updated_records(changes, world)
        )
        if is_unknown or overtakes or self._must_wait(planned, changes, groups):
            self._defer(planned, changes, world, groups)
            return
        cause = self.in_doubt.cause(planned, changes, self.world)
        refusal = self._refused_before(changes) if self.state.refusals else None
        if cause is not None:
            self._set_aside(planned, cause)
        elif changes.cause is not None:
            self._hold(planned, changes, changes.cause)
        elif refusal is not None:
            self._hold_unsent(planned, changes, refusal)
        else:
            is_same = self._world_without_updates is self.world
            self._send(planned, changes, groups)
            if is_same and not self._updated:
                self._world_without_updates = world
            else:
                without = self._world_without_updates
                self._world_without_updates = _with_creates(without, changes, world)
            self.world = world

    def _must_wait(self, planned: PlannedEntry, changes: Changes, groups: Sequence[Group]) -> bool:
        """Whether a write of an overlapping entry in this round would change this entry's plan if
        it failed, or an older purchase may be released first."""
        if planned.entry.lane in self.linking and planned.plan.kind == "purchase":
            return True
        for group in groups:
            refs = self._written_refs.get(group, set())
            relies = changes.cause is None and refs <= changes.depends_on
            if group in self._closed or (refs and not relies):
                return True
        updated = self._updated & changes.depends_on
        may_differ = updated or (changes.cause is not None and self._updated)
        if not may_differ and self._replaced:
            may_differ = self._replaced & fields_matched_by(planned.plan)
        if may_differ and not self._is_same_without(updated, planned, changes):
            return True
        new = set(filter(_is_new, changes.depends_on))
        return bool(new) and self._may_outlive(new, changes)

    def _defer(
        self, planned: PlannedEntry, changes: Changes, world: World, groups: Sequence[Group]
    ) -> None:
        """Leave the entry to the next round, and with it all that come after it and overlap with
        it, or with records as it would leave them if the earlier writes succeed, or fail."""
        if self._expected is None:
            self._expected = Expected(self.state.world)
        likely = [(changes, world)]
        if planned.plan.kind == "purchase":
            likely.append(reconcile(planned.plan, self.state.world))
            self._expected.add_searches(planned.plan)
        self.deferred.append(planned)
        self._closed.update(groups)
        for one, after in likely:
            self._expected.add_outcome(one.depends_on, _updated_records(one, after))

    def _may_outlive(self, new: set[str], changes: Changes) -> bool:
        """Whether the entry writes a record that does not refer to the new records of earlier
        entries that it relies on: were one of those refused, the entry might no longer write it.
        One that exists does not depend on a new company."""
        people = {ref for ref in new if ("Account", ref) not in self.world.records}
        for write in changes.writes:
            is_create = write.action == "create"
            if (is_create or people) and write.references.isdisjoint(people or new):
                return True
        return False

    def _is_same_without(self, updated: set[str], planned: PlannedEntry, changes: Changes) -> bool:
        """Whether the entry would write the same if all earlier updates to those records failed,
        apart from updates that it would then make itself: a failure invalidates the entry, and it
        makes them in the next round."""
        world = replace(self._world_without_updates, created_count=self.world.created_count)
        other, _ = reconcile(planned.plan, world)
        if other.depends_on != changes.depends_on or other.cause != changes.cause:
            return False
        same = []
        for write in other.writes:
            if write.ref not in updated or write in changes.writes:
                same.append(write)
        return same == list(changes.writes)

    def _hold(self, planned: PlannedEntry, changes: Changes, cause: Cause) -> None:
        """Hold an entry unsent, with the records that an earlier refusal named."""
        steps = (*changes.steps, *named_steps(planned.candidates))
        with_names = replace(changes, steps=steps)
        self.settled.append(held_settlement(planned.entry, with_names, cause, self.fingerprint))
        self.has_held = True

    def _set_aside(self, planned: PlannedEntry, cause: Cause) -> None:
        """Keep an entry with an in-doubt write from writing: it waits while that write may arrive,
        and is held afterwards."""
        entry = planned.entry
        until = self.in_doubt.until(entry)
        if until is not None:
            self.awaiting.append(Settlement(entry.id, "writing", not_before=until))
            return
        self.settled.append(held_settlement(entry, Changes(), cause, self.fingerprint))
        self.in_doubt = self.in_doubt.with_lane(entry.lane)

    def _refused_before(self, changes: Changes) -> Rejected | None:
        """The refusal of the first write, if the identical write was refused in this batch and all
        others depend on it."""
        if not changes.writes:
            return None
        first = changes.writes[0]
        error = self.state.refusals.get(content_of(first, {}))
        if error is None:
            return None
        for write in changes.writes[1:]:
            if first.action != "create" or first.ref not in write.references:
                return None
        return error

    def _hold_unsent(self, planned: PlannedEntry, changes: Changes, error: Rejected) -> None:
        """Hold an entry as if it had been sent and refused; it keeps its links."""
        links = links_to_store(changes.links, self.state.world.links, (), {}, digests=False)
        cause = from_rejection(error, changes.writes[0].object)
        without_story = replace(changes, steps=(*planned.plan.ignored, *named_by(error)))
        held = held_settlement(planned.entry, without_story, cause, self.fingerprint)
        self.settled.append(replace(held, links=links))
        for link in links_to_store(changes.links, self.world.links, (), {}, digests=False):
            self.world = self.world.with_link(link)
        for link in links:
            self._world_without_updates = self._world_without_updates.with_link(link)

    def _send(self, planned: PlannedEntry, changes: Changes, groups: Sequence[Group]) -> None:
        """Send the entry, and record its writes by group. An entry whose plan may still change
        closes the groups in which it writes nothing."""
        self.sending.append((planned, changes))
        if self.has_held and planned.plan.kind == "purchase" and self._changes_link(changes):
            self.linking.add(planned.entry.lane)
        new = set(filter(_is_new, changes.depends_on))
        may_change = changes.writes or new or self._updated & changes.depends_on
        for group in groups:
            refs, writes_here = self._written_refs.setdefault(group, set()), False
            for write in changes.writes:
                if write.object in OBJECTS[group[0]]:
                    refs.add(write.ref)
                    writes_here = True
            if (
                may_change
                and not writes_here
                and not self._relies_on_record(group, planned, changes)
            ):
                # decided again, it might find or write a record of this group
                self._closed.add(group)
        for write in changes.writes:
            if write.action == "update":
                self._updated.add(write.ref)
                for name, before in write.before.items():
                    if not is_blank(before):
                        self._replaced.add(name.lower())

    def _changes_link(self, changes: Changes) -> bool:
        """Whether the entry links its prospect to another record than before: that releases older
        purchases that are held, and they go first."""
        for link in changes.links:
            known = self.state.world.links.get(link.key)
            if link.kind == "prospect" and (known is None or known.record_id != link.record_id):
                return True
        return False

    def _relies_on_record(self, group: Group, planned: PlannedEntry, changes: Changes) -> bool:
        """Whether the entry relies on an existing record of that group, or never writes one."""
        level = group[0]
        if planned.plan.kind == "touchpoint" or (level, planned.plan.mode) == ("company", "lead"):
            return True
        for object_ in OBJECTS[level]:
            for ref in changes.depends_on:
                if self.world.records.get((object_, ref)) is not None:
                    return True
        return False


def _updated_records(changes: Changes, after: World) -> list[Record]:
    """The records that an entry updates, as they are `after` it."""
    updated = []
    for write in changes.writes:
        if write.action == "update":
            updated.append(after.records[(write.object, write.ref)])
    return updated


def _with_creates(world: World, changes: Changes, after: World) -> World:
    """The world with an entry's creates and links but without its updates; `after` is the world
    with all of them."""
    for write in changes.writes:
        record = after.records.get((write.object, write.ref))
        if write.action == "create" and record is not None:
            world = world.with_records([record])
    for link in changes.links:
        world = world.with_link(link)
    return world


def state_after_round(
    state: RoundState,
    batch: BatchWrites,
    outcomes: Sequence[EntryOutcome],
    settlements: Sequence[Settlement],
    planned: World,
) -> RoundState:
    """The state after a round: with the successful writes, the refusals, and every link that its
    `settlements` stored, of sent and unsent entries alike. `planned` is the world if everything had
    succeeded."""
    world = replace(state.world, created_count=planned.created_count, claimed=planned.claimed)
    for entry in give_way_between(batch.entries):
        for write in entry.done:
            world = _with_write(world, write, batch.ids)
    for settlement in settlements:
        for link in settlement.links:
            world = world.with_link(link)
    refusals = dict(state.refusals)
    for outcome in outcomes:
        if outcome.refused is not None:
            write, error = outcome.refused
            refusals[content_of(write, batch.ids)] = error
    return replace(state, world=world, refusals=refusals)


def _with_write(world: World, write: Write, ids: Mapping[str, str]) -> World:
    """The world after that write."""
    record_id = ids.get(write.ref, write.ref)
    values = _values_before(world, write, record_id) | resolved_values(write.values, ids)
    if write.object == "Task":
        world = replace(world, claimed=world.claimed | {record_id})
    return world.with_records([Record(write.object, record_id, values)])


def _values_before(world: World, write: Write, record_id: str) -> dict[str, Json]:
    """The record's values before that write; all null for a new record."""
    record = world.records.get((write.object, record_id))
    if record is not None:
        return dict(record.values)
    describe = world.facts.describes.get(write.object)
    return dict.fromkeys(describe.fields) if describe is not None else {}
