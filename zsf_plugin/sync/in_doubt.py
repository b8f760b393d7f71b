"""In-doubt writes: writes whose answer was lost, and when a lookup settles them. Pure.

A create whose answer was lost may arrive until ten minutes after it was sent. Until then, "not
found" counts only if a unique external ID makes a second create and the late arrival collide. After
that it counts, except for a person by none of whose match keys the org was asked. What cannot be
settled is held.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from zsf_plugin.decision import causes
from zsf_plugin.decision.refusals import lacks_every_key
from zsf_plugin.decision.search import PEOPLE, has_asked_key
from zsf_plugin.model import Cause, Changes, OrgFacts, Plan, World
from zsf_plugin.ports import WITH_ID, Entry, Moment
from zsf_plugin.sync.arrivals import may_arrive_for_s
from zsf_plugin.sync.entries import PlannedEntry

#: Appended to the object's name if the create carried neither our unique id (`WITH_ID`) nor a whole
#: match key, because Salesforce refused a value of each.
_UNRECOGNISABLE = "/no key"
#: What an entry of an older version may have sent: it did not record the objects.
_ANYTHING = ("Account", "Contact", "Lead", "Task")
#: After this many lost answers an entry is not written again: a person has to look.
MAX_UNKNOWN_OUTCOMES = 5


@dataclass(frozen=True, slots=True)
class InDoubtWrites:
    """What is in doubt at `now`, the time of the lookup. `lanes` have an entry held in doubt: the
    person may or may not exist."""

    now: Moment
    lanes: frozenset[str] = frozenset()

    def until(self, entry: Entry) -> float | None:
        """Until when, by our clock, a lost create of that entry may still arrive; None if none
        can."""
        wait_s = may_arrive_for_s(entry.sent, self.now)
        return self.now.at + wait_s if wait_s else None

    def with_lane(self, lane: str) -> InDoubtWrites:
        """These, with a lane in which an entry is held now."""
        return replace(self, lanes=self.lanes | {lane})

    def cause(self, planned: PlannedEntry, changes: Changes, world: World) -> Cause | None:
        """The cause to hold the entry with if these changes do not settle its earlier, lost write;
        None if nothing is in doubt."""
        entry = planned.entry
        if entry.attempts >= MAX_UNKNOWN_OUTCOMES and changes.writes:
            return causes.answers_lost(changes.writes[0].object)
        unsettled = None
        if entry.sent_at is not None:
            unsettled = self._unsettled(planned, changes, world)
        if unsettled is not None:
            return causes.outcome_unclear(unsettled)
        is_in_doubt = entry.lane in self.lanes
        person = _keyless_create(planned.plan, changes, world) if is_in_doubt else None
        return causes.outcome_unclear(person) if person is not None else None

    def _unsettled(self, planned: PlannedEntry, changes: Changes, world: World) -> str | None:
        """The object of a lost create that these changes do not settle, or None."""
        may_arrive = self.until(planned.entry) is not None
        for object_, sent in _lost_creates(planned.entry).items():
            if may_arrive:
                is_open = not _is_covered(object_, sent.has_id, changes, world)
            else:
                is_open = _is_unrecognisable(object_, sent, planned.plan, changes, world)
            if is_open:
                return object_
        return None


def names_of_creates(changes: Changes, plan: Plan, facts: OrgFacts) -> AbstractSet[str]:
    """What is stored of an entry's creates while their outcome is unknown: each object, and whether
    the create carries our unique id, or not even a match key that its plan had."""
    names = set()
    for write in changes.writes:
        if write.action == "create":
            name = facts.id_fields.get(write.object)
            if name in write.values and has_unique_id(write.object, facts):
                names.add(write.object + WITH_ID)
            elif lacks_every_key(plan.targets[write.object]):
                names.add(write.object + _UNRECOGNISABLE)
            else:
                names.add(write.object)
    return names


def has_unique_id(object_: str, facts: OrgFacts) -> bool:
    """Whether records of that object carry our id in a field that is unique in the org."""
    name = facts.id_fields.get(object_)
    return name is not None and facts.describes[object_].fields[name].unique


class _Sent(NamedTuple):
    """Whether every lost create of an object carried our id, and whether each could be found by a
    match key or by what identifies a Task."""

    has_id: bool = True
    has_key: bool = True


def _lost_creates(entry: Entry) -> dict[str, _Sent]:
    """The objects of lost creates, and what each carried; every object if the entry did not record
    them."""
    sent: dict[str, _Sent] = {}
    for name in entry.sent_as or _ANYTHING:
        object_ = name.removesuffix(WITH_ID).removesuffix(_UNRECOGNISABLE)
        before = sent.get(object_, _Sent())
        has_key = before.has_key and not name.endswith(_UNRECOGNISABLE)
        sent[object_] = _Sent(before.has_id and name.endswith(WITH_ID), has_key)
    return sent


def _keyless_create(plan: Plan, changes: Changes, world: World) -> str | None:
    """The object of a person who would be created although no match key was asked by, or None."""
    for write in changes.writes:
        if write.action == "create" and write.object in PEOPLE:
            is_asked = has_asked_key(plan, write.object, world)
            if not is_asked or lacks_every_key(plan.targets[write.object]):
                return write.object
    return None


def _is_covered(object_: str, has_id: bool, changes: Changes, world: World) -> bool:
    """Whether the lost create of that object has arrived, or would collide with a record that is
    there or created now."""
    name = world.facts.id_fields.get(object_)
    gets_id = False
    for write in changes.writes:
        if write.object == object_:
            if write.action == "create":
                return has_id and has_unique_id(object_, world.facts)
            gets_id = gets_id or name in write.values
    found = _relies_on((object_,), changes, world)
    if not found or not has_id or object_ not in changes.matched_by_key:
        # without our id, a record that has just appeared under our match keys counts as ours
        return found
    return gets_id


def _is_unrecognisable(
    object_: str, sent: _Sent, plan: Plan, changes: Changes, world: World
) -> bool:
    """Whether no lookup can identify the record that was sent, and none was settled on."""
    if sent.has_id:
        return False
    if object_ in PEOPLE:
        is_keyless = not (sent.has_key and has_asked_key(plan, object_, world))
        return is_keyless and not _relies_on(PEOPLE, changes, world)
    # a lookup by id misses a Task that was sent without one
    looks_by_id = object_ == "Task" and world.facts.id_fields.get("Task") is not None
    return _creates(object_, changes) and (looks_by_id or not sent.has_key)


def _creates(object_: str, changes: Changes) -> bool:
    return any(one.object == object_ and one.action == "create" for one in changes.writes)


def _relies_on(objects: tuple[str, ...], changes: Changes, world: World) -> bool:
    """Whether the entry settled on a record of one of those objects."""
    for object_ in objects:
        for ref in changes.depends_on:
            if world.records.get((object_, ref)) is not None:
                return True
    return False
