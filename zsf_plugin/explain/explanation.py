"""An event explained: admitted or not, its plan with every value's rule file, what it costs in API
calls (a bound before looking, counts after), and against a live org its changes.

The figures of each operation, and what may come on top, are in docs/call-budget.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from zsf_plugin.decision.decide import admit, decide
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model import (
    Cause,
    Changes,
    Event,
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

#: One look, one write, one for the describes where they are not cached...
_USUAL = 3
#: ...and one look more for an activity: where Task has no field for our id, it is looked for once
#: its person is known.
_ACTIVITY = 4


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """What would become of an event. `skipped` says why nothing would; `changes` is None without a
    live org."""

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
        """Whether it was left done, and nothing of it has changed since."""
        return any(step.code == "unchanged" for step in self.steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the changes are made of, for people to read; none without a live org."""
        return self.changes.steps if self.changes is not None else ()


@dataclass(frozen=True, slots=True)
class Live:
    """An org to look at; `calls` counts all that were made for upkeep so far, looking among
    them."""

    crm: Crm
    calls: Callable[[], int]

    def calls_since(self, before: int) -> int:
        """How many were made since there were `before`."""
        return max(self.calls() - before, 0)


def explain(
    event: Event, rules: RuleSource, store: Store, *, live: Live | None = None
) -> EventExplanation:
    """Explain one event; with `live`, look at the org (reads only) and say exactly what would be
    written.

    Raises Unavailable, QuotaReached, ReconnectRequired from looking.
    """
    planned, plan = explain_plan(event, rules, store)
    if planned.skipped is not None:
        return replace(planned, cost=NOTHING, plan=None)
    return planned if live is None else _explain_live(planned, plan, store, live)


def _explain_live(
    planned: EventExplanation, plan: Plan, store: Store, live: Live
) -> EventExplanation:
    before = live.calls()
    world = look_up([plan], live.crm, store, planned.event.workspace, "upkeep")
    return with_changes(planned, plan, world, live.crm, live.calls_since(before))


def explain_plan(event: Event, rules: RuleSource, store: Store) -> tuple[EventExplanation, Plan]:
    """What is known of an event without looking at the org, and its plan: made also where the
    switches skip it."""
    in_force = rules.rules_for(event.workspace, event.scope)
    admission = admit(event, in_force)
    plan = decide(admission.event, in_force)
    cost = bound(plan, store.links(event.workspace, plan.links))
    return EventExplanation(event, in_force, cost, admission.skipped, plan), plan


def with_changes(
    planned: EventExplanation, plan: Plan, world: World, crm: Crm, looked: int
) -> EventExplanation:
    """The explanation once the org was looked at, which took `looked` calls."""
    changes, _ = reconcile(plan, world)
    to_write = crm.cost(changes.writes)
    return replace(planned, cost=counted(looked, to_write), changes=changes)


@dataclass(frozen=True, slots=True)
class Cost:
    """API calls. `looked`: what looking took, None where nobody looked. `to_write`: what writing
    the changes takes, nothing refused; None where they are not known. `at_most`: what syncing the
    event takes, unless its record moved on since (merged, converted, deleted: a look or two more)
    or Salesforce refuses."""

    looked: int | None
    to_write: int | None
    at_most: int


NOTHING = Cost(0, 0, 0)


def bound(plan: Plan, links: Mapping[LinkKey, Link]) -> Cost:
    """Before anybody looked: nothing where the event was left done and nothing of it has changed
    since."""
    most = _ACTIVITY if plan.kind == "touchpoint" else _USUAL
    return Cost(None, None, 0 if _was_left_done(plan, links) else most)


def counted(looked: int, to_write: int) -> Cost:
    """After looking."""
    return Cost(looked, to_write, looked + to_write)


def _was_left_done(plan: Plan, links: Mapping[LinkKey, Link]) -> bool:
    """Whether the event was left done and nothing of it has changed, as far as it can be told
    without the org's describes."""
    if plan.kind == "touchpoint":
        return plan.targets["Task"].link in links
    return _is_of_plan(links.get(plan.targets["Lead"].link), plan)


def _is_of_plan(link: Link | None, plan: Plan) -> bool:
    """Whether a link remembers the plan: its digest stands before that of the describes."""
    return link is not None and link.plan_digest.partition(":")[0] == plan.digest
