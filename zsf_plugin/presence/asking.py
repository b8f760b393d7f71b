"""Asking the org about search results: which search asks for which of them, so that each is asked
for once at a time, whether badges may spend a call now, and what the org says. What a match is,
`decision.presence` says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.decision.presence import collect_lookups, presence_of, with_converted_contacts
from zsf_plugin.model import Connection, KnownFacts, Plan, ResultPresence, UnknownReason, World
from zsf_plugin.ports import Clock, Crm, RuleSource, Store
from zsf_plugin.presence.search import IsValid
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError

_log = logging.getLogger("zsf_plugin.presence")


@dataclass(frozen=True, slots=True)
class BadgeParts:
    """What badges are made with. `known_facts` gives an org's facts as last read, None where they
    never were; it costs no call."""

    store: Store
    rules: RuleSource
    clock: Clock
    availability: OrgAvailability
    crm_of: Callable[[Connection], Crm]
    known_facts: Callable[[Connection], KnownFacts | None]
    is_valid: IsValid


def blocking_reason(parts: BadgeParts, connection: Connection) -> UnknownReason | None:
    """Why badges may spend no call now, or None. The last of the purposes, they are the first to be
    throttled."""
    try:
        crm = parts.crm_of(connection)
        found = parts.availability.check_fresh(connection, crm, "badges")
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return None if found.is_available else found.code


def query_org(
    parts: BadgeParts, connection: Connection, plans: Mapping[str, Plan]
) -> dict[str, ResultPresence] | UnknownReason:
    """What the org says of these results by their ids, or why it could not answer."""
    try:
        world = _world(parts.crm_of(connection), plans)
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return {result_id: presence_of(plan, world) for result_id, plan in plans.items()}


def _world(crm: Crm, plans: Mapping[str, Plan]) -> World:
    """The world in which these plans' lookups are answered; no call where there are none."""
    facts = crm.facts()
    lookups, fields = collect_lookups(plans.values(), facts)
    records = crm.find(lookups, fields, "badges") if lookups else ()
    return World(facts).with_records(with_converted_contacts(records), lookups)


def _pause_for(parts: BadgeParts, connection: Connection, error: OrgError) -> UnknownReason:
    """Keep what the error pauses, and say why there is no badge."""
    _log.info("badges of workspace %s pause: %s", connection.workspace, type(error).__name__)
    return parts.availability.record(connection, error, "badges").code


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """A search that asks the org. Once it has `ended`, `reasons` says by name why results are still
    unknown."""

    ended: threading.Event = field(default_factory=threading.Event)
    reasons: dict[str, UnknownReason] = field(default_factory=dict)

    def end(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Wake those who wait for it."""
        self.reasons.update(reasons)
        self.ended.set()


@dataclass(frozen=True, slots=True)
class Turn:
    """The names that one search has to ask for, and the searches that ask for the others."""

    names: frozenset[str] = frozenset()
    others: Sequence[Asking] = ()


class Turns:
    """Who asks for what, in one process. All methods may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, Asking] = {}

    def take(self, names: Iterable[str]) -> Turn:
        """The turn of a search for these names; it has to be ended, whatever happens."""
        asking = Asking()
        with self._lock:
            owners = {name: self._asking.setdefault(name, asking) for name in names}
        return _turn(asking, owners)

    def end(self, turn: Turn, reasons: Mapping[str, UnknownReason]) -> None:
        """Let others ask for what this turn asked for, and wake those who wait for it; `reasons`
        says by name why results are still unknown."""
        with self._lock:
            for name in turn.names:
                self._asking.pop(name).end(reasons)


def _turn(mine: Asking, owners: Mapping[str, Asking]) -> Turn:
    """The turn of one search, by which search asks for each name."""
    return Turn(
        frozenset(name for name, owner in owners.items() if owner is mine),
        _others(mine, owners),
    )


def _others(mine: Asking, owners: Mapping[str, Asking]) -> tuple[Asking, ...]:
    """The other searches, each once."""
    return tuple(dict.fromkeys(owner for owner in owners.values() if owner is not mine))
