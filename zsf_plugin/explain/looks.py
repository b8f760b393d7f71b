"""What previews found out in the org, kept for two minutes: an edit that asks for nothing new costs
no call.

A look answers a plan where it read all fields that the plan needs and asked all its questions,
under the same describes and links; else the org is asked anew, once and whole, so that what it cost
is what a drain will pay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cachetools import TTLCache

from zsf_plugin.decision.questions import selected, wanted
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.model import Connection, Link, LinkKey, Lookup, OrgFacts, Plan, Record, World
from zsf_plugin.ports import Clock, Crm, Store
from zsf_plugin.sync.look import ask, linked_world, with_claims

KEEP_S = 120.0
_MOST = 128

#: Whose look: workspace, when it was connected, and the prospect's link.
_Key = tuple[str, float, LinkKey]


@dataclass(frozen=True, slots=True)
class _Look:
    """Questions with their answers. `calls`: what they took; `facts` and `links` are those they
    were asked under."""

    facts: OrgFacts
    links: Mapping[LinkKey, Link]
    fields: Mapping[str, frozenset[str]]
    asked: frozenset[Lookup]
    records: tuple[Record, ...]
    calls: int

    def answers(self, plan: Plan, world: World) -> bool:
        """Whether nothing is left to ask for the plan."""
        if self.links != world.links or _prints(self.facts) != _prints(world.facts):
            return False
        for object_, names in selected([plan], world.facts).items():
            if not self.fields.get(object_, frozenset()).issuperset(names):
                return False
        return not wanted([plan], self.world(world))

    def world(self, world: World) -> World:
        """That world, which has asked nothing yet, with what the look knows."""
        return replace(world, links=self.links).with_records(self.records, self.asked)


class Looks:
    """The looks of one process. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._kept: TTLCache[_Key, _Look] = TTLCache(maxsize=_MOST, ttl=KEEP_S, timer=clock.now)
        self._lock = threading.Lock()

    def look(
        self, connection: Connection, crm: Crm, plan: Plan, store: Store, calls: Callable[[], int]
    ) -> tuple[World, int]:
        """The world in which the plan can be reconciled, and the calls that looking takes (0:
        nothing is asked).

        `calls` counts what was made so far. Raises as `sync.look`.
        """
        world = linked_world([plan], crm, store, connection.workspace)
        if is_unchanged(plan, world):
            return world, 0
        key = _key(connection, plan)
        kept = self._kept_for(key)
        if kept is None or not kept.answers(plan, world):
            kept = _ask_anew(crm, plan, world, calls)
            self._keep(key, kept)
        return with_claims(kept.world(world), store), kept.calls

    def _kept_for(self, key: _Key) -> _Look | None:
        with self._lock:
            return self._kept.get(key)

    def _keep(self, key: _Key, one: _Look) -> None:
        with self._lock:
            self._kept[key] = one


def _key(connection: Connection, plan: Plan) -> _Key:
    return connection.workspace, connection.connected_at, plan.targets["Lead"].link


def _ask_anew(crm: Crm, plan: Plan, world: World, calls: Callable[[], int]) -> _Look:
    before = calls()
    learned = ask([plan], world, crm, "upkeep")
    made = max(calls() - before, 0)
    chosen = selected([plan], world.facts)
    fields = {object_: frozenset(names) for object_, names in chosen.items()}
    records = tuple(learned.records.values())
    return _Look(world.facts, world.links, fields, learned.asked, records, made)


def _prints(facts: OrgFacts) -> dict[str, str]:
    """What tells that an object is described otherwise by now."""
    return {name: describe.fingerprint for name, describe in facts.describes.items()}
