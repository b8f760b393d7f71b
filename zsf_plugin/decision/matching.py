"""Matching: which record of the world a plan's person or company is. A written policy settles
several, or nobody does.

Order (design, "Matching"): link, external ID, then match keys in order; under one key a Contact
before an unconverted Lead; a converted Lead leads to its Contact. Nothing here asks the org;
`questions` says what to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Step
from zsf_plugin.model.describe import ObjectDescribe, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.model.plan import Plan, PlannedKey, Target
from zsf_plugin.model.world import Parts, World

PEOPLE = ("Contact", "Lead")
#: On a record that lost a merge: the one that won (salesforce-api.md §9 trap 24).
MASTER_FIELD = "MasterRecordId"
#: Set where the org has person accounts, on an Account and on its shadow Contact (salesforce-api.md
#: §5.2).
PERSON_ACCOUNT_FLAG = "IsPersonAccount"
#: What a record is said to be found by where we connected it before.
BY_LINK = "its link"


@dataclass(frozen=True, slots=True)
class Match:
    """What was found. `record` None: nothing; then `cause` says so where several were and no policy
    chose.

    `several` is how many those were; `stale` are links whose record is gone; `steps` the reasons,
    for people to read; `guessed` says that match keys found the record, neither its link nor our id
    on it. `by`: what it was found by (`its link`, field names).
    """

    record: Record | None = None
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    stale: tuple[LinkKey, ...] = ()
    guessed: bool = False
    several: int | None = None
    by: str = ""


def match_person(plan: Plan, world: World, company: Record | None) -> Match:
    """The person among Contacts and Leads, in either mode."""
    targets = {
        name: plan.targets[name] for name in PEOPLE if world.facts.describe(name) is not None
    }
    stale: tuple[LinkKey, ...] = ()
    link = world.links.get(plan.targets["Lead"].link)
    if link is not None:
        linked = _alive(world.record(link.object, link.record_id), world)
        if linked is not None:
            return Match(linked, (_found(linked, BY_LINK),), by=BY_LINK)
        stale = (link.key,)
    found = _by_external_id(targets, world) or _by_keys(plan, targets, world, company)
    return replace(found, stale=stale)


def match_company(plan: Plan, world: World) -> Match:
    """The company among Accounts. Several: by the policy, or a cause (which only a Contact's
    creation heeds)."""
    target = plan.targets.get("Account")
    if target is None or world.facts.describe("Account") is None:
        return Match()
    stale: tuple[LinkKey, ...] = ()
    link: Link | None = world.links.get(target.link)
    if link is not None:
        linked = _alive(world.record("Account", link.record_id), world)
        if linked is not None:
            return Match(linked, (_found(linked, BY_LINK),), by=BY_LINK)
        stale = (link.key,)
    found = _by_external_id({"Account": target}, world) or _by_keys(
        plan, {"Account": target}, world, None
    )
    return replace(found, stale=stale)


def key_parts(key: PlannedKey, describe: ObjectDescribe, company: Record | None) -> Parts | None:
    """The key's parts in the org's spelling, the company's id put in; None where a part cannot be
    asked by."""
    parts = []
    for part in key:
        field = describe.field(part.field)
        value = (
            part.value if part.value is not None else (company.id if company is not None else None)
        )
        if field is None or not field.filterable or value is None:
            return None
        parts.append((field.name, part.compare, value))
    return tuple(parts)


def is_converted(record: Record) -> bool:
    """Whether the record is a converted Lead: read-only, its Contact lives on (salesforce-api.md
    §5.1)."""
    return record.object == "Lead" and record.values.get("IsConverted") is True


def is_person_account(record: Record) -> bool:
    """Whether an Account is a person, or a Contact the shadow of one."""
    return record.values.get(PERSON_ACCOUNT_FLAG) is True


def master_of(record: Record | None) -> str | None:
    """The id of the record that this one was merged into, or None."""
    master = record.values.get(MASTER_FIELD) if record is not None else None
    return master if isinstance(master, str) else None


def _alive(record: Record | None, world: World) -> Record | None:
    """The record itself, a converted Lead's Contact, or the record that a merge left."""
    seen: set[str] = set()
    while (
        record is not None and (master := master_of(record)) is not None and record.id not in seen
    ):
        seen.add(record.id)
        record = world.record(record.object, master)
    if master_of(record) is not None:
        return None
    if record is None or not is_converted(record):
        return record
    contact = record.values.get("ConvertedContactId")
    return world.record("Contact", contact) if isinstance(contact, str) else None


