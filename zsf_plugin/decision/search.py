"""The order of search: how a plan's person or company is searched for, best search first.

Defined once and used three times: `lookups` turns these searches into lookups, `matching` reads the
answers by them, and `overlap` uses them to see which plans concern the same record.

The order is link, external ID, then match keys in order; under one key a Contact comes before a
Lead. A merged or converted record leads to the one that replaced it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from zsf_plugin.decision.fit import key_value
from zsf_plugin.decision.fit_texts import ELLIPSIS, cut
from zsf_plugin.model import (
    FieldDescribe,
    KeyPart,
    Lookup,
    ObjectDescribe,
    OrgFacts,
    Plan,
    PlannedKey,
    Record,
    RecordKey,
    RecordSearch,
    Unasked,
    UnaskedReason,
    World,
)
from zsf_plugin.model.text import one_line

#: The objects that a person may be, in search order.
PEOPLE = ("Contact", "Lead")
COMPANY = ("Account",)
#: On a merged record, the record that won (salesforce-api.md §9 trap 24).
MASTER_FIELD = "MasterRecordId"
#: Set in orgs with person accounts, on an Account and its shadow Contact (salesforce-api.md §5.2).
PERSON_ACCOUNT_FLAG = "IsPersonAccount"
#: The maximum number of merges and conversions followed from one record: a winner may have lost the
#: next merge. Also ends cycles.
MAX_SUCCESSORS = 8
#: For how many people and companies their searches are kept.
MAX_KNOWN_SEARCHES = 4_000


def searches_for(plan: Plan, objects: tuple[str, ...], world: World) -> tuple[RecordSearch, ...]:
    """The searches for the plan's person (`PEOPLE`: a Contact or a Lead in either mode) or its
    company (`COMPANY`: none if the plan names none, or Accounts are hidden), best first. Those that
    the org cannot be asked are among them.

    All searches but the link are computed once per person, under the same facts.
    """
    target = plan.targets.get(objects[0])
    if target is None or (objects == COMPANY and "Account" not in world.facts.describes):
        return ()
    name = (plan.person_digest, target.object)
    known = world.facts.searches
    unlinked = known.get(name)
    if unlinked is None:
        if len(known) >= MAX_KNOWN_SEARCHES:
            known.clear()
        unlinked = known[name] = _unlinked(plan, objects, world.facts)
    link = world.links.get(target.link)
    if link is None:
        return unlinked
    by_id = KeyPart("Id", "text", link.record_id)
    return (RecordSearch(link.object, "link", (by_id,)), *unlinked)


def _unlinked(plan: Plan, objects: tuple[str, ...], facts: OrgFacts) -> tuple[RecordSearch, ...]:
    """Every object's external ID, then every object's first key, every object's second, and so
    on."""
    by_id: list[RecordSearch] = []
    by_key: list[Sequence[Sequence[RecordSearch]]] = []
    for object_ in objects:
        target, describe = plan.targets[object_], facts.describes.get(object_)
        if describe is None:
            by_key.append([[_of_hidden_object(object_, key)] for key in target.keys[:1]])
            continue
        name = describe.external_id_field
        if name is not None:
            our_id = KeyPart(name, "text", target.external_id)
            by_id.append(RecordSearch(object_, "external_id", (our_id,), (name,)))
        searches: list[Sequence[RecordSearch]] = []
        for key in target.keys:
            search, is_shortened = key_search(key, describe), False
            for part in search.key if search is not None else ():
                is_shortened = is_shortened or (part.value or "").endswith(ELLIPSIS)
            found = [search] if search is not None else []
            if search is not None and is_shortened:
                found += _as_cut_by_others(search, key, describe)
            searches.append(found)
        by_key.append(searches)
    alternating = chain.from_iterable(zip_longest(*by_key, fillvalue=()))
    return (*by_id, *chain.from_iterable(alternating))


def _as_cut_by_others(
    search: RecordSearch, key: PlannedKey, describe: ObjectDescribe
) -> tuple[RecordSearch, ...]:
    """The search by what other tools store of a text that is too long: they cut it at the field's
    length, without the ellipsis that ends a text we shorten. Empty if nothing was shortened."""
    parts = []
    for part, searched in zip(key, search.key, strict=True):
        field, text = describe.field(searched.field), part.value
        if field is not None and text and (searched.value or "").endswith(ELLIPSIS):
            searched = searched._replace(value=cut(one_line(text), field.length or len(text)))
        parts.append(searched)
    return () if tuple(parts) == search.key else (replace(search, key=tuple(parts)),)


def key_search(key: PlannedKey, describe: ObjectDescribe) -> RecordSearch | None:
    """The search by a match key, in the org's spelling and by the values as its fields store them;
    `unasked` if one of its fields cannot be filtered by. None if one cannot store its value: no
    record has it."""
    parts, fields = [], []
    unasked = None
    for part in key:
        field = describe.field(part.field)
        if field is None or not field.filterable:
            unasked = unasked or Unasked(_why_not_filterable(field), part.field)
            parts.append(part)
            fields.append(part.field)
            continue
        value = key_value(part, field, describe)
        if value is None and part.value is not None:
            return None
        parts.append(KeyPart(field.name, part.compare, value))
        fields.append(part.field)
    return RecordSearch(describe.name, "match_key", tuple(parts), tuple(fields), unasked)


def _of_hidden_object(object_: str, key: PlannedKey) -> RecordSearch:
    """The search by the strongest key of an object that the connected user cannot see."""
    fields = tuple([part.field for part in key])
    return RecordSearch(object_, "match_key", key, fields, Unasked("object_hidden"))


def _why_not_filterable(field: FieldDescribe | None) -> UnaskedReason:
    if field is None:
        return "hidden"
    return "encrypted" if field.encrypted else "not_filterable"


def why_unasked(search: RecordSearch, world: World, company: Record | None) -> Unasked | None:
    """Why the search was not made in that world; None if it was, or needed an unknown company."""
    if search.unasked is not None or not world.refused:
        return search.unasked
    # people may have been looked up by name alone, without their company
    for parts in (search.parts(company), search.parts(None, partly=True)):
        code = world.refused.get(Lookup(search.object, parts)) if parts else None
        if code is not None:
            return Unasked.by_refusal(code)
    return None


def has_asked_key(plan: Plan, object_: str, world: World) -> bool:
    """Whether a match key of that person's object was asked by, so that "not found" counts."""
    for search in searches_for(plan, PEOPLE, world):
        is_key = search.object == object_ and search.found_by == "match_key"
        if is_key and why_unasked(search, world, None) is None:
            return True
    return False


