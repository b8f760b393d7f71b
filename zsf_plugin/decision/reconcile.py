"""Reconcile a plan with the world: the changes to write, and the next world. A batch applies this
to one entry after the other."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.decision.activity import reconcile_touchpoint
from zsf_plugin.decision.purchase import link_digest, reconcile_purchase
from zsf_plugin.model import Changes, Plan, Step, World, without_write_steps


def is_unchanged(plan: Plan, world: World) -> bool:
    """Whether the plan's links show that it was carried out already: then nothing is looked up or
    written. The link of a purchase shows it for an hour; then its record may be gone."""
    if plan.kind == "touchpoint":
        return plan.targets["Task"].link in world.links
    link = world.links.get(plan.targets["Lead"].link)
    return link is not None and link.was_checked(world.now) and _is_carried_out(plan, world)


def _is_carried_out(plan: Plan, world: World) -> bool:
    """Whether the person's link has the digest of this plan, however old it is."""
    link = world.links.get(plan.targets["Lead"].link)
    return link is not None and link.plan_digest == link_digest(plan, world)


def reconcile(plan: Plan, world: World) -> tuple[Changes, World]:
    """What to write for the plan, and the world as it will be then. The steps of held changes
    report no writes; the first are about ignored values."""
    if is_unchanged(plan, world):
        changes = Changes(steps=(Step("unchanged"),), depends_on=_linked(plan, world))
    elif plan.kind == "touchpoint":
        changes, world = reconcile_touchpoint(plan, world)
    else:
        changes, after = reconcile_purchase(plan, world)
        if changes.cause is None and not changes.writes and _is_carried_out(plan, world):
            changes = replace(changes, steps=(*changes.steps, Step("unchanged")))
        world = after
    if changes.cause is not None:
        changes = replace(changes, steps=without_write_steps(changes.steps))
    if plan.ignored:
        changes = replace(changes, steps=plan.ignored + changes.steps)
    return changes, world


def _linked(plan: Plan, world: World) -> frozenset[str]:
    """The records that the plan's links point to, including records that this batch creates."""
    known = filter(world.links.__contains__, plan.links)
    return frozenset(world.links[key].record_id for key in known)
