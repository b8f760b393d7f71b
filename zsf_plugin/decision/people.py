"""A purchase reconciled: the company first, then the person; connected and enriched, or created.
Never asked twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes, values
from zsf_plugin.decision.decide import COMPANY_FIELD
from zsf_plugin.decision.fit import is_blank
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import Match, match_company, match_person
from zsf_plugin.decision.owner import owner_value
from zsf_plugin.decision.search import is_person_account
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Reference, Step, Write, WriteValue
from zsf_plugin.model.describe import ObjectDescribe, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link
from zsf_plugin.model.plan import Plan, Target
from zsf_plugin.model.world import World


@dataclass(frozen=True, slots=True)
class _Draft:
    """Changes as they grow while a plan is followed; `account` is the id of the company's
    record."""

    world: World
    writes: tuple[Write, ...] = ()
    links: tuple[Link, ...] = ()
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    account: str | None = None


def reconcile_purchase(plan: Plan, world: World) -> tuple[Changes, World]:
    """What one purchase wants written, and the world after it. Held: the world stays as it was."""
    company = match_company(plan, world)
    person = match_person(plan, world, company.record)
    if person.cause is not None:
        return Changes(steps=company.steps + person.steps, cause=person.cause), world
    draft = _with_company(plan, _Draft(world, steps=company.steps), company, person)
    if draft.cause is None:
        draft = _with_person(plan, draft, person)
    if draft.cause is not None:
        return Changes(steps=draft.steps, cause=draft.cause), world
    return _changes(draft, company, person), draft.world


def settled_digest(plan: Plan, world: World) -> str:
    """What a link remembers: an equal plan under equal describes needs no look at Salesforce."""
    prints = (
        d.fingerprint
        for d in (world.facts.describe(name) for name in plan.targets)
        if d is not None
    )
    return ":".join((plan.digest, *(print_[:8] for print_ in prints)))


def _changes(draft: _Draft, company: Match, person: Match) -> Changes:
    found = [match.record for match in (company, person) if match.record is not None]
    return Changes(
        writes=draft.writes,
        links=draft.links,
        steps=draft.steps,
        depends_on=frozenset(record.id for record in found),
        matched_by_key=frozenset(
            match.record.object
            for match in (company, person)
            if match.record and match.matched_by_key
        ),
        stale=company.stale + person.stale,
    )


def _with_company(plan: Plan, draft: _Draft, company: Match, person: Match) -> _Draft:
    """The company linked, enriched or created. Only a Contact needs an Account; a Lead's is linked,
    never written."""
    target = plan.targets.get("Account")
    describe = draft.world.facts.describe("Account")
    if target is None or describe is None:
        return draft
    needed = _needs_account(plan, person.record)
    if company.record is not None:
        written: Mapping[str, Json] = _written(draft.world, target)
        if plan.mode == "contact" and (person.record is None or person.record.object == "Contact"):
            return _enriched(plan, draft, target, describe, company.record)
        return _linked(plan, draft, target, company.record, written)
    if company.cause is not None:
        if needed:
            return replace(draft, cause=company.cause)
        return _told(draft, Step("unlinked", "Account"))
    return _created(plan, draft, target, describe) if needed else draft


def _needs_account(plan: Plan, person: Record | None) -> bool:
    """A new Contact does, and one that has no Account yet."""
    if person is None:
        return plan.mode == "contact"
    return (
        person.object == "Contact"
        and plan.mode == "contact"
        and is_blank(person.values.get(COMPANY_FIELD))
    )


def _with_person(plan: Plan, draft: _Draft, person: Match) -> _Draft:
    draft = replace(draft, steps=draft.steps + person.steps)
    object_ = person.record.object if person.record is not None else plan.person_object
    describe = draft.world.facts.describe(object_)
    if describe is None or (person.record is None and not describe.createable):
        return replace(draft, cause=causes.object_hidden(object_))
    target = plan.targets[object_]
    if person.record is not None:
        return _enriched(plan, draft, target, describe, person.record)
    if not target.keys:
        draft = _told(draft, Step("unmatched", object_))
    return _created(plan, draft, target, describe)


def _created(plan: Plan, draft: _Draft, target: Target, describe: ObjectDescribe) -> _Draft:
    given, references, steps = _given(plan, draft, target, describe)
    made = values.for_create(
        target, describe, {**given, **{name: ref.ref for name, ref in references.items()}}
    )
    draft = _told(draft, *made.steps, *steps)
    if made.cause is not None:
        return replace(draft, cause=made.cause)
    ref = f"new:{draft.world.created}"
    content: dict[str, WriteValue] = {**made.values, **references}
    write = Write(
        "create",
        describe.name,
        ref,
        content,
        assignment_rules=plan.assignment_rules,
        save_alerted=plan.save_alerted,
    )
    world = replace(draft.world, created=draft.world.created + 1)
    record = Record(describe.name, ref, {**dict.fromkeys(describe.fields), **made.values})
    draft = replace(draft, world=world.with_record(record), writes=(*draft.writes, write))
    draft = _told(draft, Step("created", describe.name))
    return _linked(plan, draft, target, record, made.values)


def _enriched(
    plan: Plan, draft: _Draft, target: Target, describe: ObjectDescribe, record: Record
) -> _Draft:
    """An existing record filled by its fields' policies, and given our id where it has none."""
    written = _written(draft.world, target)
    due = values.for_update(target, describe, record, written)
    draft = _told(draft, *due.steps)
    if due.cause is not None:
        return replace(draft, cause=due.cause)
    content: dict[str, WriteValue] = {**due.values, **_missing_id(target, describe, record)}
    after: dict[str, Json] = {**due.values, **_missing_id(target, describe, record)}
    account = _account_ref(draft, describe, record)
    if account is not None:
        content[COMPANY_FIELD], after[COMPANY_FIELD] = account
    if content and is_person_account(record):
        return replace(draft, cause=causes.person_account(record.object))
    if content:
        before = {name: record.values.get(name) for name in content}
        write = Write(
            "update", record.object, record.id, content, before, save_alerted=plan.save_alerted
        )
        world = draft.world.with_record(replace(record, values={**record.values, **after}))
        draft = replace(draft, world=world, writes=(*draft.writes, write))
        draft = _told(draft, Step("updated", record.object, data={"fields": sorted(content)}))
    return _linked(plan, draft, target, record, {**written, **due.values})


