"""What an entry wrote, by record, and which later entries wrote to the same records. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.model import Json, RecordKey
from zsf_plugin.ports import JournalLine, UndoLine


@dataclass(frozen=True, slots=True)
class LaterWrite:
    """What a later entry wrote to a record, and was not undone."""

    entry_id: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class EntryWrite:
    """What one entry wrote to one record, and was not undone: the fields before (empty if it
    created the record) and after. `later` are the writes of later entries, newest first; `ours` the
    times of all our writes after the first (seconds since 1970)."""

    object: str
    record_id: str
    is_create: bool
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    later: Sequence[LaterWrite] = ()
    ours: Sequence[float] = ()

    @property
    def key(self) -> RecordKey:
        """Its object and id."""
        return self.object, self.record_id


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """All writes of ours to some records, and what of them was undone, oldest first."""

    writes: Sequence[JournalLine]
    undos: Sequence[UndoLine]
    _undone: dict[tuple[str, str], set[str]] = field(init=False, default_factory=dict)
    _deleted: set[tuple[str, str]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for line in self.undos:
            key = (line.entry_id, line.record_id)
            if line.state != "done":
                continue
            if line.action == "delete":
                self._deleted.add(key)
            self._undone.setdefault(key, set()).update(line.after)

    def is_deleted(self, entry_id: str, record_id: str) -> bool:
        """Whether the record was deleted when that entry was undone."""
        return (entry_id, record_id) in self._deleted

    def left_of(self, line: JournalLine) -> dict[str, Json]:
        """What of a write was not undone."""
        if self.is_deleted(line.entry_id, line.record_id):
            return {}
        undone = self._undone.get((line.entry_id, line.record_id), set())
        return {name: value for name, value in line.after.items() if name not in undone}

    def later_than(self, entry_id: str, record_id: str) -> list[LaterWrite]:
        """What entries wrote to the record after that one did, and was not undone, newest first."""
        found: list[LaterWrite] = []
        for line in reversed(self.writes):
            if line.record_id != record_id:
                continue
            if line.entry_id == entry_id:
                break
            left = self.left_of(line)
            if left:
                found.append(LaterWrite(line.entry_id, left))
        return found

    def times(self, record_id: str) -> list[float]:
        """When we wrote to the record, undoing included, apart from its first write."""
        writes = [line.at for line in self.writes if line.record_id == record_id]
        return writes[1:] + [line.at for line in self.undos if line.record_id == record_id]

    def earlier_value(self, entry_id: str, record_id: str, name: str) -> tuple[bool, Json]:
        """Whether an entry before that one wrote this field, and the value it wrote last."""
        found: tuple[bool, Json] = (False, None)
        for line in self.writes:
            if line.record_id == record_id:
                if line.entry_id == entry_id:
                    break
                left = self.left_of(line)
                found = (True, left[name]) if name in left else found
        return found


def writes_of(
    entry_id: str, journal: Sequence[JournalLine], history: RecordHistory
) -> list[EntryWrite]:
    """What the entry wrote and was not undone, by record, the newest first. Several writes to one
    record count as one: from before the first to after the last."""
    by_record: dict[RecordKey, list[JournalLine]] = {}
    for line in journal:
        by_record.setdefault((line.object, line.record_id), []).append(line)
    found = []
    for (object_, record_id), lines in by_record.items():
        if history.is_deleted(entry_id, record_id):
            continue
        write = _write_of(object_, record_id, lines, history)
        if write.is_create or write.after:
            found.append(write)
    return found[::-1]


def _write_of(
    object_: str, record_id: str, lines: Sequence[JournalLine], history: RecordHistory
) -> EntryWrite:
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    for line in lines:
        before = {**line.before, **before}
        after |= history.left_of(line)
    is_create = any(line.action == "create" for line in lines)
    if is_create:
        before = {}
    later = history.later_than(lines[0].entry_id, record_id)
    return EntryWrite(object_, record_id, is_create, before, after, later, history.times(record_id))
