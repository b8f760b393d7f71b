"""What the page is made from: rules, the org as last read, prospects for samples, entries held for
a field. It is gathered from the store and the rules; Salesforce is asked nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.console.console_rules import decided_for_some, lock_of
from zsf_plugin.console.mapping.prospects import Prospect, chosen, recent
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.causes import key_of
from zsf_plugin.console.presenters.deciders import decides
from zsf_plugin.console.presenters.sources import Source, catalogue
from zsf_plugin.model import (
    REQUIRED_EMPTY,
    Cause,
    Connection,
    Event,
    KnownFacts,
    ObjectDescribe,
    Rule,
)
from zsf_plugin.wiring.apps import ConsoleApp

#: Causes that filling a field makes go away: ours, and Salesforce's for what a describe does not
#: tell.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")


@dataclass(frozen=True, slots=True)
class MappingContext:
    """All that is known before a draft: the rules, the org as last read (None: never), who
    is connected, the prospects of late and the one whose values are the samples, what can be
    mapped, entries held by (object, field), and how many entries a change reaches."""

    rules: Sequence[Rule]
    org: KnownFacts | None = None
    connection: Connection | None = None
    prospect: Prospect | None = None
    lately: tuple[Prospect, ...] = ()
    sources: tuple[Source, ...] = ()
    held: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waiting: int = 0

    def describe(self, object_: str) -> ObjectDescribe | None:
        """The object's describe, where there is one."""
        return self.org.facts.describes.get(object_) if self.org is not None else None

    @property
    def read_at(self) -> float | None:
        """When the org was last read (seconds since 1970)."""
        return self.org.read_at if self.org is not None else None

    def lock(self, *path: str) -> str | None:
        """The rule file that sets this key instead of the console."""
        return lock_of(self.rules, *path)

    def deciders(self, *path: str) -> tuple[str, ...]:
        """Rule files that set this key for some, in words."""
        return tuple(decides(file, when) for file, when in decided_for_some(self.rules, *path))

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
    lately = recent(app, visitor)
    counts = app.store.counts(workspace)
    return MappingContext(
        rules=app.rulebook.rules(workspace),
        org=app.orgs.known_facts(workspace),
        connection=app.store.connection(workspace),
        prospect=chosen(app, visitor, entry_id, lately),
        lately=lately,
        sources=catalogue(one.event.scope for one in lately if not one.made_up),
        held=_held(app, workspace),
        waiting=counts.pending + counts.held,
    )


def _held(app: ConsoleApp, workspace: str) -> Mapping[tuple[str, str], int]:
    """How many entries are held for each field that is empty and must not be."""
    held: Counter[tuple[str, str]] = Counter()
    for group in app.store.held(workspace):
        place = _empty_field(group.cause)
        if place is not None:
            held[place] += group.entries
    return held


def _empty_field(cause: Cause) -> tuple[str, str] | None:
    """(object, field) of a field whose emptiness is the cause."""
    if cause.code in EMPTY_CAUSES and cause.object and cause.field:
        return cause.object, cause.field
    return None


def held_key(object_: str, field: str) -> str:
    """The key, on the page Held, of the cause that this field is empty."""
    return key_of(Cause(REQUIRED_EMPTY, object_, field).group)
