"""Reconcile a purchase: first the company, then the person; each is linked and enriched, or
created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from zsf_plugin.decision import causes, values
from zsf_plugin.decision.matching import OWNER_FIELD, Match, match_company_and_person, owner_value
from zsf_plugin.decision.namesakes import is_anothers
from zsf_plugin.decision.overwriting import filling_blanks, with_defaults_noted
from zsf_plugin.decision.search import PEOPLE, is_person_account
from zsf_plugin.decision.targets import COMPANY_FIELD, is_named
from zsf_plugin.decision.time_zones import time_zone
from zsf_plugin.model import (
    DEFAULTED,
    PERSON_OBJECTS,
    Cause,
    Changes,
    Json,
    Link,
    ObjectDescribe,
    Plan,
    Record,
    Reference,
    Step,
    Target,
    World,
    Write,
    WriteValue,
    is_blank,
    resolved_values,
)


@dataclass(slots=True)
class _Draft:
    """The changes collected so far. `person_object` is the person's object, or the one the mode
    creates; `account` is the id of the company's record."""

    plan: Plan
    world: World
    person_object: str
    writes: list[Write] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    account: str | None = None


def reconcile_purchase(plan: Plan, world: World) -> tuple[Changes, World]:
    """What to write for one purchase, and the world after it. The company comes first, since a new
    Contact belongs to it. If the purchase is held, the world is returned unchanged."""
    company, person = match_company_and_person(plan, world)
    known = person.record
    draft = _Draft(plan, world, known.object if known is not None else PERSON_OBJECTS[plan.mode])
    draft.steps += company.steps
    cause = _reconcile_company(draft, company, person) or _reconcile_person(draft, person)
    if cause is not None:
        stale = company.stale + person.stale
        return Changes(steps=tuple(draft.steps), cause=cause, stale=stale), world
    found, by_key = set(), set()
    for match in (company, person):
        if match.record is not None:
            found.add(match.record.id)
        if match.record is not None and match.by == "match_key":
            by_key.add(match.record.object)
    changes = Changes(
        writes=tuple(draft.writes),
        links=tuple(draft.links),
        steps=tuple(draft.steps),
        depends_on=frozenset(found),
        matched_by_key=frozenset(by_key),
        stale=company.stale + person.stale,
    )
    return changes, draft.world


def link_digest(plan: Plan, world: World) -> str:
    """The digest stored in a link: an equal plan under equal describes needs no lookup in
    Salesforce."""
    prints = [plan.digest]
    for name in plan.targets:
        if name in world.facts.describes:
            prints.append(world.facts.describes[name].fingerprint[:8])
    return ":".join(prints)


def _reconcile_company(draft: _Draft, company: Match, person: Match) -> Cause | None:
    """Link, enrich or create the company, unless the person is held anyway. Only a Contact needs an
    Account; a Lead's Account is linked, never written."""
    target = draft.plan.targets.get("Account")
    describe = draft.world.facts.describes.get("Account")
    if describe is None or person.cause is not None:
        return None
    may_write_account = draft.plan.mode == "contact" and draft.person_object == "Contact"
    if target is None:
        if may_write_account and person.record is None and _needs_account(draft.world, None):
            draft.steps.append(Step("unnamed", "Account"))  # the Contact is private to its owner
        return None
    if company.record is not None:
        if may_write_account:
            return _enrich(draft, target, describe, company.record)
        _link(draft, target, company.record, _last_written(draft.world, target))
        return None
    if may_write_account and _needs_account(draft.world, person.record):
        if company.cause is None and not is_named(target):
            if person.record is None:
                draft.steps.append(Step("unnamed", "Account"))
            return None
        return company.cause or _create(draft, target, describe)
    if company.cause is not None:
        draft.steps.append(Step("unlinked", "Account"))
    return None


def _needs_account(world: World, person: Record | None) -> bool:
    """Whether the Contact has no Account and may get one. Otherwise an Account we create would have
    no Contact."""
    contact = world.facts.describes.get("Contact")
    if contact is None:
        return False
    if person is None:
        return _may_create_under_account(contact)
    return _is_empty(person, COMPANY_FIELD) and _may_move_under_account(contact)


def _may_create_under_account(contact: ObjectDescribe) -> bool:
    account = contact.field(COMPANY_FIELD)
    return account is not None and account.createable


def _may_move_under_account(contact: ObjectDescribe) -> bool:
    account = contact.field(COMPANY_FIELD)
    return account is not None and account.updateable


def _reconcile_person(draft: _Draft, person: Match) -> Cause | None:
    """Enrich the person, or create it."""
    draft.steps += person.steps
    if person.cause is not None:
        return person.cause
    object_ = draft.person_object
    describe = draft.world.facts.describes.get(object_)
    if describe is None or (person.record is None and not describe.createable):
        return causes.object_hidden(object_)
    target = draft.plan.targets[object_]
    if person.record is not None:
        return _enrich(draft, target, describe, person.record)
    if object_ not in person.searched:
        draft.steps.append(Step("unmatched", object_))
    for name in target.names_none:
        draft.steps.append(Step("names_none", object_, name))
        if name == COMPANY_FIELD:
            draft.steps.append(Step("unnamed", "Account"))
    return _create(draft, target, describe)


