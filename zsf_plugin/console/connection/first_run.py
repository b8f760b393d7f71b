"""Gathers the facts for the setup steps from the store and the org as last read, under the rules in
force or with another console document. Makes no API call. `steps` decides what blocks a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zsf_plugin.connect import has_seen_preview, last_line
from zsf_plugin.console.connection.steps import FirstRun, IdField
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.page import Tables, tables
from zsf_plugin.model import Connection, JsonObject, Kind, KnownFacts
from zsf_plugin.ports import Entry, HistoryLine
from zsf_plugin.provision.gaps import without_id_field
from zsf_plugin.wiring.apps import ConsoleApp

_DECIDED = ("waiting_sent", "waiting_skipped")


def setup_run(
    app: ConsoleApp, workspace: str, document: JsonObject | None = None
) -> FirstRun | None:
    """The setup steps; None for a workspace without them. `document`: as if the console's document
    were that one. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    begun = _newest_line(app, workspace, "connected")
    if connection is None:
        return _run_without_connection(app, workspace, None, begun.at if begun is not None else 0.0)
    if begun is None or not begun.detail.get("rests"):
        return None
    run = _run_of_connected(app, connection, begun.at)
    return run if document is None else _with_document(app, run, workspace, document)


def _with_document(
    app: ConsoleApp, run: FirstRun, workspace: str, document: JsonObject
) -> FirstRun:
    """The steps with the mapping of that console document."""
    org = app.orgs.known_facts(workspace)
    rules = app.rulebook.with_draft(workspace, document).in_force(workspace).rules
    made = tables(MappingContext(rules, org))
    unfilled = _unfilled(made) if org is not None else None
    return replace(run, mode=made.mode, mapped=_mapped(made), unfilled=unfilled)


def _run_of_connected(app: ConsoleApp, connection: Connection, since: float) -> FirstRun:
    workspace, is_previewing = connection.workspace, connection.state == "previewing"
    return replace(
        _run_without_connection(app, workspace, app.orgs.known_facts(workspace), since),
        connection=connection,
        previewed=has_seen_preview(app.store, connection),
        oldest=_oldest(app, workspace) if is_previewing else None,
    )


def _run_without_connection(
    app: ConsoleApp, workspace: str, org: KnownFacts | None, since: float
) -> FirstRun:
    """The steps without the facts about the connection."""
    made = tables(MappingContext(app.rulebook.rules(workspace), org))
    counts = app.store.counts(workspace)
    checked = _newest_line(app, workspace, "switches_checked", since=since)
    return FirstRun(
        id_field=_id_field(app, workspace, org, since),
        mode=made.mode,
        mapped=_mapped(made),
        unfilled=_unfilled(made) if org is not None else None,
        waiting=counts.pending,
        wrote=counts.done > 0,
        decided=_newest_line(app, workspace, *_DECIDED, since=since),
        switches=app.rulebook.rules_for(workspace, {"workspace": workspace}).switches,
        switches_checked=checked is not None,
    )


def _mapped(made: Tables) -> int:
    return sum(table.mapped for table in made.shown)


def _unfilled(made: Tables) -> tuple[str, ...]:
    """Required fields that nothing fills."""
    return tuple(
        f"{table.object}.{row.field}"
        for table in made.shown
        for row in table.rows
        if row.is_required_gap
    )


def _id_field(app: ConsoleApp, workspace: str, org: KnownFacts | None, since: float) -> IdField:
    if org is not None and not without_id_field(org.facts):
        return "there"
    if _newest_line(app, workspace, "id_field_left_out", since=since) is not None:
        return "left_out"
    return "unknown" if org is None else "missing"


def _oldest(app: ConsoleApp, workspace: str) -> float | None:
    """When the oldest waiting entry was received."""
    waiting = (
        *_due_entries(app, workspace, "purchase"),
        *_due_entries(app, workspace, "touchpoint"),
    )
    return min((entry.received_at for entry in waiting), default=None)


def _due_entries(app: ConsoleApp, workspace: str, kind: Kind) -> Sequence[Entry]:
    return app.store.due(workspace, kind, 1, app.clock.now())


def _newest_line(
    app: ConsoleApp, workspace: str, *codes: str, since: float = 0.0
) -> HistoryLine | None:
    line = last_line(app.store, workspace, *codes)
    return line if line is not None and line.at >= since else None
