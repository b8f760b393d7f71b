"""What came of each record of an undo: its item after sending, and the line to store. Pure."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.errors import Halted, Rejected, ZsfError
from zsf_plugin.model import Json, WriteOutcome
from zsf_plugin.ports import UndoLine, UndoState
from zsf_plugin.undo.plan import FieldChange, LeftReason, UndoItem


def finished(item: UndoItem, opened: UndoLine | None) -> UndoItem:
    """The item; what of it an earlier run sent, whose answer was lost, is undone as far as it
    arrived."""
    if opened is None or item.reason is not None:
        return item
    is_whole = item.state == "as_before"
    arrived = [name for name in opened.after if is_whole or name in item.as_before]
    if not (is_whole or arrived):
        return item
    changes = {name: FieldChange(opened.before.get(name), opened.after[name]) for name in arrived}
    others = {name: item.as_before[name] for name in item.as_before if name not in changes}
    return replace(item, state="undone", fields={**item.fields, **changes}, as_before=others)


def ended(item: UndoItem, outcome: WriteOutcome) -> UndoItem:
    """The item after its outcome."""
    if outcome.error is None:
        return replace(item, state="undone")
    return replace(item, state="left", reason=reason_of(outcome.error))


def reason_of(error: ZsfError) -> LeftReason:
    """Why Salesforce did not carry it out."""
    if isinstance(error, Rejected):
        return LeftReason("refused", {"code": error.code, "message": error.message})
    if isinstance(error, Halted):
        return LeftReason("refused", {"code": "PROCESSING_HALTED"})
    return LeftReason("unanswered")


def unsent(item: UndoItem) -> UndoItem:
    """A record that was not sent: what it waited for could not be put back."""
    return replace(item, state="left", reason=LeftReason("not_freed"))


def line_of(
    entry_id: str, item: UndoItem, state: UndoState, now: float, by: str | None
) -> UndoLine:
    """The line of one record. A deletion keeps no values."""
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    if item.action == "restore":
        before = {name: change.now for name, change in item.fields.items()}
        after = {name: change.back for name, change in item.fields.items()}
    return UndoLine(
        entry_id, item.object, item.record_id, item.action, state, before, after, now, by
    )


def settled_line(entry_id: str, item: UndoItem, now: float, by: str | None) -> UndoLine | None:
    """The line that is stored of a record at the end; None if nothing came of it."""
    if item.state == "undone":
        line = line_of(entry_id, item, "done", now, by)
        return replace(line, after={**line.after, **item.as_before})
    if item.state == "as_before":
        if not item.as_before:  # the record is gone, not by us
            return None
        line = line_of(entry_id, item, "done", now, by)
        return replace(line, before=item.as_before, after=item.as_before)
    if item.reason is None or item.reason.code not in ("refused", "unanswered"):
        return None
    return line_of(
        entry_id, item, "sent" if item.reason.code == "unanswered" else "refused", now, by
    )
