"""What previews found out in the org, kept so that an edit that asks for nothing new costs no call:
looks for two minutes, the names of records' owners (told, deciding nothing) for an hour.

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

from zsf_plugin.decision.lookups import fields_to_read, missing_lookups
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.errors import Unavailable
from zsf_plugin.explain.explanation import Live
from zsf_plugin.model import (
    Connection,
    Event,
    Json,
    Link,
    LinkKey,
    Lookup,
    OrgFacts,
    Plan,
    Record,
    World,
    text_at,
)
from zsf_plugin.ports import Clock, Crm, Store
from zsf_plugin.sync.lookup import look_up_records, with_claimed_tasks, world_with_links

KEEP_S = 120.0
_MAX_LOOKS = 128

#: Whose look: workspace, when it was connected, and the prospect's link.
_Key = tuple[str, float, LinkKey]
_KEEP_NAMES_S = 3600.0
_MAX_NAMES = 1024
#: A user's name by org and id.
_NameCache: TypeAlias = "TTLCache[tuple[str, str], str | None]"


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
        return is_current and has_fields and not missing_lookups([plan], self.world(world))

    def world(self, world: World) -> World:
        """That world, which has asked nothing yet, with what the look knows."""
        return replace(world, links=self.links).with_records(self.records, self.asked)


_LookCache: TypeAlias = "TTLCache[_Key, _Look]"


class Looks:
    """The looks of one process. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._kept: _LookCache = TTLCache(_MAX_LOOKS, KEEP_S, clock.now)
        self._lock = threading.Lock()

    def look(
        self, connection: Connection, live: Live, plan: Plan, store: Store
    ) -> tuple[World, int]:
        """The world in which the plan can be reconciled, and the calls that looking takes (0:
        nothing is asked). Raises as `sync.lookup`."""
        world = world_with_links([plan], live.crm, store, connection.workspace)
        if is_unchanged(plan, world):
            return world, 0
        look = self._current(_key(connection, plan), live, plan, world)
        return with_claimed_tasks(look.world(world), store), look.calls

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
    after = look_up_records([plan], world, live.crm, "upkeep")
    return _Look(
        facts=world.facts,
        links=world.links,
        fields=_fields_of(plan, world.facts),
        asked=after.answered,
        records=tuple(after.records.values()),
        calls=live.calls_since(before),
    )


def _fields_of(plan: Plan, facts: OrgFacts) -> frozenset[tuple[str, str]]:
    """(object, field) of all that is read for the plan."""
    return frozenset(
        (object_, name)
        for object_, names in fields_to_read([plan], facts).items()
        for name in names
    )


def _prints(facts: OrgFacts) -> dict[str, str]:
    """What tells that an object is described otherwise by now."""
    return {name: describe.fingerprint for name, describe in facts.describes.items()}


class Owners:
    """Names of users by org and id. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._names: _NameCache = TTLCache(_MAX_NAMES, _KEEP_NAMES_S, clock.now)
        self._lock = threading.Lock()

    def name(
        self, connection: Connection, crm: Crm, event: Event, world: World, record: Record | None
    ) -> str | None:
        """The name of the record's owner: the event's own user's, else what the org says; None
        where it does not, or there is no record.

        Raises QuotaReached, ReconnectRequired.
        """
        owner = record.values.get("OwnerId") if record is not None else None
        if not isinstance(owner, str):
            return None
        if _is_by(event, world.records.get(("User", owner))):
            return text_at(event.payload, "user", "name")
        return self._name_in_org(connection, crm, owner)

    def _name_in_org(self, connection: Connection, crm: Crm, owner: str) -> str | None:
        key = (connection.org_id, owner)
        with self._lock:
            if key in self._names:
                return self._names[key]
        name = _ask_name(crm, owner)
        with self._lock:
            self._names[key] = name
        return name


def _is_by(event: Event, user: Record | None) -> bool:
    """Whether the event's user is that one, and has a name."""
    theirs = user.values.get("Email") if user is not None else None
    if not isinstance(theirs, str) or text_at(event.payload, "user", "name") is None:
        return False
    email = text_at(event.payload, "user", "email")
    return email is not None and email.strip().casefold() == theirs.casefold()


def _ask_name(crm: Crm, owner: str) -> str | None:
    """One call; a queue, or a user who left, has no answer."""
    try:
        found = crm.find([Lookup.by_id("User", owner)], {"User": ("Name",)}, "upkeep")
    except Unavailable:
        return None
    names = (user.values.get("Name") for user in found if user.id[:15] == owner[:15])
    return _text(next(names, None))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
