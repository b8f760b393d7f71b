"""Matching: which record of the world is a plan's person, company or owner. If several match, the
configured policy decides.

Records are tried in the order of `search`. This module queries nothing; `lookups` says what to look
up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes
from zsf_plugin.decision.namesakes import difference_step, without_other_people
from zsf_plugin.decision.search import (
    COMPANY,
    PEOPLE,
    follow_successors,
    is_person_account,
    searches_for,
    why_unasked,
)
from zsf_plugin.decision.targets import is_named
from zsf_plugin.model import (
    Cause,
    FoundBy,
    Json,
    LinkKey,
    Lookup,
    NoOwnerReason,
    ObjectDescribe,
    Plan,
    Record,
    RecordSearch,
    Step,
    Unasked,
    World,
)

OWNER_FIELD = "OwnerId"
_HIDDEN_OBJECT = Unasked("object_hidden")


@dataclass(frozen=True, slots=True)
class Match:
    """The result of matching. Without `record`, nothing was found, or several were and no policy
    chose: then `cause` is set and `several` is their number. `among` are the records that a person
    has to choose from: those, or others' that share the mailbox. `unasked`: nothing was found, but
    a search could not be made; `cause` is set if that holds the entry.

    `searched` are the objects that a match key was searched by, if nothing was found.

    `stale` are links whose record no longer exists; `steps` explain the result. `by` is how the
    record was found, with the `fields` of an external ID or match key.
    """

    record: Record | None = None
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    stale: tuple[LinkKey, ...] = ()
    several: int | None = None
    among: tuple[Record, ...] = ()
    unasked: bool = False
    by: FoundBy | None = None
    fields: tuple[str, ...] = ()
    searched: frozenset[str] = frozenset()


def find_match(
    plan: Plan, objects: tuple[str, ...], world: World, company: Record | None = None
) -> Match:
    """Find the plan's company among Accounts (`COMPANY`), or its person among Contacts and Leads
    (`PEOPLE`) of that company, in either mode.

    The first search that finds anything decides; a link that finds nothing is stale. Several
    records are resolved by the policy, or give a cause (which, for a company, matters only when a
    Contact is created). So does a search that the org cannot be asked, if nothing is found.
    """
    stale: tuple[LinkKey, ...] = ()
    unasked: dict[RecordSearch, Unasked] = {}
    passed: tuple[Step, ...] = ()
    searched: frozenset[str] = frozenset()
    searches = searches_for(plan, objects, world)
    for search in searches:
        why = search.unasked if not world.refused else why_unasked(search, world, company)
        if why is not None:
            unasked[search] = why
            data = causes.unasked_data(search, why)
            passed += (Step("unasked", search.object, why.field, data),)
            continue
        found = _live_records(search, world, company)
        if found:
            match = _resolve(plan, search, found, world)
            if match.by is not None or match.cause is not None:
                is_first = not passed and not stale
                return (
                    match if is_first else replace(match, steps=passed + match.steps, stale=stale)
                )
            passed += match.steps
        elif world.by_usual_forms:
            passed += _usual_forms_steps(search, world, company)
        if search.found_by == "match_key":
            searched |= {search.object}
        if search.found_by == "link":
            stale = (plan.targets[objects[0]].link,)
    cause = _why_held(plan, objects, searches, unasked) if unasked else None
    return Match(None, passed, cause, stale=stale, unasked=bool(unasked), searched=searched)


def _usual_forms_steps(
    search: RecordSearch, world: World, company: Record | None
) -> tuple[Step, ...]:
    """A step if the search, which found nothing, was made by the usual forms of its value only."""
    for parts in (search.parts(company), search.parts(None, partly=True)):
        if parts and Lookup(search.object, parts) in world.by_usual_forms:
            return (Step("usual_forms", search.object, data={"fields": list(search.fields)}),)
    return ()


def _why_held(
    plan: Plan,
    objects: tuple[str, ...],
    searches: Sequence[RecordSearch],
    unasked: Mapping[RecordSearch, Unasked],
) -> Cause | None:
    """The cause if nothing was found and the policy holds what searches that were not made might
    have found. A link's record is known to have existed, so it always holds."""
    decisive = _decisive(objects, searches, unasked)
    if decisive is None:
        return None
    # without a name the company is not created, so it holds nobody
    is_nameless = objects == COMPANY and not is_named(plan.targets["Account"])
    if decisive.found_by != "link" and (plan.unasked == "create" or is_nameless):
        return None
    return causes.key_not_askable(decisive, unasked[decisive])


