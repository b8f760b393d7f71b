"""Gathers what the page is made from: rules, the org as last read, a prospect for samples, entries held for a field.

Asks Salesforce nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.mapping.rows import Ground
from zsf_plugin.console.mapping.sources import Source, catalogue
from zsf_plugin.decision.causes import REQUIRED_EMPTY
from zsf_plugin.model.describe import KnownFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import Entry, EntryFilter
from zsf_plugin.sync.desk import event_of
from zsf_plugin.wiring import Application

#: Causes that filling a field makes go away: ours, and Salesforce's for what a describe does not tell.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")
#: So many recent purchases show what else prospects carry.
_RECENT = 50


@dataclass(frozen=True, slots=True)
class Gathered:
    """The ground of the tables, with when the org was read (None: never), who is connected, and what can be mapped."""

    ground: Ground
    read_at: float | None
    connection: Connection | None
    sources: tuple[Source, ...]
    waiting: int


def gather(app: Application, workspace: str, entry_id: str = "") -> Gathered:
    """All of it, for the prospect of that entry, else for the newest. Raises StoreUnavailable."""
    known = app.known_facts(workspace)
    recent = _recent(app, workspace)
    sources = catalogue(event.scope for _, event in recent)
    counts = app.store.counts(workspace)
    ground = Ground(
        rules=app.rulebook.rules(workspace),
        facts=known.facts if known is not None else None,
        event=_chosen(app, workspace, entry_id, recent),
        held=_held(app, workspace),
        known={source.path: source for source in sources},
    )
    connection = app.store.connection(workspace)
    return Gathered(ground, _read_at(known), connection, sources, counts.pending + counts.held)


def _read_at(known: KnownFacts | None) -> float | None:
    return known.read_at if known is not None else None


def _recent(app: Application, workspace: str) -> Sequence[tuple[str, Event]]:
    page = app.store.page(workspace, EntryFilter(kind="purchase"), limit=_RECENT, look_at=_RECENT)
    return [(entry.id, event_of(entry)) for entry in page.entries if _is_whole(entry)]


def _chosen(app: Application, workspace: str, entry_id: str, recent: Sequence[tuple[str, Event]]) -> Event | None:
    """The event of that entry, where it is the workspace's and was kept whole; else the newest."""
    known = dict(recent)
    if entry_id and entry_id not in known:
        entry = app.store.entry(workspace, entry_id)
        if entry is not None and _is_whole(entry):
            return event_of(entry)
    return known.get(entry_id) or next(iter(known.values()), None)


def _is_whole(entry: Entry) -> bool:
    """Whether the prospect was kept: not of what was skipped, nor of what broke its schema."""
    return isinstance(entry.payload.get("prospect"), dict)


def _held(app: Application, workspace: str) -> Mapping[tuple[str, str], int]:
    """How many entries are held for each field that is empty and must not be."""
    held: dict[tuple[str, str], int] = {}
    for group in app.store.held(workspace):
        cause = group.cause
        if cause.code in EMPTY_CAUSES and cause.object and cause.field:
            place = (cause.object, cause.field)
            held[place] = held.get(place, 0) + group.entries
    return held
