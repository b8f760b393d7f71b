"""Overlap groups: which plans of a batch may concern the same person, company or touchpoint.

Entries of one group cannot be decided separately: the outcome of one may change what the next one
needs. Two plans overlap if they share a link or the values of a match key, or if their searches
find the same record. Overlap is transitive. `sync/rounds` decides what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from zsf_plugin.decision.search import COMPANY, PEOPLE, searches_for
from zsf_plugin.model import Plan, World
from zsf_plugin.model.text import normal_form

Level = Literal["person", "company", "touchpoint"]
#: A group: its level, and the index of its first plan.
Group: TypeAlias = tuple[Level, int]

#: The objects written at each level.
OBJECTS: dict[Level, tuple[str, ...]] = {
    "person": PEOPLE,
    "company": COMPANY,
    "touchpoint": ("Task",),
}

#: What plans may share: a link, the values of a match key, a record that was found.
_Identity: TypeAlias = tuple[object, ...]


def overlap_groups(
    plans: Sequence[Plan],
    world: World,
    one_by_one: Callable[[Iterable[Plan]], Iterator[Plan]] = iter,
) -> list[tuple[Group, ...]]:
    """The groups of each plan, at most one per level. `world` holds what was found for these
    plans; `one_by_one` yields them, as slowly as the caller wants."""
    none: list[Group | None] = [None] * len(plans)
    companies = _groups("company", one_by_one(plans), none, world)
    people = _groups("person", one_by_one(plans), companies, world)
    touchpoints = _groups("touchpoint", one_by_one(plans), none, world)
    found = []
    for groups in zip(people, companies, touchpoints, strict=True):
        found.append(tuple(filter(None, groups)))
    return found


def _groups(
    level: Level, plans: Iterable[Plan], companies: Sequence[Group | None], world: World
) -> list[Group | None]:
    """The group of each plan: the same for all that overlap, directly or through others. None if
    the plan has nothing at that level."""
    parents = list(range(len(companies)))
    at_level: list[bool] = []
    first: dict[_Identity, int] = {}
    seen: dict[tuple[str, Group | None], int] = {}
    for index, plan in enumerate(plans):
        at_level.append(OBJECTS[level][0] in plan.targets)
        if level != "touchpoint":
            # plans of one person and company have the same identities
            same = seen.setdefault((plan.person_digest, companies[index]), index)
            if same != index:
                parents[_root(parents, index)] = _root(parents, same)
                continue
        for identity in _identities(level, plan, companies[index], world):
            other = first.setdefault(identity, index)
            parents[_root(parents, index)] = _root(parents, other)
    groups: list[Group | None] = []
    for index, is_at_level in enumerate(at_level):
        groups.append((level, _root(parents, index)) if is_at_level else None)
    return groups


def _identities(
    level: Level, plan: Plan, company: Group | None, world: World
) -> Iterator[_Identity]:
    """The link of the plan's person, company or touchpoint, the values that the first two are
    searched by, and the records they find."""
    target = plan.targets.get(OBJECTS[level][0])
    if target is None:
        return
    yield ("link", *target.link)
    if level == "touchpoint":
        return
    for search in searches_for(plan, OBJECTS[level], world):
        if search.unasked is not None:
            continue
        values: list[object] = [search.object]
        for part in search.key:
            values.append(part.field)
            if part.value is None:  # the company, which plans may name differently: its group
                values.append(company)
            else:
                values.append(normal_form(part.compare, part.value) or part.value)
        yield tuple(values)
        for record in world.matching(search.object, search.parts(None) or ()):
            yield ("record", record.id)


def _root(parents: list[int], index: int) -> int:
    """The plan at the root of the chain of parents from `index`; shortens the chain on the way."""
    while parents[index] != index:
        parents[index] = index = parents[parents[index]]
    return index
