"""Undoing an entry: what it changes in Salesforce, and what is left and why, as a page shows it.

Values of an activity are never shown: they may contain message text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console import labels
from zsf_plugin.console.activity.entry_head import EntryHead, entry_heads
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.errors import Fenced, OutOfOrder, ReconnectRequired, ZsfError
from zsf_plugin.messages.undo import left_text
from zsf_plugin.model import Json
from zsf_plugin.ports import Entry
from zsf_plugin.sync.availability import ORG_ERRORS
from zsf_plugin.undo import FieldChange, LeftReason, UndoItem, UndoPlan
from zsf_plugin.wiring.apps import ConsoleApp

_UNCHANGED = "Nothing was changed."
_WILL = ("ready", "undone")
_HIDDEN = "hidden: it may contain message text"

#: Why an entry cannot be undone now.
UNDO_ERRORS = (OutOfOrder, Fenced, *ORG_ERRORS)
#: What came of an undo, for the page of the entry.
OUTCOMES: Mapping[str, str] = {
    "whole": "Undone. Salesforce holds what it held before.",
    "partly": "Undone in part. Choose “Undo this write…” again to see what was left, and why.",
    "not": "Nothing was undone. Choose “Undo this write…” again to see why.",
    "unanswered": "Salesforce did not answer. Choose “Undo this write…” again: it looks first, and "
    "finishes.",
}


@dataclass(frozen=True, slots=True)
class PutBack:
    """A field that gets its value back; None is a blank one."""

    label: str
    now: str | None
    back: str | None


@dataclass(frozen=True, slots=True)
class LeftPart:
    """A field, or the whole record (label ""), that is left, with the entries to undo first."""

    label: str
    text: str
    entries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UndoRecord:
    """One record of the plan."""

    item: UndoItem
    head: EntryHead

    @property
    def url(self) -> str | None:
        """The URL of the record."""
        return None if self.item.is_gone else self.head.org.url(self.item.record_id)

    @property
    def title(self) -> str:
        """`Delete the Lead`, `Put 2 fields back on the Contact`, `Leave the Account`."""
        item = self.item
        if item.state not in _WILL:
            return f"Leave the {item.object}"
        if item.action == "delete":
            return f"Delete the {item.object}"
        fields = labels.plural(len(item.fields), "field", "fields")
        return f"Put {fields} back on the {item.object}"

    @property
    def name(self) -> str:
        """The name of the person or company, as far as it is known; else ""."""
        known = self.head.history.names.get(self.item.record_id, "")
        return known.removeprefix(f"{self.item.object} ")

    @property
    def is_deleted(self) -> bool:
        """Whether the whole record goes."""
        return self.item.state in _WILL and self.item.action == "delete"

    @property
    def written(self) -> str:
        """The names of the fields that go with a deleted record."""
        return labels.listed([self._label(name) for name in self.item.fields])

    @property
    def fields(self) -> list[PutBack]:
        """The fields that get their values back."""
        if self.item.state not in _WILL or self.item.action == "delete":
            return []
        return [self._field(name, change) for name, change in self.item.fields.items()]

    @property
    def left(self) -> list[LeftPart]:
        """What is left, and why."""
        item = self.item
        found = [self._left(self._label(name), reason) for name, reason in item.left.items()]
        if item.reason is not None:
            found.append(self._left("", item.reason))
        elif item.is_gone:
            found.append(LeftPart("", "It no longer exists."))
        elif item.state == "as_before":
            found.append(LeftPart("", "It holds what it held before."))
        return found

    def _label(self, name: str) -> str:
        return self.head.org.label(self.item.object, name)

    def _field(self, name: str, change: FieldChange) -> PutBack:
        if self.item.object == "Task":
            return PutBack(self._label(name), _HIDDEN, _HIDDEN)
        return PutBack(self._label(name), _shown(change.now), _shown(change.back))

    def _left(self, label: str, reason: LeftReason) -> LeftPart:
        fields = reason.data.get("fields")
        if isinstance(fields, list):
            named: list[Json] = [self._label(str(name)) for name in fields]
            reason = LeftReason(reason.code, {**reason.data, "fields": named})
        text = f"{left_text(reason)}."
        text = text if label else labels.capital(text)
        return LeftPart(label, text, list(_entries_in(reason.data)))


@dataclass(frozen=True, slots=True)
class UndoView:
    """The plan of undoing an entry; `refusal` is why nothing was undone just now, if anything."""

    head: EntryHead
    plan: UndoPlan
    refusal: str = ""

    @property
    def records(self) -> list[UndoRecord]:
        """Its records, newest first."""
        return [UndoRecord(item, self.head) for item in self.plan.items]

    @property
    def seen(self) -> str:
        """What the button agrees to."""
        return " ".join(item.digest for item in self.plan.todo)

    @property
    def note(self) -> str:
        """Why there may be more that the entry wrote; "" if all is known."""
        reason = self.plan.reason
        return labels.capital(f"{left_text(reason)}.") if reason is not None else ""

    @property
    def button(self) -> str:
        """`Delete 1 record and put 2 fields back`; "" if nothing can be undone."""
        todo = self.plan.todo
        deleted = sum(item.action == "delete" for item in todo)
        fields = sum(len(item.fields) for item in todo if item.action == "restore")
        parts = [f"delete {labels.plural(deleted, 'record', 'records')}"] if deleted else []
        if fields:
            parts.append(f"put {labels.plural(fields, 'field', 'fields')} back")
        return labels.capital(" and ".join(parts)) if parts else ""


def undo_view(app: ConsoleApp, entry: Entry, refusal: str = "") -> UndoView:
    """What undoing the entry would change now. Reads the org; raises as `Undoer.plan`."""
    plan = app.undoer.plan(entry)
    (head,) = entry_heads(app, entry.event.workspace, [entry])
    return UndoView(head, plan, refusal)


def refusal_text(error: ZsfError) -> str:
    """Why an entry cannot be undone now, for the page."""
    is_paused = isinstance(error, OutOfOrder) and error.data.get("code") == "reconnect"
    if is_paused or isinstance(error, ReconnectRequired):
        return "The Salesforce sign-in ended. Reconnect on the Connection page first. " + _UNCHANGED
    if isinstance(error, Fenced):
        return "Another process took over. Choose “Undo this write…” again: it looks first."
    if isinstance(error, OutOfOrder):
        return str(error)
    return f"{labels.capital(str(error))}. {_UNCHANGED}"


def outcome_of(plan: UndoPlan) -> str:
    """The name of what came of an undo, one of `OUTCOMES`."""
    if any(item.reason and item.reason.code == "unanswered" for item in plan.items):
        return "unanswered"
    has_undone = any(item.state == "undone" for item in plan.items)
    if plan.is_whole:
        return "whole"
    return "partly" if has_undone else "not"


def _shown(value: Json) -> str | None:
    return None if value in (None, "") else value_text(value)


def _entries_in(data: Mapping[str, Json]) -> Iterator[str]:
    """The ids of the entries that a reason names."""
    entry, entries = data.get("entry"), data.get("entries")
    if isinstance(entry, str):
        yield entry
    if isinstance(entries, list):
        yield from map(str, entries)
