"""Questions: what has to be asked of the org before a plan can be reconciled. Never how it is
asked.

Asked in rounds: `wanted` gives what is not known yet, and gives nothing once all is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zsf_plugin.decision.activity import task_probe
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import (
    MASTER_FIELD,
    PEOPLE,
    PERSON_ACCOUNT_FLAG,
    is_converted,
    key_parts,
    master_of,
    match_company,
    match_person,
)
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.link import Link
from zsf_plugin.model.plan import Plan, PlannedKey, Target
from zsf_plugin.model.world import Lookup, World

#: Up to so many people a round are asked for by name alone, saving the round that waits for their
#: companies.
_BY_NAME_ALONE = 20
#: A record that won a merge may have lost the next one; so far they are followed.
_MOST_MERGES = 3

#: What is read of every record beside its mapping. An org that lacks one is asked for the others.
SYSTEM_FIELDS: dict[str, tuple[str, ...]] = {
    "Lead": ("OwnerId", "IsConverted", "ConvertedContactId", "CreatedDate", "LastActivityDate"),
    "Contact": ("OwnerId", "AccountId", "CreatedDate", "LastActivityDate", PERSON_ACCOUNT_FLAG),
    "Account": ("OwnerId", "CreatedDate", "LastActivityDate", PERSON_ACCOUNT_FLAG),
    "Task": ("WhoId", "Subject", "ActivityDate", "OwnerId"),
    "User": ("Email", "TimeZoneSidKey"),
}


def wanted(plans: Sequence[Plan], world: World) -> list[Lookup]:
    """The lookups still to be answered for these plans, each once, in a stable order."""
    few = len(plans) <= _BY_NAME_ALONE
    found: dict[Lookup, None] = {}
    for plan in plans:
        for lookup in _of_plan(plan, world, few=few):
            if lookup not in world.asked:
                found[lookup] = None
    return list(found)


def lookups_of(plan: Plan, world: World) -> Iterator[Lookup]:
    """The lookups of one plan's company and person in a single round, whoever owns them."""
    yield from _company(plan, world)
    yield from _person(plan, world, few=True)


def selected(plans: Sequence[Plan], facts: OrgFacts) -> dict[str, list[str]]:
    """The fields to read of each object: those planned, compared or needed to choose. Absent ones
    are left to the adapter, which knows the describe."""
    fields: dict[str, dict[str, None]] = {
        name: dict.fromkeys(names) for name, names in SYSTEM_FIELDS.items()
    }
    for plan in plans:
        for object_, target in plan.targets.items():
            of_object = fields.setdefault(object_, {})
            if plan.kind == "purchase":
                of_object.update(dict.fromkeys(field.field for field in target.fields))
            of_object.update(dict.fromkeys(part.field for key in target.keys for part in key))
    for object_, names in fields.items():
        key = external_id_field(facts.describe(object_))
        names.update({key: None} if key is not None else {})
    return {object_: list(names) for object_, names in fields.items()}


def _of_plan(plan: Plan, world: World, *, few: bool) -> Iterator[Lookup]:
    if plan.owner_email is not None:
        yield Lookup("User", (("Email", "email", plan.owner_email),))
    if "Task" in plan.targets:
        yield from _external_id("Task", plan.targets["Task"], world)
    yield from _company(plan, world)
    yield from _person(plan, world, few=few)
    if "Task" in plan.targets:
        yield from _probe(plan, world)


def _company(plan: Plan, world: World) -> Iterator[Lookup]:
    target = plan.targets.get("Account")
    if target is None or (plan.kind == "touchpoint" and _is_linked(plan, world)):
        return
    link = world.links.get(target.link)
    if link is not None:
        yield from _linked(link, world)
        if not _is_stale(link, world):
            return
    yield from _external_id("Account", target, world)
    yield from _keys("Account", target, world, None)


def _person(plan: Plan, world: World, *, few: bool) -> Iterator[Lookup]:
    link = world.links.get(plan.targets["Lead"].link)
    if link is not None:
        yield from _linked(link, world)
        if not _is_stale(link, world):
            return
    company = match_company(plan, world).record
    for object_ in PEOPLE:
        target = plan.targets[object_]
        yield from _external_id(object_, target, world)
        yield from _keys(object_, target, world, company, few=few)
    yield from _conversions(plan, world)


def _is_linked(plan: Plan, world: World) -> bool:
    link = world.links.get(plan.targets["Lead"].link)
    return link is not None and not _is_stale(link, world)


def _linked(link: Link, world: World) -> Iterator[Lookup]:
    """The linked record; what it was merged into or became, where it is no longer itself."""
    yield _by_id(link)
    record = world.record(link.object, link.record_id)
    describe = world.facts.describe(link.object)
    if (
        record is None
        and _by_id(link) in world.asked
        and describe is not None
        and describe.field(MASTER_FIELD)
    ):
        yield Lookup(link.object, _by_id(link).parts, merged=True)
    for _ in range(_MOST_MERGES):
        master = master_of(record)
        if master is None:
            break
        yield Lookup.by_id(link.object, master)
        record = world.record(link.object, master)
    yield from _conversion(record)


def _is_stale(link: Link, world: World) -> bool:
    """Whether the linked record was asked for and is gone."""
    return _by_id(link) in world.asked and world.record(link.object, link.record_id) is None


def _by_id(link: Link) -> Lookup:
    return Lookup.by_id(link.object, link.record_id)


def _external_id(object_: str, target: Target, world: World) -> Iterator[Lookup]:
    name = external_id_field(world.facts.describe(object_))
    if name is not None:
        yield Lookup(object_, ((name, "text", target.external_id),))


def _keys(
    object_: str, target: Target, world: World, company: Record | None, *, few: bool = False
) -> Iterator[Lookup]:
    describe = world.facts.describe(object_)
    if describe is None:
        return
    for key in target.keys:
        waits = any(part.value is None for part in key)
        if waits and few:
            key = tuple(part for part in key if part.value is not None)
        elif waits and (company is None or company.is_new):
            continue
        parts = key_parts(key, describe, company)
        if parts:
            yield Lookup(object_, parts)


def _conversions(plan: Plan, world: World) -> Iterator[Lookup]:
    """The Contacts that found, converted Leads became."""
    describe = world.facts.describe("Lead")
    target = plan.targets["Lead"]
    if describe is None:
        return
    name = external_id_field(describe)
    keys: list[PlannedKey] = list(target.keys)
    all_parts = [parts for key in keys if (parts := key_parts(key, describe, None))]
    if name is not None:
        all_parts.append(((name, "text", target.external_id),))
    for parts in all_parts:
        for record in world.matching("Lead", parts):
            yield from _conversion(record)


def _conversion(record: Record | None) -> Iterator[Lookup]:
    if record is not None and is_converted(record):
        contact = record.values.get("ConvertedContactId")
        if isinstance(contact, str):
            yield Lookup.by_id("Contact", contact)


def _probe(plan: Plan, world: World) -> Iterator[Lookup]:
    """Without an external ID on Task: is there already one of that person, day and subject?"""
    company = match_company(plan, world).record
    person = match_person(plan, world, company).record
    probe = task_probe(plan, world, person) if person is not None else None
    if probe is not None:
        yield Lookup("Task", probe)
