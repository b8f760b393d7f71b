"""What a draft of the rules means for many prospects at once: compared with the rules in force, for
no call; or with the org, for the calls of a batch's lookups. Writes nothing.

Uses a drain's own functions, each prospect after the changes of those before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.explain.differences import Difference, differences
from zsf_plugin.explain.explanation import LiveOrg
from zsf_plugin.model import (
    PERSON_OBJECTS,
    Changes,
    Event,
    Json,
    Plan,
    PlannedField,
    Target,
    World,
    is_blank,
)
from zsf_plugin.ports import RuleSource, Store
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.sync.lookup import look_up

#: `filled`: it was blank, or not planned; `removed`: it is no longer planned, and stays as it is in
#: the org; `policy`: only its overwrite policy changes; `left_out`: it does not fit.
ChangeKind = Literal["filled", "changed", "removed", "policy", "left_out"]
#: (object, field).
Place: TypeAlias = "tuple[str, str]"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What happens to one field of one prospect. `before` and `after` are its values; of the kind
    `policy`, its overwrite policies."""

    object: str
    field: str
    kind: ChangeKind
    before: Json = None
    after: Json = None


@dataclass(frozen=True, slots=True)
class ManyChanges:
    """The changes of each prospect, in the order of the events. Compared with the org, `calls` is
    the cost of sending them all, lookups included, and `held` would be held; else None and 0."""

    prospects: tuple[tuple[FieldChange, ...], ...]
    calls: int | None = None
    held: int = 0

    @property
    def changed(self) -> int:
        """How many prospects have a change."""
        return sum(map(_is_changed, self.prospects))

    @property
    def by_field(self) -> Mapping[Place, Counter[ChangeKind]]:
        """The number of prospects by field and kind of change, in the order of the plans."""
        found: dict[Place, Counter[ChangeKind]] = {}
        for changes in self.prospects:
            for one in changes:
                found.setdefault((one.object, one.field), Counter())[one.kind] += 1
        return found


def _is_changed(changes: Sequence[FieldChange]) -> bool:
    """Whether anything is written, or would no longer be."""
    return any(one.kind != "left_out" for one in changes)


def compare_plans(events: Sequence[Event], before: RuleSource, after: RuleSource) -> ManyChanges:
    """The difference that other rules make to the plans of these purchases. Makes no call."""
    plans = ((plan_for(before, event), plan_for(after, event)) for event in events)
    return ManyChanges(tuple(tuple(_plan_changes(*pair)) for pair in plans))


def _plan_changes(before: Plan, after: Plan) -> Iterator[FieldChange]:
    was, now = _planned(before), _planned(after)
    for place in (*now, *(place for place in was if place not in now)):
        one, other = was.get(place), now.get(place)
        kind = _kind(one, other)
        if kind is not None:
            part = _overwrite if kind == "policy" else _value
            yield FieldChange(*place, kind, part(one), part(other))


def _planned(plan: Plan) -> dict[Place, PlannedField]:
    """What the plan writes by object and field, without blanks."""
    return {
        (target.object, one.field): one
        for target in _targets(plan)
        for one in target.fields
        if not is_blank(one.value)
    }


def _targets(plan: Plan) -> Iterator[Target]:
    """The person, and the company of a Contact."""
    yield plan.targets[PERSON_OBJECTS[plan.mode]]
    if plan.mode == "contact" and "Account" in plan.targets:
        yield plan.targets["Account"]


def _kind(was: PlannedField | None, now: PlannedField | None) -> ChangeKind | None:
    """What happens to a field; None if nothing does."""
    if now is None:
        return "removed"
    if was is None:
        return "filled"
    if was.value != now.value:
        return "changed"
    return "policy" if was.overwrite != now.overwrite else None


def _value(planned: PlannedField | None) -> Json:
    return planned.value if planned is not None else None


def _overwrite(planned: PlannedField | None) -> Json:
    return planned.overwrite if planned is not None else None


def compare_with_org(
    events: Sequence[Event], rules: RuleSource, store: Store, live: LiveOrg, now: float
) -> ManyChanges:
    """What sending these purchases of one workspace would change in the org. Raises as `Crm`."""
    plans = [plan_for(rules, event) for event in events]
    before = live.calls()
    workspace = events[0].workspace if events else ""
    world = look_up(plans, live.crm, store, workspace, "upkeep", now=now)
    looked = live.calls_since(before)
    outcomes = list(_outcomes(plans, world))
    writes = [write for changes, _ in outcomes for write in changes.writes]
    return ManyChanges(
        tuple(fields for _, fields in outcomes),
        calls=looked + (live.crm.cost(writes) if writes else 0),
        held=sum(changes.cause is not None for changes, _ in outcomes),
    )


def _outcomes(
    plans: Sequence[Plan], world: World
) -> Iterator[tuple[Changes, tuple[FieldChange, ...]]]:
    """The changes of each plan with their fields, on the world that the plans before it leave."""
    for plan in plans:
        changes, after = reconcile(plan, world)
        yield changes, tuple(_org_changes(plan, world, changes))
        world = after


def _org_changes(plan: Plan, world: World, changes: Changes) -> Iterator[FieldChange]:
    """The fields that are written or left out; none if the plan is held or has not changed."""
    if changes.cause is not None or any(step.code == "unchanged" for step in changes.steps):
        return
    for one in differences(plan, world, changes):
        for line in one.lines:
            if line.effect != "stays" and line.overwrite is not None:
                yield _org_change(one.object, line)


def _org_change(object_: str, line: Difference) -> FieldChange:
    if line.effect == "left_out":
        return FieldChange(object_, line.field, "left_out", after=line.ours)
    kind: ChangeKind = "filled" if is_blank(line.before) else "changed"
    return FieldChange(object_, line.field, kind, line.before, line.after)
