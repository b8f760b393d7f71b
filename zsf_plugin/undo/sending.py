"""Sends an undo: values are put back, then records are deleted. Decides nothing of what is undone.
Right before each request, its records are marked.

A value that Salesforce refuses is left as it is, and the others of its record are put back without
it, as a purchase does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from zsf_plugin.errors import Rejected, ZsfError
from zsf_plugin.model import RecordKey, Write
from zsf_plugin.ports import Crm, Purpose, RecordRemoval
from zsf_plugin.undo.outcomes import ended, reason_of
from zsf_plugin.undo.plan import UndoItem

#: How often values of one record are left out because Salesforce refused them: it may name one
#: field at a time.
MAX_LEFT_OUT = 4
Mark = Callable[[Sequence[UndoItem]], None]
#: Children are deleted before what they belong to.
_ORDER = {"Task": 0, "Account": 2}
_PEOPLE = 1


def send(
    crm: Crm, removal: RecordRemoval, todo: Sequence[UndoItem], purpose: Purpose, mark: Mark
) -> dict[RecordKey, UndoItem]:
    """Put values back, then delete; each record that was sent, `undone` or `left`. Raises
    what `mark` raises if that is Fenced, or StoreUnavailable before anything was sent."""
    restored = [item for item in todo if item.action == "restore"]
    found = _put_back(crm, restored, purpose, mark)
    freed = {item.key for item in restored if _is_put_back(item, found[item.key])}
    deletions = [item for item in todo if item.action == "delete" and item.needs <= freed]
    if deletions:
        deletions.sort(key=_rank)
        mark_each = partial(_mark_deletions, mark, deletions)
        outcomes = removal.delete([item.key for item in deletions], purpose, mark_each)
        for item, outcome in zip(deletions, outcomes, strict=True):
            found[item.key] = ended(item, outcome)
    return found


def _is_put_back(item: UndoItem, sent: UndoItem) -> bool:
    """Whether all its values were put back."""
    return sent.state == "undone" and sent.fields.keys() == item.fields.keys()


def _rank(item: UndoItem) -> int:
    return _ORDER.get(item.object, _PEOPLE)


def _put_back(
    crm: Crm, items: Sequence[UndoItem], purpose: Purpose, mark: Mark
) -> dict[RecordKey, UndoItem]:
    """Put values back. Those that Salesforce refuses are left out, and the rest is sent again."""
    found: dict[RecordKey, UndoItem] = {}
    for attempt in range(MAX_LEFT_OUT + 1):
        mark_each = partial(_mark_writes, mark, items)
        outcomes = crm.write(list(map(_write, items)), purpose, mark_each) if items else ()
        again = []
        for item, outcome in zip(items, outcomes, strict=True):
            rest = _without_refused(item, outcome.error) if attempt < MAX_LEFT_OUT else None
            if rest is None:
                found[item.key] = ended(item, outcome)
            else:
                again.append(rest)
        items = again
    return found


def _mark_writes(mark: Mark, items: Sequence[UndoItem], writes: Sequence[Write]) -> None:
    refs = {one.ref for one in writes}
    mark([item for item in items if item.record_id in refs])


def _mark_deletions(mark: Mark, items: Sequence[UndoItem], records: Sequence[RecordKey]) -> None:
    keys = set(records)
    mark([item for item in items if item.key in keys])


def _without_refused(item: UndoItem, error: ZsfError | None) -> UndoItem | None:
    """The record without the values that the refusal names; None if it names none, or all."""
    if not isinstance(error, Rejected):
        return None
    refused = {name: reason_of(error) for name in error.fields if name in item.fields}
    rest = {name: change for name, change in item.fields.items() if name not in refused}
    if not (refused and rest):
        return None
    return replace(item, fields=rest, left={**item.left, **refused})


def _write(item: UndoItem) -> Write:
    back = {name: change.back for name, change in item.fields.items()}
    now = {name: change.now for name, change in item.fields.items()}
    return Write("update", item.object, item.record_id, back, now)
