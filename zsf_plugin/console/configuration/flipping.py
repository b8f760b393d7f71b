"""Flips a switch, or undoes that: saves it in the console's rules with a line of history, and wakes
the drain.

A switch that a rule file sets is locked: nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from zsf_plugin.console.configuration.switches import TITLES, Name, is_on, last_change
from zsf_plugin.console.console_rules import locking_file, save_console_rules
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.deciders import set_by_text
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import JsonObject, table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: A save of the mapping at the same moment is no reason to refuse a switch.
_MAX_TRIES = 5
#: Lines of history that are read for the last change of each switch.
MAX_HISTORY = 200


@dataclass(frozen=True, slots=True)
class SwitchResult:
    """The outcome in words. `undo` is the version that an undo must name; None if nothing was
    changed."""

    message: str
    undo: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A switch turned on or off by that version of the console's document; `unset`: the document
    did not set it before."""

    name: Name
    on: bool
    version: int
    unset: bool = False

    @property
    def detail(self) -> JsonObject:
        """The change as the history stores it."""
        return {
            "switch": self.name,
            "was": not self.on,
            "version": self.version,
            "unset": self.unset,
            "now": self.on,
        }


def set_switch(app: ConsoleApp, visitor: Visitor, name: Name, to: bool) -> SwitchResult:
    """Turn a switch on or off for the visitor's workspace. Raises StoreUnavailable."""
    return _retry(app, visitor, name, partial(_flip, app, visitor, name, to))


def undo_switch(app: ConsoleApp, visitor: Visitor, name: Name, flipped_at: int) -> SwitchResult:
    """Put the switch back as it was before that version, unless someone has flipped it since.
    Raises StoreUnavailable."""
    return _retry(app, visitor, name, partial(_undo, app, visitor, name, flipped_at))


def _retry(
    app: ConsoleApp, visitor: Visitor, name: Name, attempt: Callable[[], SwitchResult | None]
) -> SwitchResult:
    """Retry while others save in between, unless a file locks the switch."""
    for _ in range(_MAX_TRIES):
        if flipped := _locked(app, visitor, name) or attempt():
            return flipped
    raise StoreUnavailable("others keep saving at the same time; try again")


def _locked(app: ConsoleApp, visitor: Visitor, name: Name) -> SwitchResult | None:
    file = locking_file(app.rulebook.rules(visitor.workspace), "switches", name)
    return SwitchResult(set_by_text(TITLES[name], file), refused=True) if file is not None else None


def _flip(app: ConsoleApp, visitor: Visitor, name: Name, to: bool) -> SwitchResult | None:
    """None if someone saved in between."""
    if is_on(name, app.rulebook.rules(visitor.workspace)) is to:
        return SwitchResult(f"{TITLES[name]} is already {_on_or_off(to)}.")
    document, version = app.store.console_rule(visitor.workspace)
    switches = table_in(document, "switches")
    change = Change(name, to, version + 1, unset=name not in switches)
    return _save(app, visitor, change, {**document, "switches": {**switches, name: to}})


def _undo(app: ConsoleApp, visitor: Visitor, name: Name, flipped_at: int) -> SwitchResult | None:
    """None if someone saved in between."""
    document, version = app.store.console_rule(visitor.workspace)
    history = app.store.history(visitor.workspace, codes=("switch",), limit=MAX_HISTORY)
    last = last_change(name, history)
    if last is None or last.detail.get("version") != flipped_at:
        return _changed_since(name, last)
    change = Change(name, last.detail.get("was") is True, version + 1)
    return _save(app, visitor, change, _without(last, change, document))


def _without(last: HistoryLine, undo: Change, document: JsonObject) -> JsonObject:
    """The document as it was before the last flip of the switch."""
    switches = {**table_in(document, "switches"), undo.name: undo.on}
    if last.detail.get("unset"):
        del switches[undo.name]
    return _with_switches(document, switches)


def _changed_since(name: Name, last: HistoryLine | None) -> SwitchResult:
    who = (last and last.by) or "Someone"
    return SwitchResult(
        f"{who} has changed {TITLES[name]} since. Nothing was undone.", refused=True
    )


def _with_switches(document: JsonObject, switches: JsonObject) -> JsonObject:
    """The document with that section, or without an empty one."""
    changed = {**document, "switches": switches}
    if not switches:
        del changed["switches"]
    return changed


def _save(
    app: ConsoleApp, visitor: Visitor, change: Change, document: JsonObject
) -> SwitchResult | None:
    """Save the document with the change; None if someone saved in between."""
    line = HistoryLine(app.clock.now(), "switch", visitor.name, change.detail)
    known = change.version - 1
    if save_console_rules(app, visitor.workspace, document, known, line) != "saved":
        return None
    app.wake(visitor.workspace)
    return SwitchResult(f"{TITLES[change.name]} is {_on_or_off(change.on)}.", change.version)


def _on_or_off(on: bool) -> str:
    return "on" if on else "off"
