"""Presence: whether a search result's person and company exist, by the same matching as a purchase.

What was not looked up is unknown, never missing; if several records match, it exists without an id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zsf_plugin.decision.lookups import fields_to_read, record_lookups
from zsf_plugin.decision.matching import Match, match_company_and_person
from zsf_plugin.decision.search import COMPANY, PEOPLE, is_converted, key_search
from zsf_plugin.model import (
    UNKNOWN_PRESENCE,
    Link,
    Lookup,
    OrgFacts,
    Plan,
    Presence,
    ResultPresence,
    World,
)


def collect_lookups(
    plans: Iterable[Plan], facts: OrgFacts
) -> tuple[list[Lookup], dict[str, list[str]]]:
    """The lookups for all these results, and the fields to read, in one round: if a match key
    includes the company, people are looked up by name only and compared with it afterwards."""
    world = World(facts)
    to_look_up: list[Plan] = []
    lookups: dict[Lookup, None] = {}
    for plan in plans:
        if not _can_query_any(plan, facts):
            continue  # its badges would be unknown in any case
        to_look_up.append(plan)
        lookups.update(dict.fromkeys(record_lookups(plan, world)))
    return list(lookups), fields_to_read(to_look_up, facts, compared_only=True)


def lookups_of_successors(plans: Iterable[Plan], world: World) -> list[Lookup]:
    """The lookups for the records that those found were converted or merged into, each once, as far
    as they were not made. A purchase follows the same records."""
    if not any(map(is_converted, world.records.values())):
        return []
    found: dict[Lookup, None] = {}
    for plan in plans:
        if _can_query_any(plan, world.facts):
            found.update(dict.fromkeys(record_lookups(plan, world)))
    return [lookup for lookup in found if lookup not in world.answered]


def presence_of(plan: Plan, world: World) -> ResultPresence:
    """The presence of a plan's person and company in a world that has answered its lookups."""
    company, person = match_company_and_person(plan, world)
    return ResultPresence(
        _presence(plan, PEOPLE, person, world.facts),
        _presence(plan, COMPANY, company, world.facts),
        why="not_askable" if person.unasked else None,
    )


def with_newly_created(plan: Plan, known: ResultPresence, world: World) -> ResultPresence:
    """`known`, with whatever was missing looked up among the records we created recently."""
    return _each(_existing, known, presence_of(plan, world))


def _each(
    choose: Callable[[Presence, Presence], Presence], first: ResultPresence, second: ResultPresence
) -> ResultPresence:
    """Choose between two presences, for the person and for the company."""
    return ResultPresence(
        choose(first.person, second.person),
        choose(first.company, second.company),
        why=first.why,
    )


def _existing(known: Presence, fresh: Presence) -> Presence:
    """The fresh presence if only it exists, else the known one."""
    is_news = known.status != "exists" and fresh.status == "exists"
    return fresh if is_news else known


def linked_presence(link: Link | None) -> Presence:
    """What our own link says."""
    return UNKNOWN_PRESENCE if link is None else Presence("exists", link.object, link.record_id)


def merge_presence(first: ResultPresence, second: ResultPresence) -> ResultPresence:
    """The first presence where it is known, else the second."""
    return _each(_known, first, second)


def _known(first: Presence, second: Presence) -> Presence:
    return first if first.status != "unknown" else second


def _presence(plan: Plan, objects: tuple[str, ...], match: Match, facts: OrgFacts) -> Presence:
    """The presence that a match implies for those objects of the plan."""
    if match.record is not None:
        return Presence("exists", match.record.object, match.record.id)
    if match.several is not None:
        object_ = match.cause.object if match.cause is not None else None
        return Presence("exists", object_, several=match.several)
    can_query = all(_can_query(plan, object_, facts) for object_ in objects)
    is_open = match.unasked or match.cause is not None
    return Presence("missing") if can_query and not is_open else UNKNOWN_PRESENCE


def _can_query_any(plan: Plan, facts: OrgFacts) -> bool:
    """Whether the person or the company can be looked up."""
    return any(_can_query(plan, object_, facts) for object_ in plan.targets)


def _can_query(plan: Plan, object_: str, facts: OrgFacts) -> bool:
    """Whether the object can be looked up by a match key, so that "not found" means something."""
    target, describe = plan.targets.get(object_), facts.describes.get(object_)
    if target is None or describe is None:
        return False
    searches = [key_search(key, describe) for key in target.keys]
    return any(search is not None and search.unasked is None for search in searches)
