"""Merge rule documents, low to high, into the rules for one event, with the file that set each key.

A document is a set of settings, each at a path; a later document's setting replaces an earlier one
at the same path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

from zsf_plugin.decision import expressions
from zsf_plugin.model import (
    ANY_CHANNEL,
    Alerts,
    Compare,
    FieldRule,
    Json,
    JsonObject,
    Limits,
    Many,
    MatchKey,
    MatchPart,
    Misfit,
    Mode,
    Overwrite,
    Rule,
    Rules,
    SharedMailbox,
    Switches,
    TooLong,
    UnaskedPolicy,
    channel_name,
    table_in,
)

#: The number of keys in a setting's path, by section. Anything deeper is replaced as a whole.
_DEPTHS = {
    "mode": 1,
    "switches": 2,
    "match": 2,
    "owner": 2,
    "limits": 2,
    "fields": 3,
    "activity": 3,
}

#: An expression without these reads at most the prospect, the user and the workspace of an event; a
#: `*` counts unless it is that of `[*]`, which a list of the prospect may be read by.
_OTHER_PLACES = re.compile(r"@|\\|\*(?<!\[\*)|\*(?!\])|touchpoint|occurred_at|event_id")

#: The path of a setting: ("mode",), ("switches", "sync_prospects"), ("fields", "Lead", "Email").
SettingPath = tuple[str, ...]
_Path = SettingPath


class Setting(NamedTuple):
    """A value that a rule gives a setting, and the rule's file."""

    value: Json
    file: str


_Settings = dict[_Path, Setting]

_UNSET = Rules()
_UNSET_FIELD = FieldRule("")
_FIELD_POLICIES: JsonObject = {
    "overwrite": _UNSET_FIELD.overwrite,
    "misfit": _UNSET_FIELD.misfit,
    "too_long": _UNSET_FIELD.too_long,
}
_DEFAULTS: Mapping[_Path, Json] = {
    ("mode",): _UNSET.mode,
    ("match", "many"): _UNSET.many,
    ("match", "alerts"): _UNSET.alerts,
    ("match", "shared_mailbox"): _UNSET.shared_mailbox,
    ("match", "unasked"): _UNSET.unasked,
    ("owner", "from"): list(_UNSET.owner),
    ("owner", "assignment_rules"): _UNSET.assignment_rules,
}


def applies(
    rule: Rule,
    scope: JsonObject,
    undecided: list[Rule] | None = None,
    shared: expressions.SharedUnits | None = None,
) -> bool:
    """Whether a rule applies to the event with that scope. One whose condition costs too much,
    alone or with those before it, does not, and is added to `undecided`."""
    if rule.when is None:
        return True
    too_costly: list[str] | None = None if undecided is None else []
    holds = expressions.is_true(rule.when, scope, too_costly, shared)
    if too_costly and undecided is not None:
        undecided.append(rule)
    return holds


def without_undecided(rules: Rules, undecided: Sequence[Rule]) -> Rules:
    """The merged rules, if the conditions of others cost too much for the event: whatever those
    switch off is off, since they may have applied."""
    off: dict[str, bool] = {}
    for rule in undecided:
        switches = table_in(rule.document, "switches")
        off |= {name: False for name, value in switches.items() if value is False}
    files = tuple(rule.file for rule in undecided)
    return replace(rules, switches=replace(rules.switches, **off), undecided=files)


def merge_unconditional(rules: Sequence[Rule]) -> Rules:
    """The merged rules without a `when`, which apply to every event."""
    return merge([rule for rule in rules if rule.when is None])


def merge(rules: Sequence[Rule]) -> Rules:
    """Merge the rules that apply, low to high. A later one overrides an earlier one key by key.

    If rules spell a field differently (`email`, `Email`), the first spelling is kept: to Salesforce
    they are the same.
    """
    spelled: dict[str, str] = {}
    settings = _overlaid(rules, spelled)
    fields = _field_rules(settings, "fields")
    return Rules(
        mode=cast(Mode, _value(settings, "mode")),
        switches=_switches(settings),
        match=_match(settings, spelled),
        many=cast(Many, _value(settings, "match", "many")),
        alerts=cast(Alerts, _value(settings, "match", "alerts")),
        shared_mailbox=cast(SharedMailbox, _value(settings, "match", "shared_mailbox")),
        unasked=cast(UnaskedPolicy, _value(settings, "match", "unasked")),
        fields=fields,
        activities=_field_rules(settings, "activity"),
        owner=_sources(_value(settings, "owner", "from")),
        assignment_rules=bool(_value(settings, "owner", "assignment_rules")),
        limits=_limits(settings),
        origins=_origins(settings),
        shares_people=_reads_no_other_places(fields),
    )


def _reads_no_other_places(fields: Mapping[str, Mapping[str, FieldRule]]) -> bool:
    for table in fields.values():
        for rule in table.values():
            if any(map(_OTHER_PLACES.search, rule.sources)):
                return False
    return True


def _origins(settings: _Settings) -> dict[str, str]:
    return {pointer_of(path): setting.file for path, setting in settings.items()}


def _switches(settings: _Settings) -> Switches:
    return Switches(**{key: bool(value) for key, value in _section(settings, "switches").items()})


def _limits(settings: _Settings) -> Limits:
    limits = cast(dict[str, float], _section(settings, "limits"))
    return Limits(**{key: float(limits[key]) for key in limits})


