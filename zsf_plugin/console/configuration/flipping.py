"""Flipping a switch and undoing that: written to the console's layer with a line of history, and a
drain woken.

A file that sets the switch is above the console: then nothing is written, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.configuration.switches import TITLES, Name, is_on, last_change
from zsf_plugin.console.console_rules import (
    ConsoleRules,
    Saved,
    lock_of,
    read_console_rules,
    save_console_rules,
)
from zsf_plugin.console.telling.deciders import set_by
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

#: Others may save the mapping at the same moment, which is no reason to refuse a switch.
_TRIES = 5
#: So many lines of history hold the last flip of each switch, unless one was flipped for sport.
HISTORY = 200


@dataclass(frozen=True, slots=True)
class Flipped:
    """What became of it, in words. `undo` is the version that an undo has to name; None where
    nothing was changed."""

    said: str
    undo: int | None = None
    refused: bool = False


def flip(app: ConsoleApp, visitor: Visitor, name: Name, to: bool) -> Flipped:
    """Turn a switch on or off for the visitor's workspace. Raises StoreUnavailable."""
    for _ in range(_TRIES):
        if (locked := _locked(app, visitor.workspace, name)) is not None:
            return locked
        if is_on(name, app.rulebook.rules(visitor.workspace)) is to:
            return Flipped(f"{TITLES[name]} is {_word(to)} already.")
        layer = read_console_rules(app, visitor.workspace)
        known = _switches(layer)
        saved = _save(
            app, visitor, name, layer, {**known, name: to}, {"unset": name not in known, "now": to}
        )
        if saved is not None:
            return saved
    raise StoreUnavailable("others keep saving at the same moment; try again")


def undo(app: ConsoleApp, visitor: Visitor, name: Name, version: int) -> Flipped:
    """Put the switch back as it was before that version, unless somebody flipped it since. Raises
    StoreUnavailable."""
    for _ in range(_TRIES):
        if (locked := _locked(app, visitor.workspace, name)) is not None:
            return locked
        layer = read_console_rules(app, visitor.workspace)
        line = last_change(
            name, app.store.history(visitor.workspace, codes=("switch",), limit=HISTORY)
        )
        if line is None or line.detail.get("version") != version:
            who = (line.by if line is not None else None) or "Somebody"
            return Flipped(f"{who} changed {TITLES[name]} since. Nothing was undone.", refused=True)
        known = _switches(layer)
        was = line.detail.get("was") is True
        put_back: dict[str, Json] = {**known, name: was}
        if line.detail.get("unset"):
            del put_back[name]
        saved = _save(app, visitor, name, layer, put_back, {"unset": False, "now": was})
        if saved is not None:
            return saved
    raise StoreUnavailable("others keep saving at the same moment; try again")


def _save(
    app: ConsoleApp,
    visitor: Visitor,
    name: Name,
    layer: ConsoleRules,
    switches: JsonObject,
    told: JsonObject,
) -> Flipped | None:
    """None where somebody was faster."""
    document: JsonObject = {**layer.document, "switches": switches}
    if not switches:
        document = {key: value for key, value in layer.document.items() if key != "switches"}
    version, now = layer.version + 1, told["now"] is True
    detail: JsonObject = {"switch": name, "was": not now, "version": version, **told}
    line = HistoryLine(app.clock.now(), "switch", visitor.name, detail)
    saved = save_console_rules(app, visitor.workspace, document, layer.version, line)
    if not isinstance(saved, Saved):
        return None
    app.wake(visitor.workspace)
    return Flipped(f"{TITLES[name]} is {_word(now)}.", saved.version)


def _locked(app: ConsoleApp, workspace: str, name: Name) -> Flipped | None:
    file = lock_of(app.rulebook.rules(workspace), "switches", name)
    if file is None:
        return None
    return Flipped(set_by(TITLES[name], file), refused=True)


def _switches(layer: ConsoleRules) -> JsonObject:
    section = layer.document.get("switches")
    return dict(section) if isinstance(section, dict) else {}


def _word(on: bool) -> str:
    return "on" if on else "off"
