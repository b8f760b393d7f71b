"""The head of an entry: who it is about, its story, its record in Salesforce, and why it stands as
it does. Asks Salesforce nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.activity.history import EntryHistory, history_of
from zsf_plugin.console.presenters.causes import HeldCause, held_cause
from zsf_plugin.console.presenters.entries import (
    event_id_of,
    person_of,
    reason_of,
    salesforces_words,
)
from zsf_plugin.console.presenters.records import KnownOrg, NamedRecord, known_org, named_records
from zsf_plugin.console.presenters.stories import Story, story_of
from zsf_plugin.console.presenters.waiting import waiting_of
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class EntryHead:
    """An entry with what is told of it, in the org as it is known."""

    history: EntryHistory
    org: KnownOrg
    story: Story

    @property
    def name(self) -> str:
        """Who it is about."""
        return person_of(self.history.entry)

    @property
    def event_id(self) -> str:
        """What the host calls the event."""
        return event_id_of(self.history.entry)

    @property
    def url(self) -> str | None:
        """Where its record opens in Salesforce."""
        return self.org.url(self.history.record_id)

    @property
    def why(self) -> str:
        """Why it ended as it did."""
        return reason_of(self.history.entry, 400)

    @property
    def held(self) -> HeldCause | None:
        """What holds it."""
        cause = self.history.entry.cause
        return held_cause(cause, self.org.label) if cause else None

    @property
    def said_by_salesforce(self) -> str:
        """What Salesforce said when it refused."""
        return salesforces_words(self.history.entry, 2000)

    @property
    def named(self) -> tuple[NamedRecord, ...]:
        """The records that Salesforce named when it refused."""
        return named_records(self.history.entry, self.org.connection)


def entry_head(app: ConsoleApp, entry: Entry) -> EntryHead:
    """The head as the page shows it. Raises StoreUnavailable."""
    workspace = entry.event.workspace
    story = story_of(entry, waiting_of(app, workspace))
    return EntryHead(history_of(app.store, entry), known_org(app, workspace), story)
