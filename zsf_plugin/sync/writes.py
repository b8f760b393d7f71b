"""Writes of a round: every entry's changes, in order, each with the entry that asked for it. Pure.

A record that several entries touch is written once for each of them, one after the other, as it
would be without a batch: so a refusal always blames one entry, and what a later one adds never
hides what an earlier one lacked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.errors import ZsfError
from zsf_plugin.model.changes import Changes, Outcome, Write


@dataclass(frozen=True, slots=True)
class Written:
    """Writes in order, for each the position of its entry; and once they were sent, what became of
    them.

    `ids` maps `new:N` to the record's id for each create that is known to be done; `done` and
    `failed` are by position.
    """

    writes: tuple[Write, ...]
    givers: tuple[int, ...]
    outcomes: tuple[Outcome, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[int, Sequence[Write]] = field(default_factory=dict)
    failed: Mapping[int, Sequence[tuple[Write, ZsfError]]] = field(default_factory=dict)


def in_order(changes: Sequence[Changes]) -> Written:
    """The writes of all changes, those of one record numbered in turn."""
    turns: Counter[str] = Counter()
    writes: list[Write] = []
    givers: list[int] = []
    for position, change in enumerate(changes):
        for write in change.writes:
            turn = turns[write.ref]
            writes.append(replace(write, name=f"{write.ref}#{turn}") if turn else write)
            givers.append(position)
            turns[write.ref] += 1
    return Written(tuple(writes), tuple(givers))


def answered(written: Written, outcomes: Sequence[Outcome]) -> Written:
    """The same, with what became of each write."""
    ids: dict[str, str] = {}
    done: dict[int, list[Write]] = {}
    failed: dict[int, list[tuple[Write, ZsfError]]] = {}
    for write, giver, outcome in zip(written.writes, written.givers, outcomes, strict=True):
        if outcome.error is not None:
            failed.setdefault(giver, []).append((write, outcome.error))
            continue
        done.setdefault(giver, []).append(write)
        if write.action == "create" and outcome.record_id is not None:
            ids[write.ref] = outcome.record_id
    return replace(written, outcomes=tuple(outcomes), ids=ids, done=done, failed=failed)


def content_of(write: Write, ids: Mapping[str, str]) -> tuple[object, ...]:
    """What a write says, to tell whether the very same was refused a moment ago. References of a
    batch are its own."""
    record = ids.get(write.ref, write.ref) if write.action == "update" else ""
    return (
        write.action,
        write.object,
        record,
        frozenset((name, repr(value)) for name, value in write.values.items()),
    )