def _given(
    plan: Plan, draft: _Draft, target: Target, describe: ObjectDescribe
) -> tuple[dict[str, Json], dict[str, Reference], tuple[Step, ...]]:
    """What a new record gets beside its mapping: our id, its owner, its Account."""
    given: dict[str, Json] = {}
    references: dict[str, Reference] = {}
    name = external_id_field(describe)
    if name is not None and describe.fields[name].createable:
        given[name] = target.external_id
    owner, step = owner_value(plan, draft.world, describe)
    given.update(owner)
    account = _account_ref(draft, describe, None)
    if account is not None:
        value, shown = account
        if isinstance(value, Reference):
            references[COMPANY_FIELD] = value
        else:
            given[COMPANY_FIELD] = shown
    return given, references, (step,)


def _account_ref(
    draft: _Draft, describe: ObjectDescribe, record: Record | None
) -> tuple[Reference | str, str] | None:
    """The Account a Contact goes under: (what is written, what the world shows), or None where
    nothing is due."""
    if describe.name != "Contact":
        return None
    field = describe.field(COMPANY_FIELD)
    shown = draft.account
    if shown is None or field is None or not field.updateable:
        return None
    if record is not None and (
        COMPANY_FIELD not in record.values or not is_blank(record.values[COMPANY_FIELD])
    ):
        return None
    return (Reference(shown), shown) if shown.startswith("new:") else (shown, shown)


def _missing_id(target: Target, describe: ObjectDescribe, record: Record) -> dict[str, Json]:
    name = external_id_field(describe)
    if (
        name is None
        or name not in record.values
        or not is_blank(record.values[name])
        or is_person_account(record)
    ):
        return {}
    return {name: target.external_id} if describe.fields[name].updateable else {}


def _written(world: World, target: Target) -> Mapping[str, Json]:
    link = world.links.get(target.link)
    return link.written if link is not None else {}


def _linked(
    plan: Plan, draft: _Draft, target: Target, record: Record, written: Mapping[str, Json]
) -> _Draft:
    """The host's thing connected to the record. Only a person's link remembers the plan: a company
    serves many."""
    is_company = target.object == "Account"
    digest = "" if is_company else settled_digest(plan, draft.world)
    link = Link(*target.link, record.object, record.id, dict(written), digest)
    draft = replace(draft, account=record.id) if is_company else draft
    if draft.world.links.get(link.key) == link:
        return draft
    return replace(draft, world=draft.world.with_link(link), links=(*draft.links, link))


def _told(draft: _Draft, *steps: Step) -> _Draft:
    return replace(draft, steps=draft.steps + steps)
