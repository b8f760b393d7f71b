"""`zsf outbox`: entries and their stories; held ones released, or dropped, by a person's word."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from zsf_plugin.cli.common import Actions, CommandApp, Report, Run, add_action, add_actions
from zsf_plugin.cli.output import (
    cause_cells,
    cause_document,
    end_reason,
    heading,
    pairs,
    say,
    say_steps,
    show_values,
    step_document,
    table,
    utc_time,
)
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.text import cause_advice, cause_headline, step_text
from zsf_plugin.model import Cause, Json, JsonObject, Step
from zsf_plugin.ports import Entry, HeldGroup, JournalLine

_STATES = ("pending", "writing", "done", "skipped", "held")
#: `--cause` without a value: no cause is called so.
_ALL_CAUSES = ""
_DONE = {"create": "Created", "update": "Changed"}


def add_outbox(parser: argparse.ArgumentParser) -> None:
    """The actions `outbox list|show|retry|drop`."""
    actions = add_actions(parser)
    _add_list(actions)
    _add_show(actions)
    _add_retry(actions)
    _add_drop(actions)


def _add_show(actions: Actions) -> None:
    words = "one entry: what was found, written, shortened, and why it is held"
    show = add_action(actions, "show", Report(_read_story, EntryReport.as_json, _show_story), words)
    show.add_argument("id")


def _add_retry(actions: Actions) -> None:
    retry = add_action(actions, "retry", _reports_changes(_retry), "put held entries back")
    retry.add_argument("ids", nargs="*", metavar="ID")
    retry.add_argument("--cause", metavar="C")
    retry.add_argument("--all", action="store_true")


def _add_drop(actions: Actions) -> None:
    words = "end entries as skipped: they are never sent"
    drop = add_action(actions, "drop", _reports_changes(_drop), words)
    drop.add_argument("ids", nargs="+", metavar="ID")


def _reports_changes(change: Callable[[CommandApp, argparse.Namespace], Changed]) -> Run:
    return Report(change, Changed.as_json, _show_changed, Changed.is_short)


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
    return (_CAUSES if options.cause == _ALL_CAUSES else _ENTRIES)(options)


def _entries(app: CommandApp, options: argparse.Namespace) -> Sequence[Entry]:
    return app.store.entries(
        options.workspace,
        state=options.state,
        cause=options.cause,
        limit=max(options.limit, 0),
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
    """Held entries by cause: how many, since when, what to do, and whether a change releases them
    by itself."""
    return app.store.held_groups(options.workspace)


def _groups_document(groups: Sequence[HeldGroup]) -> Json:
    return [_group_document(group) for group in groups]


def _show_groups(groups: Sequence[HeldGroup]) -> None:
    if groups:
        table(("#", "cause", "since", "why", "what to do"), map(_group_row, groups))
    else:
        say("nothing is held")


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
    """An entry, and what was written for it."""

    entry: Entry
    journal: Sequence[JournalLine]

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox show --json`."""
        steps = [step_document(step) for step in self.entry.steps]
        lines = [cast(Json, asdict(line)) for line in self.journal]
        return {**_summary(self.entry), "steps": steps, "journal": lines}


def _read_story(app: CommandApp, options: argparse.Namespace) -> EntryReport:
    """The story of an entry. Raises ConfigurationError where there is none."""
    entry = app.store.entry(options.workspace, options.id)
    if entry is None:
        raise _no_entry(options)
    return EntryReport(entry, app.store.journal(options.workspace, options.id))


def _no_entry(options: argparse.Namespace) -> ConfigurationError:
    words = f"there is no entry {options.id} in workspace {options.workspace}"
    return ConfigurationError((f"{words}; see `zsf outbox list`",))


def _show_story(story: EntryReport) -> None:
    pairs(_facts(story.entry), title=f"Entry {story.entry.id}: {story.entry.state}")
    _show_reason(story.entry)
    _show_steps(story.entry.steps)
    for line in story.journal:
        _show_write(line)


def _show_steps(steps: Sequence[Step]) -> None:
    if steps:
        heading("What happened")
        say_steps(steps)


def _facts(entry: Entry) -> list[tuple[str, str]]:
    return [
        ("event", entry.event.event_id),
        ("kind", entry.kind),
        ("prospect", entry.lane),
        ("received", utc_time(entry.received_at)),
        ("ended", utc_time(entry.settled_at)),
    ]


def _show_reason(entry: Entry) -> None:
    """What holds the entry, or why it ended as it did."""
    if entry.cause is not None:
        pairs(_cause_rows(entry.cause), title="Held")
    elif entry.reason is not None:
        pairs([("why", step_text(entry.reason))])


def _cause_rows(cause: Cause) -> list[tuple[str, str]]:
    return [
        ("cause", cause_headline(cause, cause.detail)),
        ("do", cause_advice(cause)),
        ("Salesforce said", cause.detail or "-"),
    ]


def _show_write(line: JournalLine) -> None:
    title = f"{_DONE[line.action]} {line.object} {line.record_id}"
    show_values(title, _cells(line.before), _cells(line.after))


def _cells(values: Mapping[str, Json]) -> dict[str, str]:
    return {field: "-" if value is None else str(value) for field, value in values.items()}


@dataclass(frozen=True, slots=True)
class Changed:
    """How many entries were put back or dropped, of those that were named by id. `key` is what JSON
    calls them."""

    key: str
    count: int
    words: str
    named: Sequence[str]

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox retry|drop --json`."""
        return {self.key: self.count}

    def is_short(self) -> bool:
        """Whether not all that were named could be changed."""
        return self.count < len(set(self.named))


def _show_changed(changed: Changed) -> None:
    say(f"{changed.count} {changed.words}")


def _retry(app: CommandApp, options: argparse.Namespace) -> Changed:
    if not (options.ids or options.cause or options.all):
        raise ConfigurationError(("say which: entry ids, --cause C or --all",))
    now, ids = app.clock.now(), options.ids or None
    count = app.store.release(options.workspace, entry_ids=ids, cause=options.cause, now=now)
    words = "entries go out with the next drain"
    return Changed("released", count, words, options.ids)


def _drop(app: CommandApp, options: argparse.Namespace) -> Changed:
    now, why = app.clock.now(), Step("dropped")
    count = app.store.skip(options.workspace, why, now, entry_ids=options.ids)
    return Changed("dropped", count, "entries dropped", options.ids)


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
    }


def _why(entry: Entry) -> str:
    return entry.cause.group if entry.cause is not None else (end_reason(entry) or "")
