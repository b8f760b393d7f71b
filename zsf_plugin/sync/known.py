"""What a batch knows between its rounds, and what it learns from one. Pure: asks no org."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.decision.overlap import Group
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Json, Record, World, Write
from zsf_plugin.sync.in_doubt import InDoubtWrites
from zsf_plugin.sync.settlements import EntryOutcome
from zsf_plugin.sync.writes import BatchWrites, content_of, resolved_values

#: Writes that were refused in this batch, by what they said.
Refusals = Mapping[tuple[object, ...], Rejected]
_NOTHING_IN_DOUBT = InDoubtWrites(0.0)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a round: the world, the overlap groups of each entry by its id, what was
    refused, what is in doubt."""

    world: World
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=dict)
    in_doubt: InDoubtWrites = _NOTHING_IN_DOUBT


def learned(
    known: Known, batch: BatchWrites, outcomes: Sequence[EntryOutcome], planned: World
) -> Known:
    """What is known after a round: what was written is there, what was refused is not. `planned` is
    the world as it would be had all gone well."""
    world = replace(known.world, created=planned.created, claimed=planned.claimed)
    for entry in batch.entries:
        for write in entry.done:
            world = _with_write(world, write, batch.ids)
    refusals = dict(known.refusals)
    for outcome in outcomes:
        for link in outcome.settlement.links:
            world = world.with_link(link)
        if outcome.refused is not None:
            write, error = outcome.refused
            refusals[content_of(write, batch.ids)] = error
    return replace(known, world=world, refusals=refusals)


def _with_write(world: World, write: Write, ids: Mapping[str, str]) -> World:
    """The world once that write is done."""
    record_id = ids.get(write.ref, write.ref)
    values = _values_before(world, write, record_id) | resolved_values(write, ids)
    if write.object == "Task":
        world = replace(world, claimed=world.claimed | {record_id})
    return world.with_records([Record(write.object, record_id, values)])


def _values_before(world: World, write: Write, record_id: str) -> dict[str, Json]:
    """The record's values before that write; of a new record all are empty."""
    record = world.records.get((write.object, record_id))
    if record is not None:
        return dict(record.values)
    describe = world.facts.describes.get(write.object)
    return dict.fromkeys(describe.fields) if describe is not None else {}
