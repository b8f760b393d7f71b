"""Overlap groups: which plans of a batch may speak of the same person, company or touchpoint. Pure.

Entries of one group cannot be decided apart: what becomes of one may change what the next one
wants. Two that share a name by which both could be found, or of which any name finds the same
record, are in one group, and so is everybody between them. Never says what has to be done about it:
that is the batch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from zsf_plugin.decision.search import PEOPLE, Search, company_searches, person_searches
from zsf_plugin.model.compare import normal_form
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import World

Level = Literal["person", "company", "touchpoint"]
#: A group's name: its level, and the number of the group within it.
Group: TypeAlias = tuple[Level, int]

#: The objects whose writes concern a level.
OBJECTS: dict[Level, tuple[str, ...]] = {
    "person": PEOPLE,
    "company": ("Account",),
    "touchpoint": ("Task",),
}

#: What plans may have in common: a link, a match key's values, a record that was found.
_Name: TypeAlias = tuple[object, ...]


def overlap_groups(plans: Sequence[Plan], world: World) -> list[tuple[Group, ...]]:
    """For each plan the groups it belongs to, at most one a level. `world` has what was found for
    these plans."""
    companies = _numbered([_company_names(plan, world) for plan in plans])
    people: list[list[_Name]] = []
    for plan, company in zip(plans, companies, strict=True):
        people.append(_person_names(plan, company, world))
    touchpoints = _numbered([_touchpoint_names(plan) for plan in plans])
    groups: list[list[Group]] = [[] for _ in plans]
    _add("person", _numbered(people), groups)
    _add("company", companies, groups)
    _add("touchpoint", touchpoints, groups)
    return [tuple(of_plan) for of_plan in groups]


def _add(level: Level, numbers: Sequence[int | None], groups: Sequence[list[Group]]) -> None:
    for number, of_plan in zip(numbers, groups, strict=True):
        if number is not None:
            of_plan.append((level, number))


def _touchpoint_names(plan: Plan) -> list[_Name]:
    task = plan.targets.get("Task")
    return [("link", *task.link)] if task is not None else []


def _company_names(plan: Plan, world: World) -> list[_Name]:
    target = plan.targets.get("Account")
    if target is None:
        return []
    return [("link", *target.link), *_names(company_searches(plan, world), None, world)]


def _person_names(plan: Plan, company: int | None, world: World) -> list[_Name]:
    link = plan.targets["Lead"].link
    return [("link", *link), *_names(person_searches(plan, world), company, world)]


def _names(searches: Sequence[Search], company: int | None, world: World) -> list[_Name]:
    """The values that a plan is searched by, and the records that they find. The company's part of
    a match key is the company's group, whatever each plan calls it."""
    names: list[_Name] = []
    for search in searches:
        values: list[object] = []
        for part in search.key:
            if part.value is None:
                values += [part.field, company]
            else:
                values += [part.field, normal_form(part.compare, part.value) or part.value]
        names.append((search.object, *values))
        parts = search.parts(None)
        if parts is not None:
            for record in world.matching(search.object, parts):
                names.append(("record", record.id))
    return names


def _numbered(names_of: Sequence[Sequence[_Name]]) -> list[int | None]:
    """The number of each one's group: the same for all who share a name, directly or through
    others. None: nameless."""
    leaders = list(range(len(names_of)))
    first: dict[_Name, int] = {}
    for one, names in enumerate(names_of):
        for name in names:
            own, other = _leader(leaders, one), _leader(leaders, first.setdefault(name, one))
            leaders[own] = other
    numbers: list[int | None] = []
    for one, names in enumerate(names_of):
        numbers.append(_leader(leaders, one) if names else None)
    return numbers


def _leader(leaders: list[int], one: int) -> int:
    """Whom the chain of leaders from `one` ends at; shortens the chain on the way."""
    while leaders[one] != one:
        leaders[one] = leaders[leaders[one]]
        one = leaders[one]
    return one
