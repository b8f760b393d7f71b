"""One entry whole: what was found, what was written, what the mapping asks for, and when each thing
happened.

Found and written are told from what was kept of the entry, never from today's rules; the plan is by
today's rules, and says so. Asks Salesforce nothing. Nothing of a message's text is shown, whatever
the switch says and whatever was kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.activity.planned import Planned, plan_view
from zsf_plugin.console.activity.written import WrittenRecord, texts_of, written_record
from zsf_plugin.console.labels import clipped
from zsf_plugin.console.presenters.causes import HeldCause, cause_told
from zsf_plugin.console.presenters.entries import (
    company_of,
    person_of,
    salesforces_words,
    seller_of,
)
from zsf_plugin.console.presenters.findings import Finding, findings
from zsf_plugin.console.presenters.records import label_of, named_records, record_url
from zsf_plugin.console.presenters.stories import Story, story_of
from zsf_plugin.console.presenters.waiting import waiting_of
from zsf_plugin.console.rich_text import RichText, named
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.text import reason_text
from zsf_plugin.model import Link, LinkKey
from zsf_plugin.ports import Entry, JournalLine
from zsf_plugin.wiring.console import ConsoleApp


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the journal: when, and what."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """All that is shown of one entry. `url` opens its record in Salesforce; `linked`: its person is
    connected."""

    id: str
    event_id: str
    name: str
    lead_in: RichText
    story: Story
    linked: bool
    url: str | None
    why: str | None
    held: HeldCause | None
    said_by_salesforce: str | None
    named: tuple[tuple[str, str, str], ...]
    found: tuple[Finding, ...]
    written: tuple[WrittenRecord, ...]
    plan: Planned | None
    happened: tuple[Happening, ...]


def entry_view(app: ConsoleApp, workspace: str, entry: Entry) -> EntryView:
    """The entry as the page shows it. Raises StoreUnavailable."""
    connection, known = app.store.connection(workspace), app.orgs.known_facts(workspace)
    facts = known.facts if known is not None else None
    journal = app.store.journal(workspace, entry.id)
    links = app.store.links(workspace, _keys(entry))
    planned = plan_view(app, entry, journal, links, facts)
    texts = texts_of(entry, planned, _names(entry, journal, links))
    cause = entry.cause
    return EntryView(
        id=entry.id,
        event_id=clipped(entry.event.event_id),
        name=person_of(entry),
        lead_in=_lead_in(entry),
        story=story_of(entry, waiting_of(app, workspace)),
        linked=("prospect", entry.lane) in links,
        url=record_url(connection, _record(entry, journal, links)),
        why=clipped(reason_text(entry.reason, cause) or "", 400) or None,
        held=cause_told(cause, lambda object_, field: label_of(facts, object_, field))
        if cause
        else None,
        said_by_salesforce=salesforces_words(entry, 2000),
        named=named_records(entry, connection),
        found=findings(entry.steps, _created(journal), connection),
        written=tuple(written_record(line, connection, facts, texts) for line in journal),
        plan=planned,
        happened=tuple(_happened(entry, journal)),
    )


def _created(journal: Sequence[JournalLine]) -> set[str]:
    return {line.object for line in journal if line.action == "create"}


def _keys(entry: Entry) -> set[LinkKey]:
    touchpoint = entry.payload.get("touchpoint")
    sent = touchpoint.get("id") if isinstance(touchpoint, dict) else None
    keys: set[LinkKey] = {("prospect", entry.lane)}
    return keys | {("touchpoint", sent if isinstance(sent, str) else entry.event.event_id)}


def _lead_in(entry: Entry) -> RichText:
    """`Purchased by NAME`."""
    verb = "Purchased" if entry.kind == "purchase" else "Sent"
    seller = seller_of(entry)
    return (f"{verb} by ", named(seller)) if seller else (verb,)


def _record(
    entry: Entry, journal: Sequence[JournalLine], links: Mapping[LinkKey, Link]
) -> str | None:
    """The record that the entry is about: its Task, or its person."""
    wanted = PEOPLE if entry.kind == "purchase" else ("Task",)
    written = next((line.record_id for line in journal if line.object in wanted), None)
    if written is not None:
        return written
    own = [
        link
        for link in links.values()
        if link.kind == ("prospect" if entry.kind == "purchase" else "touchpoint")
    ]
    return own[0].record_id if own else None


def _names(
    entry: Entry, journal: Sequence[JournalLine], links: Mapping[LinkKey, Link]
) -> dict[str, str]:
    """What records are called, by id: those of this entry's person and company, as far as links,
    journal and steps tell."""
    person = person_of(entry)
    names = {"Contact": person, "Lead": person, "Account": company_of(entry)}
    called: dict[str, str] = {}
    for object_, record in _known_records(entry, journal, links):
        if names.get(object_):
            called[record] = f"{object_} {names[object_]}"
    return called


def _known_records(
    entry: Entry, journal: Sequence[JournalLine], links: Mapping[LinkKey, Link]
) -> Iterator[tuple[str, str]]:
    """(object, id) of what the entry was linked to, written to and found."""
    for link in links.values():
        yield link.object, link.record_id
    for line in journal:
        yield line.object, line.record_id
    for step in entry.steps:
        record = step.data.get("record")
        if step.code != "named" and step.object is not None and isinstance(record, str):
            yield step.object, record


def _happened(entry: Entry, journal: Sequence[JournalLine]) -> Iterator[Happening]:
    yield Happening(entry.received_at, "Taken in from Zaplify")
    if entry.sent_at is not None:
        yield Happening(entry.sent_at, "Sent to Salesforce; its answer is not known yet")
    for line in journal:
        yield Happening(
            line.at, f"{line.object} {'created' if line.action == 'create' else 'updated'}"
        )
    if entry.settled_at is not None:
        yield Happening(entry.settled_at, entry_end(entry))


def entry_end(entry: Entry) -> str:
    """How the entry ended, as far as it has."""
    words = {"done": "Done", "held": "Held", "skipped": "Skipped"}
    return words.get(entry.state, "Put back")
