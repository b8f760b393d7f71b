"""What the page is made from: rules, the org as last read, prospects for samples, entries held for
a field. Asks Salesforce nothing, judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.console.mapping.prospects import Prospect, chosen, recent
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.telling.sources import Source, catalogue
from zsf_plugin.model.cause import REQUIRED_EMPTY
from zsf_plugin.model.describe import ObjectDescribe, OrgFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.link import Connection
from zsf_plugin.model.rules import Rule
from zsf_plugin.wiring.console import ConsoleApp

#: Causes that filling a field makes go away: ours, and Salesforce's for what a describe does not
#: tell.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")


@dataclass(frozen=True, slots=True)
class MappingContext:
    """All that is known before a draft: the rules, the org as read at `read_at` (None: never), who
    is connected, the prospects of late and the one whose values are the samples, what can be
    mapped, entries held by (object, field), and how many entries a change reaches."""

    rules: Sequence[Rule]
    facts: OrgFacts | None = None
    read_at: float | None = None
    connection: Connection | None = None
    prospect: Prospect | None = None
    lately: tuple[Prospect, ...] = ()
    sources: tuple[Source, ...] = ()
    held: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waiting: int = 0

    def describe(self, object_: str) -> ObjectDescribe | None:
        """The object's describe, where there is one."""
        return self.facts.describe(object_) if self.facts is not None else None

    @property
    def event(self) -> Event | None:
        """The purchase whose values are the samples."""
        return self.prospect.event if self.prospect is not None else None

    @property
    def sources_by_path(self) -> Mapping[str, Source]:
        """What can be mapped, by the path that reads it."""
        return {source.path: source for source in self.sources}


def gather(app: ConsoleApp, visitor: Visitor, entry_id: str = "") -> MappingContext:
    """All of it, for the prospect of that entry, else for the newest. Raises StoreUnavailable."""
    workspace = visitor.workspace
    known = app.orgs.known_facts(workspace)
    lately = recent(app, visitor)
    counts = app.store.counts(workspace)
    return MappingContext(
        rules=app.rulebook.rules(workspace),
        facts=known.facts if known is not None else None,
        read_at=known.read_at if known is not None else None,
        connection=app.store.connection(workspace),
        prospect=chosen(app, visitor, entry_id, lately),
        lately=lately,
        sources=catalogue(one.event.scope for one in lately if not one.made_up),
        held=_held(app, workspace),
        waiting=counts.pending + counts.held,
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