def _overlaid(rules: Sequence[Rule], spelled: dict[str, str]) -> _Settings:
    """Every setting with the file that set it last; records in `spelled` how each field is
    spelled."""
    settings: _Settings = {}
    for path, setting in _every_setting(rules, spelled):
        settings[path] = setting
    return _with_inherited(settings)


def settings_by_layer(rules: Sequence[Rule]) -> dict[SettingPath, list[Setting]]:
    """Every value that those rules give each setting, low to high: the last one is in force, as in
    `merge`. What a channel inherits is left out."""
    layers: dict[SettingPath, list[Setting]] = {}
    for path, setting in _every_setting(rules, {}):
        layers.setdefault(path, []).append(setting)
    return layers


def _every_setting(
    rules: Sequence[Rule], spelled: dict[str, str]
) -> Iterator[tuple[_Path, Setting]]:
    for rule in rules:
        for path, value in _flat(rule.document):
            if path[0] in ("fields", "activity"):
                path = (
                    path[0],
                    _table_name(*path[:2]),
                    spelled.setdefault(path[-1].lower(), path[-1]),
                )
            yield path, Setting(value, rule.file)


def _table_name(section: str, name: str) -> str:
    """The name of a table of fields. Channels are compared without case, in rules and events."""
    return channel_name(name) if section == "activity" else name


def _flat(document: JsonObject) -> Iterator[tuple[_Path, Json]]:
    """A document's settings with their paths, in order."""
    for section in _DEPTHS:
        if section in document:
            yield from _below(document[section], (section,))


def _below(value: Json, path: _Path) -> Iterator[tuple[_Path, Json]]:
    if len(path) == _DEPTHS[path[0]]:
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _below(inner, (*path, key))


def _with_inherited(settings: _Settings) -> _Settings:
    """The settings, with each channel's activity fields overriding those of every channel."""
    tables = _field_tables(settings, "activity")
    inherited: _Settings = {}
    for channel in tables:
        for name, setting in tables.get(ANY_CHANNEL, {}).items():
            inherited["activity", channel, name] = setting
    return {**inherited, **settings}


def paths_set(document: JsonObject) -> frozenset[tuple[str, ...]]:
    """The paths of the settings of a document, as far as they replace each other: without a
    difference between spellings of one field or channel."""
    found = set()
    for path, _ in _flat(document):
        if path[0] in ("fields", "activity"):
            path = (path[0], _table_name(*path[:2]), path[-1].lower())
        found.add(path)
    return frozenset(found)


def _value(settings: _Settings, *path: str) -> Json:
    return settings[path].value if path in settings else _DEFAULTS[path]


def _section(settings: _Settings, section: str) -> dict[str, Json]:
    return {path[1]: setting.value for path, setting in settings.items() if path[0] == section}


def _match(settings: _Settings, spelled: Mapping[str, str]) -> dict[str, tuple[MatchKey, ...]]:
    sections = cast(dict[str, Sequence[Json]], _section(settings, "match"))
    return {
        name: tuple(_match_key(key, spelled) for key in sections[name])
        for name in sections
        if isinstance(sections[name], list)  # the others are policies
    }


def _match_key(key: Json, spelled: Mapping[str, str]) -> MatchKey:
    """A key is a field, a table of field and comparison, or a list of those."""
    parts = key if isinstance(key, list) else [key]
    return tuple(_match_part(part, spelled) for part in parts)


def _match_part(part: Json, spelled: Mapping[str, str]) -> MatchPart:
    table: JsonObject = part if isinstance(part, dict) else {"field": part}
    name = str(table["field"])
    return MatchPart(spelled.get(name.lower(), name), cast(Compare, table.get("compare", "text")))


def _field_tables(settings: _Settings, section: str) -> dict[str, dict[str, Setting]]:
    tables: dict[str, dict[str, Setting]] = {}
    for path, setting in settings.items():
        if path[0] == section:
            tables.setdefault(path[1], {})[path[2]] = setting
    return tables


def _field_rules(settings: _Settings, section: str) -> dict[str, dict[str, FieldRule]]:
    return {name: _mapped(table) for name, table in _field_tables(settings, section).items()}


def _mapped(table: Mapping[str, Setting]) -> dict[str, FieldRule]:
    """The rule of each field; `Industry = false` removes it from the mapping."""
    return {
        name: field_rule(name, setting)
        for name, setting in table.items()
        if setting.value is not False
    }


def field_rule(name: str, setting: Setting) -> FieldRule:
    """The rule of a field, from its setting."""
    entry = setting.value
    table = entry if isinstance(entry, dict) else {"from": entry}
    values, policies = table.get("values"), {**_FIELD_POLICIES, **table}
    return FieldRule(
        field=name,
        sources=_sources(table.get("from")),
        value=table.get("value"),
        default=table.get("default"),
        values=values if isinstance(values, dict) else None,
        overwrite=cast(Overwrite, policies["overwrite"]),
        misfit=cast(Misfit, policies["misfit"]),
        too_long=cast(TooLong, policies["too_long"]),
        origin=setting.file,
    )


def _sources(entry: Json) -> tuple[str, ...]:
    """Expressions in order: one, several, or none (`from = false`)."""
    if isinstance(entry, str):
        return (entry,)
    return tuple(map(str, entry)) if isinstance(entry, list) else ()


def pointer_of(path: Iterable[str]) -> str:
    """The JSON pointer of a path of keys."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
