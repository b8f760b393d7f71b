"""The settings of rules in words: what each key is called, its group, and its values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import (
    MODES,
    OVERWRITES,
    SWITCHES,
    Labels,
    listed,
    percent,
    plural,
    small,
)
from zsf_plugin.console.presenters.match_settings import MATCH_SETTINGS, MatchSetting
from zsf_plugin.console.presenters.sources import words_for
from zsf_plugin.decision.merge import Setting, SettingPath, field_rule
from zsf_plugin.messages.text import channel_words
from zsf_plugin.model import ANY_CHANNEL, FieldRule, Json

_SHARES = {
    "api_share": "Purchases pause at",
    "activities_share": "Activities pause at",
    "badges_share": "Badges pause at",
}
_OWNER = {"from": "Owner", "assignment_rules": "Salesforce assignment rules"}
_TITLES = {
    "mode": "Prospects become",
    "calls_per_second": "API calls per second",
    **SWITCHES,
    **_SHARES,
    **_OWNER,
}
_POLICIES: Mapping[str, MatchSetting] = {str(key): one for key, one in MATCH_SETTINGS.items()}
_MODES = {str(mode): words for mode, words in MODES.items()}
#: The title of the group of what every channel inherits.
EVERY_CHANNEL = "Activity: every channel"
_SECTIONS = {
    "mode": "What is synced",
    "switches": "What is synced",
    "match": "Matching",
    "owner": "Owner",
    "limits": "API limits",
}
#: How the values of a match key are compared, if not as they are.
_COMPARES = {
    "email": "as e-mail addresses",
    "domain": "by web domain",
    "linkedin": "as LinkedIn addresses",
    "phone": "as phone numbers",
}


@dataclass(frozen=True, slots=True)
class SettingWords:
    """A value in words; `code` is the expression that `text` does not show, `note` how the value is
    written."""

    text: str
    code: str = ""
    note: str = ""


def group_of(path: SettingPath) -> str:
    """The title of the group that a setting is shown in."""
    match path:
        case ("fields", object_, _):
            return object_
        case ("activity", channel, _):
            return _channel_group(channel)
    return _SECTIONS.get(path[0], path[0])


def _channel_group(channel: str) -> str:
    if channel == ANY_CHANNEL:
        return EVERY_CHANNEL
    name, _ = channel_words(channel)
    return f"Activity: {name}"


def title_of(path: SettingPath, label: Labels) -> str:
    """What a setting is called; `label` names the fields of the org."""
    match path:
        case ("fields", object_, name):
            return label(object_, name)
        case ("activity", _, name):
            return label("Task", name)
        case ("match", name):
            return _POLICIES[name].title if name in _POLICIES else f"{name} is found by"
    return _TITLES.get(path[-1], path[-1])


def words_of(path: SettingPath, setting: Setting, label: Labels) -> SettingWords:
    """The value of a setting."""
    value = setting.value
    match path:
        case ("fields" | "activity", _, name):
            return _field_words(field_rule(name, setting))
        case ("owner", "from"):
            return _field_words(field_rule("OwnerId", setting))
        case ("match", name) if isinstance(value, list):
            return SettingWords(keys_text(map(key_parts, value), name, label))
        case ("match", name) if name in _POLICIES:
            return SettingWords(_POLICIES[name].answers[str(value)].title)
        case ("limits", name) if name in _SHARES and isinstance(value, (int, float)):
            return SettingWords(f"{percent(value)} of the org’s calls")
    return SettingWords(_plain(value))


def keys_text(keys: Iterable[Sequence[tuple[str, str]]], object_: str, label: Labels) -> str:
    """Match keys, in the order in which they are tried: `Email (as e-mail addresses), then Company
    + Last Name`; each is a list of (field, how it is compared)."""
    return ", then ".join(_key_text(key, object_, label) for key in keys)


def _key_text(key: Sequence[tuple[str, str]], object_: str, label: Labels) -> str:
    return " + ".join(_part_text(object_, *part, label) for part in key)


def _part_text(object_: str, field: str, compare: str, label: Labels) -> str:
    how = _COMPARES.get(compare)
    return f"{label(object_, field)} ({how})" if how else label(object_, field)


def key_parts(key: Json) -> list[tuple[str, str]]:
    """The fields of a match key as a rule has it, and how each is compared."""
    found = []
    for part in key if isinstance(key, list) else [key]:
        table = part if isinstance(part, dict) else {"field": part}
        found.append((str(table.get("field")), str(table.get("compare", "text"))))
    return found


def _field_words(rule: FieldRule) -> SettingWords:
    if not rule.sources and rule.value is None and rule.default is None:
        return SettingWords("Not filled")
    words = words_for(rule)
    code = words.detail if words.is_code else ""
    text = words.detail if words.is_value or words.is_combined else words.label
    return SettingWords(text, code, _note(rule))


def _note(rule: FieldRule) -> str:
    """How a field is written, as far as it is not as usual."""
    plain = FieldRule("")
    notes = [
        small(OVERWRITES[rule.overwrite]) if rule.overwrite != plain.overwrite else "",
        plural(len(rule.values), "value", "values") + " mapped" if rule.values else "",
        "held if it does not fit" if rule.misfit != plain.misfit else "",
        "held if it is too long" if rule.too_long != plain.too_long else "",
    ]
    return listed([*filter(None, notes)])


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "On" if value else "Off"
    return _MODES.get(f"{value}", f"{value}")
