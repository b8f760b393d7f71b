"""Overlap groups: which plans of a batch may speak of the same person, company or touchpoint. Pure.

Entries of one group cannot be decided apart: what becomes of one may change what the next one
wants. Two that share a name by which both could be found, or of which any name finds the same
record, are in one group, and so is everybody between them. Never says what has to be done about it:
that is the batch's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from zsf_plugin.decision.search import PEOPLE, company_searches, person_searches
from zsf_plugin.model import Plan, Search, World
from zsf_plugin.model.compare import normal_form

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
    companies = _numbered(_company_names(plans, world))
    numbers: dict[Level, list[int | None]] = {
        "person": _numbered(_person_names(plans, companies, world)),
        "company": companies,
        "touchpoint": _numbered(_touchpoint_names(plans)),
    }
    groups = []
    for position in range(len(plans)):
        groups.append(_groups_at(position, numbers))
    return groups


def _groups_at(position: int, numbers: Mapping[Level, Sequence[int | None]]) -> tuple[Group, ...]:
    groups = []
    for level, of_level in numbers.items():
        number = of_level[position]
        if number is not None:
            groups.append((level, number))
    return tuple(groups)


def _touchpoint_names(plans: Sequence[Plan]) -> list[list[_Name]]:
    names: list[list[_Name]] = []
    for plan in plans:
        task = plan.targets.get("Task")
        names.append([("link", *task.link)] if task is not None else [])
    return names


def _company_names(plans: Sequence[Plan], world: World) -> list[list[_Name]]:
    names: list[list[_Name]] = []
    for plan in plans:
        target = plan.targets.get("Account")
        if target is None:
            names.append([])
            continue
        found = _searched_by(company_searches(plan, world), None, world)
        names.append([("link", *target.link), *found])
    return names


def _person_names(
    plans: Sequence[Plan], companies: Sequence[int | None], world: World
) -> list[list[_Name]]:
    names: list[list[_Name]] = []
    for plan, company in zip(plans, companies, strict=True):
        link = plan.targets["Lead"].link
        found = _searched_by(person_searches(plan, world), company, world)
        names.append([("link", *link), *found])
    return names


def _searched_by(searches: Sequence[Search], company: int | None, world: World) -> list[_Name]:
    """The values that a plan is searched by, and the records that they find."""
    names: list[_Name] = []
    for search in searches:
        names.append(_values_of(search, company))
        parts = search.parts(None)
        if parts is None:
            continue
        for record in world.matching(search.object, parts):
            names.append(("record", record.id))
    return names


def _values_of(search: Search, company: int | None) -> _Name:
    """The object, and each field with its value. The company's part of a match key is the company's
    group, whatever each plan calls it."""
    values: list[object] = [search.object]
    for part in search.key:
        values.append(part.field)
        if part.value is None:
            values.append(company)
        else:
            values.append(normal_form(part.compare, part.value) or part.value)
    return tuple(values)


def _numbered(names_of: Sequence[Sequence[_Name]]) -> list[int | None]:
    """The number of each one's group: the same for all who share a name, directly or through
    others. None: nameless."""
    leaders = list(range(len(names_of)))
    first: dict[_Name, int] = {}
    for one, names in enumerate(names_of):
        for name in names:
            other = first.setdefault(name, one)
            leaders[_leader(leaders, one)] = _leader(leaders, other)
    numbers = []
    for one, names in enumerate(names_of):
        numbers.append(_leader(leaders, one) if names else None)
    return numbers


def _leader(leaders: list[int], one: int) -> int:
    """Whom the chain of leaders from `one` ends at; shortens the chain on the way."""
    while leaders[one] != one:
        leaders[one] = leaders[leaders[one]]
        one = leaders[one]
    return one
