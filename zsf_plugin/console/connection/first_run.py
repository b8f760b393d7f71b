"""Gathers what the first steps are judged by, from the store and the org as last read. Asks
Salesforce nothing. What stands in the way of a step is `steps`'s."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.connect.resting import has_seen_preview
from zsf_plugin.console.connection.steps import FirstRun, IdField
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.page import Tables, tables
from zsf_plugin.explain.fields import OBJECTS
from zsf_plugin.model import Connection, KnownFacts, OrgFacts
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

_DECIDED = ("waiting_sent", "waiting_skipped")


def run_of(app: ConsoleApp, workspace: str) -> FirstRun | None:
    """The first steps; None for a workspace that takes none. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    begun = _newest(app, workspace, "connected")
    if connection is None:
        return _unconnected(app, workspace, None, begun.at if begun is not None else 0.0)
    if begun is None or not begun.detail.get("rests"):
        return None
    org = app.orgs.known_facts(workspace)
    return _with_connection(app, _unconnected(app, workspace, org, begun.at), connection)


def _with_connection(app: ConsoleApp, run: FirstRun, connection: Connection) -> FirstRun:
    is_previewing = connection.state == "previewing"
    return replace(
        run,
        connection=connection,
        previewed=has_seen_preview(app.store, connection),
        oldest=_oldest(app, connection.workspace) if is_previewing else None,
    )


def _unconnected(app: ConsoleApp, workspace: str, org: KnownFacts | None, since: float) -> FirstRun:
    """The steps by what is known apart from the connection."""
    made = tables(MappingContext(app.rulebook.rules(workspace), org))
    counts = app.store.counts(workspace)
    checked = _newest(app, workspace, "switches_checked", since=since)
    return FirstRun(
        id_field=_id_field(app, workspace, org, since),
        mode=made.mode,
        mapped=sum(table.mapped for table in made.shown),
        unfilled=_unfilled(made) if org is not None else None,
        waiting=counts.pending,
        wrote=counts.done > 0,
        decided=_newest(app, workspace, *_DECIDED, since=since),
        switches=app.rulebook.rules_for(workspace, {"workspace": workspace}).switches,
        switches_checked=checked is not None,
    )


def _unfilled(made: Tables) -> tuple[str, ...]:
    """Required fields that nothing fills."""
    found: list[str] = []
    for table in made.shown:
        found += [f"{table.object}.{row.field}" for row in table.rows if row.is_required_gap]
    return tuple(found)


def _id_field(app: ConsoleApp, workspace: str, org: KnownFacts | None, since: float) -> IdField:
    if org is not None and _has_id_field(org.facts):
        return "there"
    if _newest(app, workspace, "id_field_left_out", since=since) is not None:
        return "left_out"
    return "unknown" if org is None else "missing"


def _has_id_field(facts: OrgFacts) -> bool:
    return all(facts.id_fields.get(name) is not None for name in OBJECTS)


def _oldest(app: ConsoleApp, workspace: str) -> float | None:
    """Since when entries wait."""
    now = app.clock.now()
    purchases = app.store.due(workspace, "purchase", 1, now)
    touchpoints = app.store.due(workspace, "touchpoint", 1, now)
    first = [entry.received_at for entry in (*purchases, *touchpoints)]
    return min(first, default=None)


def _newest(app: ConsoleApp, workspace: str, *codes: str, since: float = 0.0) -> HistoryLine | None:
    for line in app.store.history(workspace, codes=codes, limit=1):
        if line.at >= since:
            return line
    return None
