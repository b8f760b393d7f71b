"""Divides a batch of writes into requests: order, stages, chunks, and the number of calls. Pure.

Up to 25 writes go as one composite, with references between them. More go as collections, stage
by stage, so that one bad Account does not fail two hundred Contacts; so does any batch with a text
that composites cannot carry. The requests of one stage do not depend on each other; those that
have no record or parent in common may also be sent at the same time, as Salesforce locks both.
`write_requests` builds the requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, filterfalse

from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Reference, Write, WriteOutcome, WriteValue
from zsf_plugin.salesforce.composites import MAX_HEAVY_SUBREQUESTS, MAX_SUBREQUESTS
from zsf_plugin.salesforce.write_requests import (
    CollectionRequest,
    StandaloneRequest,
    WriteRequest,
    has_reference_syntax,
    slices,
)

_MAX_RECORDS = 200
#: Characters of text in a collection, so that five of them stay below a request's 50 MB in any
#: encoding.
_MAX_TEXT_CHARS = 2_500_000
_MAX_REQUEST_RECORDS = _MAX_RECORDS * MAX_HEAVY_SUBREQUESTS
#: The field that names the parent of a record, which is locked while the record is written.
_PARENTS = {"Task": "WhoId", "Contact": "AccountId"}


def in_order(writes: Sequence[Write]) -> list[Write]:
    """Accounts, then people, then Tasks; otherwise in the given order."""
    accounts, people, tasks = [], [], []
    for write in writes:
        if write.object == "Account":
            accounts.append(write)
        elif write.object == "Task":
            tasks.append(write)
        else:
            people.append(write)
    return accounts + people + tasks


def fits_composite(writes: Sequence[Write]) -> bool:
    """Whether one composite can carry all of them."""
    return len(writes) <= MAX_SUBREQUESTS and not any(map(has_reference_syntax, writes))


def stages(writes: Sequence[Write]) -> list[list[Write]]:
    """Each write in the earliest stage that its record and its references allow.

    Accounts come before their people, and a record's first write before its second.
    """
    found: list[list[Write]] = []
    created_at: dict[str, int] = {}
    last_at: dict[str, int] = {}
    for write in give_way_between(writes):
        stage = last_at.get(write.ref, -1) + 1
        for ref in write.references:
            stage = max(stage, created_at.get(ref, -1) + 1)
        if stage == len(found):
            found.append([])
        found[stage].append(write)
        last_at[write.ref] = stage
        if write.action == "create":
            created_at[write.ref] = stage
    return found


def bulk_requests(writes: Sequence[Write]) -> list[WriteRequest]:
    """The requests of one stage: standalone ones first, then up to five collections each."""
    standalone = _chunks(filter(has_reference_syntax, writes))
    plain = slices(_chunks(filterfalse(has_reference_syntax, writes)), MAX_HEAVY_SUBREQUESTS)
    return [*map(StandaloneRequest, standalone), *map(CollectionRequest, plain)]


def independent_requests(writes: Sequence[Write]) -> list[WriteRequest]:
    """As `bulk_requests`, and as many; each parent's records are in one request, if they fit."""
    requests = bulk_requests(writes)
    if len(requests) < 2:
        return requests
    by_parent: dict[str, list[Write]] = {}
    for write in writes:
        by_parent.setdefault(_parent_of(write), []).append(write)
    parts: list[list[Write]] = [[] for _ in requests]
    for together in sorted(by_parent.values(), key=len, reverse=True):
        part = min(parts, key=len)
        if len(part) + len(together) > _MAX_REQUEST_RECORDS:
            return requests
        part += together
    independent = list(chain.from_iterable(map(bulk_requests, parts)))
    return independent if len(independent) == len(requests) else requests


def parents_of(request: WriteRequest) -> set[str]:
    """The parents of the request's records; a record without one is its own."""
    return set(map(_parent_of, request.writes))


def _parent_of(write: Write) -> str:
    parent = write.values.get(_PARENTS.get(write.object, ""))
    return parent if isinstance(parent, str) else write.ref


def call_count(writes: Sequence[Write]) -> int:
    """API calls that these writes take if nothing is refused."""
    ordered = in_order(writes)
    if fits_composite(ordered):
        return 1 if ordered else 0
    return sum(map(len, map(bulk_requests, stages(ordered))))


def resolve(
    write: Write, outcomes: Mapping[str, WriteOutcome], created: Collection[str] = ()
) -> Write | None:
    """The write with its references replaced by ids; None if a record that it needs has none.

    References to records in `created`, which the same request creates, stay.
    """
    ids: dict[str, str] = {}
    for ref in write.references.difference(created):
        outcome = outcomes.get(ref)
        if outcome is None or outcome.record_id is None:
            return None
        ids[ref] = outcome.record_id
    return _with_ids(write, ids) if ids else write


def _with_ids(write: Write, ids: Mapping[str, str]) -> Write:
    """The write with references replaced by those ids; its token stays."""
    values = {field: _with_id(value, ids) for field, value in write.values.items()}
    return replace(write, name=write.token, ref=ids.get(write.ref, write.ref), values=values)


def _with_id(value: WriteValue, ids: Mapping[str, str]) -> WriteValue:
    return ids.get(value.ref, value) if isinstance(value, Reference) else value


def _chunks(writes: Iterable[Write]) -> list[list[Write]]:
    """Chunks of at most 200 writes with the same object, action and policies."""
    groups: dict[object, list[Write]] = {}
    for write in give_way_between(writes):
        groups.setdefault(_collection_key(write), []).append(write)
    return list(chain.from_iterable(map(_cut, groups.values())))


def _collection_key(write: Write) -> object:
    """What the writes of one collection share."""
    return write.object, write.action, write.assignment_rules, write.save_alerted


def _cut(writes: Sequence[Write]) -> list[list[Write]]:
    """The writes split by number and by length of text."""
    chunks: list[list[Write]] = []
    chars_left = 0
    for write in writes:
        size = _text_chars(write)
        if not chunks or len(chunks[-1]) == _MAX_RECORDS or size > chars_left:
            chunks.append([])
            chars_left = _MAX_TEXT_CHARS
        chunks[-1].append(write)
        chars_left -= size
    return chunks


def _text_chars(write: Write) -> int:
    return sum(len(value) for value in write.values.values() if isinstance(value, str))
