"""`zsf outbox list|show`: entries, what holds them, and what was written for them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from zsf_plugin.cli.arguments import MAX_COUNT, identifier, whole_number
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_actions
from zsf_plugin.cli.entry_listing import (
    entries_document,
    groups_document,
    show_entries,
    show_groups,
)
from zsf_plugin.cli.entry_report import EntryReport, show_entry
from zsf_plugin.cli.exporting import add_export
from zsf_plugin.cli.releasing import add_drop, add_retry, require_cause, require_entries
from zsf_plugin.ports import Entry, HeldGroup

_STATES = ("pending", "writing", "done", "skipped", "held")
#: `--cause` without a value. Not a string, which argparse would take for a cause.
_ALL_CAUSES = True
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
    run = Report(_read_entry, EntryReport.as_json, show_entry)
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


def _groups(app: CommandApp, options: argparse.Namespace) -> Sequence[HeldGroup]:
    """Held entries by cause: how many, since when, what to do, and whether a change releases
    them."""
    return app.store.held_groups(options.workspace)


_ENTRIES = Report(_entries, entries_document, show_entries)
_CAUSES = Report(_groups, groups_document, show_groups)


def _read_entry(app: CommandApp, options: argparse.Namespace) -> EntryReport:
    """The entry and its journal. Raises CommandError if there is no such entry."""
    (entry,) = require_entries(app, options.workspace, [options.id])
    journal = app.store.journal(options.workspace, options.id)
    in_force = app.rulebook.digest(options.workspace)
    undone = app.undoer.undone(options.workspace, options.id)
    return EntryReport(entry, journal, app.orgs.settled_elsewhere(entry), in_force, undone)
