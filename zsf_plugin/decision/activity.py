"""A touchpoint reconciled: one completed Task on its person, once. A touchpoint creates nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zsf_plugin.decision import causes, values
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.matching import match_company, match_person, owner_zone
from zsf_plugin.decision.owner import owner_value
from zsf_plugin.model.changes import Changes, Step, Write
from zsf_plugin.model.describe import ObjectDescribe, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import Parts, World

#: What a Task without our id is recognised by. Description cannot be filtered by (salesforce-api.md
#: §9 trap 21).
_PROBE_FIELDS = ("Subject", "ActivityDate")


def reconcile_touchpoint(plan: Plan, world: World) -> tuple[Changes, World]:
    """What one touchpoint wants written, and the world after it."""
    company = match_company(plan, world)
    person = match_person(plan, world, company.record)
    if person.record is None:
        cause = person.cause or causes.person_missing()
        return Changes(steps=person.steps, cause=cause, stale=person.stale), world
    describe = world.facts.describe("Task")
    if describe is None or not describe.createable:
        return Changes(cause=causes.object_hidden("Task")), world
    logged = _logged(plan, world, person.record)
    if logged is not None:
        return _connected(plan, world, logged, person.steps)
    return _created(plan, world, describe, person.record, person.steps)


def task_probe(plan: Plan, world: World, person: Record) -> Parts | None:
    """What to look for where Task has no external ID: that person's Task of that day and subject.
    None otherwise."""
    describe = world.facts.describe("Task")
    if describe is None or external_id_field(describe) is not None:
        return None
    made = values.for_create(plan.targets["Task"], describe, {}, time_zone(plan, world))
    parts: list[tuple[str, str]] = [("WhoId", person.id)]
    parts += [
        (name, value) for name in _PROBE_FIELDS if isinstance(value := made.values.get(name), str)
    ]
    return tuple((name, "text", value) for name, value in parts)


def time_zone(plan: Plan, world: World) -> tzinfo:
    """The sending user's time zone: a Task's day is the day there (trap 38). UTC where it is not
    known."""
    key = owner_zone(plan, world)
    if isinstance(key, str):
        try:
            return ZoneInfo(key)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC
    return UTC


def _logged(plan: Plan, world: World, person: Record) -> Record | None:
    """The Task that already stands for this touchpoint: by our id, else by the probe, one that no
    other took."""
    target = plan.targets["Task"]
    name = external_id_field(world.facts.describe("Task"))
    if name is not None:
        found = world.matching("Task", ((name, "text", target.external_id),))
        return next((task for task in found if task.values.get(name) == target.external_id), None)
    probe = task_probe(plan, world, person)
    tasks = world.matching("Task", probe) if probe else ()
    return next((task for task in tasks if task.id not in world.claimed and not task.is_new), None)


def _connected(
    plan: Plan, world: World, task: Record, steps: tuple[Step, ...]
) -> tuple[Changes, World]:
    link = Link(*plan.targets["Task"].link, "Task", task.id, {})
    step = Step("already_logged", "Task", data={"record": task.id})
    changes = Changes(links=(link,), steps=(*steps, step), depends_on=frozenset({task.id}))
    return changes, replace(world.with_link(link), claimed=world.claimed | {task.id})


def _created(
    plan: Plan, world: World, describe: ObjectDescribe, person: Record, steps: tuple[Step, ...]
) -> tuple[Changes, World]:
    target = plan.targets["Task"]
    given, owned = _given(plan, world, describe, person)
    made = values.for_create(target, describe, given, time_zone(plan, world))
    steps = (*steps, *made.steps, owned)
    cause = made.cause or (None if "Status" in made.values else causes.no_closed_status())
    if cause is not None:
        return Changes(steps=steps, cause=cause), world
    ref = f"new:{world.created}"
    link = Link(*target.link, "Task", ref, {})
    step = Step("logged", "Task", data={"person": person.object, "record": person.id})
    write = Write("create", "Task", ref, made.values)
    changes = Changes(writes=(write,), links=(link,), steps=(*steps, step))
    world = replace(world, created=world.created + 1).with_record(Record("Task", ref, made.values))
    return changes, world.with_link(link)


def _given(
    plan: Plan, world: World, describe: ObjectDescribe, person: Record
) -> tuple[Mapping[str, Json], Step]:
    """What a Task gets beside its mapping: whom it is about, our id, its owner, the org's own
    closed status.

    No WhatId: with a Lead it is refused, with a Contact Salesforce derives the Account
    (salesforce-api.md §5.4).
    """
    target = plan.targets["Task"]
    given: dict[str, Json] = {"WhoId": person.id}
    name = external_id_field(describe)
    if name is not None and describe.fields[name].createable:
        given[name] = target.external_id
    if target.planned("Status") is None and world.facts.closed_status is not None:
        given["Status"] = world.facts.closed_status
    owner, step = owner_value(plan, world, describe)
    return {**given, **owner}, step
