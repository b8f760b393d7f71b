"""Caches the lookups of previews, so that an edit that needs no new data costs no call: lookups for
two minutes, names of owners (for display only) for an hour.

A cached lookup answers a plan if it has all fields and lookups of the plan, under the same
describes and links. Otherwise the whole lookup is repeated, so that its cost is what a drain will
pay.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeAlias

from cachetools import TTLCache

from zsf_plugin.decision.lookups import fields_to_read, missing_lookups
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.errors import Unavailable
from zsf_plugin.explain.explanation import LiveOrg
from zsf_plugin.model import (
    Connection,
    Event,
    Json,
    Link,
    LinkKey,
    Lookup,
    LookupAnswers,
    OrgFacts,
    Plan,
    Record,
    World,
    text_at,
)
from zsf_plugin.ports import Clock, Crm, Store
from zsf_plugin.sync.lookup import look_up_records, with_claimed_tasks, world_with_links

TTL_S = 120.0
_MAX_LOOKUPS = 128

#: Workspace, when it was connected, and the prospect's link.
_Key = tuple[str, float, LinkKey]
_NAMES_TTL_S = 3600.0
_MAX_NAMES = 1024
#: A user's name by org and id.
_NameCache: TypeAlias = "TTLCache[tuple[str, str], str | None]"


@dataclass(frozen=True, slots=True)
class _CachedLookup:
    """Lookups with their answers. `calls` is their cost; `facts` and `links` are those of that
    time."""

    facts: OrgFacts
    links: Mapping[LinkKey, Link]
    fields: frozenset[tuple[str, str]]
    lookups: frozenset[Lookup]
    answers: LookupAnswers
    calls: int

    def is_enough_for(self, plan: Plan, world: World) -> bool:
        """Whether the plan needs no further lookup."""
        is_described = _fingerprints(self.facts) == _fingerprints(world.facts)
        is_current = is_described and self.links == world.links
        has_fields = self.fields >= _fields_of(plan, world.facts)
        return is_current and has_fields and not missing_lookups([plan], self.world(world))

    def world(self, world: World) -> World:
        """The given world with the cached records added."""
        answers = self.answers
        known = replace(world, links=self.links)
        return known.with_records(
            answers.records, self.lookups, answers.refused, answers.by_usual_forms
        )


_TimedCache: TypeAlias = "TTLCache[_Key, _CachedLookup]"


class LookupCache:
    """The cached lookups of one process. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cached: _TimedCache = TTLCache(_MAX_LOOKUPS, TTL_S, clock.monotonic)
        self._lock = threading.Lock()

    def look_up(
        self, connection: Connection, live: LiveOrg, plan: Plan, store: Store
    ) -> tuple[World, int]:
        """The world in which to reconcile the plan, and the calls of its lookup (0 if none is
        needed). Raises as `sync.lookup`."""
        now = self._clock.now()
        world = world_with_links([plan], live.crm, store, connection.workspace, now)
        if is_unchanged(plan, world):
            return world, 0
        lookup = self._current(_key(connection, plan), live, plan, world)
        return with_claimed_tasks(lookup.world(world), store), lookup.calls

    def _current(self, key: _Key, live: LiveOrg, plan: Plan, world: World) -> _CachedLookup:
        """The cached lookup if it answers the plan, else a new one."""
        cached = self._cached_for(key)
        if cached is not None and cached.is_enough_for(plan, world):
            return cached
        new = _ask(live, plan, world)
        self._store(key, new)
        return new

    def _cached_for(self, key: _Key) -> _CachedLookup | None:
        with self._lock:
            return self._cached.get(key)

    def _store(self, key: _Key, one: _CachedLookup) -> None:
        with self._lock:
            self._cached[key] = one


def _key(connection: Connection, plan: Plan) -> _Key:
    return connection.workspace, connection.connected_at, plan.targets["Lead"].link


def _ask(live: LiveOrg, plan: Plan, world: World) -> _CachedLookup:
    before = live.calls()
    after = look_up_records([plan], world, live.crm, "upkeep")
    records = sorted(after.records.values(), key=attrgetter("object", "id"))
    return _CachedLookup(
        facts=world.facts,
        links=world.links,
        fields=_fields_of(plan, world.facts),
        lookups=after.answered,
        answers=LookupAnswers(tuple(records), after.refused, after.by_usual_forms),
        calls=live.calls_since(before),
    )


def _fields_of(plan: Plan, facts: OrgFacts) -> frozenset[tuple[str, str]]:
    """(object, field) of everything that the plan reads."""
    return frozenset(
        (object_, name)
        for object_, names in fields_to_read([plan], facts).items()
        for name in names
    )


def _fingerprints(facts: OrgFacts) -> dict[str, str]:
    """The fingerprints that change when a describe changes."""
    return {name: describe.fingerprint for name, describe in facts.describes.items()}


class OwnerNames:
    """Names of users by org and id. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._names: _NameCache = TTLCache(_MAX_NAMES, _NAMES_TTL_S, clock.monotonic)
        self._lock = threading.Lock()

    def name(
        self, connection: Connection, crm: Crm, event: Event, world: World, record: Record | None
    ) -> str | None:
        """The name of the record's owner, from the event's own user or else from the org; None if
        it is unknown or there is no record.

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
    """Whether that user is the event's user, and has a name."""
    theirs = user.values.get("Email") if user is not None else None
    if not isinstance(theirs, str) or text_at(event.payload, "user", "name") is None:
        return False
    email = text_at(event.payload, "user", "email")
    return email is not None and email.strip().casefold() == theirs.casefold()


def _ask_name(crm: Crm, owner: str) -> str | None:
    """The name from the org, in one call; None for a queue or a former user."""
    try:
        found = crm.find([Lookup.by_id("User", owner)], {"User": ("Name",)}, "upkeep")
    except Unavailable:
        return None
    names = (user.values.get("Name") for user in found.records if user.id[:15] == owner[:15])
    return _text(next(names, None))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
