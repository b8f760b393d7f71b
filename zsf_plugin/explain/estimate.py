"""Estimates what sending all waiting entries would do in the org, and what it would cost. Writes
nothing.

Uses a drain's own functions: decide, look up, reconcile, each entry after the changes of those
before it. It cannot foresee refusals, so it says what would be tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.explain.explanation import LiveOrg
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model import Changes, Link, Plan, World, Write
from zsf_plugin.ports import Crm, Entry, RuleSource, Store
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.sync.lookup import look_up

#: The number of entries to look up; if there are more, the result is partial.
MAX_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Estimate:
    """What `looked_at` of the `waiting` entries would do: `connected` to an existing person,
    `created` and `updated` records by object (Lead, Contact, Account), `activities` added, `held`
    by the cause's text, `nothing` to do. `calls` is the number of API calls."""

    waiting: int
    looked_at: int
    connected: int
    created: Mapping[str, int]
    updated: Mapping[str, int]
    activities: int
    held: Mapping[str, int]
    nothing: int
    calls: int

    @property
    def is_partial(self) -> bool:
        """Whether some entries were not looked up."""
        return self.looked_at < self.waiting


def estimate(
    workspace: str,
    rules: RuleSource,
    store: Store,
    live: LiveOrg,
    now: float,
    limit: int = MAX_ENTRIES,
) -> Estimate:
    """Estimate the oldest waiting entries, purchases first, as in a drain. Raises as `Crm`."""
    plans = _first_plans(workspace, rules, store, now, limit)
    before = live.calls()
    world = look_up(plans, live.crm, store, workspace, "upkeep", now=now)
    changes = _reconcile_all(plans, world)
    calls = live.calls_since(before) + _cost(live.crm, plans, changes)
    waiting = store.counts(workspace).pending
    return _estimate_of(plans, changes, waiting, calls)


def _estimate_of(
    plans: Sequence[Plan], changes: Sequence[Changes], waiting: int, calls: int
) -> Estimate:
    outcomes = Counter(map(_outcome, plans, changes))
    return Estimate(
        waiting=waiting,
        looked_at=len(plans),
        connected=outcomes["connected"],
        created=_records(changes, "create"),
        updated=_records(changes, "update"),
        activities=outcomes["activity"],
        held=_held(changes),
        nothing=outcomes["nothing"],
        calls=calls,
    )


def _records(changes: Sequence[Changes], action: Literal["create", "update"]) -> Counter[str]:
    """The number of records with that action by object, without activities."""
    found = Counter(object_ for change in changes for object_ in _objects(change, action))
    found.pop("Task", None)
    return found


def _held(changes: Sequence[Changes]) -> Counter[str]:
    """The number of held entries by the text of their cause."""
    return Counter(cause_text(change.cause) for change in changes if change.cause is not None)


def _first_plans(
    workspace: str, rules: RuleSource, store: Store, now: float, limit: int
) -> list[Plan]:
    """The plans of the oldest waiting entries, purchases before activities."""
    return [plan_for(rules, entry.event) for entry in _oldest(store, workspace, now, limit)]


def _oldest(store: Store, workspace: str, now: float, limit: int) -> list[Entry]:
    entries = list(store.due(workspace, "purchase", limit, now))
    left = limit - len(entries)
    return [*entries, *(store.due(workspace, "touchpoint", left, now) if left else ())]


def _reconcile_all(plans: Sequence[Plan], world: World) -> list[Changes]:
    """The changes of each plan, on the world that the plans before it leave."""
    changes = []
    for plan in plans:
        change, world = reconcile(plan, world)
        changes.append(change)
    return changes


def _outcome(plan: Plan, change: Changes) -> str:
    """The count of the estimate that an entry belongs to."""
    if change.cause is not None:
        return "held"
    return (
        _outcome_of_activity(change) if plan.kind == "touchpoint" else _outcome_of_purchase(change)
    )


def _outcome_of_activity(change: Changes) -> str:
    return "activity" if "Task" in _new_objects(change) else "nothing"


def _outcome_of_purchase(change: Changes) -> str:
    if not set(PEOPLE).isdisjoint(_new_objects(change)):
        return "created"
    return "connected" if any(map(_is_to_known_person, change.links)) else "nothing"


def _is_to_known_person(link: Link) -> bool:
    """Whether the link is to an existing person."""
    return link.object in PEOPLE and not link.record_id.startswith("new:")


def _new_objects(change: Changes) -> list[str]:
    """The objects of the created records."""
    return _objects(change, "create")


def _objects(change: Changes, action: Literal["create", "update"]) -> list[str]:
    """The objects of the records with that action."""
    return [write.object for write in change.writes if write.action == action]


def _cost(crm: Crm, plans: Sequence[Plan], changes: Sequence[Changes]) -> int:
    """API calls for the writes: purchases and activities are sent separately."""
    by_kind = _writes_by_kind(plans, changes)
    return sum(crm.cost(writes) for writes in by_kind.values() if writes)


def _writes_by_kind(
    plans: Sequence[Plan], changes: Sequence[Changes]
) -> Mapping[str, Sequence[Write]]:
    writes: dict[str, list[Write]] = {}
    for plan, change in zip(plans, changes, strict=True):
        writes.setdefault(plan.kind, []).extend(change.writes)
    return writes
