"""Gathers what the page is made from: from the store, the rules, and the org as last read. Asks
Salesforce nothing, judges nothing."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.prospects import chosen, recent
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.causes import key_of
from zsf_plugin.console.presenters.sources import catalogue
from zsf_plugin.model import REQUIRED_EMPTY, Cause
from zsf_plugin.wiring.console import ConsoleApp

#: Causes that filling a field makes go away: ours, and Salesforce's for what a describe does not
#: tell.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")


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
    held: dict[tuple[str, str], int] = {}
    for group in app.store.held(workspace):
        cause = group.cause
        if cause.code in EMPTY_CAUSES and cause.object and cause.field:
            place = (cause.object, cause.field)
            held[place] = held.get(place, 0) + group.entries
    return held


def held_key(object_: str, field: str) -> str:
    """The key, on the page Held, of the cause that this field is empty."""
    return key_of(Cause(REQUIRED_EMPTY, object_, field).group)
