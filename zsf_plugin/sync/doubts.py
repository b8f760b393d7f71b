"""Doubts: what an earlier, lost write leaves open, and when looking has settled it. Pure.

A create whose answer was lost may arrive until ten minutes after it was sent. Till then a "not
there" is believed only where a unique external ID makes a second create and a late arrival collide;
after that it is believed, but for a person whom nothing identifies. What cannot be settled is held,
never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision import causes
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Write
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.world import World
from zsf_plugin.ports.store import Entry
from zsf_plugin.sync.desk import Case
from zsf_plugin.sync.settlements import BELIEVE_NO_AFTER_S

_KEYED = "/id"
#: What an entry of an older process may have sent: it did not say.
_ANYTHING = ("Account", "Contact", "Lead", "Task")
#: An entry whose answers were lost so often is not written again: a person has to look.
MOST_UNKNOWN = 5


def unique_id(object_: str, facts: OrgFacts) -> bool:
    """Whether records of that object carry an id of ours that no two of them can share."""
    describe = facts.describe(object_)
    name = external_id_field(describe)
    return describe is not None and name is not None and describe.fields[name].unique


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is open at the moment `now` at which the org was looked at. `lanes` are prospects of
    whom an entry is held, since it may or may not be there."""

    now: float
    lanes: frozenset[str] = frozenset()

    def until(self, entry: Entry) -> float | None:
        """Until when a lost create of that entry may still arrive; None where none is on its
        way."""
        if entry.sent_at is None or self.now >= entry.sent_at + BELIEVE_NO_AFTER_S:
            return None
        return entry.sent_at + BELIEVE_NO_AFTER_S

    def about(self, case: Case, change: Changes, world: World) -> Cause | None:
        """What these changes leave open of an earlier, lost write, as the cause to hold by at last;
        None: nothing."""
        entry = case.entry
        if entry.attempts >= MOST_UNKNOWN and change.writes:
            return causes.answers_lost(change.writes[0].object)
        sent = _sent(entry)
        if self.until(entry) is not None:
            open_ = next((one for one in sent if not _covered(one, sent[one], change, world)), None)
        else:
            open_ = next(
                (one for one in sent if _nameless(one, sent[one], case, change, world)), None
            )
        if open_ is None and entry.lane in self.lanes:
            made = (
                write.object
                for write in change.writes
                if write.action == "create" and write.object in PEOPLE
            )
            open_ = next((one for one in made if not case.plan.targets[one].keys), None)
        return causes.outcome_unclear(open_) if open_ is not None else None


def sent_names(write: Write, facts: OrgFacts) -> str:
    """What a create is remembered by while its outcome is unknown: its object, and whether it
    carries our unique id."""
    name = external_id_field(facts.describe(write.object))
    return write.object + (
        _KEYED if unique_id(write.object, facts) and name in write.values else ""
    )


def _sent(entry: Entry) -> dict[str, bool]:
    """The objects of a lost create, and whether each carried our id; anything may have been sent
    where none is told."""
    if entry.sent_at is None:
        return {}
    sent: dict[str, bool] = {}
    for name in entry.sent_as or _ANYTHING:
        object_, keyed = name.removesuffix(_KEYED), name.endswith(_KEYED)
        sent[object_] = keyed and sent.get(object_, True)
    return sent


def _covered(object_: str, keyed: bool, change: Changes, world: World) -> bool:
    """Whether a late arrival of that object would collide with what is there or is created now, or
    has arrived."""
    name = external_id_field(world.facts.describe(object_))
    if any(write.action == "create" and write.object == object_ for write in change.writes):
        return keyed and unique_id(object_, world.facts)
    found = any(world.record(object_, ref) is not None for ref in change.depends_on)
    if not found or not keyed or object_ not in change.matched_by_key:
        # without our id on it, a record that has just appeared under our keys is taken for ours
        return found
    return any(write.object == object_ and name in write.values for write in change.writes)


def _nameless(object_: str, keyed: bool, case: Case, change: Changes, world: World) -> bool:
    """Whether it is something that no look tells from what may be there, and no such record was
    settled on."""
    if (
        object_ == "Task"
        and not keyed
        and external_id_field(world.facts.describe("Task")) is not None
    ):
        return any(
            write.object == "Task" for write in change.writes
        )  # the look goes by an id that it was sent without
    if object_ not in PEOPLE or keyed or case.plan.targets[object_].keys:
        return False
    return not any(
        world.record(name, ref) is not None for name in PEOPLE for ref in change.depends_on
    )
