"""Which requests carry a batch of writes: order, stages, chunks, and what that costs. Pure.

Up to 25 writes go as one composite, with references between them. More go as collections, stage
by stage, so that one bad Account cannot take two hundred Contacts along; so does any batch with a
text that must stay out of composites. What a request holds is for `write_requests`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, filterfalse

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
#: Characters of a collection's texts, so that five of them stay below a request's 50 MB however
#: they are encoded.
_MAX_TEXT_CHARS = 2_500_000


def in_order(writes: Sequence[Write]) -> list[Write]:
    """Accounts, then people, then Tasks; in the order given among themselves."""
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
    """Whether one composite can carry them all."""
    return len(writes) <= MAX_SUBREQUESTS and not any(map(has_reference_syntax, writes))


def stages(writes: Sequence[Write]) -> list[list[Write]]:
    """Each write as early as its record and those that it refers to allow.

    Accounts, then who belongs to them, and a record's second write after its first.
    """
    found: list[list[Write]] = []
    created_at: dict[str, int] = {}
    last_at: dict[str, int] = {}
    for write in writes:
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
    """The requests of one stage: standalone ones first, then up to five collections in each."""
    standalone = _chunks(filter(has_reference_syntax, writes))
    plain = slices(_chunks(filterfalse(has_reference_syntax, writes)), MAX_HEAVY_SUBREQUESTS)
    return [*map(StandaloneRequest, standalone), *map(CollectionRequest, plain)]


def call_count(writes: Sequence[Write]) -> int:
    """API calls that writing these takes where nothing is refused."""
    ordered = in_order(writes)
    if fits_composite(ordered):
        return 1 if ordered else 0
    return sum(map(len, map(bulk_requests, stages(ordered))))


def resolve(
    write: Write, outcomes: Mapping[str, WriteOutcome], created: Collection[str] = ()
) -> Write | None:
    """The write with ids in place of its references; None where a record it needs has none.

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
    """The write with those ids in place of references; its token stays."""
    values = {field: _with_id(value, ids) for field, value in write.values.items()}
    return replace(write, name=write.token, ref=ids.get(write.ref, write.ref), values=values)


def _with_id(value: WriteValue, ids: Mapping[str, str]) -> WriteValue:
    return ids.get(value.ref, value) if isinstance(value, Reference) else value


def _chunks(writes: Iterable[Write]) -> list[list[Write]]:
    """At most 200 writes each, of one object, action and policies."""
    groups: dict[object, list[Write]] = {}
    for write in writes:
        groups.setdefault(_kind(write), []).append(write)
    return list(chain.from_iterable(map(_cut, groups.values())))


def _kind(write: Write) -> object:
    """What writes of one collection have in common."""
    return write.object, write.action, write.assignment_rules, write.save_alerted


def _cut(writes: Sequence[Write]) -> list[list[Write]]:
    """The writes cut by number and by length of their texts."""
    chunks: list[list[Write]] = []
    room = 0
    for write in writes:
        size = _text_chars(write)
        if not chunks or len(chunks[-1]) == _MAX_RECORDS or size > room:
            chunks.append([])
            room = _MAX_TEXT_CHARS
        chunks[-1].append(write)
        room -= size
    return chunks


def _text_chars(write: Write) -> int:
    return sum(len(value) for value in write.values.values() if isinstance(value, str))
