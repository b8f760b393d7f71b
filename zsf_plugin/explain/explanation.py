"""An event explained: admitted or not, its plan with every value's rule file, and against a live
org its changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zsf_plugin.decision.admit import admit
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.explain.cost import NOTHING, Cost, bound, counted
from zsf_plugin.model import Changes, Event, Plan, Rules, SkipCode, World
from zsf_plugin.ports import Crm, RuleSource, Store
from zsf_plugin.sync.look import look


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of an event. `skipped` says why nothing would; `changes` is None without a
    live org."""

    event: Event
    rules: Rules
    cost: Cost
    skipped: SkipCode | None = None
    plan: Plan | None = None
    changes: Changes | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """An org to look at; `calls` counts all that were made for upkeep so far, looking among
    them."""

    crm: Crm
    calls: Callable[[], int]


def explain(
    event: Event, rules: RuleSource, store: Store, *, live: Live | None = None
) -> Explanation:
    """Explain one event; with `live`, look at the org (reads only) and say exactly what would be
    written.

    Raises Unavailable, QuotaReached, ReconnectRequired from looking.
    """
    planned, plan = explain_plan(event, rules, store)
    if planned.skipped is not None:
        return replace(planned, cost=NOTHING, plan=None)
    if live is None:
        return planned
    before = live.calls()
    world = look([plan], live.crm, store, event.workspace, "upkeep")
    looked = max(live.calls() - before, 0)
    return with_changes(planned, plan, world, live.crm, looked)


def explain_plan(event: Event, rules: RuleSource, store: Store) -> tuple[Explanation, Plan]:
    """What is known of an event without looking at the org, and its plan: made also where the
    switches skip it."""
    in_force = rules.rules_for(event.workspace, event.scope)
    admission = admit(event, in_force)
    plan = decide(admission.event, in_force)
    links = store.links(event.workspace, plan.links)
    cost = bound(plan, links)
    return Explanation(event, in_force, cost, admission.skipped, plan), plan


def with_changes(
    planned: Explanation, plan: Plan, world: World, crm: Crm, looked: int
) -> Explanation:
    """The explanation once the org was looked at, which took `looked` calls."""
    changes, _ = reconcile(plan, world)
    cost = counted(looked, crm.cost(changes.writes))
    return replace(planned, cost=cost, changes=changes)
