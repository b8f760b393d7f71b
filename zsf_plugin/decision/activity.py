"""Reconcile a touchpoint: one completed Task on its person, once. A touchpoint never creates a
person."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.decision import causes, values
from zsf_plugin.decision.matching import (
    OWNER_FIELD,
    Match,
    match_person,
    owner_value,
)
from zsf_plugin.decision.refusals import TASK_PROBE, as_first_planned
from zsf_plugin.decision.time_zones import time_zone
from zsf_plugin.model import (
    Cause,
    Changes,
    Json,
    KeyPart,
    Link,
    Lookup,
    LookupParts,
    ObjectDescribe,
    Plan,
    Record,
    RecordSearch,
    Step,
    Unasked,
    World,
    Write,
)


def reconcile_touchpoint(plan: Plan, world: World) -> tuple[Changes, World]:
    """What to write for one touchpoint, and the world after it."""
    person = match_person(plan, world)
    if person.record is None:
        return _without_person(person), world
    describe = world.facts.describes.get("Task")
    if describe is None or not describe.createable:
        return Changes(cause=causes.object_hidden("Task")), world
    task = _logged(plan, world, person.record)
    unasked = _unasked(plan, world, person.record) if world.refused and task is None else None
    if unasked is not None and plan.unasked == "hold":
        return Changes(steps=person.steps, cause=unasked, stale=person.stale), world
    if task is not None:
        return _connect(plan, world, task, person.steps)
    return _log(plan, world, describe, person.record, person.steps)


def _without_person(person: Match) -> Changes:
    """Held until its person is in Salesforce, or is chosen."""
    cause = person.cause or causes.person_missing()
    return Changes(steps=person.steps, cause=cause, stale=person.stale)


def task_probe(plan: Plan, world: World, person: Record) -> LookupParts | None:
    """What identifies the touchpoint's Task if Task has no external ID: person, day and subject.
    Otherwise None."""
    describe = world.facts.describes.get("Task")
    if describe is None or describe.external_id_field is not None:
        return None
    zone = time_zone(plan, world, "Task")
    name = (plan.digest, str(zone))
    of_anyone = world.probes.get(name)
    if of_anyone is None:
        target = as_first_planned(plan.targets["Task"])
        made = values.for_create(target, describe, {}, zone)
        of_anyone = ()
        for field in TASK_PROBE:
            value = made.values.get(field)
            if isinstance(value, str):
                of_anyone += ((field, "text", value),)
        world.probes[name] = of_anyone
    return (("WhoId", "text", person.id), *of_anyone)


def task_lookup(probe: LookupParts, world: World) -> Lookup:
    """The lookup for the Tasks of a probe, by those of its fields that the org can be asked by:
    the others are compared afterwards (Subject may be encrypted, §9 trap 61)."""
    describe = world.facts.describes["Task"]
    parts = []
    for part in probe:
        field = describe.field(part[0])
        if field is None or field.filterable:
            parts.append(part)
    return Lookup("Task", tuple(parts))


def _logged(plan: Plan, world: World, person: Record) -> Record | None:
    """The existing Task of this touchpoint: by our id, else a Task that matches the probe and no
    other touchpoint claimed."""
    name = world.facts.id_fields.get("Task")
    if name is not None:
        return _with_our_id(plan, world, name)
    probe = task_probe(plan, world, person)
    for task in world.matching("Task", probe) if probe is not None else ():
        if task.id not in world.claimed and not task.is_new:
            return task
    return None


def _unasked(plan: Plan, world: World, person: Record) -> Cause | None:
    """The cause if Salesforce refused to search for the Task, which may therefore be logged
    already."""
    name = world.facts.id_fields.get("Task")
    if name is not None:
        lookup = Lookup("Task", ((name, "text", plan.targets["Task"].external_id),))
    else:
        probe = task_probe(plan, world, person)
        if probe is None:
            return None
        lookup = task_lookup(probe, world)
    code = world.refused.get(lookup)
    if code is None:
        return None
    key = tuple(KeyPart(*part) for part in lookup.parts)
    names = tuple(part.field for part in key)
    search = RecordSearch("Task", "match_key", key, names)
    return causes.key_not_askable(search, Unasked.by_refusal(code))


def _with_our_id(plan: Plan, world: World, name: str) -> Record | None:
    """The Task with exactly our id in that field."""
    wanted = plan.targets["Task"].external_id
    for task in world.matching("Task", ((name, "text", wanted),)):
        if task.values.get(name) == wanted:
            return task
    return None


def _connect(
    plan: Plan, world: World, task: Record, before: tuple[Step, ...]
) -> tuple[Changes, World]:
    """Link the touchpoint to its existing Task; `before` are the steps so far."""
    link = _link_to(task, plan)
    steps = (*before, Step("already_logged", "Task", data={"record": task.id}))
    changes = Changes(links=(link,), steps=steps, depends_on=frozenset({task.id}))
    return changes, replace(world.with_link(link), claimed=world.claimed | {task.id})


def _log(
    plan: Plan,
    world: World,
    describe: ObjectDescribe,
    person: Record,
    before: tuple[Step, ...],
) -> tuple[Changes, World]:
    """Log the touchpoint as a new Task, or hold it; `before` are the steps so far."""
    made = _task(plan, world, describe, person)
    if made.cause is not None:
        return Changes(steps=before + made.steps, cause=made.cause), world
    step = Step("logged", "Task", data={"person": person.object, "record": person.id})
    task = Record("Task", f"new:{world.created_count}", made.values)
    link, write = _link_to(task, plan), Write("create", "Task", task.id, task.values)
    changes = Changes((write,), (link,), (*before, *made.steps, step))
    return changes, world.with_created(task, link)


def _link_to(task: Record, plan: Plan) -> Link:
    return Link(*plan.targets["Task"].link, "Task", task.id, {})


def _task(
    plan: Plan, world: World, describe: ObjectDescribe, person: Record
) -> values.FittedValues:
    """All values of the new Task, or why the entry is held."""
    given = _given(plan, world, person)
    made = values.for_create(plan.targets["Task"], describe, given, time_zone(plan, world, "Task"))
    owner, owner_step = owner_value(plan, world, describe, made.values.get(OWNER_FIELD))
    cause = made.cause
    if cause is None and "Status" not in made.values:
        cause = causes.no_closed_status()
    return values.FittedValues({**made.values, **owner}, (*made.steps, owner_step), cause)


def _given(plan: Plan, world: World, person: Record) -> dict[str, Json]:
    """A Task's values besides its mapping, our id and its owner: its person, and the org's closed
    status.

    No WhatId: with a Lead it is refused, with a Contact Salesforce derives the Account
    (salesforce-api.md §5.4).
    """
    given: dict[str, Json] = {"WhoId": person.id}
    status = world.facts.closed_status
    if status is not None and plan.targets["Task"].planned("Status") is None:
        given["Status"] = status
    return given
