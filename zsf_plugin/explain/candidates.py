"""Candidates: the records among which a held event's person, or company, is one. Looks at the org;
chooses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.matching import (
    Match,
    match_company,
    match_person,
    only_extreme,
    owner_id,
)
from zsf_plugin.decision.search import (
    company_searches,
    is_converted,
    is_person_account,
    person_searches,
)
from zsf_plugin.model import Json, LinkKey, Lookup, Plan, Record, Target, World
from zsf_plugin.ports import Crm, Store
from zsf_plugin.sync.look import look


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record that matches, with what speaks for it: `same_owner`, `newest_activity`, `oldest`.

    `company` is the name of a person's company, where it has one. Dates are the org's own texts.
    """

    record: Record
    company: str | None
    speaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What matches an event; none where it is settled by now. `link` is what a choice connects."""

    link: LinkKey
    object: str
    found: tuple[Candidate, ...]


def candidates(plan: Plan, store: Store, workspace: str, crm: Crm) -> Candidates | None:
    """The records among which nobody chose; None where nothing is left to choose.

    Raises Unavailable, QuotaReached, ReconnectRequired from looking.
    """
    plan = _of_the_person(plan)
    world = look([plan], crm, store, workspace, "upkeep")
    company = match_company(plan, world)
    person = match_person(plan, world, company.record)
    target = _undecided(plan, person) or _undecided(plan, company)
    if target is None:
        return None
    found = _matching(target.object, plan, world, company.record)
    world = _with_companies(crm, world, found)
    return Candidates(target.link, target.object, _reported(plan, world, found))


def _undecided(plan: Plan, match: Match) -> Target | None:
    """The object among whose records nobody chose."""
    if match.record is not None or match.cause is None or match.cause.object is None:
        return None
    return plan.targets.get(match.cause.object)


def _of_the_person(plan: Plan) -> Plan:
    """An activity is about its person: what tells records apart is read of them, as for a
    purchase."""
    people = {name: target for name, target in plan.targets.items() if name != "Task"}
    return replace(plan, kind="purchase", targets=people)


def _matching(object_: str, plan: Plan, world: World, company: Record | None) -> list[Record]:
    """The living records under the first match key that several answer to."""
    searches_of = company_searches if object_ == "Account" else person_searches
    for search in searches_of(plan, world):
        parts = search.parts(company)
        if search.object != object_ or search.way != "match_key" or parts is None:
            continue
        living = [record for record in world.matching(object_, parts) if _is_choosable(record)]
        if len(living) > 1:
            return living
    return []


def _is_choosable(record: Record) -> bool:
    """Whether the record lives, and is no person where a company is looked for."""
    is_person = record.object == "Account" and is_person_account(record)
    return not is_converted(record) and not is_person


def _with_companies(crm: Crm, world: World, records: Sequence[Record]) -> World:
    """The world with the Accounts of those people by name: it takes a call where there are any."""
    unknown: dict[Lookup, None] = {}
    for record in records:
        account = record.values.get("AccountId")
        if isinstance(account, str) and world.records.get(("Account", account)) is None:
            unknown[Lookup.by_id("Account", account)] = None
    if not unknown:
        return world
    lookups = list(unknown)
    return world.with_records(crm.find(lookups, {"Account": ("Name",)}, "upkeep"), lookups)


def _reported(plan: Plan, world: World, records: Sequence[Record]) -> tuple[Candidate, ...]:
    newest = only_extreme(records, "LastActivityDate", latest=True)
    oldest = only_extreme(records, "CreatedDate", latest=False)
    reported = []
    for record in records:
        speaks = []
        if _is_the_sellers(record, plan, world):
            speaks.append("same_owner")
        if record is newest:
            speaks.append("newest_activity")
        if record is oldest:
            speaks.append("oldest")
        reported.append(Candidate(record, _company(record, world), tuple(speaks)))
    return tuple(reported)


def _is_the_sellers(record: Record, plan: Plan, world: World) -> bool:
    owner = owner_id(plan, world)
    return owner is not None and record.values.get("OwnerId") == owner


def _company(record: Record, world: World) -> str | None:
    """A Lead's own word; a Contact's Account."""
    value: Json = record.values.get("Company")
    account = record.values.get("AccountId")
    if value is None and isinstance(account, str):
        known = world.records.get(("Account", account))
        value = known.values.get("Name") if known is not None else None
    return value if isinstance(value, str) else None
