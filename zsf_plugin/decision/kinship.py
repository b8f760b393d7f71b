"""Kinship: which plans of a batch may speak of the same person, company or touchpoint. Pure.

Entries of one kin group cannot be thought over apart: what becomes of one may change what the next
one wants. Two who share a name that both could be found by, or find the same record by any of their
names, are kin, and so is everybody between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from zsf_plugin.decision.matching import PEOPLE, key_parts
from zsf_plugin.model.compare import normal_form
from zsf_plugin.model.plan import Plan, PlannedKey, Target
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

_Name: TypeAlias = tuple[object, ...]


def kin_groups(plans: Sequence[Plan], world: World) -> list[tuple[Group, ...]]:
    """For each plan the groups it belongs to, at most one a level. `world` has what was found for
    these plans."""
    companies = _numbered([_company_names(plan, world) for plan in plans])
    people = _numbered(
        [
            _person_names(plan, company, world)
            for plan, company in zip(plans, companies, strict=True)
        ]
    )
    touchpoints = _numbered([_touchpoint_names(plan) for plan in plans])
    return [
        tuple(_groups(person, company, touchpoint))
        for person, company, touchpoint in zip(people, companies, touchpoints, strict=True)
    ]


def _groups(person: int | None, company: int | None, touchpoint: int | None) -> Iterator[Group]:
    levels: tuple[tuple[Level, int | None], ...] = (
        ("person", person),
        ("company", company),
        ("touchpoint", touchpoint),
    )
    for level, number in levels:
        if number is not None:
            yield level, number


def _company_names(plan: Plan, world: World) -> list[_Name]:
    target = plan.targets.get("Account")
    return [] if target is None else [*_of_target(target, None), *_found(target, world)]


def _person_names(plan: Plan, company: int | None, world: World) -> list[_Name]:
    targets = [plan.targets[object_] for object_ in PEOPLE]
    return [
        name
        for target in targets
        for name in (*_of_target(target, company), *_found(target, world))
    ]


def _touchpoint_names(plan: Plan) -> list[_Name]:
    target = plan.targets.get("Task")
    return [] if target is None else [*_of_target(target, None)]


def _of_target(target: Target, company: int | None) -> Iterator[_Name]:
    yield ("link", *target.link)
    for key in target.keys:
        yield _of_key(target.object, key, company)


def _found(target: Target, world: World) -> Iterator[_Name]:
    """The records that any of the target's names finds."""
    link, describe = world.links.get(target.link), world.facts.describe(target.object)
    if link is not None:
        yield ("record", link.record_id)
    for key in target.keys:
        parts = key_parts(key, describe, None) if describe is not None else None
        for record in world.matching(target.object, parts) if parts else ():
            yield ("record", record.id)


def _of_key(object_: str, key: PlannedKey, company: int | None) -> _Name:
    """A match key as a name; the company's part is the company's group, whatever each plan calls
    it."""
    parts = (
        (
            part.field,
            company if part.value is None else normal_form(part.compare, part.value) or part.value,
        )
        for part in key
    )
    return ("key", object_, *parts)


def _numbered(names_of: Sequence[Sequence[_Name]]) -> list[int | None]:
    """The number of each one's group: the same for all who share a name, directly or through
    others. None: nameless."""
    leaders = list(range(len(names_of)))

    def leader(one: int) -> int:
        while leaders[one] != one:
            leaders[one] = leaders[leaders[one]]
            one = leaders[one]
        return one

    first: dict[_Name, int] = {}
    for one, names in enumerate(names_of):
        for name in names:
            leaders[leader(one)] = leader(first.setdefault(name, one))
    return [leader(one) if names else None for one, names in enumerate(names_of)]
