"""The order of search: by what, one after the other, a plan's person or company is looked for.

Written once. `questions` asks the org by these lists, `matching` reads what it answered by them,
`overlap` tells by them which plans speak of the same record. Never asks and never chooses.

The order (design, "Matching"): link, external ID, then match keys in order; under one key a Contact
before a Lead. Records that were merged or converted lead on to the one that lives.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.model.changes import FoundBy
from zsf_plugin.model.describe import ObjectDescribe, Record
from zsf_plugin.model.plan import KeyPart, Plan, PlannedKey, Target
from zsf_plugin.model.world import Parts, RecordKey, World

#: The objects that a person may be, in the order in which one key looks through them.
PEOPLE = ("Contact", "Lead")
#: On a record that lost a merge: the one that won (salesforce-api.md §9 trap 24).
MASTER_FIELD = "MasterRecordId"
#: Set where the org has person accounts, on an Account and on its shadow Contact (salesforce-api.md
#: §5.2).
PERSON_ACCOUNT_FLAG = "IsPersonAccount"
#: So many merges and conversions are followed from one record: the winner of a merge may have lost
#: the next one. It also ends the way where records name each other in a circle.
MAX_SUCCESSORS = 4


@dataclass(frozen=True, slots=True)
class Search:
    """One way to look for a record: those of `object` on which every part of `key` compares equal.

    `key` has the org's spelling of the fields; `fields` names those of an external ID or match key
    as the rules do.
    """

    object: str
    way: FoundBy
    key: PlannedKey
    fields: tuple[str, ...] = ()

    def parts(self, company: Record | None) -> Parts | None:
        """The comparisons, with the company's id put in; None where it is needed and not known."""
        parts = []
        for part in self.key:
            value = part.value
            if value is None:
                if company is None:
                    return None
                value = company.id
            parts.append((part.field, part.compare, value))
        return tuple(parts)

    def own_parts(self) -> Parts:
        """The comparisons that need no company, which may be none."""
        parts = []
        for part in self.key:
            if part.value is not None:
                parts.append((part.field, part.compare, part.value))
        return tuple(parts)


def person_searches(plan: Plan, world: World) -> list[Search]:
    """The ways to the plan's person, best first. In either mode it may be a Contact or a Lead."""
    return _searches([plan.targets[name] for name in PEOPLE], world)


def company_searches(plan: Plan, world: World) -> list[Search]:
    """The ways to the plan's company, best first; none where it names none, or Accounts are
    hidden."""
    target = plan.targets.get("Account")
    if target is None or world.facts.describe("Account") is None:
        return []
    return _searches([target], world)


def _searches(targets: list[Target], world: World) -> list[Search]:
    """Link, external ID, then match keys; each over all targets before the next."""
    found: list[Search] = []
    link = world.links.get(targets[0].link)
    if link is not None:
        by_id = KeyPart("Id", "text", link.record_id)
        found.append(Search(link.object, "link", (by_id,)))
    visible: list[tuple[Target, ObjectDescribe]] = []
    for target in targets:
        describe = world.facts.describe(target.object)
        if describe is None:
            continue
        visible.append((target, describe))
        name = external_id_field(describe)
        if name is not None:
            our_id = KeyPart(name, "text", target.external_id)
            found.append(Search(target.object, "external_id", (our_id,), (name,)))
    return found + _by_keys(visible)


def _by_keys(targets: list[tuple[Target, ObjectDescribe]]) -> list[Search]:
    """Every target's first key, then every target's second, and so on."""
    found: list[Search] = []
    most_keys = max([len(target.keys) for target, _ in targets], default=0)
    for position in range(most_keys):
        for target, describe in targets:
            if position >= len(target.keys):
                continue
            planned = target.keys[position]
            key = spelled(planned, describe)
            if key is not None:
                fields = tuple([part.field for part in planned])
                found.append(Search(target.object, "match_key", key, fields))
    return found


def spelled(key: PlannedKey, describe: ObjectDescribe) -> PlannedKey | None:
    """The match key in the org's spelling; None where the org cannot be asked by one of its
    fields."""
    parts = []
    for part in key:
        field = describe.field(part.field)
        if field is None or not field.filterable:
            return None
        parts.append(KeyPart(field.name, part.compare, part.value))
    return tuple(parts)


def follow(record: Record | None, world: World) -> tuple[Record | None, list[RecordKey]]:
    """(the living record that this one leads to, the keys of those it was merged into or became).

    The record is None where the way ends at one that the world does not have.
    """
    way: list[RecordKey] = []
    while record is not None:
        successor = _successor(record)
        if successor is None:
            break
        if len(way) == MAX_SUCCESSORS:
            return None, way
        way.append(successor)
        record = world.record(*successor)
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
