"""What set a key of the rules: a shipped rule, a person in the console, a rule file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.console_rules import RESTORED
from zsf_plugin.console.presenters.deciders import short
from zsf_plugin.console.rich_text import At, RichText, named
from zsf_plugin.console.saving import MAX_HISTORY, has_restored, last_change
from zsf_plugin.decision.merge import SettingPath
from zsf_plugin.model import Json, Layer, Rule
from zsf_plugin.ports import HistoryLine, Store

#: The history of what the console's rules hold.
HISTORY_CODES = ("switch", "match", "mode", "mapping", RESTORED)
_BY_DEFAULT = "Default"
_CONSOLE = "Console"


@dataclass(frozen=True, slots=True)
class Setter:
    """What set a value, as a sentence and in plain words; `is_default`: a shipped rule."""

    text: RichText
    words: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Setters:
    """Names what sets a key: `layers` is by rule file, `history` is the console's, newest first."""

    layers: Mapping[str, Layer]
    history: Sequence[HistoryLine]

    def of(self, path: SettingPath, file: str) -> Setter:
        """What set that key, if it is that rule."""
        layer = self.layers.get(file)
        if layer == "shipped":
            return Setter((_BY_DEFAULT,), f"{_BY_DEFAULT} {file}", is_default=True)
        if layer == "console":
            return self._person(path)
        return Setter((named(short(file)),), file)

    def _person(self, path: SettingPath) -> Setter:
        """The person who set that key in the console, else who saved there last."""
        own = last_saved(path, self.history)
        line = own or next(iter(self.history), None)
        if line is None or line.by is None:
            return Setter((_CONSOLE,), _CONSOLE)
        words = f"{_CONSOLE} {line.by}"
        if own is None:
            saved: RichText = (f"{_CONSOLE}, last saved by ", named(line.by), ", ", At(line.at))
            return Setter(saved, words)
        return Setter((named(line.by), " in the console, ", At(line.at)), words)


def settings_history(store: Store, workspace: str) -> Sequence[HistoryLine]:
    """The lines about the console's rules, newest first. Raises StoreUnavailable."""
    return store.history(workspace, codes=HISTORY_CODES, limit=MAX_HISTORY)


def setters_of(rules: Sequence[Rule], history: Sequence[HistoryLine]) -> Setters:
    """The setters of those rules' keys."""
    return Setters({rule.file: rule.layer for rule in rules}, history)


def last_saved(path: SettingPath, history: Sequence[HistoryLine]) -> HistoryLine | None:
    """The last time a person set that key in the console; None if that is not known."""
    match path:
        case ("switches", name):
            return last_change("switch", name, history)
        case ("match", name):
            return last_change("match", name, history)
        case ("mode",):
            return next((line for line in history if _has_mode(line)), None)
        case ("fields", object_, field):
            return next((line for line in history if _has_field(line, object_, field)), None)
    return None


def _has_mode(line: HistoryLine) -> bool:
    return "mode" in line.detail or has_restored(line, "mode")


def _has_field(line: HistoryLine, object_: str, field: str) -> bool:
    """Whether a save of the mapping changed that field."""
    if has_restored(line, f"fields.{object_}.{field}"):
        return True
    rows, fields = line.detail.get("rows"), line.detail.get("fields")
    if isinstance(fields, list) and f"{object_}.{field}" in fields:
        return line.code == "mapping"
    return isinstance(rows, list) and any(_is_about(row, object_, field) for row in rows)


def _is_about(row: Json, object_: str, field: str) -> bool:
    if not isinstance(row, dict) or row.get("object") != object_:
        return False
    return field in (row.get("field"), row.get("was"))
