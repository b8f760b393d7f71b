"""What is presumed of touchpoints that were never sent, so that they cost no lookup: the record of
their person is as its link says, and their Task does not exist.

Only where Salesforce refuses the Task if that is wrong, so that it is looked up after all. A Task
with our id again is refused (`Zaplify_Id__c` is unique), and so is one on a record that was merged
or deleted. A converted Lead may take it from some users (salesforce-api.md §5.1), so a Lead is
presumed to be one for an hour after it was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.model import Link, Lookup, Plan, Record, World


def presuming(
    plans: Sequence[Plan], unsent: AbstractSet[int], world: World
) -> tuple[World, list[int]]:
    """(the world in which touchpoints that were never sent need no lookup, where that is safe;
    their positions in `plans`). `unsent` are the positions of all that were never sent. A person
    about whom others are looked up is not presumed."""
    name = world.facts.id_fields.get("Task")
    task = world.facts.describes.get("Task")
    field = task.field(name) if task is not None and name is not None else None
    if field is None or not field.unique:
        return world, []
    looked_up = set()
    for position, plan in enumerate(plans):
        if position not in unsent:
            looked_up.add(plan.targets[PEOPLE[0]].link)
    people: dict[str, Record] = {}
    answered: list[Lookup] = []
    presumed: list[int] = []
    for position, plan in enumerate(plans):
        if position not in unsent:
            continue
        link = world.links.get(plan.targets[PEOPLE[0]].link)
        if link is None or link.key in looked_up or not _is_as_linked(link, world):
            continue
        presumed.append(position)
        if link.record_id not in people:
            people[link.record_id] = Record(link.object, link.record_id, {"Id": link.record_id})
            answered.append(Lookup.by_id(link.object, link.record_id))
        answered.append(Lookup("Task", ((field.name, "text", plan.targets["Task"].external_id),)))
    if presumed:
        world = world.with_records(people.values(), answered)
    return world, presumed


def _is_as_linked(link: Link, world: World) -> bool:
    """Whether the link's record may be presumed to be there, and no converted Lead."""
    is_visible = link.object in world.facts.describes
    return is_visible and (link.object == "Contact" or link.was_checked(world.now))
