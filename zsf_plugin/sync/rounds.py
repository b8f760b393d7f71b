"""One round of a batch planned: which entries are sent together, with what. Pure.

What goes out together must end as if it had gone out one by one, whatever is refused. So an entry
that overlaps with one which writes something in this round is sent along only where it relies on
those very records (a failed write then takes it back), and only where it would write the same if
their changes to them failed; else it waits for the next round. What was refused a moment ago is not
sent again word for word.
"""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.decision.causes import held_by
from zsf_plugin.decision.overlap import OBJECTS, Group
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Cause, Changes, World
from zsf_plugin.ports import Settlement
from zsf_plugin.sync.fingerprint import Fingerprint
from zsf_plugin.sync.known import Known
from zsf_plugin.sync.planned import PlannedEntry
from zsf_plugin.sync.settlements import kept_links, named_by, named_steps, settle_held
from zsf_plugin.sync.writes import content_of


class RoundPlanner:
    """Takes the entries of a round one by one, in order; each ends up in one of four lists.

    `sending`: they go out, with these changes. `settled`: they are held without being sent.
    `deferred`: they wait for the next round. `unclear`: a lost create of theirs may still arrive;
    while there are any, nothing of the batch may be written.
    """

    def __init__(self, known: Known, fingerprint: Fingerprint) -> None:
        self.sending: list[tuple[PlannedEntry, Changes]] = []
        self.settled: list[Settlement] = []
        self.deferred: list[PlannedEntry] = []
        self.unclear: list[Settlement] = []
        #: As it will be where all that is sent works.
        self.world = known.world
        self.in_doubt = known.in_doubt
        self._known = known
        self._fingerprint = fingerprint
        #: As it will be where each create works, and each change to a record fails.
        self._world_without_updates = known.world
        self._written: dict[Group, set[str]] = {}
        self._updated: set[str] = set()
        self._closed: set[Group] = set()

    def add(self, planned: PlannedEntry) -> None:
        """Plan one more entry. Raises whatever a defect in deciding raises; the round is unchanged
        then."""
        changes, world = reconcile(planned.plan, self.world)
        if self._must_wait(planned, changes):
            self.deferred.append(planned)
            self._closed.update(self._groups(planned))
            return
        doubt = self.in_doubt.cause(planned, changes, self.world)
        if doubt is not None:
            self._set_aside(planned, doubt)
            return
        if changes.cause is not None:
            self._hold(planned, changes, changes.cause)
            return
        refusal = self._refused_before(changes)
        if refusal is not None:
            self._hold_unsent(planned, changes, refusal)
            return
        self._send(planned, changes, world)

    def _must_wait(self, planned: PlannedEntry, changes: Changes) -> bool:
        """Whether what an overlapping entry writes in this round, and may yet fail, could change
        what this entry wants."""
        for group in self._groups(planned):
            written = self._written.get(group, set())
            relies = changes.cause is None and written <= changes.depends_on
            if group in self._closed or (written and not relies):
                return True
        updated = self._updated & changes.depends_on
        if updated and not self._stands_without(updated, planned, changes):
            return True
        return not _needs_all_that_is_new(changes)

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
        self.settled.append(settle_held(planned.entry, with_names, cause, self._fingerprint))

    def _set_aside(self, planned: PlannedEntry, doubt: Cause) -> None:
        """An entry that cannot be told from what was sent before: it waits while that may arrive,
        and is held then."""
        entry = planned.entry
        until = self.in_doubt.until(entry)
        if until is not None:
            self.unclear.append(
                Settlement(entry.id, "writing", sent_at=entry.sent_at, not_before=until)
            )
            return
        self.settled.append(settle_held(entry, Changes(), doubt, self._fingerprint))
        self.in_doubt = self.in_doubt.with_lane(entry.lane)

    def _refused_before(self, changes: Changes) -> Rejected | None:
        """The refusal of the first write, where it was refused word for word a moment ago and all
        else depends on it."""
        if not changes.writes:
            return None
        first = changes.writes[0]
        error = self._known.refusals.get(content_of(first, {}))
        if error is None:
            return None
        for write in changes.writes[1:]:
            if first.action != "create" or first.ref not in write.references:
                return None
        return error

    def _hold_unsent(self, planned: PlannedEntry, changes: Changes, error: Rejected) -> None:
        """As if it had been sent and refused: what it is linked to, it stays linked to."""
        links = kept_links(changes.links, self._known.world.links, (), {}, digests=False)
        cause = held_by(error, changes.writes[0].object)
        without_story = replace(changes, steps=named_by(error))
        held = settle_held(planned.entry, without_story, cause, self._fingerprint)
        self.settled.append(replace(held, links=links))
        for link in kept_links(changes.links, self.world.links, (), {}, digests=False):
            self.world = self.world.with_link(link)
        for link in links:
            self._world_without_updates = self._world_without_updates.with_link(link)

    def _send(self, planned: PlannedEntry, changes: Changes, world: World) -> None:
        """The entry goes out. Its groups remember what it writes; one whose wishes may yet change
        closes those in which it writes nothing."""
        for group in self._groups(planned):
            written = _written_of(group, changes)
            self._written.setdefault(group, set()).update(written)
            if not written and self._may_change(group, planned, changes):
                # taken back, or looked at again, it might yet find or write one of this group
                self._closed.add(group)
        for write in changes.writes:
            if write.action == "update":
                self._updated.add(write.ref)
        self._world_without_updates = _with_creates(self._world_without_updates, changes, world)
        self.world = world
        self.sending.append((planned, changes))

    def _may_change(self, group: Group, planned: PlannedEntry, changes: Changes) -> bool:
        """Whether a failure in this round could yet make the entry want a record of that group."""
        is_final = not changes.writes and self._updated.isdisjoint(changes.depends_on)
        if is_final and not _new(changes):
            return False
        return not self._is_settled_on(group, planned, changes)

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

    def _groups(self, planned: PlannedEntry) -> tuple[Group, ...]:
        return self._known.groups[planned.entry.id]


def _written_of(group: Group, changes: Changes) -> set[str]:
    """The records of that group which the entry writes."""
    written: set[str] = set()
    for write in changes.writes:
        if write.object in OBJECTS[group[0]]:
            written.add(write.ref)
    return written


def _needs_all_that_is_new(changes: Changes) -> bool:
    """Whether what an entry creates cannot be made without those new records of earlier entries
    that it relies on: were one of them refused, the entry might not want it."""
    relied_on = _new(changes)
    if not relied_on:
        return True
    for write in changes.writes:
        if write.action == "create":
            if write.references.isdisjoint(relied_on):
                return False
            relied_on.add(write.ref)
    return True


def _new(changes: Changes) -> set[str]:
    """The records that the entry relies on and an earlier one of this round creates."""
    new: set[str] = set()
    for ref in changes.depends_on:
        if ref.startswith("new:"):
            new.add(ref)
    return new


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
