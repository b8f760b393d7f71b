"""Doubts: what an earlier, lost write leaves open, and when looking has settled it. Pure.

A create whose answer was lost may arrive until ten minutes after it was sent. Till then a "not there" is believed only
where a unique external ID makes a second create and a late arrival collide; after that it is believed, but for a person
whom nothing identifies. What cannot be settled is held, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import PEOPLE
from zsf_plugin.model.changes import Changes
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.world import World
from zsf_plugin.ports.store import Entry
from zsf_plugin.sync.desk import Case
from zsf_plugin.sync.settlements import BELIEVE_NO_AFTER_S

#: An entry whose answers were lost so often is not written again: a person has to look.
MOST_UNKNOWN = 5


def unique_id(object_: str, facts: OrgFacts) -> bool:
    """Whether records of that object carry an id of ours that no two of them can share."""
    describe = facts.describe(object_)
    name = external_id_field(describe)
    return describe is not None and name is not None and describe.fields[name].unique


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is open at the moment `now` at which the org was looked at. `lanes` are prospects of whom an entry is held,
    since it may or may not be there."""

    now: float
    lanes: frozenset[str] = frozenset()

    def until(self, entry: Entry) -> float | None:
        """Until when a lost create of that entry may still arrive; None where none is on its way."""
        if entry.sent_at is None or self.now >= entry.sent_at + BELIEVE_NO_AFTER_S:
            return None
        return entry.sent_at + BELIEVE_NO_AFTER_S

    def about(self, case: Case, change: Changes, world: World) -> str | None:
        """The object about which something is open that these changes would not settle; None where nothing is."""
        entry, facts = case.entry, world.facts
        if entry.attempts >= MOST_UNKNOWN and change.writes:
            return change.writes[0].object
        if self.until(entry) is not None:
            return next((one for one in entry.sent_as if not _covered(one, change, world)), None)
        if entry.sent_at is not None or entry.lane in self.lanes:
            return next(_nameless(case, change, facts), None)
        return None


def _covered(object_: str, change: Changes, world: World) -> bool:
    """Whether a late arrival of that object would collide with what is there or is created now, or has arrived."""
    unique, name = unique_id(object_, world.facts), external_id_field(world.facts.describe(object_))
    if any(write.action == "create" and write.object == object_ for write in change.writes):
        return unique
    found = any(world.record(object_, ref) is not None for ref in change.needs)
    if not found or not unique or object_ not in change.guessed:
        return found  # without the field, a record that has just appeared under our keys is taken for ours
    return any(write.object == object_ and name in write.values for write in change.writes)


def _nameless(case: Case, change: Changes, facts: OrgFacts) -> Iterator[str]:
    """Objects of people that would be created although nothing tells them from one that may be there."""
    for write in change.writes:
        is_person = write.action == "create" and write.object in PEOPLE
        if is_person and not unique_id(write.object, facts) and not case.plan.targets[write.object].keys:
            yield write.object
