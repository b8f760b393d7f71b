"""Looks up everything about an org, and in our store, that plans need to be reconciled.

Used by the drain, and by everything that shows what a drain would do: explain, estimate, preview,
candidates. Reads only; never decides, never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from zsf_plugin.decision.lookups import fields_to_read, open_lookups
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.decision.search import MAX_SUCCESSORS
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import LinkKey, Lookup, Plan, World
from zsf_plugin.ports import Crm, Purpose, RecordSearches

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

#: Rounds of lookups before plans are reconciled: company, its people, a probe, and the records that
#: they lead to, each of which may have lost a merge, which takes a second look.
MAX_LOOKUP_ROUNDS = 4 + 2 * MAX_SUCCESSORS


def look_up(
    plans: Sequence[Plan],
    crm: Crm,
    store: Store,
    workspace: str,
    purpose: Purpose,
    named: Sequence[Lookup] = (),
    *,
    now: float,
) -> World:
    """The world at `now` (seconds since 1970) that these plans are reconciled against, with the
    `named` records in it.

    Raises Unavailable, QuotaReached, ReconnectRequired, StoreUnavailable.
    """
    world = world_with_links(plans, crm, store, workspace, now)
    return with_claimed_tasks(look_up_records(plans, world, crm, purpose, named), store)


def world_with_links(
    plans: Sequence[Plan], crm: Crm, store: Store, workspace: str, now: float
) -> World:
    """First part: the org's facts and the links that the plans name. No records yet."""
    keys: set[LinkKey] = set()
    for plan in give_way_between(plans):
        for target in plan.targets.values():
            keys.add(target.link)
    facts = crm.facts()
    return World(facts, store.links(workspace, facts.org_id, keys), now=now)


def look_up_records(
    plans: Sequence[Plan],
    world: World,
    crm: RecordSearches,
    purpose: Purpose,
    named: Sequence[Lookup] = (),
) -> World:
    """Second part: the world with every record that the plans need, in as few rounds as possible. A
    plan that its links show as done needs none."""
    changed = []
    for plan in give_way_between(plans):
        if not is_unchanged(plan, world):
            changed.append(plan)
    fields = fields_to_read(give_way_between(changed), world.facts)
    waiting = changed
    for _ in range(MAX_LOOKUP_ROUNDS):
        lookups, waiting = open_lookups(give_way_between(waiting), world, len(changed))
        if named:
            lookups += _not_looked_up(named, world)
        if not lookups:
            break
        found = crm.find(lookups, fields, purpose)
        world = world.with_records(found.records, lookups, found.refused, found.by_usual_forms)
    return world


def _not_looked_up(named: Sequence[Lookup], world: World) -> list[Lookup]:
    """The named records that were not looked up yet, of objects that the org shows."""
    missing: list[Lookup] = []
    for lookup in named:
        if lookup not in world.answered and world.facts.describes.get(lookup.object) is not None:
            missing.append(lookup)
    return missing


def with_claimed_tasks(world: World, store: Store) -> World:
    """Third part: the world with the Tasks that belong to other touchpoints. Without our id on them
    Tasks look alike."""
    if world.facts.id_fields.get("Task") is not None:
        return world
    tasks = []
    for object_, record_id in world.records:
        if object_ == "Task":
            tasks.append(record_id)
    if not tasks:
        return world
    claimed = store.linked_records(world.facts.org_id, "Task", tasks)
    return replace(world, claimed=world.claimed | claimed)
