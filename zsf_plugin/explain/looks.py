"""What previews found out in the org, kept for two minutes: an edit that asks for nothing new costs
no call.

A look answers a plan where it read all fields that the plan needs and asked all its questions,
under the same describes and links; else the org is asked again, once and whole, so that what it
cost is what a drain will pay.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from cachetools import TTLCache

from zsf_plugin.decision.questions import selected, wanted
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.explain.explanation import Live
from zsf_plugin.model import Connection, Link, LinkKey, Lookup, OrgFacts, Plan, Record, World
from zsf_plugin.ports import Clock, Store
from zsf_plugin.sync.look import ask, linked_world, with_claims

KEEP_S = 120.0
_MAX_LOOKS = 128

#: Whose look: workspace, when it was connected, and the prospect's link.
_Key = tuple[str, float, LinkKey]


@dataclass(frozen=True, slots=True)
class _Look:
    """Questions with their answers. `calls`: what they took; `facts` and `links` are those they
    were asked under."""

    facts: OrgFacts
    links: Mapping[LinkKey, Link]
    fields: frozenset[tuple[str, str]]
    asked: frozenset[Lookup]
    records: tuple[Record, ...]
    calls: int

    def answers(self, plan: Plan, world: World) -> bool:
        """Whether nothing is left to ask for the plan."""
        is_current = self.links == world.links and _prints(self.facts) == _prints(world.facts)
        has_fields = self.fields >= _fields_of(plan, world.facts)
        return is_current and has_fields and not wanted([plan], self.world(world))

    def world(self, world: World) -> World:
        """That world, which has asked nothing yet, with what the look knows."""
        return replace(world, links=self.links).with_records(self.records, self.asked)


_Cache: TypeAlias = "TTLCache[_Key, _Look]"


class Looks:
    """The looks of one process. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._kept: _Cache = TTLCache(_MAX_LOOKS, KEEP_S, clock.now)
        self._lock = threading.Lock()

    def look(
        self, connection: Connection, live: Live, plan: Plan, store: Store
    ) -> tuple[World, int]:
        """The world in which the plan can be reconciled, and the calls that looking takes (0:
        nothing is asked). Raises as `sync.look`."""
        world = linked_world([plan], live.crm, store, connection.workspace)
        if is_unchanged(plan, world):
            return world, 0
        look = self._current(_key(connection, plan), live, plan, world)
        return with_claims(look.world(world), store), look.calls

    def _current(self, key: _Key, live: Live, plan: Plan, world: World) -> _Look:
        """The look that answers the plan: the one that was kept, else a new one."""
        kept = self._kept_for(key)
        if kept is not None and kept.answers(plan, world):
            return kept
        new = _ask(live, plan, world)
        self._keep(key, new)
        return new

    def _kept_for(self, key: _Key) -> _Look | None:
        with self._lock:
            return self._kept.get(key)

    def _keep(self, key: _Key, one: _Look) -> None:
        with self._lock:
            self._kept[key] = one


def _key(connection: Connection, plan: Plan) -> _Key:
    return connection.workspace, connection.connected_at, plan.targets["Lead"].link


def _ask(live: Live, plan: Plan, world: World) -> _Look:
    before = live.calls()
    learned = ask([plan], world, live.crm, "upkeep")
    return _Look(
        facts=world.facts,
        links=world.links,
        fields=_fields_of(plan, world.facts),
        asked=learned.asked,
        records=tuple(learned.records.values()),
        calls=live.calls_since(before),
    )


def _fields_of(plan: Plan, facts: OrgFacts) -> frozenset[tuple[str, str]]:
    """(object, field) of all that is read for the plan."""
    return frozenset(
        (object_, name) for object_, names in selected([plan], facts).items() for name in names
    )


def _prints(facts: OrgFacts) -> dict[str, str]:
    """What tells that an object is described otherwise by now."""
    return {name: describe.fingerprint for name, describe in facts.describes.items()}
