"""Lookups: what to look up before a plan can be reconciled. How to query it is up to the CRM.

Lookups are made in rounds, from the searches of `search`: `open_lookups` returns those not answered
yet, and none once all are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter

from zsf_plugin.decision.activity import task_lookup, task_probe
from zsf_plugin.decision.fit import RECORD_TYPE_FIELD
from zsf_plugin.decision.matching import find_match, match_company_and_person, match_person
from zsf_plugin.decision.search import (
    COMPANY,
    MASTER_FIELD,
    PEOPLE,
    PERSON_ACCOUNT_FLAG,
    follow_successors,
    searches_for,
)
from zsf_plugin.decision.time_zones import owner_by_id
from zsf_plugin.model import (
    Kind,
    Lookup,
    ObjectDescribe,
    OrgFacts,
    Plan,
    Record,
    RecordSearch,
    World,
)

#: Up to this many people a round are looked up by name only, which saves the round that waits for
#: their companies.
MAX_NAME_ONLY_LOOKUPS = 20

#: What distinguishes records of people, besides the match keys.
PERSON_FIELDS = ("OwnerId", "FirstName", "LastName", "CreatedDate", "LastActivityDate")
#: The fields read of every record besides its mapping. Fields that an org lacks are skipped.
SYSTEM_FIELDS: dict[str, tuple[str, ...]] = {
    "Lead": (*PERSON_FIELDS, "IsConverted", "ConvertedContactId"),
    "Contact": (*PERSON_FIELDS, "AccountId", PERSON_ACCOUNT_FLAG),
    "Account": ("OwnerId", "CreatedDate", "LastActivityDate", PERSON_ACCOUNT_FLAG),
    "Task": ("WhoId", "Subject", "ActivityDate", "OwnerId"),
    "User": ("Email", "TimeZoneSidKey"),
}


def missing_lookups(plans: Sequence[Plan], world: World) -> list[Lookup]:
    """The lookups not answered yet for these plans, each once, in a stable order."""
    return open_lookups(plans, world, len(plans))[0]


def open_lookups(
    plans: Iterable[Plan], world: World, batch_size: int
) -> tuple[list[Lookup], list[Plan]]:
    """(the lookups not answered yet for these plans of a batch, each once, in a stable order; the
    plans that need them, which may need more once they are answered)."""
    by_name = batch_size <= MAX_NAME_ONLY_LOOKUPS
    found: dict[Lookup, None] = {}
    waiting: list[Plan] = []
    of_people: dict[tuple[str, Kind, str | None], list[Lookup]] = {}
    for plan in plans:
        # of several matching companies, the owner may choose
        person = (plan.person_digest, plan.kind, plan.owner_email)
        if person not in of_people:
            of_people[person] = record_lookups(plan, world, by_name=by_name)
        missing = []
        for lookup in _of_plan(plan, world, of_people[person]):
            if lookup not in world.answered:
                missing.append(lookup)
        if missing:
            waiting.append(plan)
            found.update(dict.fromkeys(missing))
    return list(found), waiting


def record_lookups(plan: Plan, world: World, *, by_name: bool = True) -> list[Lookup]:
    """The lookups of one plan's company and person, as far as `world` determines them, including
    those already answered.

    `by_name`: a match key whose company is not known yet is looked up without it.
    """
    found: list[Lookup] = []
    person_searches = searches_for(plan, PEOPLE, world)
    person_is_linked = _is_linked(person_searches, world)
    if plan.kind == "purchase" or not person_is_linked:
        found += _by_searches(searches_for(plan, COMPANY, world), world, None, by_name=by_name)
    company = None if by_name or person_is_linked else find_match(plan, COMPANY, world).record
    if company is not None and company.is_new:
        company = None
    found += _by_searches(person_searches, world, company, by_name=by_name)
    if plan.kind == "purchase" and world.facts.are_users_askable:
        found += _owners_by_id(plan, world)
    return found


def _owners_by_id(plan: Plan, world: World) -> list[Lookup]:
    """The lookups for users whose time zone decides a date of a purchase: the owners of the records
    found, and those that a rule maps. The sending user is looked up anyway."""
    targets = []
    for target in plan.targets.values():
        describe = world.facts.describes.get(target.object)
        if describe is None:
            continue
        for planned in target.fields:
            field = describe.field(planned.field)
            if field is not None and field.type == "date":
                targets.append(target)
                break
    if not targets:
        return []
    records: dict[str, Record] = {}
    for match in match_company_and_person(plan, world):
        if match.record is not None:
            records[match.record.object] = match.record
    found = []
    for target in targets:
        owner = owner_by_id(target, records.get(target.object))
        if owner is not None and ("User", owner) not in world.records:
            found.append(Lookup.by_id("User", owner))
    return found


def lacks_lookup(plan: Plan, world: World, looked_up: World) -> bool:
    """Whether the plan's person was looked up at another company than the one that they have in
    `world`, so that nobody found says nothing: earlier entries have linked or written companies of
    the world that was `looked_up`. Nobody was there before at a company that they created."""
    searches = searches_for(plan, PEOPLE, world)
    if _is_linked(searches, world):
        return False
    company = find_match(plan, COMPANY, world).record
    if company is None or ("Account", company.id) not in looked_up.records:
        return False
    for search in searches:
        at_company, by_name = search.parts(company), search.parts(None, partly=True)
        if at_company and by_name and at_company != by_name:
            lookups = (Lookup(search.object, at_company), Lookup(search.object, by_name))
            if world.answered.isdisjoint(lookups):
                return True
    return False


def fields_to_read(
    plans: Iterable[Plan], facts: OrgFacts, *, compared_only: bool = False
) -> dict[str, list[str]]:
    """The fields to read of each object: those planned, compared or needed to choose. The adapter
    skips those that an org lacks.

    `compared_only`: nothing will be written, so planned fields are left out.
    """
    names = {}
    for object_, system_fields in SYSTEM_FIELDS.items():
        names[object_] = [*system_fields]
    for plan in plans:
        is_written = plan.kind == "purchase" and not compared_only
        for object_, target in plan.targets.items():
            filled = target.fields if is_written else ()
            names[object_] += map(attrgetter("field"), chain(filled, *target.keys))
    for object_, of_object in names.items():
        if object_ in facts.id_fields:
            of_object.append(facts.id_fields[object_])
        describe = facts.describes.get(object_)
        if describe is not None and describe.address_lists:
            of_object += _of_addresses(of_object, describe)
        if describe is not None and describe.offered:
            of_object.append(RECORD_TYPE_FIELD)
        names[object_] = list(dict.fromkeys(of_object))
    return names


def _of_addresses(names: Sequence[str], describe: ObjectDescribe) -> list[str]:
    """The countries and states that belong to the addresses in those fields: which state fits
    depends on the country, and the reverse (salesforce-api.md §9 trap 60)."""
    found: list[str] = []
    for name in names:
        field = describe.field(name)
        of = describe.address_lists.get(field.name) if field is not None else None
        if of is not None:
            found += (*of.countries, *of.states)
    return found


def _of_plan(plan: Plan, world: World, of_person: Sequence[Lookup]) -> list[Lookup]:
    """All lookups of one plan: its owner, its Task, its company and its person, which are given. A
    Task has a date, and another owner if a rule maps one."""
    found: list[Lookup] = []
    if plan.owner_email is not None and world.facts.are_users_askable:
        found.append(Lookup("User", (("Email", "email", plan.owner_email),)))
    task, name = plan.targets.get("Task"), world.facts.id_fields.get("Task")
    if task is not None and name is not None:
        found.append(Lookup("Task", ((name, "text", task.external_id),)))
    owner = owner_by_id(task, None) if task is not None else None
    if owner is not None and world.facts.are_users_askable:
        found.append(Lookup.by_id("User", owner))
    found += of_person
    if task is not None and name is None:
        found += _task_by_probe(plan, world)
    return found


def _task_by_probe(plan: Plan, world: World) -> list[Lookup]:
    """The lookup for an existing Task by person, day and subject, if Task has no external ID. While
    a linked person is not looked up, their record is taken to be the linked one: that saves a
    round."""
    link = world.links.get(plan.targets[PEOPLE[0]].link)
    if link is not None and Lookup.by_id(link.object, link.record_id) not in world.answered:
        person: Record | None = Record(link.object, link.record_id, {})
    else:
        person = match_person(plan, world).record
    probe = task_probe(plan, world, person) if person is not None else None
    return [task_lookup(probe, world)] if probe is not None else []


def _by_searches(
    searches: Sequence[RecordSearch], world: World, company: Record | None, *, by_name: bool
) -> list[Lookup]:
    """A lookup for every search, and for the records that those found so far lead to. A link that
    leads to a record makes the other searches unnecessary."""
    is_linked = _is_linked(searches, world)
    found = []
    for search in searches[:1] if is_linked else searches:
        parts = search.parts(company, partly=by_name)
        if not parts:
            continue
        found.append(Lookup(search.object, parts))
        for record in world.matching(search.object, parts):
            found += _successors(record, world)
        if search.found_by == "link" and not is_linked and _shows_merges(search.object, world):
            found.append(Lookup(search.object, parts, merged=True))
    return found


def _successors(record: Record, world: World) -> list[Lookup]:
    """Lookups for the records that a merged or converted one leads to. One that is not there may
    have lost a merge itself: then it is looked up among the merged."""
    _, successors = follow_successors(record, world)
    found = [Lookup.by_id(object_, record_id) for object_, record_id in successors if record_id]
    if found and successors[-1] not in world.records and found[-1] in world.answered:
        gone = found[-1]
        if _shows_merges(gone.object, world):
            found.append(replace(gone, merged=True))
    return found


def _shows_merges(object_: str, world: World) -> bool:
    """Whether records of that object show which record they were merged into."""
    describe = world.facts.describes.get(object_)
    return describe is not None and describe.field(MASTER_FIELD) is not None


def _is_linked(searches: Sequence[RecordSearch], world: World) -> bool:
    """Whether the first search is by a link whose record, or the one that it leads to, is not known
    to be gone."""
    if not searches or searches[0].found_by != "link":
        return False
    lookup = Lookup(searches[0].object, searches[0].parts(None) or ())
    if lookup not in world.answered:
        return True
    for record in world.matching(lookup.object, lookup.parts):
        if follow_successors(record, world)[0] is not None:
            return True
        if not world.answered.issuperset(_successors(record, world)):
            return True
    return False
