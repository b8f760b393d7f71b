"""Explains an event: whether it is admitted, its plan with the rule file of each value, its cost in
API calls (an upper bound, exact after a lookup), and with a live org its changes.

docs/call-budget.md has the cost of each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model import (
    Cause,
    Changes,
    Event,
    Kind,
    Link,
    LinkKey,
    Plan,
    Rules,
    SkipCode,
    Step,
    World,
)
from zsf_plugin.ports import Crm, RuleSource, Store
from zsf_plugin.sync.lookup import look_up

#: One lookup, one write, and one call for the describes if they are not cached...
_MAX_PURCHASE_CALLS = 3
#: ...and one more lookup for an activity: if Task lacks our ID field, the Task is searched once its
#: person is known.
_MAX_ACTIVITY_CALLS = 4


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """What a sync would do with an event. `skipped` says why it would do nothing; `changes` is None
    without a live org."""

    event: Event
    rules: Rules
    cost: Cost
    skipped: SkipCode | None = None
    plan: Plan | None = None
    changes: Changes | None = None

    @property
    def cause(self) -> Cause | None:
        """Why it would be held."""
        return self.changes.cause if self.changes is not None else None

    @property
    def is_unchanged(self) -> bool:
        """Whether it was synced before, and nothing changed since."""
        return any(step.code == "unchanged" for step in self.steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the changes, for people to read; none without a live org."""
        return self.changes.steps if self.changes is not None else ()


@dataclass(frozen=True, slots=True)
class LiveOrg:
    """An org for lookups; `calls` returns the number of upkeep calls so far, lookups included."""

    crm: Crm
    calls: Callable[[], int]

    def calls_since(self, before: int) -> int:
        """The number of calls made since there were `before`."""
        return max(self.calls() - before, 0)


def explain(
    event: Event, rules: RuleSource, store: Store, now: float, *, live: LiveOrg | None = None
) -> EventExplanation:
    """Explain one event at `now` (seconds since 1970); with `live`, query the org (reads only) for
    the exact changes.

    Raises Unavailable, QuotaReached, ReconnectRequired from the lookup.
    """
    planned, plan = explain_plan(event, rules, store, now)
    if planned.skipped is not None:
        return replace(planned, cost=NO_CALLS, plan=None)
    return planned if live is None else _explain_live(planned, plan, store, live, now)


def _explain_live(
    planned: EventExplanation, plan: Plan, store: Store, live: LiveOrg, now: float
) -> EventExplanation:
    before = live.calls()
    world = look_up([plan], live.crm, store, planned.event.workspace, "upkeep", now=now)
    return with_changes(planned, plan, world, live.crm, live.calls_since(before))


def explain_plan(
    event: Event, rules: RuleSource, store: Store, now: float
) -> tuple[EventExplanation, Plan]:
    """Explain an event without the org, and return its plan as well, even if the switches skip
    it."""
    decided = decide_arriving(event, rules.in_force(event.workspace))
    plan = decided.plan
    connection = store.connection(event.workspace)
    org_id = connection.org_id if connection is not None else ""
    cost = upper_bound(plan, store.links(event.workspace, org_id, plan.links), now)
    return EventExplanation(event, decided.rules, cost, decided.skipped, plan), plan


def with_changes(
    planned: EventExplanation, plan: Plan, world: World, crm: Crm, looked: int
) -> EventExplanation:
    """The explanation after a lookup, which took `looked` calls."""
    changes, _ = reconcile(plan, world)
    to_write = crm.cost(changes.writes)
    return replace(planned, cost=exact_cost(looked, to_write), changes=changes)


@dataclass(frozen=True, slots=True)
class Cost:
    """API calls. `looked`: the lookup, None without one. `to_write`: writing the changes if nothing
    is refused, None if they are unknown. `at_most`: syncing the event, unless its record was
    merged, converted or deleted meanwhile (one or two more lookups) or Salesforce refuses it."""

    looked: int | None
    to_write: int | None
    at_most: int


NO_CALLS = Cost(0, 0, 0)


def upper_bound(plan: Plan, links: Mapping[LinkKey, Link], now: float) -> Cost:
    """The upper bound before a lookup; zero if the event was synced before and has not changed."""
    return Cost(None, None, 0 if _is_synced(plan, links, now) else max_calls(plan.kind))


def max_calls(kind: Kind) -> int:
    """The upper bound for an event that was never synced."""
    return _MAX_ACTIVITY_CALLS if kind == "touchpoint" else _MAX_PURCHASE_CALLS


def exact_cost(looked: int, to_write: int) -> Cost:
    """The cost after a lookup."""
    return Cost(looked, to_write, looked + to_write)


def _is_synced(plan: Plan, links: Mapping[LinkKey, Link], now: float) -> bool:
    """Whether the event was synced before and has not changed, as far as is known without the org's
    describes."""
    if plan.kind == "touchpoint":
        return plan.targets["Task"].link in links
    link = links.get(plan.targets["Lead"].link)
    return link is not None and link.was_checked(now) and _has_plan_digest(link, plan)


def _has_plan_digest(link: Link, plan: Plan) -> bool:
    """Whether a link has the plan's digest, which precedes that of the describes."""
    return link.plan_digest.partition(":")[0] == plan.digest
