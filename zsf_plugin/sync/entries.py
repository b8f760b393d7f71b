"""The entries of a batch: each with its plan, then with its changes and the outcomes of their
writes. Pure.

A record that several entries touch is written once for each of them, in order, as it would be
without a batch. So a refusal always belongs to one entry, and a later entry's values never hide
what an earlier one lacked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.decision.decide import decide
from zsf_plugin.errors import DuplicateRecord, OutcomeUnknown, ZsfError
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Changes, Event, Plan, Write, WriteOutcome
from zsf_plugin.ports import Entry, RuleSource


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry with its plan. `looked_up_again`: it was refused once and looked up again;
    `candidates` are the records that the refusal named. `refused` has the object of each refusal
    that left out values of the plan. `is_presumed`: its lookup was spared (`decision.presumed`).
    `rules`: the digest of the rules that it was planned by."""

    entry: Entry
    plan: Plan
    looked_up_again: bool = False
    candidates: tuple[DuplicateRecord, ...] = ()
    refused: tuple[str, ...] = ()
    is_presumed: bool = False
    rules: str = ""


def plan_for(rules: RuleSource, event: Event) -> Plan:
    """The plan of an event under the rules in force."""
    return decide(event, rules.rules_for(event.workspace, event.scope))


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """An entry of a round, its changes, and its writes that succeeded and that failed."""

    planned: PlannedEntry
    changes: Changes
    done: tuple[Write, ...] = ()
    failed: tuple[tuple[Write, ZsfError], ...] = ()


@dataclass(frozen=True, slots=True)
class BatchWrites:
    """The writes of a round in sending order; `owner_of` has for each write, by its token, the
    index of its entry in `entries`.

    `ids` maps `new:N` to the record id of each create that succeeded.
    """

    entries: tuple[WrittenEntry, ...]
    writes: tuple[Write, ...]
    owner_of: Mapping[str, int]
    ids: Mapping[str, str] = field(default_factory=dict)


def plan_writes(sending: Sequence[tuple[PlannedEntry, Changes]]) -> BatchWrites:
    """The writes of all entries; several writes to one record get numbered names."""
    turns: Counter[str] = Counter()
    entries: list[WrittenEntry] = []
    writes: list[Write] = []
    owner_of: dict[str, int] = {}
    for position, (planned, changes) in enumerate(give_way_between(sending)):
        entries.append(WrittenEntry(planned, changes))
        for write in changes.writes:
            turn = turns[write.ref]
            named = replace(write, name=f"{write.ref}#{turn}") if turn else write
            writes.append(named)
            owner_of[named.token] = position
            turns[write.ref] += 1
    return BatchWrites(tuple(entries), tuple(writes), owner_of)


def with_outcomes(batch: BatchWrites, outcomes: Sequence[WriteOutcome]) -> BatchWrites:
    """The batch with the outcome of each write, in order."""
    done: dict[int, list[Write]] = {}
    failed: dict[int, list[tuple[Write, ZsfError]]] = {}
    ids: dict[str, str] = {}
    answered = zip(batch.writes, outcomes, strict=True)
    for write, outcome in give_way_between(answered):
        owner = batch.owner_of[write.token]
        if outcome.error is not None:
            failed.setdefault(owner, []).append((write, outcome.error))
            continue
        done.setdefault(owner, []).append(write)
        if write.action == "create" and outcome.record_id is not None:
            ids[write.ref] = outcome.record_id
    entries: list[WrittenEntry] = []
    for owner, entry in enumerate(batch.entries):
        ended = tuple(done.get(owner, ())), tuple(failed.get(owner, ()))
        entries.append(WrittenEntry(entry.planned, entry.changes, *ended))
    return replace(batch, entries=tuple(entries), ids=ids)


def with_answers_lost(written: WrittenEntry) -> WrittenEntry:
    """The entry with all its writes in doubt, because a defect of ours lost their answers."""
    lost = OutcomeUnknown("defect")
    return replace(written, done=(), failed=tuple((one, lost) for one in written.changes.writes))


def content_of(write: Write, ids: Mapping[str, str]) -> tuple[object, ...]:
    """The content of a write, to recognise one that was refused earlier in the batch."""
    record = ids.get(write.ref, write.ref) if write.action == "update" else ""
    values = []
    for name, value in write.values.items():
        values.append((name, repr(value)))
    return write.action, write.object, record, frozenset(values)
