"""Gathers what the page is made from: rules, the org as last read, a prospect for samples, entries
held for a field.

Asks Salesforce nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.mapping.prospects import Prospect, chosen, recent
from zsf_plugin.console.mapping.rows import Ground
from zsf_plugin.console.telling.sources import Source, catalogue
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.decision.causes import REQUIRED_EMPTY
from zsf_plugin.model.link import Connection
from zsf_plugin.wiring.console import ConsoleApp

#: Causes that filling a field makes go away: ours, and Salesforce's for what a describe does not
#: tell.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The ground of the tables, whose values are the samples, when the org was read (None: never),
    who is connected, what can be mapped, and how many entries a change reaches."""

    ground: Ground
    prospect: Prospect
    lately: tuple[Prospect, ...]
    read_at: float | None
    connection: Connection | None
    sources: tuple[Source, ...]
    waiting: int


def gather(app: ConsoleApp, visitor: Visitor, entry_id: str = "") -> Gathered:
    """All of it, for the prospect of that entry, else for the newest. Raises StoreUnavailable."""
    workspace = visitor.workspace
    known, connection = app.orgs.known_facts(workspace), app.store.connection(workspace)
    lately = recent(app, visitor)
    prospect = chosen(app, visitor, entry_id, lately)
    sources = catalogue(one.event.scope for one in lately if not one.made_up)
    ground = Ground(
        rules=app.rulebook.rules(workspace),
        facts=known.facts if known is not None else None,
        event=prospect.event,
        held=_held(app, workspace),
        known={source.path: source for source in sources},
    )
    counts = app.store.counts(workspace)
    read_at = known.read_at if known is not None else None
    return Gathered(
        ground, prospect, lately, read_at, connection, sources, counts.pending + counts.held
    )


def _held(app: ConsoleApp, workspace: str) -> Mapping[tuple[str, str], int]:
    """How many entries are held for each field that is empty and must not be."""
    held: dict[tuple[str, str], int] = {}
    for group in app.store.held(workspace):
        cause = group.cause
        if cause.code in EMPTY_CAUSES and cause.object and cause.field:
            place = (cause.object, cause.field)
            held[place] = held.get(place, 0) + group.entries
    return held
