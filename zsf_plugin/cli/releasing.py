"""`zsf outbox retry|drop`: held entries are put back, or entries dropped, because a person says so.
Unknown entries and causes are refused."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zsf_plugin.cli.arguments import identifier
from zsf_plugin.cli.common import (
    Actions,
    CommandApp,
    Report,
    Run,
    add_action,
    add_flag,
    add_yes,
    confirm,
)
from zsf_plugin.cli.failures import CommandError, UsageError, closest, listed
from zsf_plugin.cli.output import counted, table
from zsf_plugin.cli.streams import say
from zsf_plugin.messages.causes import CAUSES
from zsf_plugin.model import Cause, JsonObject, Step
from zsf_plugin.ports import Entry

#: States that an entry can be dropped in.
_DROPPABLE = ("pending", "held")
_ID_HELP = "Id of an entry, from `zsf outbox list`"


@dataclass(frozen=True, slots=True)
class Changed:
    """How many entries were put back or dropped, and the ids that were given. `key` is what JSON
    calls the number."""

    key: str
    count: int
    text: str
    named: Sequence[str]

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox retry|drop --json`."""
        return {self.key: self.count}

    def is_short(self) -> bool:
        """Whether some of the given entries could not be changed."""
        return self.count < len(set(self.named))


def add_retry(actions: Actions) -> None:
    """The action `retry`."""
    shown = ("zsf outbox retry e17 e18", "zsf outbox retry --cause SEVERAL_MATCH")
    retry = add_action(
        actions, "retry", _changes(_retry), "Retry held entries in the next drain", shown
    )
    retry.add_argument("ids", nargs="*", type=identifier, metavar="ID", help=_ID_HELP)
    retry.add_argument(
        "--cause",
        type=identifier,
        metavar="CAUSE",
        help="Retry entries held for CAUSE, a code or group from `zsf outbox list --cause`",
    )
    add_flag(retry, "--all", "Retry every held entry")


def add_drop(actions: Actions) -> None:
    """The action `drop`."""
    help_ = "Drop entries: they end as skipped and are never sent"
    shown = ("zsf outbox drop e17", "zsf outbox drop e17 e18 --yes")
    drop = add_action(actions, "drop", _changes(_drop), help_, shown)
    drop.add_argument("ids", nargs="+", type=identifier, metavar="ID", help=_ID_HELP)
    add_yes(drop)


def _changes(change: Callable[[CommandApp, argparse.Namespace], Changed]) -> Run:
    return Report(change, Changed.as_json, _show_changed, Changed.is_short, working=None)


def _show_changed(changed: Changed) -> None:
    say(f"{counted(changed.count, 'entry', 'entries')} {changed.text}")


def _retry(app: CommandApp, options: argparse.Namespace) -> Changed:
    if not (options.ids or options.cause or options.all):
        raise UsageError("nothing to retry was named", "give entry ids, --cause CAUSE or --all")
    if options.all and (options.ids or options.cause):
        raise UsageError("--all goes with neither ids nor --cause", "leave one of them out")
    require_entries(app, options.workspace, options.ids)
    require_cause(app, options)
    now, ids = app.clock.now(), options.ids or None
    count = app.store.release(options.workspace, entry_ids=ids, cause=options.cause, now=now)
    return Changed("released", count, "put back for the next drain", options.ids)


def _drop(app: CommandApp, options: argparse.Namespace) -> Changed:
    entries = require_entries(app, options.workspace, options.ids)
    ids = [entry.id for entry in entries if entry.state in _DROPPABLE]
    if not options.json:
        _show_plan(entries)
    if not ids:
        return Changed("dropped", 0, "dropped", options.ids)
    confirm(options, f"Drop {counted(len(ids), 'entry', 'entries')}, never to be sent?")
    count = app.store.skip(options.workspace, Step("dropped"), app.clock.now(), entry_ids=ids)
    return Changed("dropped", count, "dropped", options.ids)


def _show_plan(entries: Sequence[Entry]) -> None:
    table(("id", "state", "kind", "prospect", "drop"), map(_plan_row, entries))


def _plan_row(entry: Entry) -> tuple[str, ...]:
    return (entry.id, entry.state, entry.kind, entry.lane, _drop_in_words(entry))


def _drop_in_words(entry: Entry) -> str:
    return "yes" if entry.state in _DROPPABLE else f"no: it is {entry.state}"


def require_entries(app: CommandApp, workspace: str, ids: Sequence[str]) -> list[Entry]:
    """The entries with those ids, each once. Raises CommandError if there is no such entry."""
    found = {id_: app.store.entry(workspace, id_) for id_ in dict.fromkeys(ids)}
    unknown = [id_ for id_, entry in found.items() if entry is None]
    if unknown:
        what = f"there is no entry {listed(unknown)} in workspace {workspace}"
        raise CommandError("unknown_entry", what, "`zsf outbox list` lists the entries")
    return [entry for entry in found.values() if entry is not None]


def require_cause(app: CommandApp, options: argparse.Namespace) -> None:
    """Raises CommandError for a cause that no entry has, and that is no code of ours or
    Salesforce's."""
    cause, workspace = options.cause, options.workspace
    if cause is None or cause in CAUSES or app.store.entries(workspace, cause=cause, limit=1):
        return
    held = {name for group in app.store.held_groups(workspace) for name in _names(group.cause)}
    hint = f"{closest(cause, [*held, *CAUSES])}{_held_in_words(held)}"
    raise CommandError("unknown_cause", f"there is no cause {cause!r}", hint)


def _names(cause: Cause) -> tuple[str, str]:
    return (cause.code, cause.group)


def _held_in_words(held: set[str]) -> str:
    return f"entries are held for: {listed(sorted(held))}" if held else "no entries are held"
