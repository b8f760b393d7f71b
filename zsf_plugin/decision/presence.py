"""Presence: whether a search result's person and company exist, by the matching that a purchase
would use.

Pure. What was not looked for is unknown, never missing; several records are an existence without an
id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import Match, match_company, match_person
from zsf_plugin.decision.questions import SYSTEM_FIELDS, lookups_of
from zsf_plugin.decision.search import PEOPLE, is_converted, spelled
from zsf_plugin.model.badge import UNSEEN, Finding, Sighting
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.link import Link
from zsf_plugin.model.plan import Plan, Target
from zsf_plugin.model.world import Lookup, World

_OBJECTS = (*PEOPLE, "Account")


def asked(plans: Iterable[Plan], facts: OrgFacts) -> tuple[list[Lookup], dict[str, list[str]]]:
    """(the lookups of all these results, the fields to read), in one round: people are asked for by
    name alone where their company is part of the key, and compared with it afterwards."""
    world = World(facts)
    lookups: dict[Lookup, None] = {}
    fields: dict[str, dict[str, None]] = {
        name: dict.fromkeys(SYSTEM_FIELDS[name]) for name in _OBJECTS
    }
    for plan in plans:
        if not any(_askable(target, facts) for target in plan.targets.values()):
            continue  # whatever the org said, it would stay unknown
        for lookup in lookups_of(plan, world):
            lookups[lookup] = None
        for object_, target in plan.targets.items():
            fields[object_].update(dict.fromkeys(part.field for key in target.keys for part in key))
    for object_, names in fields.items():
        key = external_id_field(facts.describe(object_))
        names.update({key: None} if key is not None else {})
    return list(lookups), {object_: list(names) for object_, names in fields.items()}


def told(records: Sequence[Record]) -> list[Record]:
    """The records, and the Contact that each converted Lead names: it is there by the org's own
    word."""
    contacts = (row.values.get("ConvertedContactId") for row in records if is_converted(row))
    known = {row.id for row in records}
    return [
        *records,
        *(
            Record("Contact", id_, {})
            for id_ in contacts
            if isinstance(id_, str) and id_ not in known
        ),
    ]


def presence(plan: Plan, world: World) -> Finding:
    """What the world, in which this plan's lookups are answered, says of its person and company."""
    company = match_company(plan, world)
    person = match_person(plan, world, company.record)
    targets = plan.targets
    return Finding(
        _sighting(person, looked=all(_askable(targets[name], world.facts) for name in PEOPLE)),
        _sighting(
            company, looked="Account" in targets and _askable(targets["Account"], world.facts)
        ),
    )


def newly_created(plan: Plan, known: Finding, world: World) -> Finding:
    """`known`, with what was missing looked for in the world of our own recent creations."""
    fresh = presence(plan, world)
    return Finding(
        fresh.person
        if known.person.status != "exists" and fresh.person.status == "exists"
        else known.person,
        fresh.company
        if known.company.status != "exists" and fresh.company.status == "exists"
        else known.company,
    )


def linked(link: Link | None) -> Sighting:
    """What our own link says."""
    return UNSEEN if link is None else Sighting("exists", link.object, link.record_id)


def merged(first: Finding, second: Finding) -> Finding:
    """The first's word where it has one, else the second's."""
    return Finding(
        first.person if first.person.status != "unknown" else second.person,
        first.company if first.company.status != "unknown" else second.company,
    )


def _sighting(match: Match, *, looked: bool) -> Sighting:
    if match.record is not None:
        return Sighting("exists", match.record.object, match.record.id)
    if match.cause is not None:
        return Sighting("exists", match.cause.object, several=match.several)
    return Sighting("missing") if looked else UNSEEN


def _askable(target: Target, facts: OrgFacts) -> bool:
    """Whether the org could be asked by any of the match keys, so that "not found" says
    something."""
    describe = facts.describe(target.object)
    if describe is None:
        return False
    return any(spelled(key, describe) is not None for key in target.keys)
