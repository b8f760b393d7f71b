"""Flipping a switch and undoing that: written to the console's layer with a line of history, and a
drain woken.

A file that sets the switch is above the console: then nothing is written, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from zsf_plugin.console.configuration.switches import TITLES, Name, is_on, last_change
from zsf_plugin.console.console_rules import lock_of, save_console_rules
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.deciders import set_by
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

#: Others may save the mapping at the same moment, which is no reason to refuse a switch.
_MAX_TRIES = 5
#: So many lines of history hold the last flip of each switch, unless one was flipped for sport.
MAX_HISTORY = 200
_OVERTAKEN = "others keep saving at the same moment; try again"


@dataclass(frozen=True, slots=True)
class Flipped:
    """What became of it, in words. `undo` is the version that an undo has to name; None where
    nothing was changed."""

    said: str
    undo: int | None = None
    refused: bool = False


def flip(app: ConsoleApp, visitor: Visitor, name: Name, to: bool) -> Flipped:
    """Turn a switch on or off for the visitor's workspace. Raises StoreUnavailable."""
    for _ in range(_MAX_TRIES):
        flipped = _locked(app, visitor.workspace, name) or _flip(app, visitor, name, to)
        if flipped is not None:
            return flipped
    raise StoreUnavailable(_OVERTAKEN)


def undo(app: ConsoleApp, visitor: Visitor, name: Name, flipped_at: int) -> Flipped:
    """Put the switch back as it was before that version, unless somebody flipped it since. Raises
    StoreUnavailable."""
    for _ in range(_MAX_TRIES):
        undone = _locked(app, visitor.workspace, name) or _undo(app, visitor, name, flipped_at)
        if undone is not None:
            return undone
    raise StoreUnavailable(_OVERTAKEN)


def _flip(app: ConsoleApp, visitor: Visitor, name: Name, to: bool) -> Flipped | None:
    """None where somebody was faster."""
    if is_on(name, app.rulebook.rules(visitor.workspace)) is to:
        return Flipped(f"{TITLES[name]} is {_word(to)} already.")
    document, version = app.store.console_rule(visitor.workspace)
    switches = _switches(document)
    line = _line(app, visitor, name, version + 1, now=to, unset=name not in switches)
    return _save(app, visitor, (document, version), {**switches, name: to}, line)


def _undo(app: ConsoleApp, visitor: Visitor, name: Name, flipped_at: int) -> Flipped | None:
    """None where somebody was faster."""
    document, version = app.store.console_rule(visitor.workspace)
    history = app.store.history(visitor.workspace, codes=("switch",), limit=MAX_HISTORY)
    last = last_change(name, history)
    if last is None or last.detail.get("version") != flipped_at:
        return _changed_since(name, last)
    line = _line(app, visitor, name, version + 1, now=last.detail.get("was") is True)
    switches = _undone(name, _switches(document), last)
    return _save(app, visitor, (document, version), switches, line)


def _undone(name: Name, switches: JsonObject, last: HistoryLine) -> JsonObject:
    """The switches as they were before the last flip."""
    if last.detail.get("unset"):
        return {other: value for other, value in switches.items() if other != name}
    return {**switches, name: last.detail.get("was") is True}


def _changed_since(name: Name, last: HistoryLine | None) -> Flipped:
    who = (last.by if last is not None else None) or "Somebody"
    return Flipped(f"{who} changed {TITLES[name]} since. Nothing was undone.", refused=True)


def _save(
    app: ConsoleApp,
    visitor: Visitor,
    known: tuple[JsonObject, int],
    switches: JsonObject,
    line: HistoryLine,
) -> Flipped | None:
    """Put the switches in force, over the document and version that are `known`; None where
    somebody was faster."""
    document, version = known
    document = _with_switches(document, switches)
    if save_console_rules(app, visitor.workspace, document, version, line) != "saved":
        return None
    app.wake(visitor.workspace)
    title = TITLES[cast(Name, line.detail["switch"])]
    return Flipped(f"{title} is {_word(line.detail['now'] is True)}.", version + 1)


def _line(
    app: ConsoleApp, visitor: Visitor, name: Name, version: int, *, now: bool, unset: bool = False
) -> HistoryLine:
    """The flip as history keeps it; `unset`: the console's document said nothing of it before."""
    detail: JsonObject = {
        "switch": name,
        "was": not now,
        "version": version,
        "unset": unset,
        "now": now,
    }
    return HistoryLine(app.clock.now(), "switch", visitor.name, detail)


def _locked(app: ConsoleApp, workspace: str, name: Name) -> Flipped | None:
    file = lock_of(app.rulebook.rules(workspace), "switches", name)
    if file is None:
        return None
    return Flipped(set_by(TITLES[name], file), refused=True)


def _switches(document: JsonObject) -> JsonObject:
    section = document.get("switches")
    return dict(section) if isinstance(section, dict) else {}


def _with_switches(document: JsonObject, switches: JsonObject) -> JsonObject:
    """The document with that section, or without it where it says nothing."""
    if switches:
        return {**document, "switches": switches}
    return {key: value for key, value in document.items() if key != "switches"}


def _word(on: bool) -> str:
    return "on" if on else "off"
