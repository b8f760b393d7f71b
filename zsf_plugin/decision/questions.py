"""Questions: what has to be asked of the org before a plan can be reconciled. Never how it is
asked.

Asked in rounds, by the searches of `search`: `wanted` gives what is not known yet, and gives
nothing once all is.
"""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.decision.activity import task_probe
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import match_company, match_person
from zsf_plugin.decision.search import (
    MASTER_FIELD,
    PERSON_ACCOUNT_FLAG,
    Search,
    company_searches,
    follow,
    person_searches,
)
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import Lookup, World

#: Up to so many people a round are asked for by name alone, saving the round that waits for their
#: companies.
MAX_ASKED_BY_NAME = 20

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
    by_name = len(plans) <= MAX_ASKED_BY_NAME
    found: dict[Lookup, None] = {}
    for plan in plans:
        for lookup in _of_plan(plan, world, by_name=by_name):
            if lookup not in world.asked:
                found[lookup] = None
    return list(found)


def lookups_of(plan: Plan, world: World, *, by_name: bool = True) -> list[Lookup]:
    """The lookups of one plan's company and person as far as `world` knows them by now, those that
    it has answered among them.

    `by_name`: a match key that needs a company which is not known yet is asked for without it.
    """
    found: list[Lookup] = []
    searches = person_searches(plan, world)
    person_is_linked = _is_linked(searches, world)
    if plan.kind == "purchase" or not person_is_linked:
        found += _by_searches(company_searches(plan, world), world, None, by_name=by_name)
    company = None if person_is_linked else match_company(plan, world).record
    found += _by_searches(searches, world, company, by_name=by_name)
    return found


def selected(plans: Sequence[Plan], facts: OrgFacts) -> dict[str, list[str]]:
    """The fields to read of each object: those planned, compared or needed to choose. Absent ones
    are left to the adapter, which knows the describe."""
    fields: dict[str, dict[str, None]] = {}
    for object_, names in SYSTEM_FIELDS.items():
        fields[object_] = dict.fromkeys(names)
    for plan in plans:
        for object_, target in plan.targets.items():
            of_object = fields.setdefault(object_, {})
            if plan.kind == "purchase":
                for field in target.fields:
                    of_object[field.field] = None
            for key in target.keys:
                for part in key:
                    of_object[part.field] = None
    chosen: dict[str, list[str]] = {}
    for object_, of_object in fields.items():
        name = external_id_field(facts.describe(object_))
        if name is not None:
            of_object[name] = None
        chosen[object_] = list(of_object)
    return chosen


def _of_plan(plan: Plan, world: World, *, by_name: bool) -> list[Lookup]:
    """All that one plan needs to know: its owner, its Task, its company, its person."""
    found: list[Lookup] = []
    if plan.owner_email is not None:
        found.append(Lookup("User", (("Email", "email", plan.owner_email),)))
    task = plan.targets.get("Task")
    name = external_id_field(world.facts.describe("Task")) if task is not None else None
    if task is not None and name is not None:
        found.append(Lookup("Task", ((name, "text", task.external_id),)))
    found += lookups_of(plan, world, by_name=by_name)
    if task is not None and name is None:
        # without our id on it: is there already one of that person, day and subject?
        company = match_company(plan, world).record
        person = match_person(plan, world, company).record
        probe = task_probe(plan, world, person) if person is not None else None
        if probe is not None:
            found.append(Lookup("Task", probe))
    return found


def _by_searches(
    searches: Sequence[Search], world: World, company: Record | None, *, by_name: bool
) -> list[Lookup]:
    """Every search as a question, and what the records found so far lead to. A link that leads to a
    record makes all others needless."""
    found: list[Lookup] = []
    for search in searches:
        parts = search.parts(None)
        if parts is None and by_name:
            parts = search.own_parts()
        elif parts is None and company is not None and not company.is_new:
            parts = search.parts(company)
        if not parts:
            continue
        lookup = Lookup(search.object, parts)
        found.append(lookup)
        records = world.matching(search.object, parts)
        for record in records:
            _, way = follow(record, world)
            for object_, record_id in way:
                if record_id:
                    found.append(Lookup.by_id(object_, record_id))
        if search.way == "link":
            if records or lookup not in world.asked:
                break
            describe = world.facts.describe(search.object)
            if describe is not None and describe.field(MASTER_FIELD) is not None:
                found.append(Lookup(search.object, parts, merged=True))
    return found


def _is_linked(searches: Sequence[Search], world: World) -> bool:
    """Whether the first search is a link whose record was not found gone."""
    if not searches or searches[0].way != "link":
        return False
    parts = searches[0].parts(None) or ()
    lookup = Lookup(searches[0].object, parts)
    return bool(world.matching(lookup.object, parts)) or lookup not in world.asked
