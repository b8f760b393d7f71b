"""Finds the records that a held event's person or company may be: several that match, or one of
another name that shares the mailbox. Reads the org; chooses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.matching import (
    Match,
    match_company_and_person,
    owner_id,
    unique_extreme,
)
from zsf_plugin.model import Json, LinkKey, Lookup, Plan, Record, World
from zsf_plugin.ports import Crm, Store
from zsf_plugin.sync.lookup import look_up


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """One matching record, with the reasons to choose it: `same_owner`, `newest_activity`,
    `oldest`.

    `company` is the name of a person's company, if any. Dates are strings, as in the org.
    """

    record: Record
    company: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The records that match an event; a choice fills `link`. `object` is that of most of them: a
    converted Lead stands for its Contact."""

    link: LinkKey
    object: str
    found: tuple[MatchCandidate, ...]


def find_candidates(
    plan: Plan, store: Store, workspace: str, crm: Crm, now: float
) -> Candidates | None:
    """The records to choose from at `now` (seconds since 1970); None if there is nothing left to
    choose.

    Raises Unavailable, QuotaReached, ReconnectRequired from the lookup.
    """
    plan = _person_plan(plan)
    world = look_up([plan], crm, store, workspace, "upkeep", now=now)
    company, person = match_company_and_person(plan, world)
    match = next((one for one in (person, company) if _is_undecided(one)), None)
    target = plan.targets.get(match.among[0].object) if match is not None else None
    if match is None or target is None:
        return None
    return Candidates(target.link, target.object, _with_reasons(plan, world, match.among, crm))


def _is_undecided(match: Match) -> bool:
    """Whether a person has to choose one of the records."""
    return match.cause is not None and any(not record.is_new for record in match.among)


def _person_plan(plan: Plan) -> Plan:
    """The plan of an activity's person, as for a purchase, so that the fields that distinguish
    records are read."""
    return replace(
        plan,
        kind="purchase",
        targets={name: target for name, target in plan.targets.items() if name != "Task"},
    )


def _with_companies(crm: Crm, world: World, records: Sequence[Record]) -> World:
    """The world with the names of those people's Accounts, in one call if any are unknown."""
    accounts = dict.fromkeys(map(_account_id, records))
    unknown = [
        id_ for id_ in accounts if id_ is not None and world.records.get(("Account", id_)) is None
    ]
    if not unknown:
        return world
    lookups = [Lookup.by_id("Account", id_) for id_ in unknown]
    found = crm.find(lookups, {"Account": ("Name",)}, "upkeep")
    return world.with_records(found.records, lookups, found.refused, found.by_usual_forms)


def _with_reasons(
    plan: Plan, world: World, records: Sequence[Record], crm: Crm
) -> tuple[MatchCandidate, ...]:
    """The records with the reasons for each, and with the names of their companies."""
    named = _with_companies(crm, world, records)
    reasons = _reasons(plan, world, records) if len(records) > 1 else {}
    return tuple(
        MatchCandidate(record, _company(record, named), _reasons_for(record, reasons))
        for record in records
    )


def _reasons(plan: Plan, world: World, records: Sequence[Record]) -> dict[str, list[Record | None]]:
    """Each reason to choose a record, with the records that it applies to."""
    return {
        "same_owner": [record for record in records if _is_the_sellers(record, plan, world)],
        "newest_activity": [unique_extreme(records, "LastActivityDate", latest=True)],
        "oldest": [unique_extreme(records, "CreatedDate", latest=False)],
    }


def _reasons_for(record: Record, reasons: Mapping[str, Sequence[Record | None]]) -> tuple[str, ...]:
    return tuple(reason for reason, records in reasons.items() if record in records)


def _is_the_sellers(record: Record, plan: Plan, world: World) -> bool:
    owner = owner_id(plan, world)
    return owner is not None and record.values.get("OwnerId") == owner


def _company(record: Record, world: World) -> str | None:
    """A Lead's own company name, or the name of a Contact's Account."""
    value = record.values.get("Company")
    return _text(_account_name(_account_id(record), world) if value is None else value)


def _account_id(record: Record) -> str | None:
    """The id of a record's Account."""
    return _text(record.values.get("AccountId"))


def _account_name(id_: str | None, world: World) -> Json:
    account = world.records.get(("Account", id_ or ""))
    return account.values.get("Name") if account is not None else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
