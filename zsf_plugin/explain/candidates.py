"""Candidates: the records among which a held event's person, or company, is one. Looks at the org;
chooses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.matching import (
    Match,
    match_company_and_person,
    owner_id,
    unique_extreme,
)
from zsf_plugin.decision.search import (
    COMPANY,
    PEOPLE,
    is_converted,
    is_person_account,
    searches_for,
)
from zsf_plugin.model import Json, LinkKey, Lookup, Plan, Record, RecordSearch, Target, World
from zsf_plugin.ports import Crm, Store
from zsf_plugin.sync.lookup import look_up


@dataclass(frozen=True, slots=True)
class MatchCandidate:
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
    found: tuple[MatchCandidate, ...]


def find_candidates(plan: Plan, store: Store, workspace: str, crm: Crm) -> Candidates | None:
    """The records among which nobody chose; None where nothing is left to choose.

    Raises Unavailable, QuotaReached, ReconnectRequired from looking.
    """
    plan = _of_the_person(plan)
    world = look_up([plan], crm, store, workspace, "upkeep")
    company, person = match_company_and_person(plan, world)
    target = _undecided(plan, person) or _undecided(plan, company)
    if target is None:
        return None
    found = _matching(target.object, plan, world, company.record)
    return Candidates(target.link, target.object, _reported(plan, world, found, crm))


def _undecided(plan: Plan, match: Match) -> Target | None:
    """The object among whose records nobody chose."""
    if match.cause is None:
        return None
    return plan.targets.get(match.cause.object or "")


def _of_the_person(plan: Plan) -> Plan:
    """An activity is about its person: what tells records apart is read of them, as for a
    purchase."""
    return replace(
        plan,
        kind="purchase",
        targets={name: target for name, target in plan.targets.items() if name != "Task"},
    )


def _matching(object_: str, plan: Plan, world: World, company: Record | None) -> list[Record]:
    """The living records under the first match key that several answer to."""
    for search in searches_for(plan, COMPANY if object_ == "Account" else PEOPLE, world):
        if search.object == object_ and search.found_by == "match_key":
            living = _living(search, world, company)
            if len(living) > 1:
                return living
    return []


def _living(search: RecordSearch, world: World, company: Record | None) -> list[Record]:
    """The records that answer to a match key and may be chosen."""
    return [
        record
        for record in world.matching(search.object, search.parts(company) or ())
        if _is_choosable(record)
    ]


def _is_choosable(record: Record) -> bool:
    """Whether the record lives, and is no person where a company is looked for."""
    is_person = record.object == "Account" and is_person_account(record)
    return not is_converted(record) and not is_person


def _with_companies(crm: Crm, world: World, records: Sequence[Record]) -> World:
    """The world with the Accounts of those people by name: it takes a call where there are any."""
    accounts = dict.fromkeys(map(_account_id, records))
    unknown = [
        id_ for id_ in accounts if id_ is not None and world.records.get(("Account", id_)) is None
    ]
    if not unknown:
        return world
    lookups = [Lookup.by_id("Account", id_) for id_ in unknown]
    return world.with_records(crm.find(lookups, {"Account": ("Name",)}, "upkeep"), lookups)


def _reported(
    plan: Plan, world: World, records: Sequence[Record], crm: Crm
) -> tuple[MatchCandidate, ...]:
    """The records with what speaks for each, and with the names of their companies."""
    named = _with_companies(crm, world, records)
    reasons = _reasons(plan, world, records)
    return tuple(
        MatchCandidate(record, _company(record, named), _speaking_for(record, reasons))
        for record in records
    )


def _reasons(plan: Plan, world: World, records: Sequence[Record]) -> dict[str, list[Record | None]]:
    """What may speak for a record, each with those that it speaks for."""
    return {
        "same_owner": [record for record in records if _is_the_sellers(record, plan, world)],
        "newest_activity": [unique_extreme(records, "LastActivityDate", latest=True)],
        "oldest": [unique_extreme(records, "CreatedDate", latest=False)],
    }


def _speaking_for(
    record: Record, reasons: Mapping[str, Sequence[Record | None]]
) -> tuple[str, ...]:
    return tuple(reason for reason, records in reasons.items() if record in records)


def _is_the_sellers(record: Record, plan: Plan, world: World) -> bool:
    owner = owner_id(plan, world)
    return owner is not None and record.values.get("OwnerId") == owner


def _company(record: Record, world: World) -> str | None:
    """A Lead's own word; a Contact's Account."""
    value = record.values.get("Company")
    return _text(_account_name(_account_id(record), world) if value is None else value)


def _account_id(record: Record) -> str | None:
    """The Account that a record names."""
    return _text(record.values.get("AccountId"))


def _account_name(id_: str | None, world: World) -> Json:
    account = world.records.get(("Account", id_)) if id_ is not None else None
    return account.values.get("Name") if account is not None else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