def _create(draft: _Draft, target: Target, describe: ObjectDescribe) -> Cause | None:
    """Create and link a record with what the event gives; else the cause why it cannot be."""
    given: dict[str, WriteValue] = {}
    if describe.name == "Contact" and _may_create_under_account(describe):
        given |= _account_value(draft)
    zone = time_zone(draft.plan, draft.world, describe.name)
    made = values.for_create(target, describe, resolved_values(given, {}), zone)
    mapped = made.values.get(OWNER_FIELD)
    owner, owner_step = owner_value(draft.plan, draft.world, describe, mapped)
    draft.steps += (*made.steps, owner_step)
    if draft.plan.assignment_rules and describe.name == "Lead":
        draft.steps.append(Step("owner_by_rules", describe.name))
    if made.cause is not None:
        return made.cause
    content = {**made.values, **given, **owner}
    plan, world = draft.plan, draft.world
    object_, ref = describe.name, f"new:{world.created_count}"
    rules, alerted = plan.assignment_rules, plan.save_alerted
    draft.writes.append(
        Write("create", object_, ref, content, assignment_rules=rules, save_alerted=alerted)
    )
    draft.steps.append(Step("created", object_))
    filled = {**dict.fromkeys(describe.fields), **resolved_values(content, {})}
    record = Record(object_, ref, filled)
    draft.world = world.with_created(record)
    _link(draft, target, record, {**made.values, **owner}, made.defaults)
    return None


def _enrich(
    draft: _Draft, target: Target, describe: ObjectDescribe, record: Record
) -> Cause | None:
    """Fill an existing record by its fields' policies, and add our id and the Account if
    missing."""
    if _is_outdated(draft, target):
        target = filling_blanks(target)
    written = _last_written(draft.world, target)
    is_shared = draft.plan.shared_mailbox == "connect" and describe.name in PEOPLE
    if is_shared and is_anothers(draft.plan, record, written):
        draft.steps.append(Step("not_filled", describe.name))
        _link(draft, target, record, written)
        return None
    zone = time_zone(draft.plan, draft.world, describe.name, record)
    due = values.for_update(target, describe, record, written, zone)
    draft.steps += due.steps
    if due.cause is not None:
        return due.cause
    content = {**due.values, **_missing(draft, target, describe, record)}
    if content and is_person_account(record):
        return causes.person_account(record.object)
    if content:
        record = _update(draft, record, content)
    if OWNER_FIELD in due.values:
        owner: dict[str, Json] = {"owner": due.values[OWNER_FIELD]}
        draft.steps.append(Step("owner_mapped", describe.name, OWNER_FIELD, owner))
    _link(draft, target, record, {**written, **due.values}, due.defaults)
    return None


def _missing(
    draft: _Draft, target: Target, describe: ObjectDescribe, record: Record
) -> dict[str, WriteValue]:
    """Our id and the company's record, if the record has none."""
    missing: dict[str, WriteValue] = {}
    if not is_person_account(record):
        missing |= _missing_id(draft.world, target, describe, record)
    is_contact = describe.name == "Contact"
    if is_contact and _is_empty(record, COMPANY_FIELD) and _may_move_under_account(describe):
        missing |= _account_value(draft)
    return missing


def _update(draft: _Draft, record: Record, content: Mapping[str, WriteValue]) -> Record:
    """Write those values to an existing record; returns the record as it will be."""
    before = {name: record.values.get(name) for name in content}
    save = draft.plan.save_alerted
    draft.writes.append(
        Write("update", record.object, record.id, content, before, save_alerted=save)
    )
    draft.steps.append(Step("updated", record.object, data={"fields": sorted(content)}))
    record = replace(record, values={**record.values, **resolved_values(content, {})})
    draft.world = draft.world.with_records([record])
    return record


def _missing_id(
    world: World, target: Target, describe: ObjectDescribe, record: Record
) -> dict[str, Json]:
    """Our id, unless the record has one or another record is known to carry ours: the field is
    unique."""
    name = describe.external_id_field
    if name is None or not describe.fields[name].updateable or not _is_empty(record, name):
        return {}
    is_taken = world.matching(describe.name, ((name, "text", target.external_id),))
    return {} if is_taken else {name: target.external_id}


def _is_empty(record: Record, name: str) -> bool:
    """Whether the field was read and is blank."""
    return name in record.values and is_blank(record.values[name])


def _account_value(draft: _Draft) -> dict[str, WriteValue]:
    """The Contact's Account: its id, or a reference if it is created in this batch."""
    account = draft.account
    if account is None:
        return {}
    return {COMPANY_FIELD: Reference(account) if account.startswith("new:") else account}


def _is_outdated(draft: _Draft, target: Target) -> bool:
    """Whether a purchase that arrived later was carried out on the target's record before this one:
    this one was held, and what it says is older."""
    link = draft.world.links.get(target.link)
    return link is not None and 0 < draft.plan.arrived < link.arrived


def _last_written(world: World, target: Target) -> Mapping[str, Json]:
    link = world.links.get(target.link)
    return link.written if link is not None else {}


def _link(
    draft: _Draft,
    target: Target,
    record: Record,
    written: Mapping[str, Json],
    defaults: frozenset[str] = frozenset(),
) -> None:
    """Link the host's thing to the record, whose fields `defaults` get one now. Only a person's
    link stores the plan's digest, since a company serves many."""
    is_company = target.object == "Account"
    if is_company:
        draft.account = record.id
    known = draft.world.links.get(target.link)
    arrived = max(draft.plan.arrived, known.arrived) if known is not None else draft.plan.arrived
    is_newest = arrived == draft.plan.arrived
    digest = link_digest(draft.plan, draft.world) if is_newest and not is_company else ""
    written = dict(written)
    if DEFAULTED in written or defaults:
        written = with_defaults_noted(defaults, _last_written(draft.world, target), written)
    link = Link(*target.link, record.object, record.id, written, digest, draft.world.now, arrived)
    if link != known:
        draft.world = draft.world.with_link(link)
        draft.links.append(link)
