"""One look: what has to be known of an org, and of our store, before plans can be reconciled.

Used by the drain, and by all that only show what a drain would do: explain, estimate, preview,
candidates. Reads only; never decides, never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zsf_plugin.decision.questions import selected, wanted
from zsf_plugin.decision.reconcile import is_unchanged
from zsf_plugin.model import LinkKey, Lookup, Plan, World
from zsf_plugin.ports import Crm, Purpose, Store

#: Rounds of questions before plans are reconciled: company, then its people, then what those lead
#: to, then a probe.
MAX_ROUNDS = 6


def look(
    plans: Sequence[Plan],
    crm: Crm,
    store: Store,
    workspace: str,
    purpose: Purpose,
    named: Sequence[Lookup] = (),
) -> World:
    """The world in which these plans can be reconciled, with the `named` records in it.

    Raises Unavailable, QuotaReached, ReconnectRequired, StoreUnavailable.
    """
    world = linked_world(plans, crm, store, workspace)
    return with_claims(ask(plans, world, crm, purpose, named), store)


def linked_world(plans: Sequence[Plan], crm: Crm, store: Store, workspace: str) -> World:
    """The first part of a look: the org's facts, and the links that the plans name. Nothing of the
    plans is asked yet."""
    keys: set[LinkKey] = set()
    for plan in plans:
        for target in plan.targets.values():
            keys.add(target.link)
    return World(crm.facts(), store.links(workspace, keys))


def ask(
    plans: Sequence[Plan], world: World, crm: Crm, purpose: Purpose, named: Sequence[Lookup] = ()
) -> World:
    """The second part: the world once all that the plans need was asked, in as few rounds as they
    allow. Asks for nothing where a plan's links say that it was done."""
    asking = []
    for plan in plans:
        if not is_unchanged(plan, world):
            asking.append(plan)
    fields = selected(asking, world.facts)
    for _ in range(MAX_ROUNDS):
        lookups = wanted(asking, world)
        if named:
            lookups += _unasked(named, world)
        if not lookups:
            break
        world = world.with_records(crm.find(lookups, fields, purpose), lookups)
    return world


def _unasked(named: Sequence[Lookup], world: World) -> list[Lookup]:
    """The named records that were not asked for yet, of objects that the org shows."""
    unasked: list[Lookup] = []
    for lookup in named:
        if lookup not in world.asked and world.facts.describes.get(lookup.object) is not None:
            unasked.append(lookup)
    return unasked


def with_claims(world: World, store: Store) -> World:
    """The third part: the world with the Tasks that stand for another touchpoint. Without our id on
    them they look alike."""
    if world.facts.id_fields.get("Task") is not None:
        return world
    tasks = []
    for object_, record_id in world.records:
        if object_ == "Task":
            tasks.append(record_id)
    if not tasks:
        return world
    return replace(world, claimed=world.claimed | store.linked("Task", tasks))
