"""`zsf outbox list|show`: entries, what holds them, and what was written for them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from zsf_plugin.cli.arguments import MAX_COUNT, identifier, whole_number
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_actions
from zsf_plugin.cli.exporting import add_export
from zsf_plugin.cli.output import (
    cause_cells,
    cause_document,
    end_reason,
    heading,
    pairs,
    say_steps,
    show_values,
    step_document,
    table,
    utc_time,
)
from zsf_plugin.cli.releasing import add_drop, add_retry, require_cause, require_entries
from zsf_plugin.cli.streams import say
from zsf_plugin.cli.undone import say_undone, undone_document
from zsf_plugin.messages.text import cause_advice, cause_headline, step_text
from zsf_plugin.model import Cause, Json, JsonObject, Step, is_same_org
from zsf_plugin.ports import Entry, HeldGroup, JournalLine, UndoLine

_STATES = ("pending", "writing", "done", "skipped", "held")
#: `--cause` without a value. Not a string, which argparse would take for a cause.
_ALL_CAUSES = True
_DONE = {"create": "Created", "update": "Changed"}
DEFAULT_LIMIT = 50


def add_outbox(parser: argparse.ArgumentParser) -> None:
    """The actions `outbox list|show|retry|drop|export`."""
    actions = add_actions(parser)
    _add_list(actions)
    _add_show(actions)
    add_retry(actions)
    add_drop(actions)
    add_export(actions, _STATES)


def _add_list(actions: Actions) -> None:
    shown = ("zsf outbox list --state held --limit 20", "zsf outbox list --cause")
    listing = add_action(actions, "list", _list, "List entries, newest first", shown)
    listing.add_argument("--state", choices=_STATES, help="List only entries in this state")
    listing.add_argument(
        "--cause",
        type=identifier,
        metavar="CAUSE",
        nargs="?",
        const=_ALL_CAUSES,
        help="List entries held for CAUSE, a code or group; without CAUSE, list the causes, how "
        "many entries each holds, and what to do",
    )
    listing.add_argument(
        "--limit",
        type=whole_number(1, MAX_COUNT),
        default=DEFAULT_LIMIT,
        metavar="N",
        help=f"List at most N entries (default: {DEFAULT_LIMIT})",
    )


def _add_show(actions: Actions) -> None:
    help_ = "Show one entry: what was found, written and shortened, and why it is held"
    run = Report(_read_entry, EntryReport.as_json, _show_entry)
    show = add_action(actions, "show", run, help_, ("zsf outbox show e17",))
    show.add_argument(
        "id", type=identifier, metavar="ID", help="Id of an entry, from `zsf outbox list`"
    )


def _list(options: argparse.Namespace) -> int:
    return (_CAUSES if options.cause is _ALL_CAUSES else _ENTRIES)(options)


def _entries(app: CommandApp, options: argparse.Namespace) -> Sequence[Entry]:
    require_cause(app, options)
    return app.store.entries(
        options.workspace, state=options.state, cause=options.cause, limit=options.limit
    )


def _entries_document(entries: Sequence[Entry]) -> Json:
    return [_summary(entry) for entry in entries]


def _show_entries(entries: Sequence[Entry]) -> None:
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


def _groups(app: CommandApp, options: argparse.Namespace) -> Sequence[HeldGroup]:
    """Held entries by cause: how many, since when, what to do, and whether a change releases
    them."""
    return app.store.held_groups(options.workspace)


def _groups_document(groups: Sequence[HeldGroup]) -> Json:
    return [_group_document(group) for group in groups]


def _show_groups(groups: Sequence[HeldGroup]) -> None:
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


_ENTRIES = Report(_entries, _entries_document, _show_entries)
_CAUSES = Report(_groups, _groups_document, _show_groups)


@dataclass(frozen=True, slots=True)
class EntryReport:
    """An entry, what was written for it, the org in which it was settled, if the workspace is not
    connected to it now, the digest of the rules in force, and what of it was undone."""

    entry: Entry
    journal: Sequence[JournalLine]
    elsewhere: str = ""
    in_force: str = ""
    undone: Sequence[UndoLine] = ()

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox show --json`."""
        steps = [step_document(step) for step in self.entry.steps]
        lines = [cast(Json, asdict(line)) for line in self.journal]
        undone = [undone_document(line) for line in self.undone]
        return {**_summary(self.entry), "steps": steps, "journal": lines, "undone": undone}


def _read_entry(app: CommandApp, options: argparse.Namespace) -> EntryReport:
    """The entry and its journal. Raises CommandError if there is no such entry."""
    (entry,) = require_entries(app, options.workspace, [options.id])
    journal = app.store.journal(options.workspace, options.id)
    in_force = app.rulebook.digest(options.workspace)
    undone = app.undoer.undone(options.workspace, options.id)
    return EntryReport(entry, journal, app.orgs.settled_elsewhere(entry), in_force, undone)


def _show_entry(report: EntryReport) -> None:
    pairs(_facts(report), title=f"Entry {report.entry.id}: {report.entry.state}")
    _show_reason(report.entry)
    _show_steps(report.entry.steps)
    for line in report.journal:
        _show_write(line, report.entry.org_id)
    written_by = dict.fromkeys(line.rules for line in report.journal if line.rules)
    for rules in written_by:
        since = "in force now" if rules == report.in_force else "not those in force now"
        say(f"Decided by the rules {rules}, {since}")
    say_undone(report.undone)


def _show_steps(steps: Sequence[Step]) -> None:
    if steps:
        heading("What happened")
        say_steps(steps)


def _facts(report: EntryReport) -> list[tuple[str, str]]:
    entry = report.entry
    elsewhere = [("org", f"{report.elsewhere}, not connected now")] if report.elsewhere else []
    return [
        ("event", entry.event.event_id),
        ("kind", entry.kind),
        ("prospect", entry.lane),
        ("received", utc_time(entry.received_at)),
        ("ended", utc_time(entry.settled_at)),
        *elsewhere,
    ]


def _show_reason(entry: Entry) -> None:
    """Why the entry is held, or why it ended as it did."""
    if entry.cause is not None:
        pairs(_cause_rows(entry.cause), title="Held")
    elif entry.reason is not None:
        pairs([("why", step_text(entry.reason))])


def _cause_rows(cause: Cause) -> list[tuple[str, str]]:
    return [
        ("cause", cause_headline(cause, cause.detail)),
        ("do", cause_advice(cause)),
        ("Salesforce says", cause.detail or "-"),
    ]


def _show_write(line: JournalLine, org_id: str | None) -> None:
    """What one write changed; with its org, if the entry was settled in another."""
    title = f"{_DONE[line.action]} {line.object} {line.record_id}"
    if line.org_id and not is_same_org(line.org_id, org_id or ""):
        title += f" in org {line.org_id}"
    show_values(title, _cells(line.before), _cells(line.after))


def _cells(values: Mapping[str, Json]) -> dict[str, str]:
    return {field: "-" if value is None else str(value) for field, value in values.items()}


def _summary(entry: Entry) -> JsonObject:
    return {
        "id": entry.id,
        "event_id": entry.event.event_id,
        "kind": entry.kind,
        "prospect": entry.lane,
        "state": entry.state,
        "reason": end_reason(entry),
        "cause": None if entry.cause is None else cause_document(entry.cause),
        "attempts": entry.attempts,
        "received_at": entry.received_at,
        "settled_at": entry.settled_at,
        "not_before": entry.not_before,
        "org_id": entry.org_id,
    }


def _why(entry: Entry) -> str:
    return entry.cause.group if entry.cause is not None else (end_reason(entry) or "")
