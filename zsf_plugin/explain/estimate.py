"""An estimate: what sending all that waits would do in the org, and what it would cost. Reads only,
writes nothing.

The same functions as a drain's: decide, look, reconcile, one entry after the other over the world
that each leaves. Refusals are not foreseen, so it says what would be tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.explain.explanation import Live
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model import Changes, Plan, Write
from zsf_plugin.ports import Crm, RuleSource, Store
from zsf_plugin.sync.look import look
from zsf_plugin.sync.planned import plan_of

#: So many entries are looked at; of more, these are said to be the first.
MOST = 500


@dataclass(frozen=True, slots=True)
class Estimate:
    """What `looked_at` of the `waiting` entries would do: `connected` to a person that exists,
    `created` by object (Lead, Contact, Account), `activities` added, `held` by the cause's words,
    `nothing` to do. `calls` of ours."""

    waiting: int
    looked_at: int
    connected: int
    created: Mapping[str, int]
    activities: int
    held: Mapping[str, int]
    nothing: int
    calls: int

    @property
    def is_partial(self) -> bool:
        """Whether some were not looked at."""
        return self.looked_at < self.waiting


def estimate(
    workspace: str, rules: RuleSource, store: Store, live: Live, now: float, most: int = MOST
) -> Estimate:
    """Look at the oldest that wait, purchases first, as a drain would. Raises as Crm does."""
    plans = _first_plans(workspace, rules, store, now, most)
    before = live.calls()
    changes = _fold(store, workspace, live.crm, plans)
    looked = max(live.calls() - before, 0)
    ends = Counter(map(_end, plans, changes))
    return Estimate(
        waiting=store.counts(workspace).pending,
        looked_at=len(plans),
        connected=ends["connected"],
        created=_created(changes),
        activities=ends["activity"],
        held=_held(changes),
        nothing=ends["nothing"],
        calls=looked + _cost(live.crm, plans, changes),
    )


def _created(changes: Sequence[Changes]) -> Counter[str]:
    """How many new records of each object, activities aside."""
    created: Counter[str] = Counter()
    for change in changes:
        for write in change.writes:
            if write.action == "create" and write.object != "Task":
                created[write.object] += 1
    return created


def _held(changes: Sequence[Changes]) -> Counter[str]:
    """How many are held, by the words of the cause."""
    return Counter(cause_text(change.cause) for change in changes if change.cause is not None)


def _first_plans(
    workspace: str, rules: RuleSource, store: Store, now: float, most: int
) -> list[Plan]:
    """The plans of the oldest that wait, purchases before activities."""
    entries = list(store.due(workspace, "purchase", most, now))
    room = most - len(entries)
    if room:
        entries += store.due(workspace, "touchpoint", room, now)
    return [plan_of(rules, entry.event) for entry in entries]


def _fold(store: Store, workspace: str, crm: Crm, plans: Sequence[Plan]) -> list[Changes]:
    world = look(plans, crm, store, workspace, "upkeep")
    folded = []
    for plan in plans:
        change, world = reconcile(plan, world)
        folded.append(change)
    return folded


def _end(plan: Plan, change: Changes) -> str:
    """Which line of the estimate an entry is counted in."""
    if change.cause is not None:
        return "held"
    if plan.kind == "touchpoint":
        return "activity" if _creates(change, ("Task",)) else "nothing"
    if _creates(change, PEOPLE):
        return "created"
    found = [link.record_id for link in change.links if link.object in PEOPLE]
    return "connected" if any(not ref.startswith("new:") for ref in found) else "nothing"


def _creates(change: Changes, objects: Sequence[str]) -> bool:
    return any(write.action == "create" and write.object in objects for write in change.writes)


def _cost(crm: Crm, plans: Sequence[Plan], changes: Sequence[Changes]) -> int:
    """What writing takes: purchases and activities go out apart."""
    writes: dict[str, list[Write]] = {}
    for plan, change in zip(plans, changes, strict=True):
        writes.setdefault(plan.kind, []).extend(change.writes)
    return sum(crm.cost(of_kind) for of_kind in writes.values() if of_kind)
