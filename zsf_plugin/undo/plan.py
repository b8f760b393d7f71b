"""The plan of an undo: for each record that an entry wrote, what is put back or deleted, and why
the rest is left. Pure.

A value is put back only where the org still holds what the entry wrote. A record is deleted only
where nobody has changed it since it was created, and where nothing that stays would go with it.
Once we wrote to it again, its Last Modified no longer shows what others did before: then each field
that we left empty has to be as a new record has it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from zsf_plugin.decision.fit import is_same_value
from zsf_plugin.decision.fit_moments import instant
from zsf_plugin.model import FieldDescribe, Json, JsonObject, ObjectDescribe, Record, RecordKey
from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Dependent, Dependents, UndoAction
from zsf_plugin.undo.writes import EntryWrite, LaterWrite

#: Why a field or a record is left as it is (texts: `messages.undo`).
LeftCode = Literal[
    "changed",
    "later",
    "later_elsewhere",
    "modified",
    "hidden",
    "read_only",
    "converted",
    "converted_before",
    "children",
    "unread",
    "protected",
    "not_freed",
    "refused",
    "unanswered",
    "answer_lost",
]
#: `ready`: will be undone; `undone`: was just now; `as_before`: nothing is left to do, since the
#: org holds what it held before, or the record is gone; `left`: nothing of it can be undone.
ItemState = Literal["ready", "undone", "as_before", "left"]

CREATED, MODIFIED = "CreatedDate", "LastModifiedDate"
CREATED_BY, MODIFIED_BY = "CreatedById", "LastModifiedById"
CONVERTED = "IsConverted"


@dataclass(frozen=True, slots=True)
class LeftReason:
    """Why something is left: a code, with the data that its text needs."""

    code: LeftCode
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a field holds now, and the value that is put back."""

    now: Json
    back: Json


