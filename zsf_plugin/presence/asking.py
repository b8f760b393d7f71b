"""Asking the org about search results: whether badges may spend a call now, and what the org says
of them. What a match is, `decision.presence` says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zsf_plugin.decision.presence import collect_lookups, presence, with_converted_contacts
from zsf_plugin.model import Connection, Finding, KnownFacts, Plan, Why, World
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


def why_not(parts: BadgeParts, connection: Connection) -> Why | None:
    """Why badges may spend no call now, or None. The last of the purposes, they are the first to be
    throttled."""
    try:
        crm = parts.crm_of(connection)
        found = parts.availability.check_asking(connection, crm, "badges")
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return None if found.may_ask else found.code


def ask(
    parts: BadgeParts, connection: Connection, plans: Mapping[str, Plan]
) -> dict[str, Finding] | Why:
    """What the org says of these results by their ids, or why it could not answer."""
    try:
        world = _world(parts.crm_of(connection), plans)
    except ORG_ERRORS as error:
        return _pause_for(parts, connection, error)
    return {result_id: presence(plan, world) for result_id, plan in plans.items()}


def _world(crm: Crm, plans: Mapping[str, Plan]) -> World:
    """The world in which these plans' lookups are answered; no call where there are none."""
    facts = crm.facts()
    lookups, fields = collect_lookups(plans.values(), facts)
    records = crm.find(lookups, fields, "badges") if lookups else ()
    return World(facts).with_records(with_converted_contacts(records), lookups)


def _pause_for(parts: BadgeParts, connection: Connection, error: OrgError) -> Why:
    """Keep what the error pauses, and say why there is no badge."""
    _log.info("badges of workspace %s pause: %s", connection.workspace, type(error).__name__)
    return parts.availability.record(connection, error, "badges").code
