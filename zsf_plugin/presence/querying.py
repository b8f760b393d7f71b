"""Queries the org about search results: shares them between searches, so that no result is queried
twice at a time, and checks whether badges may spend a call now. `decision.presence` defines what a
match is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.decision.presence import collect_lookups, lookups_of_successors, presence_of
from zsf_plugin.errors import Log
from zsf_plugin.model import (
    Connection,
    KnownFacts,
    Plan,
    ResultPresence,
    UnknownReason,
    World,
)
from zsf_plugin.ports import Clock, Crm, RuleSource, Store, do_nothing
from zsf_plugin.presence.search import Validator
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError
from zsf_plugin.sync.lookup import MAX_LOOKUP_ROUNDS

_log = Log("zsf_plugin.presence")


@dataclass(frozen=True, slots=True)
class BadgeParts:
    """What badges are built with. `known_facts` returns an org's facts as last read, None if they
    never were, without a call; `load` loads what a search imports late, safe from forks."""

    store: Store
    rules: RuleSource
    clock: Clock
    availability: OrgAvailability
    crm_of: Callable[[Connection], Crm]
    known_facts: Callable[[Connection], KnownFacts | None]
    validate: Validator
    load: Callable[[], None] = do_nothing


def blocking_reason(parts: BadgeParts, connection: Connection) -> UnknownReason | None:
    """Why badges may spend no call now, or None. They rank last, so they are throttled first."""
    try:
        crm = parts.crm_of(connection)
        found = parts.availability.check_fresh(connection, crm, "badges")
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return None if found.is_available else found.code


def query_org(
    parts: BadgeParts, connection: Connection, plans: Mapping[str, Plan]
) -> dict[str, ResultPresence] | UnknownReason:
    """The presence of these results in the org, by result id, or why it could not answer."""
    try:
        world = look_up_results(parts.crm_of(connection), plans)
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return {result_id: presence_of(plan, world) for result_id, plan in plans.items()}


def look_up_results(crm: Crm, plans: Mapping[str, Plan]) -> World:
    """The world with the answers to these plans' lookups; makes no call if there are none. A
    converted Lead takes one more, and its Contact, if it was merged, one for each merge."""
    world = World(crm.facts())
    lookups, fields = collect_lookups(plans.values(), world.facts)
    for _ in range(MAX_LOOKUP_ROUNDS):
        if not lookups:
            break
        found = crm.find(lookups, fields, "badges")
        world = world.with_records(found.records, lookups, found.refused, found.by_usual_forms)
        lookups = lookups_of_successors(plans.values(), world)
    return world


def _pause_for(parts: BadgeParts, connection: Connection, error: OrgError) -> UnknownReason:
    """Record what the error pauses, and return why there is no badge."""
    _log.info("badges of workspace %s are paused: %s", connection.workspace, type(error).__name__)
    return parts.availability.record(connection, error, "badges").code


@dataclass(frozen=True, slots=True, eq=False)
class OrgQuery:
    """A search that queries the org. Once it has `ended`, `reasons` has by cache name why results
    are still unknown."""

    ended: threading.Event = field(default_factory=threading.Event)
    reasons: dict[str, UnknownReason] = field(default_factory=dict)

    def end(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Wake the searches that wait for this one."""
        self.reasons.update(reasons)
        self.ended.set()


@dataclass(frozen=True, slots=True)
class QueryShare:
    """The cache names that one search has to query, and the searches that query the others."""

    names: frozenset[str] = frozenset()
    others: Sequence[OrgQuery] = ()


class QueryCoordinator:
    """Records which search queries which results, in one process. All methods are thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, OrgQuery] = {}

    def take(self, names: Iterable[str]) -> QueryShare:
        """Take a search's share of these names. The caller must `end` it, whatever happens."""
        query = OrgQuery()
        with self._lock:
            owners = {name: self._owners.setdefault(name, query) for name in names}
        return _share_of(query, owners)

    def end(self, share: QueryShare, reasons: Mapping[str, UnknownReason]) -> None:
        """Release the names of this share, and wake the searches that wait for it; `reasons` has by
        name why results are still unknown."""
        with self._lock:
            for name in share.names:
                self._owners.pop(name).end(reasons)


def _share_of(mine: OrgQuery, owners: Mapping[str, OrgQuery]) -> QueryShare:
    """The share of one search, given which search queries each name."""
    return QueryShare(
        frozenset(name for name, owner in owners.items() if owner is mine),
        _others(mine, owners),
    )


def _others(mine: OrgQuery, owners: Mapping[str, OrgQuery]) -> tuple[OrgQuery, ...]:
    """The other searches, without duplicates."""
    return tuple(dict.fromkeys(owner for owner in owners.values() if owner is not mine))