@dataclass(frozen=True, slots=True)
class UndoItem:
    """One record. `fields` change, or go with a record that is deleted; `left` stay as they are;
    `as_before` hold what they held before the entry, without our help. `reason` is why the whole
    record is left. `is_gone`: the record no longer exists. `needs` are the records that get values
    back first, by which they no longer go with this one."""

    object: str
    record_id: str
    action: UndoAction
    state: ItemState
    fields: Mapping[str, FieldChange] = field(default_factory=dict)
    left: Mapping[str, LeftReason] = field(default_factory=dict)
    as_before: Mapping[str, Json] = field(default_factory=dict)
    reason: LeftReason | None = None
    is_gone: bool = False
    needs: frozenset[RecordKey] = frozenset()

    @property
    def key(self) -> RecordKey:
        """Its object and id."""
        return self.object, self.record_id

    @property
    def digest(self) -> str:
        """What would be done to it, to be compared with what a person has seen."""
        fields = [[name, one.now, one.back] for name, one in sorted(self.fields.items())]
        whole = json.dumps([self.object, self.record_id, self.action, fields])
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left."""
        return self.reason is None and not self.left


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The records of one entry, newest first. `reason` is why there may be more that it wrote."""

    entry_id: str
    items: tuple[UndoItem, ...] = ()
    reason: LeftReason | None = None

    @property
    def todo(self) -> tuple[UndoItem, ...]:
        """The records that will be undone, in whole or in part."""
        return tuple(item for item in self.items if item.state == "ready")

    def exceeds(self, seen: Collection[str]) -> bool:
        """Whether it does anything that is not in these digests of its records."""
        return any(item.digest not in seen for item in self.todo)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left that cannot be undone."""
        return self.reason is None and all(item.is_whole for item in self.items)


@dataclass(frozen=True, slots=True)
class OrgNow:
    """What the org holds now. `user_id` is the connected user; `elsewhere` are the entries of other
    workspaces that wrote to the records too."""

    describes: Mapping[str, ObjectDescribe]
    records: Mapping[RecordKey, Record]
    user_id: str
    elsewhere: Collection[str] = ()

    def later(self, write: LaterWrite) -> LeftReason:
        """That a later entry wrote it; one of another workspace is not named."""
        if write.entry_id in self.elsewhere:
            return LeftReason("later_elsewhere")
        return LeftReason("later", {"entry": write.entry_id})


def plan_records(writes: Sequence[EntryWrite], org: OrgNow) -> list[UndoItem]:
    """An item for each record, before it is known what a deletion takes along."""
    return [_deletion(one, org) if one.is_create else _restoring(one, org) for one in writes]


def without_cascades(
    items: Sequence[UndoItem], dependents: Dependents, creators: Mapping[str, str]
) -> tuple[UndoItem, ...]:
    """The items, without deletions that the connected user may not make, or by which a record would
    go that stays. `creators` are the entries that created dependents, by record id."""
    kept = {item.key: item for item in items}
    while True:
        cascade = _Cascade(kept, dependents, creators)
        stays = {key: cascade.why_not(key) for key, item in kept.items() if _is_deletion(item)}
        if not any(stays.values()):
            return tuple([cascade.with_needs(item) for item in kept.values()])
        for key, reason in stays.items():
            if reason is not None:
                kept[key] = _left(kept[key], reason)


def _is_deletion(item: UndoItem) -> bool:
    return item.action == "delete" and item.state == "ready"


def _left(item: UndoItem, reason: LeftReason) -> UndoItem:
    return replace(item, state="left", fields={}, reason=reason)


@dataclass(frozen=True, slots=True)
class _Cascade:
    """What goes with each deletion, as far as it is planned."""

    items: Mapping[RecordKey, UndoItem]
    dependents: Dependents
    creators: Mapping[str, str]

    def why_not(self, key: RecordKey) -> LeftReason | None:
        """Why that record cannot be deleted; None if it can."""
        object_, record_id = key
        if object_ in self.dependents.protected:
            return LeftReason("protected")
        stay = [one for one in self._of(record_id) if not (self._goes(one) or self._is_freed(one))]
        if stay:
            return _children(stay, self.creators)
        unread = self.dependents.unread.get(object_)
        return LeftReason("unread", {"objects": sorted(unread)}) if unread else None

    def with_needs(self, item: UndoItem) -> UndoItem:
        """A deletion with the records that have to be put back before."""
        freed = [one for one in self._of(item.record_id) if self._is_freed(one)]
        return replace(item, needs=frozenset((one.object, one.id) for one in freed))

    def _of(self, record_id: str) -> list[Dependent]:
        return [one for one in self.dependents.records if one.parent == record_id]

    def _goes(self, one: Dependent) -> bool:
        item = self.items.get((one.object, one.id))
        return item is not None and _is_deletion(item)

    def _is_freed(self, one: Dependent) -> bool:
        """Whether its reference is put back to another record, or to none."""
        item = self.items.get((one.object, one.id))
        if item is None or item.action != "restore" or item.state != "ready":
            return False
        change = item.fields.get(one.field)
        return change is not None and str(change.back)[:15] != one.parent[:15]


def _children(stay: Sequence[Dependent], creators: Mapping[str, str]) -> LeftReason:
    counts: dict[str, Json] = {}
    entries: dict[str, None] = {}
    for one in stay:
        count = counts.get(one.object, 0)
        counts[one.object] = (count if isinstance(count, int) else 0) + 1
        if one.id in creators:
            entries[creators[one.id]] = None
    return LeftReason("children", {"counts": counts, "entries": list(entries)})


def _deletion(write: EntryWrite, org: OrgNow) -> UndoItem:
    """The deletion of a record that the entry created, or why it stays."""
    found = org.records.get(write.key)
    item = UndoItem(write.object, write.record_id, "delete", "ready")
    if found is None:
        return replace(item, state="as_before", is_gone=True)
    reason = _why_kept(write, found, org)
    if reason is not None:
        return _left(item, reason)
    fields = {name: FieldChange(found.value_of(name), None) for name in write.after}
    return replace(item, fields=fields)


def _why_kept(write: EntryWrite, found: Record, org: OrgNow) -> LeftReason | None:
    describe = org.describes.get(write.object)
    if describe is None:
        return LeftReason("hidden")
    if write.later:
        return _later_or_changed(write.later, found, describe, org)
    if found.value_of(CONVERTED) is True:
        return LeftReason("converted")
    changed: list[Json] = [*_not_held(write.after, found, describe)]
    changed += _filled(write, found, describe) if write.ours else []
    if changed:
        return LeftReason("changed", {"fields": changed})
    return _modified(write, found, org.user_id)


def _later_or_changed(
    later: Sequence[LaterWrite], found: Record, describe: ObjectDescribe, org: OrgNow
) -> LeftReason:
    """The later entry to undo first. If Salesforce holds nothing of what any of them wrote, undoing
    those changes nothing: someone changed it since."""
    changed: list[Json] = []
    for one in later:
        overwritten = list(_not_held(one.values, found, describe))
        if len(overwritten) < len(one.values):
            return org.later(one)
        changed += [name for name in overwritten if name not in changed]
    return LeftReason("changed", {"fields": changed})


def _not_held(values: Mapping[str, Json], found: Record, describe: ObjectDescribe) -> Iterator[str]:
    """The fields, of those that are visible, that hold another value than this."""
    for name, value in values.items():
        described = describe.field(name)
        if described and not is_same_value(described, found.value_of(name), value):
            yield name


def _filled(write: EntryWrite, found: Record, describe: ObjectDescribe) -> Iterator[str]:
    """The fields that hold something though we created the record without it. Salesforce adds codes
    of countries and states to their names, and names to codes."""
    ours = {name.lower().removesuffix("code") for name in write.after}
    for name, described in describe.fields.items():
        is_others = described.updateable and name.lower().removesuffix("code") not in ours
        if is_others and not _is_as_new(described, found.value_of(name)):
            yield name


def _is_as_new(described: FieldDescribe, value: Json) -> bool:
    """Whether a new record may have that value in a field that is not given. The default of a field
    without a picklist is not known."""
    if value in (None, "", False) or not described.defaulted_on_create:
        return value in (None, "", False)
    defaults = [one.value for one in described.picklist if one.default]
    return not defaults or value in defaults


def _modified(write: EntryWrite, found: Record, user_id: str) -> LeftReason | None:
    """Whether someone changed another field: by the org's clock nobody did since it was created,
    or it was the connected user when we did, or the one who was connected when it was created."""
    created, modified = str(found.value_of(CREATED)), str(found.value_of(MODIFIED))
    by = str(found.value_of(MODIFIED_BY))
    users = (user_id, str(found.value_of(CREATED_BY)))
    is_ours = by[:15] in [user[:15] for user in users]
    at, first = instant(modified), instant(created)
    if is_ours and at is not None and first is not None:
        moments = [at.timestamp() - moment for moment in write.ours]
        if at <= first or any(abs(apart) <= MAX_CLOCK_SKEW_S for apart in moments):
            return None
    return LeftReason("modified", {"at": modified, "by": by, "is_ours": is_ours})


def _restoring(write: EntryWrite, org: OrgNow) -> UndoItem:
    """What of an update is put back."""
    found, describe = org.records.get(write.key), org.describes.get(write.object)
    item = UndoItem(write.object, write.record_id, "restore", "as_before")
    if found is None:
        return replace(item, is_gone=True)
    if describe is None:
        return _left(item, LeftReason("hidden"))
    fields: dict[str, FieldChange] = {}
    left: dict[str, LeftReason] = {}
    as_before: dict[str, Json] = {}
    for name in write.after:
        change = FieldChange(found.value_of(name), write.before.get(name))
        outcome = _field_outcome(write, name, change, describe, org)
        if outcome == "as_before":
            as_before[name] = change.back
        elif outcome is None:
            fields[name] = change
        else:
            left[name] = outcome
    if fields and found.value_of(CONVERTED) is True:
        return _left(item, LeftReason("converted_before"))
    state: ItemState = "ready" if fields else "left" if left else "as_before"
    return replace(item, state=state, fields=fields, left=left, as_before=as_before)


def _field_outcome(
    write: EntryWrite, name: str, change: FieldChange, describe: ObjectDescribe, org: OrgNow
) -> LeftReason | Literal["as_before"] | None:
    """Why a field is left; None if it is put back."""
    described = describe.field(name)
    if described is None:
        return LeftReason("hidden")
    for one in write.later:
        if name in one.values and is_same_value(described, change.now, one.values[name]):
            return org.later(one)
    if is_same_value(described, change.now, change.back):
        return "as_before"
    if not is_same_value(described, change.now, write.after[name]):
        return LeftReason("changed")
    return None if described.updateable else LeftReason("read_only")
