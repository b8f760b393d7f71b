"""Candidates: the records among which a held event's person, or company, is one. Looks at the org;
chooses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.matching import (
    is_converted,
    is_person_account,
    key_parts,
    match_company,
    match_person,
    owner_id,
)
from zsf_plugin.model.describe import Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import LinkKey
from zsf_plugin.model.plan import Plan, Target
from zsf_plugin.model.world import Lookup, World
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.batch import learn, link_keys


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
    world = learn(
        crm, World(crm.facts(), store.links(workspace, link_keys(plan))), [plan], "upkeep"
    )
    company = match_company(plan, world)
    person = match_person(plan, world, company.record)
    for match in (person, company):
        object_ = match.cause.object if match.cause is not None else None
        if match.record is None and object_ in plan.targets:
            target = plan.targets[str(object_)]
            found = _matching(target, world, company.record)
            return Candidates(
                target.link, target.object, _told(plan, _with_companies(crm, world, found), found)
            )
    return None


def _of_the_person(plan: Plan) -> Plan:
    """An activity is about its person: what tells records apart is read of them, as for a
    purchase."""
    people = {name: target for name, target in plan.targets.items() if name != "Task"}
    return replace(plan, kind="purchase", targets=people)


def _matching(target: Target, world: World, company: Record | None) -> list[Record]:
    """The living records under the first key that several answer to."""
    describe = world.facts.describe(target.object)
    for key in target.keys:
        parts = key_parts(key, describe, company) if describe is not None else None
        rows = world.matching(target.object, parts) if parts is not None else ()
        living = [
            row
            for row in rows
            if not is_converted(row) and not (_is_account(row) and is_person_account(row))
        ]
        if len(living) > 1:
            return living
    return []


def _with_companies(crm: Crm, world: World, records: Sequence[Record]) -> World:
    """The world with the Accounts of those people by name: it takes a call where there are any."""
    accounts = [record.values.get("AccountId") for record in records]
    asked = [
        Lookup.by_id("Account", id_) for id_ in dict.fromkeys(accounts) if isinstance(id_, str)
    ]
    unknown = [lookup for lookup in asked if world.record("Account", lookup.parts[0][2]) is None]
    return (
        world.learned(unknown, crm.find(unknown, {"Account": ("Name",)}, "upkeep"))
        if unknown
        else world
    )


def _is_account(record: Record) -> bool:
    return record.object == "Account"


def _told(plan: Plan, world: World, records: Sequence[Record]) -> tuple[Candidate, ...]:
    owner = owner_id(plan, world)
    newest, oldest = (
        _extreme(records, "LastActivityDate", max),
        _extreme(records, "CreatedDate", min),
    )
    told = []
    for record in records:
        speaks = {
            "same_owner": owner is not None and record.values.get("OwnerId") == owner,
            "newest_activity": record is newest,
            "oldest": record is oldest,
        }
        told.append(
            Candidate(
                record, _company(record, world), tuple(word for word, so in speaks.items() if so)
            )
        )
    return tuple(told)


def _extreme(
    records: Sequence[Record], name: str, pick: Callable[[Iterable[str]], str]
) -> Record | None:
    """The one record with the extreme date; a tie speaks for nobody."""
    dated = [
        (value, record) for record in records if isinstance(value := record.values.get(name), str)
    ]
    edge = pick(value for value, _ in dated) if dated else ""
    at_edge = [record for value, record in dated if value == edge]
    return at_edge[0] if len(at_edge) == 1 else None


def _company(record: Record, world: World) -> str | None:
    """A Lead's own word; a Contact's Account."""
    value: Json = record.values.get("Company")
    account = record.values.get("AccountId")
    if value is None and isinstance(account, str):
        known = world.record("Account", account)
        value = known.values.get("Name") if known is not None else None
    return value if isinstance(value, str) else None
