"""The order of search: by what, one after the other, a plan's person or company is looked for.

Written once. `questions` asks the org by these lists, `matching` reads what it answered by them,
`overlap` tells by them which plans speak of the same record. Never asks and never chooses.

The order (design, "Matching"): link, external ID, then match keys in order; under one key a Contact
before a Lead. Records that were merged or converted lead on to the one that lives.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat, zip_longest

from zsf_plugin.model import (
    KeyPart,
    ObjectDescribe,
    OrgFacts,
    Plan,
    PlannedKey,
    Record,
    RecordKey,
    RecordSearch,
    World,
)

#: The objects that a person may be, in the order in which one key looks through them.
PEOPLE = ("Contact", "Lead")
COMPANY = ("Account",)
#: On a record that lost a merge: the one that won (salesforce-api.md §9 trap 24).
MASTER_FIELD = "MasterRecordId"
#: Set where the org has person accounts, on an Account and on its shadow Contact (salesforce-api.md
#: §5.2).
PERSON_ACCOUNT_FLAG = "IsPersonAccount"
#: So many merges and conversions are followed from one record: the winner of a merge may have lost
#: the next one. It also ends the way where records name each other in a circle.
MAX_SUCCESSORS = 4


def searches_for(plan: Plan, objects: tuple[str, ...], world: World) -> tuple[RecordSearch, ...]:
    """The ways to the plan's person (`PEOPLE`: in either mode it may be a Contact or a Lead) or to
    its company (`COMPANY`: none where it names none, or Accounts are hidden), best first.

    The link comes before what needs none, which is worked out once a plan, however often it is
    read.
    """
    target = plan.targets.get(objects[0])
    if target is None or (objects == COMPANY and "Account" not in world.facts.describes):
        return ()
    name = (plan.digest, target.object)
    unlinked = world.searches.get(name)
    if unlinked is None:
        unlinked = world.searches[name] = _unlinked(plan, objects, world.facts)
    link = world.links.get(target.link)
    if link is None:
        return unlinked
    by_id = KeyPart("Id", "text", link.record_id)
    return (RecordSearch(link.object, "link", (by_id,)), *unlinked)


def _unlinked(plan: Plan, objects: tuple[str, ...], facts: OrgFacts) -> tuple[RecordSearch, ...]:
    """Every object's external ID, then every object's first key, every object's second, and so
    on."""
    by_id: list[RecordSearch] = []
    by_key: list[Iterable[RecordSearch | None]] = []
    for object_ in objects:
        target, describe = plan.targets[object_], facts.describes.get(object_)
        if describe is None:
            continue
        name = describe.external_id_field
        if name is not None:
            our_id = KeyPart(name, "text", target.external_id)
            by_id.append(RecordSearch(object_, "external_id", (our_id,), (name,)))
        by_key.append(map(key_search, target.keys, repeat(describe)))
    return (*by_id, *filter(None, chain.from_iterable(zip_longest(*by_key))))


def key_search(key: PlannedKey, describe: ObjectDescribe) -> RecordSearch | None:
    """The search by a match key, in the org's spelling; None where the org cannot be asked by one
    of its fields."""
    parts, fields = [], []
    for part in key:
        field = describe.field(part.field)
        if field is None or not field.filterable:
            return None
        parts.append(KeyPart(field.name, part.compare, part.value))
        fields.append(part.field)
    return RecordSearch(describe.name, "match_key", tuple(parts), tuple(fields))


def follow_successors(record: Record | None, world: World) -> tuple[Record | None, list[RecordKey]]:
    """(the living record that this one leads to, the keys of those it was merged into or became).

    The record is None where the way ends at one that the world does not have, or is longer than
    `MAX_SUCCESSORS`. The key of a converted Lead's Contact that nothing names has an empty id.
    """
    way: list[RecordKey] = []
    while record is not None:
        successor = _successor(record)
        if successor is None:
            break
        if len(way) == MAX_SUCCESSORS:
            return None, way
        way.append(successor)
        record = world.records.get(successor)
    return record, way


def _successor(record: Record) -> RecordKey | None:
    """What a record was merged into, or a Lead converted into; None for one that lives."""
    master = record.values.get(MASTER_FIELD)
    if isinstance(master, str):
        return record.object, master
    if not is_converted(record):
        return None
    contact = record.values.get("ConvertedContactId")
    return "Contact", contact if isinstance(contact, str) else ""


def is_converted(record: Record) -> bool:
    """Whether the record is a converted Lead: read-only, its Contact lives on (salesforce-api.md
    §5.1)."""
    return record.object == "Lead" and record.values.get("IsConverted") is True


def is_person_account(record: Record) -> bool:
    """Whether an Account is a person, or a Contact the shadow of one."""
    return record.values.get(PERSON_ACCOUNT_FLAG) is True
