"""The workspace's last entries as events to try a rule on. Message text that is stored with one is
left out: no page shows any."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.presenters.entries import channel_of, company_of, person_of
from zsf_plugin.decision.admission import without_text
from zsf_plugin.model import Event
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.kept_events import has_event

#: Entries to choose from, and those that are read to find them.
_MAX_CHOICES = 30
_MAX_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """The event of an entry, and its name in a list."""

    id: str
    name: str
    event: Event


def kept_events(app: ConsoleApp, workspace: str) -> tuple[KeptEvent, ...]:
    """The newest entries whose payload is stored, newest first. Raises StoreUnavailable."""
    page = app.store.page(workspace, EntryFilter(), limit=_MAX_ENTRIES, max_scanned=_MAX_ENTRIES)
    found = [_event_of(entry) for entry in page.entries if has_event(entry)]
    return tuple(found[:_MAX_CHOICES])


def kept_event(app: ConsoleApp, workspace: str, entry_id: str) -> KeptEvent | None:
    """The event of that entry; None if the workspace has none such, or only its IDs were stored.
    Raises StoreUnavailable."""
    entry = app.store.entry(workspace, entry_id)
    return _event_of(entry) if entry is not None and has_event(entry) else None


def _event_of(entry: Entry) -> KeptEvent:
    what = "purchase" if entry.kind == "purchase" else channel_of(entry)[0]
    company = company_of(entry)
    who = f"{person_of(entry)}, {company}" if company else person_of(entry)
    return KeptEvent(entry.id, f"{who} · {what}", without_text(entry.event))
