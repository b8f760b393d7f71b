"""Held entries of a cause: a page of them, and the report for Zaplify. `view` offers the fixes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from zsf_plugin.console.labels import listed
from zsf_plugin.console.presenters.entries import (
    entry_seller,
    event_id_of,
    salesforce_message_in,
    skip_reason,
)
from zsf_plugin.console.presenters.records import NamedRecord, named_records
from zsf_plugin.console.presenters.stories import EntrySummary, Waiting, story_of, waiting_of
from zsf_plugin.model import Connection, Kind
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

PAGE_SIZE = 50
_MAX_MESSAGE_LENGTH = 600
_MAX_REASON_LENGTH = 300
_KINDS = {"purchase": "purchases", "touchpoint": "activities"}

#: One held entry: its story, the message from Salesforce, and the records it names.
HeldEntry: TypeAlias = tuple[EntrySummary, str, tuple[NamedRecord, ...]]


def entries_of(
    app: ConsoleApp, workspace: str, group: str, before: str = ""
) -> tuple[list[HeldEntry], str | None]:
    """A page of a cause's entries, newest first, and `before` for the next page. Raises
    StoreUnavailable."""
    wanted = EntryFilter(state="held", cause=group)
    page = app.store.page(workspace, wanted, before=before or None, limit=PAGE_SIZE)
    connection, waiting = app.store.connection(workspace), waiting_of(app, workspace)
    return [_held_entry(entry, connection, waiting) for entry in page.entries], page.older


def _held_entry(entry: Entry, connection: Connection | None, waiting: Waiting) -> HeldEntry:
    story = story_of(entry, waiting)
    return story, salesforce_message_of(entry), named_records(entry, connection)


def salesforce_message_of(entry: Entry) -> str:
    """The message from Salesforce; "" if there is none that may be shown."""
    return salesforce_message_in(entry, _MAX_MESSAGE_LENGTH)


def event_ids(entries: Iterable[Entry]) -> list[str]:
    """The host's IDs of their events."""
    return [event_id_of(entry) for entry in entries]


def kinds_and_sellers(entries: Sequence[Entry]) -> str:
    """`purchases · Björn Åkerlund, Zoë and 4 more`: their kinds and sellers."""
    sellers = dict.fromkeys(filter(None, map(entry_seller, entries)))
    return " · ".join(filter(None, (_kinds({entry.kind for entry in entries}), _names([*sellers]))))


def _kinds(present: Collection[Kind]) -> str:
    return listed([words for kind, words in _KINDS.items() if kind in present])


def _names(sellers: Sequence[str]) -> str:
    """The first two names, and the number of others."""
    if len(sellers) <= 2:
        return listed(sellers)
    return listed([*sellers[:2], f"{len(sellers) - 2} more"])


def report_text(entries: Sequence[Entry], workspace: str) -> str:
    """A report for Zaplify's developers, without personal data."""
    heading = f"Salesforce plugin, workspace {workspace}: events that could not be taken"
    return "\n".join([heading, *map(_report_line, entries)])


def _report_line(entry: Entry) -> str:
    why = skip_reason(entry, _MAX_REASON_LENGTH)
    return f"- {entry.kind} {event_id_of(entry)}, entry {entry.id}: {why}"