def _decisive(
    objects: tuple[str, ...],
    searches: Sequence[RecordSearch],
    unasked: Mapping[RecordSearch, Unasked],
) -> RecordSearch | None:
    """The search without which "not found" means nothing, or None: the link, the strongest key of
    either of the person's objects, or the strongest of a company none of whose keys was asked."""
    keys = [
        search
        for search in searches
        # an object that is hidden as a whole is not meant to be synced
        if search.found_by == "match_key" and search.unasked != _HIDDEN_OBJECT
    ]
    if searches[0] in unasked and searches[0].found_by == "link":
        return searches[0]
    if objects == COMPANY:
        return keys[0] if keys and all(map(unasked.__contains__, keys)) else None
    strongest = {search.object: search for search in reversed(keys)}
    return next((key for key in keys if key in unasked and strongest[key.object] is key), None)


def _resolve(plan: Plan, search: RecordSearch, found: Sequence[Record], world: World) -> Match:
    """The record among those found, or a cause; neither if all are other people's: then the next
    key decides."""
    if search.found_by != "match_key":
        return _found(found[0], search)
    own = without_other_people(plan, search, found)
    if not own:
        return _other_people(plan, search, found)
    if len(own) > 1:
        return _resolve_several(plan, search, own, world)
    return _found(own[0], search, *difference_step(plan, search, own[0]))


def _other_people(plan: Plan, search: RecordSearch, found: Sequence[Record]) -> Match:
    """Records that share a mailbox with the person, by the policy: a cause, or steps only."""
    data: dict[str, Json] = {"fields": list(search.fields)}
    steps = []
    for record in found:
        which = {**data, "record": None if record.is_new else record.id}
        steps.append(Step("other_person", record.object, data=which))
    if plan.shared_mailbox != "hold":
        return Match(steps=tuple(steps))
    cause = causes.shared_mailbox(search.object, search.fields)
    return Match(steps=tuple(steps), cause=cause, among=tuple(found))


def match_company_and_person(plan: Plan, world: World) -> tuple[Match, Match]:
    """Match the plan's company, and its person at that company."""
    company = find_match(plan, COMPANY, world)
    return company, find_match(plan, PEOPLE, world, company.record)


def match_person(plan: Plan, world: World) -> Match:
    """Match the plan's person, at the matching company. A link needs no company."""
    if plan.targets[PEOPLE[0]].link in world.links:
        person = find_match(plan, PEOPLE, world)
        if person.by == "link":
            return person
    return match_company_and_person(plan, world)[1]


def fields_matched_by(plan: Plan) -> set[str]:
    """The fields, in lower case, by which the plan's records are found, or chosen among several."""
    names = {OWNER_FIELD.lower()}
    for target in plan.targets.values():
        for key in target.keys:
            names.update([part.field.lower() for part in key])
    return names


def _live_records(search: RecordSearch, world: World, company: Record | None) -> list[Record]:
    """The live records that a search finds or leads to, each once."""
    parts = search.parts(company)
    if parts is None:
        return []
    found: dict[str, Record] = {}
    for record in world.matching(search.object, parts):
        if not _is_real_match(record, search):
            continue
        living, _ = follow_successors(record, world)
        if living is not None:
            found[living.id] = living
    return list(found.values())