def _by_external_id(targets: dict[str, Target], world: World) -> Match | None:
    for object_, target in targets.items():
        name = external_id_field(world.facts.describe(object_))
        if name is None:
            continue
        for record in world.matching(object_, ((name, "text", target.external_id),)):
            alive = _alive(record, world) if record.values.get(name) == target.external_id else None
            if alive is not None:
                return Match(alive, (_found(alive, name),), by=name)
    return None


def _by_keys(plan: Plan, targets: dict[str, Target], world: World, company: Record | None) -> Match:
    """The first key, in order, under which anything is found; a Contact before a Lead under the
    same key."""
    for position in range(max((len(target.keys) for target in targets.values()), default=0)):
        for object_, target in targets.items():
            if position < len(target.keys):
                found = _under_key(plan, object_, target.keys[position], world, company)
                if found is not None:
                    return found
    return Match()


def _under_key(
    plan: Plan, object_: str, key: PlannedKey, world: World, company: Record | None
) -> Match | None:
    describe = world.facts.describe(object_)
    parts = key_parts(key, describe, company) if describe is not None else None
    if parts is None:
        return None
    rows = (
        _alive(record, world)
        for record in world.matching(object_, parts)
        if not _is_no_company(record)
    )
    found = list({record.id: record for record in rows if record is not None}.values())
    if not found:
        return None
    words = " + ".join(part.field for part in key)
    if len(found) == 1:
        return Match(found[0], (_found(found[0], words),), guessed=True, by=words)
    return _settle_many(plan, object_, found, words, world)


def _is_no_company(record: Record) -> bool:
    """A person account may be called like a company; nobody works there."""
    return record.object == "Account" and is_person_account(record)


def _settle_many(
    plan: Plan, object_: str, found: Sequence[Record], words: str, world: World
) -> Match:
    """Several records match: by the written policy, with the reason; else a cause. Never just the
    first."""
    chosen, reason = _choose(plan, found, world)
    if chosen is None:
        return Match(
            cause=causes.several_match(object_, words, len(found), plan.many), several=len(found)
        )
    step = Step("chosen", f"{len(found)} {object_}s match by {words}; {reason}", object_)
    return Match(chosen, (_found(chosen, words), step), guessed=True, by=words)


def _choose(plan: Plan, found: Sequence[Record], world: World) -> tuple[Record | None, str]:
    if plan.many == "oldest":
        return _extreme(found, "CreatedDate", latest=False), "the oldest was taken (many = oldest)"
    if plan.many == "newest_activity":
        return _extreme(
            found, "LastActivityDate", latest=True
        ), "the one with the newest activity was taken"
    if plan.many == "same_owner":
        owner = owner_id(plan, world)
        mine = [
            record
            for record in found
            if owner is not None and record.values.get("OwnerId") == owner
        ]
        return (mine[0] if len(mine) == 1 else None), "the one of the same owner was taken"
    return None, ""


def _extreme(found: Sequence[Record], name: str, *, latest: bool) -> Record | None:
    """The record with the extreme value, where it is the only one: a tie is no reason to prefer
    one."""
    dated = [
        (value, record) for record in found if isinstance(value := record.values.get(name), str)
    ]
    if not dated:
        return None
    pick = max if latest else min
    edge = pick(value for value, _ in dated)
    at_edge = [record for value, record in dated if value == edge]
    return at_edge[0] if len(at_edge) == 1 else None


def owner_id(plan: Plan, world: World) -> str | None:
    """The id of the one active user with the plan's owner e-mail, or None (none, or several)."""
    users = owner_candidates(plan, world)
    return users[0].id if len(users) == 1 else None


def owner_candidates(plan: Plan, world: World) -> tuple[Record, ...]:
    """The active Standard users with that e-mail."""
    if plan.owner_email is None:
        return ()
    return world.matching("User", (("Email", "email", plan.owner_email),))


def owner_zone(plan: Plan, world: World) -> Json:
    """The owner's time zone key (`Europe/Stockholm`), or None where it is not known."""
    users = owner_candidates(plan, world)
    return users[0].values.get("TimeZoneSidKey") if len(users) == 1 else None


def _found(record: Record, by: str) -> Step:
    where = "in this batch" if record.is_new else record.id
    return Step("found", f"{record.object} found by {by}: {where}", record.object)
