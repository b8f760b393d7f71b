"""`zsf outbox`: entries and their stories; held ones released, or dropped, by a person's word."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import cast

from zsf_plugin.cli.common import Actions, add_action, application
from zsf_plugin.cli.outcomes import cause_document, reason_of, say_steps, step_document
from zsf_plugin.cli.output import heading, moment, pairs, say, say_json, table
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.model import Json, Step
from zsf_plugin.ports import Entry, HeldGroup, JournalLine

_STATES = ("pending", "writing", "done", "skipped", "held")
#: `--cause` without a value: no cause is called so.
_ALL_CAUSES = ""


def add_outbox(parser: argparse.ArgumentParser) -> None:
    """The actions `outbox list|show|retry|drop`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_list(actions)
    show = add_action(
        actions, "show", _show, "one entry: what was found, written, shortened, and why it is held"
    )
    show.add_argument("id")
    retry = add_action(actions, "retry", _retry, "put held entries back")
    retry.add_argument("ids", nargs="*", metavar="ID")
    retry.add_argument("--cause", metavar="C")
    retry.add_argument("--all", action="store_true")
    drop = add_action(actions, "drop", _drop, "end entries as skipped: they are never sent")
    drop.add_argument("ids", nargs="+", metavar="ID")


def _add_list(actions: Actions) -> None:
    listing = add_action(actions, "list", _list, "entries, newest first")
    listing.add_argument("--state", choices=_STATES)
    listing.add_argument(
        "--cause",
        metavar="C",
        nargs="?",
        const=_ALL_CAUSES,
        help=(
            "a cause's code or group, as the list shows it; without one, every cause with "
            "its count and what to do"
        ),
    )
    listing.add_argument("--limit", type=int, default=50, metavar="N")


def _list(options: argparse.Namespace) -> int:
    if options.cause == _ALL_CAUSES:
        return _list_causes(options)
    with application() as app:
        entries = app.store.entries(
            options.workspace, state=options.state, cause=options.cause, limit=max(options.limit, 0)
        )
    if options.json:
        say_json([_summary(entry) for entry in entries])
    elif entries:
        columns = ("id", "state", "kind", "prospect", "received", "why")
        table(columns, [_entry_row(entry) for entry in entries])
    else:
        say("No matching entries")
    return 0


def _entry_row(entry: Entry) -> tuple[str, ...]:
    received = moment(entry.received_at)
    return (entry.id, entry.state, entry.kind, entry.lane, received, _why(entry))


def _list_causes(options: argparse.Namespace) -> int:
    """Held entries by cause: how many, since when, what to do, and whether a change releases them
    by itself."""
    with application() as app:
        groups = app.store.held(options.workspace)
    if options.json:
        say_json([_group_document(group) for group in groups])
    elif groups:
        columns = ("#", "cause", "since", "why", "what to do")
        table(columns, [_group_row(group) for group in groups])
    else:
        say("nothing is held")
    return 0


def _group_row(group: HeldGroup) -> tuple[str, ...]:
    cause, since = group.cause, moment(group.since)
    return (str(group.entries), cause.group, since, cause_text(cause), cause_advice(cause))


def _group_document(group: HeldGroup) -> dict[str, Json]:
    released = "person" if not group.cause.fingerprint else "change"
    return {
        **cause_document(replace(group.cause, detail=None)),
        "entries": group.entries,
        "since": group.since,
        "released_by": released,
    }


def _show(options: argparse.Namespace) -> int:
    entry, journal = _read_entry(options.workspace, options.id)
    if options.json:
        say_json(_entry_document(entry, journal))
    else:
        _show_entry(entry, journal)
    return 0


def _read_entry(workspace: str, entry_id: str) -> tuple[Entry, Sequence[JournalLine]]:
    """The entry and what was written for it. Raises ConfigurationError where there is none."""
    with application() as app:
        entry = app.store.entry(workspace, entry_id)
        if entry is not None:
            return entry, app.store.journal(workspace, entry_id)
    words = f"there is no entry {entry_id} in workspace {workspace}; see `zsf outbox list`"
    raise ConfigurationError((words,))


def _entry_document(entry: Entry, journal: Sequence[JournalLine]) -> dict[str, Json]:
    steps: list[Json] = [step_document(step) for step in entry.steps]
    lines: list[Json] = [cast(Json, asdict(line)) for line in journal]
    return {**_summary(entry), "steps": steps, "journal": lines}


def _show_entry(entry: Entry, journal: Sequence[JournalLine]) -> None:
    _show_facts(entry)
    _show_reason(entry)
    if entry.steps:
        heading("What happened")
        say_steps(entry.steps)
    for line in journal:
        _show_write(line)


def _show_facts(entry: Entry) -> None:
    heading(f"Entry {entry.id}: {entry.state}")
    rows = [
        ("event", entry.event.event_id),
        ("kind", entry.kind),
        ("prospect", entry.lane),
        ("received", moment(entry.received_at)),
        ("ended", moment(entry.settled_at)),
    ]
    pairs(rows)


def _show_reason(entry: Entry) -> None:
    """What holds the entry, or why it ended as it did."""
    reason, cause = reason_of(entry), entry.cause
    if cause is not None:
        heading("Held")
        rows = [
            ("cause", cause_text(cause)),
            ("do", cause_advice(cause)),
            ("Salesforce said", cause.detail or "-"),
        ]
        pairs(rows)
    elif reason is not None:
        pairs([("why", reason)])


def _show_write(line: JournalLine) -> None:
    done = "Created" if line.action == "create" else "Changed"
    heading(f"{done} {line.object} {line.record_id}")
    rows = []
    for field, after in line.after.items():
        rows.append((field, _cell(line.before.get(field)), _cell(after)))
    table(("field", "before", "after"), rows)


def _retry(options: argparse.Namespace) -> int:
    if not (options.ids or options.cause or options.all):
        raise ConfigurationError(("say which: entry ids, --cause C or --all",))
    with application() as app:
        count = app.store.release(
            options.workspace,
            entry_ids=options.ids or None,
            cause=options.cause,
            now=app.clock.now(),
        )
    if options.json:
        say_json({"released": count})
    else:
        say(f"{count} entries go out with the next drain")
    return 0 if count >= len(set(options.ids)) else 1


def _drop(options: argparse.Namespace) -> int:
    with application() as app:
        now = app.clock.now()
        count = app.store.skip(options.workspace, Step("dropped"), now, entry_ids=options.ids)
    if options.json:
        say_json({"dropped": count})
    else:
        say(f"{count} entries dropped")
    return 0 if count == len(set(options.ids)) else 1


def _summary(entry: Entry) -> dict[str, Json]:
    cause = entry.cause
    return {
        "id": entry.id,
        "event_id": entry.event.event_id,
        "kind": entry.kind,
        "prospect": entry.lane,
        "state": entry.state,
        "reason": reason_of(entry),
        "cause": None if cause is None else cause_document(cause),
        "attempts": entry.attempts,
        "received_at": entry.received_at,
        "settled_at": entry.settled_at,
        "not_before": entry.not_before,
    }


def _why(entry: Entry) -> str:
    return entry.cause.group if entry.cause is not None else (reason_of(entry) or "")


def _cell(value: Json) -> str:
    return "-" if value is None else str(value)
