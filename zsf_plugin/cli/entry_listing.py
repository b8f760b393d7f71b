"""What `zsf outbox list` found, as JSON and as text: entries, or the causes that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zsf_plugin.cli.entry_report import entry_summary
from zsf_plugin.cli.output import cause_cells, cause_document, end_reason, table, utc_time
from zsf_plugin.cli.streams import say
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.ports import Entry, HeldGroup


def entries_document(entries: Sequence[Entry]) -> Json:
    """The document of `zsf outbox list --json`."""
    return [entry_summary(entry) for entry in entries]


def show_entries(entries: Sequence[Entry]) -> None:
    """Print a row for each entry."""
    if entries:
        columns = ("id", "state", "kind", "prospect", "received", "why")
        table(columns, map(_entry_row, entries))
    else:
        say("No matching entries")


def _entry_row(entry: Entry) -> tuple[str, ...]:
    return (
        entry.id,
        entry.state,
        entry.kind,
        entry.lane,
        utc_time(entry.received_at),
        _why(entry),
    )


def _why(entry: Entry) -> str:
    return entry.cause.group if entry.cause is not None else (end_reason(entry) or "")


def groups_document(groups: Sequence[HeldGroup]) -> Json:
    """The document of `zsf outbox list --cause --json`."""
    return [_group_document(group) for group in groups]


def show_groups(groups: Sequence[HeldGroup]) -> None:
    """Print a row for each cause, with what to do."""
    if groups:
        table(("#", "cause", "since", "why", "what to do"), map(_group_row, groups))
    else:
        say("No held entries")


def _group_row(group: HeldGroup) -> tuple[str, ...]:
    cause = group.cause
    return (str(group.entries), cause.group, utc_time(group.since), *cause_cells(cause))


def _group_document(group: HeldGroup) -> JsonObject:
    return {
        **cause_document(replace(group.cause, detail=None)),
        "entries": group.entries,
        "since": group.since,
        "released_by": "change" if group.cause.fingerprint else "person",
    }