def _is_real_match(record: Record, search: RecordSearch) -> bool:
    """Whether a record that compares equal is a real match. Ids must be identical, while match keys
    ignore case."""
    if search.found_by == "match_key":
        # a person account may have the name of a company, but is not one
        return record.object != "Account" or not is_person_account(record)
    (part,) = search.key
    return part.value == record.value_of(part.field)


def _resolve_several(
    plan: Plan, search: RecordSearch, found: Sequence[Record], world: World
) -> Match:
    """Resolve several matching records by the configured policy, or give a cause. Never just the
    first."""
    data: dict[str, Json] = {"count": len(found), "fields": list(search.fields)}
    chosen = _choose(plan, found, world)
    if chosen is not None:
        step = Step("chosen", search.object, data={**data, "policy": plan.many})
        return _found(chosen, search, step)
    step = Step("several", search.object, data=data)
    cause = causes.several_match(search.object, search.fields, plan.many)
    return Match(None, (step,), cause, several=len(found), among=tuple(found))


def _choose(plan: Plan, found: Sequence[Record], world: World) -> Record | None:
    if plan.many == "oldest":
        return unique_extreme(found, "CreatedDate", latest=False)
    if plan.many == "newest_activity":
        return unique_extreme(found, "LastActivityDate", latest=True)
    owner = owner_id(plan, world) if plan.many == "same_owner" else None
    return _only_with(found, "OwnerId", owner)


def unique_extreme(records: Sequence[Record], name: str, *, latest: bool) -> Record | None:
    """The record with the latest, or earliest, date in that field; None if several share it."""
    dates = [date for record in records if isinstance(date := record.values.get(name), str)]
    return _only_with(records, name, (max if latest else min)(dates, default=None))


def _only_with(records: Sequence[Record], name: str, value: str | None) -> Record | None:
    """The only record with that value in the field; None if there is no value, or several records
    share it."""
    having = [record for record in records if record.values.get(name) == value]
    return having[0] if value is not None and len(having) == 1 else None


def owner_id(plan: Plan, world: World) -> str | None:
    """The id of the only active user with the plan's owner e-mail, or None (no user, or
    several)."""
    users = owner_candidates(plan, world)
    return users[0].id if len(users) == 1 else None


def owner_candidates(plan: Plan, world: World) -> tuple[Record, ...]:
    """The active Standard users with the plan's owner e-mail."""
    if plan.owner_email is None:
        return ()
    return world.matching("User", (("Email", "email", plan.owner_email),))


def owner_value(
    plan: Plan, world: World, describe: ObjectDescribe, mapped: Json
) -> tuple[dict[str, Json], Step]:
    """`OwnerId` if exactly one active user has the e-mail, and the reason either way. Sent on
    create only. An owner that a rule maps (`mapped`: a user or queue) is kept."""
    if mapped is not None:
        return {}, Step("owner_mapped", describe.name, OWNER_FIELD, {"owner": mapped})
    field = describe.field(OWNER_FIELD)
    users = owner_candidates(plan, world)
    why: NoOwnerReason
    if field is None or not field.createable:
        why = "not_writable"
    elif plan.owner_email is None:
        why = "no_email"
    elif not world.facts.are_users_askable or (
        world.refused and Lookup("User", (("Email", "email", plan.owner_email),)) in world.refused
    ):
        why = "users_not_askable"
    elif not users:
        why = "no_user"
    elif len(users) > 1:
        why = "several_users"
    else:
        user = users[0].id
        return {field.name: user}, Step("owned", describe.name, data={"user": user})
    return {}, Step("no_owner", describe.name, data={"why": why})


def _found(record: Record, search: RecordSearch, *more: Step) -> Match:
    data: dict[str, Json] = {"by": search.found_by, "record": None if record.is_new else record.id}
    if search.fields:
        data["fields"] = list(search.fields)
    return Match(
        record,
        (Step("found", record.object, data=data), *more),
        by=search.found_by,
        fields=search.fields,
    )
