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
from zsf_plugin.model import Changes, Link, Plan, World, Write
from zsf_plugin.ports import Crm, Entry, RuleSource, Store
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.sync.lookup import look_up

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
    changes = _fold(plans, look_up(plans, live.crm, store, workspace, "upkeep"))
    calls = live.calls_since(before) + _cost(live.crm, plans, changes)
    waiting = store.counts(workspace).pending
    return _counted(plans, changes, waiting, calls)


def _counted(
    plans: Sequence[Plan], changes: Sequence[Changes], waiting: int, calls: int
) -> Estimate:
    ends = Counter(map(_end, plans, changes))
    return Estimate(
        waiting=waiting,
        looked_at=len(plans),
        connected=ends["connected"],
        created=_created(changes),
        activities=ends["activity"],
        held=_held(changes),
        nothing=ends["nothing"],
        calls=calls,
    )


def _created(changes: Sequence[Changes]) -> Counter[str]:
    """How many new records of each object, activities aside."""
    created = Counter(object_ for change in changes for object_ in _new_objects(change))
    created.pop("Task", None)
    return created


def _held(changes: Sequence[Changes]) -> Counter[str]:
    """How many are held, by the words of the cause."""
    return Counter(cause_text(change.cause) for change in changes if change.cause is not None)


def _first_plans(
    workspace: str, rules: RuleSource, store: Store, now: float, most: int
) -> list[Plan]:
    """The plans of the oldest that wait, purchases before activities."""
    return [plan_for(rules, entry.event) for entry in _oldest(store, workspace, now, most)]


def _oldest(store: Store, workspace: str, now: float, most: int) -> list[Entry]:
    entries = list(store.due(workspace, "purchase", most, now))
    room = most - len(entries)
    return [*entries, *(store.due(workspace, "touchpoint", room, now) if room else ())]


def _fold(plans: Sequence[Plan], world: World) -> list[Changes]:
    """The changes of one after the other, over the world that each leaves."""
    folded = []
    for plan in plans:
        change, world = reconcile(plan, world)
        folded.append(change)
    return folded


def _end(plan: Plan, change: Changes) -> str:
    """Which line of the estimate an entry is counted in."""
    if change.cause is not None:
        return "held"
    return _end_of_activity(change) if plan.kind == "touchpoint" else _end_of_purchase(change)


def _end_of_activity(change: Changes) -> str:
    return "activity" if "Task" in _new_objects(change) else "nothing"


def _end_of_purchase(change: Changes) -> str:
    if not set(PEOPLE).isdisjoint(_new_objects(change)):
        return "created"
    return "connected" if any(map(_is_to_known_person, change.links)) else "nothing"


def _is_to_known_person(link: Link) -> bool:
    """Whether the link is to a person's record that was there before."""
    return link.object in PEOPLE and not link.record_id.startswith("new:")


def _new_objects(change: Changes) -> list[str]:
    """The objects of the records that are created."""
    return [write.object for write in change.writes if write.action == "create"]


def _cost(crm: Crm, plans: Sequence[Plan], changes: Sequence[Changes]) -> int:
    """What writing takes: purchases and activities go out apart."""
    by_kind = _writes_by_kind(plans, changes)
    return sum(crm.cost(writes) for writes in by_kind.values() if writes)


def _writes_by_kind(
    plans: Sequence[Plan], changes: Sequence[Changes]
) -> Mapping[str, Sequence[Write]]:
    writes: dict[str, list[Write]] = {}
    for plan, change in zip(plans, changes, strict=True):
        writes.setdefault(plan.kind, []).extend(change.writes)
    return writes