def follow_successors(record: Record | None, world: World) -> tuple[Record | None, list[RecordKey]]:
    """The live record that this one leads to, and the keys of the records on the way there.

    The record is None if the last one is not in the world, or if there are more than
    `MAX_SUCCESSORS`. A converted Lead that names no Contact has a successor with an empty id.
    """
    successors: list[RecordKey] = []
    while record is not None:
        successor = _successor(record)
        if successor is None:
            break
        if len(successors) == MAX_SUCCESSORS:
            return None, successors
        successors.append(successor)
        record = world.records.get(successor)
    return record, successors


def _successor(record: Record) -> RecordKey | None:
    """The record that this one was merged or converted into; None for a live record."""
    master = record.values.get(MASTER_FIELD)
    if isinstance(master, str):
        return record.object, master
    if not is_converted(record):
        return None
    contact = record.values.get("ConvertedContactId")
    return "Contact", contact if isinstance(contact, str) else ""


def is_converted(record: Record) -> bool:
    """Whether the record is a converted Lead: read-only, replaced by its Contact (salesforce-api.md
    §5.1)."""
    return record.object == "Lead" and record.values.get("IsConverted") is True


def is_person_account(record: Record) -> bool:
    """Whether an Account is a person account, or a Contact the shadow of one."""
    return record.values.get(PERSON_ACCOUNT_FLAG) is True
