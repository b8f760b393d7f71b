"""Writes of a batch: every entry's changes joined to one write a record, and outcomes handed back. Pure.

A record that several entries of a batch touch is written once, with all of their values: the result is the same as
one after the other, for fewer calls. Where such a joint write is refused, its entries are tried again one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.model.changes import Changes, Outcome, Write


@dataclass(frozen=True, slots=True)
class Joint:
    """The writes of a batch in order, and for each the positions of the entries that gave to it."""

    writes: tuple[Write, ...]
    givers: Mapping[str, tuple[int, ...]]


def join(changes: Sequence[Changes]) -> Joint:
    """One write a record, in the order the records first appear; later values win over earlier ones."""
    writes: dict[str, Write] = {}
    givers: dict[str, tuple[int, ...]] = {}
    for position, change in enumerate(changes):
        for write in change.writes:
            known = writes.get(write.ref)
            writes[write.ref] = write if known is None else _joined(known, write)
            givers[write.ref] = (*givers.get(write.ref, ()), position)
    return Joint(tuple(writes.values()), givers)


def _joined(first: Write, second: Write) -> Write:
    before = {**second.before, **first.before} if first.action == "update" else first.before
    return replace(first, values={**first.values, **second.values}, before=before)


def refs_of(change: Changes) -> tuple[str, ...]:
    """The records whose outcome decides how this entry ends: its own writes', then those it relies on."""
    own = tuple(dict.fromkeys(write.ref for write in change.writes))
    return own + tuple(sorted(change.needs.difference(own)))


def record_ids(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """`new:N` (or the id itself) → the record's id, for all that is known to be written."""
    return {ref: outcome.record_id for ref, outcome in outcomes.items() if outcome.record_id is not None}
