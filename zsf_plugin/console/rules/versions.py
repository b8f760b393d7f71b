"""What a save of the console's rules changed, setting by setting: what it was and what it is, in
the words of the rules page. Pure.

Compared are the console's rules over the shipped ones; what a rule file sets beside them is only
named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from zsf_plugin.console.console_rules import locking_file, with_console
from zsf_plugin.console.labels import Labels, listed
from zsf_plugin.console.presenters.deciders import short
from zsf_plugin.console.rules.setting_words import (
    SettingWords,
    group_of,
    key_parts,
    title_of,
    words_of,
)
from zsf_plugin.decision.merge import Setting, SettingPath, settings_by_layer
from zsf_plugin.model import Json, JsonObject, Rule
from zsf_plugin.ports import SavedRules

#: Why that field of an object cannot be filled; "" if it can, or if the org was never read.
FieldTrouble = Literal["", "gone", "read_only"]
TroubleOf = Callable[[str, str], FieldTrouble]
_TROUBLES: Mapping[FieldTrouble, str] = {
    "": "",
    "gone": "Salesforce doesn’t have this field now.",
    "read_only": "The connected user can’t write this field now, so this has no effect.",
}
_NOTHING = SettingWords("Not set")
#: A page ends with the save that brings it to this number of changes.
_MAX_CHANGES = 300
_InForce: TypeAlias = Mapping[SettingPath, Setting]
_ORDER = ("mode", "switches", "match", "fields", "activity")


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting before and after. `file` is the rule file that sets it now, so that the change
    has no effect; `trouble` is why it cannot be filled, or asked by, in the org as it is."""

    path: SettingPath
    group: str
    title: str
    was: SettingWords
    now: SettingWords
    file: str = ""
    trouble: str = ""

    @property
    def name(self) -> str:
        """The API name, where the title is a label."""
        name = self.path[-1]
        return name if self.path[0] in ("fields", "activity") and name != self.title else ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A save and what it changed. `is_first`: what was before is not stored any more, or was
    nothing."""

    saved: SavedRules
    changes: tuple[SettingChange, ...]
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares two documents of the console under the rules of a workspace."""

    rules: Sequence[Rule]
    label: Labels
    trouble_of: TroubleOf

    def rows(self, versions: Sequence[SavedRules], limit: int) -> tuple[VersionRow, ...]:
        """The newest `limit` of the versions, which are newest first; fewer if they changed very
        much."""
        older = [*versions, None][1:]
        rows: list[VersionRow] = []
        changes = 0
        for saved, before in list(zip(versions, older, strict=True))[:limit]:
            if changes >= _MAX_CHANGES:
                break
            rows.append(self._row(saved, before))
            changes += len(rows[-1].changes)
        return tuple(rows)

    def _row(self, saved: SavedRules, before: SavedRules | None) -> VersionRow:
        if before is None and saved.version > 1:
            return VersionRow(saved, (), is_first=True)
        was = before.document if before is not None else {}
        return VersionRow(saved, self.changes(was, saved.document), is_first=before is None)

    def changes(self, was: JsonObject, now: JsonObject) -> tuple[SettingChange, ...]:
        """What differs, in the order of the pages."""
        before, after = self._in_force(was), self._in_force(now)
        differing = sorted(_differing(before, after), key=_place)
        return tuple(self._change(path, before, after) for path in differing)

    def _in_force(self, document: JsonObject) -> _InForce:
        """The settings that the document leaves in force over the shipped rules."""
        below = [rule for rule in self.rules if rule.layer == "shipped"]
        layers = settings_by_layer(with_console(below, document))
        return {path: settings[-1] for path, settings in layers.items()}

    def _change(self, path: SettingPath, before: _InForce, after: _InForce) -> SettingChange:
        was, now = self._words(path, before), self._words(path, after)
        if was == now:
            now = replace(now, note=f"{now.note}, changed" if now.note else "changed")
        file = locking_file(self.rules, *path)
        group, title = group_of(path), title_of(path, self.label)
        trouble = self._trouble(path, after) if now.text != was.text else ""
        return SettingChange(path, group, title, was, now, short(file or ""), trouble)

    def _words(self, path: SettingPath, settings: _InForce) -> SettingWords:
        setting = settings.get(path)
        return words_of(path, setting, self.label) if setting is not None else _NOTHING

    def _trouble(self, path: SettingPath, after: _InForce) -> str:
        value = after[path].value if path in after else False
        match path:
            case ("fields", object_, name) if value is not False:
                return _TROUBLES[self.trouble_of(object_, name)]
            case ("activity", _, name) if value is not False:
                return _TROUBLES[self.trouble_of("Task", name)]
            case ("match", object_):
                gone = listed([*self._gone_from_keys(object_, value)])
                return f"Salesforce doesn’t have {gone} now." if gone else ""
        return ""

    def _gone_from_keys(self, object_: str, keys: Json) -> Iterator[str]:
        """The fields of match keys that the org no longer has."""
        for key in keys if isinstance(keys, list) else ():
            for name, _ in key_parts(key):
                if self.trouble_of(object_, name) == "gone":
                    yield name


def _differing(before: _InForce, after: _InForce) -> Iterator[SettingPath]:
    for path in {**before, **after}:
        was, now = before.get(path), after.get(path)
        if (was and was.value) != (now and now.value):
            yield path


def _place(path: SettingPath) -> tuple[int, SettingPath]:
    """Where a setting stands on the page."""
    known = _ORDER.index(path[0]) if path[0] in _ORDER else len(_ORDER)
    return known, path
