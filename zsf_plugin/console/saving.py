"""Changes a switch or a setting of matching, or undoes that: saves it in the console's rules with a
line of history, and wakes the drain.

A setting that a rule file sets is locked: nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from zsf_plugin.console.console_rules import (
    RESTORED,
    locking_file,
    save_console_rules,
    with_console,
)
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.deciders import set_by_text
from zsf_plugin.console.presenters.match_settings import (
    MATCH_SETTINGS,
    MatchName,
    answer_in_force,
)
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Json, JsonObject, Rule, table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: A save of the mapping at the same moment is no reason to refuse a change.
_MAX_TRIES = 5
#: Lines of history that are read for the last change of each setting.
MAX_HISTORY = 200
#: The section of the rules that a code's settings belong to.
_SECTIONS: Mapping[str, str] = {"switch": "switches", "match": "match"}
#: What a setting can be set to.
Value: TypeAlias = bool | str


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the rules that a page sets: its `section` and `name`, and its values in words.

    `code` is that of its lines of history; `in_force` reads its value for everyone.
    """

    code: Literal["switch", "match"]
    section: Literal["switches", "match"]
    name: str
    title: str
    words: Mapping[Value, str]
    in_force: Callable[[Sequence[Rule]], Value]

    def says(self, value: Value, *, already: bool = False) -> str:
        """`Sync prospects is on.`, `Shared mailboxes: hold the entry.`"""
        words = self.words[value]
        if self.code == "switch":
            return f"{self.title} is {'already ' if already else ''}{words}."
        return f"{self.title}: {words}{', as before' if already else ''}."


def match_setting(name: MatchName) -> Setting:
    """A setting of matching."""
    setting = MATCH_SETTINGS[name]
    in_force = partial(answer_in_force, name)
    return Setting("match", "match", name, setting.title, setting.words, in_force)


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome in words. `undo` is the version that an undo must name; None if nothing was
    changed."""

    message: str
    undo: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A setting changed by that version of the console's document; `unset`: the document did not
    set it before."""

    setting: Setting
    was: Value
    now: Value
    version: int
    unset: bool = False

    @property
    def detail(self) -> JsonObject:
        """The change as the history stores it."""
        return {
            self.setting.code: self.setting.name,
            "was": self.was,
            "version": self.version,
            "unset": self.unset,
            "now": self.now,
        }


def changes_of(app: ConsoleApp, workspace: str, code: str) -> Sequence[HistoryLine]:
    """The changes of that code's settings, newest first. Raises StoreUnavailable."""
    return app.store.history(workspace, codes=(code, RESTORED), limit=MAX_HISTORY)


def last_change(code: str, name: str, history: Sequence[HistoryLine]) -> HistoryLine | None:
    """The last time a person changed that setting, alone or with others by restoring them."""
    path = f"{_SECTIONS[code]}.{name}"
    changed = (line for line in history if _is_of(line, code, name) or has_restored(line, path))
    return next(changed, None)


def _is_of(line: HistoryLine, code: str, name: str) -> bool:
    return line.detail.get(code) == name


def has_restored(line: HistoryLine, path: str) -> bool:
    """Whether a restored version changed the setting at that path, such as `switches.NAME`."""
    return line.code == RESTORED and path in table_in(line.detail, "settings")


def value_after(line: HistoryLine, code: str, name: str) -> Json:
    """What that change set it to; None for what applies without it."""
    if line.code == RESTORED:
        return table_in(line.detail, "settings").get(f"{_SECTIONS[code]}.{name}")
    return line.detail.get("now")


def set_value(app: ConsoleApp, visitor: Visitor, setting: Setting, to: Value) -> SaveResult:
    """Set it for the visitor's workspace. Raises StoreUnavailable."""
    return _retry(app, visitor, setting, partial(_set, app, visitor, setting, to))


def undo_change(app: ConsoleApp, visitor: Visitor, setting: Setting, changed_at: int) -> SaveResult:
    """Put it back as it was before that version, unless someone has changed it since. Raises
    StoreUnavailable."""
    return _retry(app, visitor, setting, partial(_undo, app, visitor, setting, changed_at))


def _retry(
    app: ConsoleApp, visitor: Visitor, setting: Setting, attempt: Callable[[], SaveResult | None]
) -> SaveResult:
    """Retry while others save in between, unless a file locks the setting."""
    for _ in range(_MAX_TRIES):
        if result := _locked(app, visitor, setting) or attempt():
            return result
    raise StoreUnavailable("others keep saving at the same time; try again")


def _locked(app: ConsoleApp, visitor: Visitor, setting: Setting) -> SaveResult | None:
    rules = app.rulebook.rules(visitor.workspace)
    file = locking_file(rules, setting.section, setting.name)
    return SaveResult(set_by_text(setting.title, file), refused=True) if file is not None else None


def _set(app: ConsoleApp, visitor: Visitor, setting: Setting, to: Value) -> SaveResult | None:
    """None if someone saved in between."""
    document, version = app.store.console_rule(visitor.workspace)
    was = setting.in_force(with_console(app.rulebook.rules(visitor.workspace), document))
    if was == to:
        return SaveResult(setting.says(to, already=True))
    section = table_in(document, setting.section)
    change = Change(setting, was, to, version + 1, unset=setting.name not in section)
    changed = {**document, setting.section: {**section, setting.name: to}}
    return _save(app, visitor, change, changed)


def _undo(
    app: ConsoleApp, visitor: Visitor, setting: Setting, changed_at: int
) -> SaveResult | None:
    """None if someone saved in between."""
    document, version = app.store.console_rule(visitor.workspace)
    history = changes_of(app, visitor.workspace, setting.code)
    last = last_change(setting.code, setting.name, history)
    if last is None or last.code == RESTORED or last.detail.get("version") != changed_at:
        return _changed_since(setting, last)
    was, now = last.detail.get("was"), last.detail.get("now")
    assert isinstance(was, (bool, str))
    assert isinstance(now, (bool, str))
    change = Change(setting, now, was, version + 1)
    return _save(app, visitor, change, _without(last, change, document))


def _without(last: HistoryLine, undo: Change, document: JsonObject) -> JsonObject:
    """The document as it was before the last change of the setting."""
    setting = undo.setting
    section = {**table_in(document, setting.section), setting.name: undo.now}
    if last.detail.get("unset"):
        del section[setting.name]
    return _with_section(document, setting.section, section)


def _changed_since(setting: Setting, last: HistoryLine | None) -> SaveResult:
    who = (last and last.by) or "Someone"
    return SaveResult(f"{who} has changed {setting.title} since. Nothing was undone.", refused=True)


def _with_section(document: JsonObject, name: str, section: JsonObject) -> JsonObject:
    """The document with that section, or without an empty one."""
    changed = {**document, name: section}
    if not section:
        del changed[name]
    return changed


def _save(
    app: ConsoleApp, visitor: Visitor, change: Change, document: JsonObject
) -> SaveResult | None:
    """Save the document with the change; None if someone saved in between."""
    line = HistoryLine(app.clock.now(), change.setting.code, visitor.name, change.detail)
    known = change.version - 1
    if save_console_rules(app, visitor.workspace, document, known, line) != "saved":
        return None
    app.wake(visitor.workspace)
    return SaveResult(change.setting.says(change.now), change.version)
