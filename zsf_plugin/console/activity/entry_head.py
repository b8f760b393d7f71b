"""The head of an entry: its prospect, summary, Salesforce record and cause, and when each thing
happened.

Uses only the stored entry, its journal and its links: not the rules in force now, and no API call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console import labels
from zsf_plugin.console.presenters.causes import HeldCause, held_cause
from zsf_plugin.console.presenters.entries import (
    company_of,
    event_id_of,
    person_of,
    salesforce_message_in,
    skip_reason,
)
from zsf_plugin.console.presenters.people import OWNER
from zsf_plugin.console.presenters.records import (
    KnownOrg,
    NamedRecord,
    known_org,
    named_records,
    record_in,
)
from zsf_plugin.console.presenters.stories import EntrySummary, story_of, waiting_of
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.text import admin_message
from zsf_plugin.model import Kind, Link, LinkKey, Record, State, text_at
from zsf_plugin.ports import Entry, JournalLine, Store, UndoAction, UndoLine
from zsf_plugin.undo.writes import RecordHistory, writes_of
from zsf_plugin.wiring.apps import ConsoleApp

#: By kind of entry: the kind of its link, and the objects that its record can be.
_SUBJECTS: Mapping[Kind, tuple[str, Collection[str]]] = {
    "purchase": ("prospect", PEOPLE),
    "touchpoint": ("touchpoint", ("Task",)),
}
_OUTCOMES: Mapping[State, str] = {"done": "Done", "held": "Held", "skipped": "Skipped"}
_ACTIONS = {"create": "created", "update": "updated"}
_UNDONE: Mapping[UndoAction, str] = {
    "delete": "deleted: undone",
    "restore": "put back as it was: undone",
}


@dataclass(frozen=True, slots=True)
class EntryHistory:
    """The entry, its journal, the links of its prospect and its activity, and what of it was
    undone."""

    entry: Entry
    journal: Sequence[JournalLine]
    links: Mapping[LinkKey, Link]
    undone: Sequence[UndoLine] = ()

    @property
    def linked(self) -> bool:
        """Whether its person is linked."""
        return self._person_link is not None

    @property
    def _person_link(self) -> Link | None:
        return self.links.get(("prospect", self.entry.lane))

    @property
    def created(self) -> set[str]:
        """The objects of the records that it created."""
        return {line.object for line in self.journal if line.action == "create"}

    def first_written(self, objects: Collection[str]) -> JournalLine | None:
        """Its first write to one of those objects in the org that it was settled in."""
        return next((line for line in self._journal_there if line.object in objects), None)

    @property
    def _journal_there(self) -> Iterator[JournalLine]:
        org_id = self.entry.org_id
        return (line for line in self.journal if org_id is None or line.org_id in ("", org_id))

    @property
    def person_object(self) -> str | None:
        """The object that its person was written or linked as, if any."""
        known = self.first_written(PEOPLE) or self._person_link
        return known.object if known else None

    @property
    def record_id(self) -> str | None:
        """The ID of its record: the Task, or the person."""
        kind, objects = _SUBJECTS[self.entry.kind]
        linked = (link for link in self.links.values() if link.kind == kind)
        known = self.first_written(objects) or next(linked, None)
        return known.record_id if known else None

    @property
    def names(self) -> dict[str, str]:
        """Names of its person's and company's records, by ID, as far as they are known."""
        person = person_of(self.entry)
        names = {"Contact": person, "Lead": person, "Account": company_of(self.entry)}
        return {
            record: f"{object_} {names[object_]}"
            for object_, record in self._records()
            if names.get(object_)
        }

    def _records(self) -> Iterator[tuple[str, str]]:
        """(object, ID) of every linked, written or found record."""
        known: list[Link | JournalLine] = [*self.links.values(), *self.journal]
        yield from ((record.object, record.record_id) for record in known)
        for step in self.entry.steps:
            record = record_in(step)
            if step.code != "named" and step.object and record is not None:
                yield step.object, record

    def happened(self) -> Iterator[tuple[float, str]]:
        """(time, text) of each thing that happened, in order."""
        entry = self.entry
        yield entry.received_at, "Received from Zaplify"
        if entry.sent_at is not None:
            yield entry.sent_at, "Sent to Salesforce; result not known yet"
        for line in self.journal:
            yield line.at, f"{line.object} {_ACTIONS[line.action]}"
        if entry.settled_at is not None:
            yield entry.settled_at, _OUTCOMES.get(entry.state, "Released")
        for undo in self.undone:
            yield undo.at, f"{undo.object} {_UNDONE[undo.action]}"


def _history_of(store: Store, entry: Entry) -> EntryHistory:
    """The entry with its journal, and its links in the org that it was settled in. Raises
    StoreUnavailable."""
    workspace, keys = entry.event.workspace, _link_keys(entry)
    connection = store.connection(workspace)
    org_id = entry.org_id or (connection.org_id if connection is not None else "")
    links = store.links(workspace, org_id, keys)
    journal = store.journal(workspace, entry.id)
    undone = [line for line in store.undo_lines(workspace, entry.id) if line.state == "done"]
    return EntryHistory(entry, journal, links, undone)


def _link_keys(entry: Entry) -> set[LinkKey]:
    """The keys of the links of its prospect and its activity."""
    activity = text_at(entry.payload, "touchpoint", "id") or entry.event.event_id
    return {("prospect", entry.lane), ("touchpoint", activity)}


@dataclass(frozen=True, slots=True)
class EntryHead:
    """An entry as the page shows it, with the org as last read. `owners` are the known users that
    the journal names as owners, by ID. `elsewhere` is the org in which it was settled, if the
    workspace is not connected to it now, else ""."""

    history: EntryHistory
    org: KnownOrg
    story: EntrySummary
    owners: Mapping[str, Record]
    elsewhere: str = ""

    @property
    def name(self) -> str:
        """The name of its prospect."""
        return person_of(self.history.entry)

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return self.history.entry

    @property
    def event_id(self) -> str:
        """The host's ID of the event."""
        return event_id_of(self.history.entry)

    @property
    def url(self) -> str | None:
        """The URL of its record in Salesforce; None if that was deleted by undoing."""
        undone = [line for line in self.history.undone if line.action == "delete"]
        record_id = self.history.record_id
        is_deleted = any(line.record_id == record_id for line in undone)
        return None if is_deleted else self._org_there.url(record_id)

    @property
    def _org_there(self) -> KnownOrg:
        return self.org.only_in(self.history.entry.org_id)

    @property
    def why(self) -> str:
        """Why it was skipped."""
        return skip_reason(self.history.entry, 400)

    @property
    def held(self) -> HeldCause | None:
        """The cause that holds it, if any."""
        cause = self.history.entry.cause
        if cause is None:
            return None
        message = admin_message(cause, self.salesforce_message)
        return replace(held_cause(cause, self.org.label), admin_message=message)

    @property
    def salesforce_message(self) -> str:
        """The message of Salesforce's refusal; "" if there is none."""
        return salesforce_message_in(self.history.entry, 2000)

    @property
    def can_be_undone(self) -> bool:
        """Whether something that it wrote here was not undone."""
        history = self.history
        if self.elsewhere or history.entry.state not in ("done", "skipped"):
            return False
        known = RecordHistory(history.journal, history.undone)
        return bool(writes_of(history.entry.id, history.journal, known))

    @property
    def undone_by(self) -> str:
        """Who undid it; the last of several."""
        return (self.history.undone[-1].by or "someone") if self.history.undone else ""

    @property
    def undone_text(self) -> str:
        """What was undone: `Lead deleted; Title and Phone put back on the Contact`."""
        parts = []
        for line in self.history.undone:
            names = [self.org.label(line.object, name) for name in line.after]
            what = f"{labels.listed(names)} put back on the {line.object}"
            parts.append(f"{line.object} deleted" if line.action == "delete" else what)
        return "; ".join(parts)

    @property
    def named(self) -> tuple[NamedRecord, ...]:
        """The records that Salesforce named in its refusal."""
        return named_records(self.history.entry, self.org.connection)


def entry_heads(app: ConsoleApp, workspace: str, entries: Sequence[Entry]) -> list[EntryHead]:
    """The heads of a workspace's entries as the pages show them. Raises StoreUnavailable."""
    histories = [_history_of(app.store, entry) for entry in entries]
    waiting, org = waiting_of(app, workspace), known_org(app, workspace)
    owners = app.orgs.known_users(workspace, _owner_ids(histories))
    return [
        EntryHead(
            history,
            org,
            story_of(history.entry, waiting),
            owners,
            app.orgs.settled_elsewhere(history.entry),
        )
        for history in histories
    ]


def _owner_ids(histories: Iterable[EntryHistory]) -> set[str]:
    """The IDs of the owners before and after each write."""
    lines = (line for history in histories for line in history.journal)
    values = (side.get(OWNER) for line in lines for side in (line.before, line.after))
    return {value for value in values if isinstance(value, str)}
