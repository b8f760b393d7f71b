"""Merge: rule documents, low to high, into the rules for one event, with the file that set each key. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import cast

from zsf_plugin.decision import expressions
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.rules import (
    ANY_CHANNEL,
    FieldRule,
    Many,
    MatchKey,
    MatchPart,
    Mode,
    Rule,
    Rules,
)

_FieldTables = dict[str, dict[str, FieldRule]]


def applies(rule: Rule, scope: JsonObject) -> bool:
    """Whether a rule is in force for the event whose scope this is."""
    return rule.when is None or expressions.truth(rule.when, scope)


def merge(rules: Sequence[Rule]) -> Rules:
    """All rules that apply, low to high, as one. A later one overrides an earlier one key by key."""
    merged = _Merged()
    for rule in rules:
        merged.take(rule)
    return merged.result()


class _Merged:
    """The rules as they grow."""

    def __init__(self) -> None:
        self._rules = Rules()
        self._match: dict[str, tuple[MatchKey, ...]] = {}
        self._fields: _FieldTables = {}
        self._activities: _FieldTables = {}
        self._origins: dict[str, str] = {}

    def take(self, rule: Rule) -> None:
        document = rule.document
        if "mode" in document:
            self._set("/mode", rule, mode=cast(Mode, document["mode"]))
        self._take_values("switches", rule)
        self._take_values("limits", rule)
        self._take_match(_table(document, "match"), rule)
        self._take_owner(_table(document, "owner"), rule)
        self._take_fields("fields", self._fields, rule)
        self._take_fields("activity", self._activities, rule)

    def result(self) -> Rules:
        base = self._activities.get(ANY_CHANNEL, {})
        activities = {
            channel: {name: field for name, field in {**base, **table}.items() if not _is_unmapped(field)}
            for channel, table in self._activities.items()
        }
        fields = {
            object_: {name: field for name, field in table.items() if not _is_unmapped(field)}
            for object_, table in self._fields.items()
        }
        rules = replace(
            self._rules, match=self._match, fields=fields, activities=activities, origins=dict(self._origins)
        )
        return replace(rules, hash=_hash(rules))

    def _set(self, pointer: str, rule: Rule, **change: object) -> None:
        self._rules = replace(self._rules, **change)  # type: ignore[arg-type]  # keys are literals at each call
        self._origins[pointer] = rule.file

    def _take_values(self, name: str, rule: Rule) -> None:
        """Switches and limits: plain values by name."""
        for key, value in _table(rule.document, name).items():
            current = getattr(self._rules, name)
            self._set(f"/{name}/{key}", rule, **{name: replace(current, **{key: value})})

    def _take_match(self, table: JsonObject, rule: Rule) -> None:
        for object_, keys in table.items():
            if object_ == "many":
                self._set("/match/many", rule, many=cast(Many, keys))
            else:
                self._match[object_] = tuple(_match_key(key) for key in cast(Sequence[Json], keys))
                self._origins[f"/match/{object_}"] = rule.file

    def _take_owner(self, table: JsonObject, rule: Rule) -> None:
        if "from" in table:
            self._set("/owner/from", rule, owner=_sources(table["from"]))
        if "assignment_rules" in table:
            self._set("/owner/assignment_rules", rule, assignment_rules=bool(table["assignment_rules"]))

    def _take_fields(self, name: str, tables: _FieldTables, rule: Rule) -> None:
        for object_ in _table(rule.document, name):
            entries = _table(_table(rule.document, name), object_)
            table = tables.setdefault(object_, {})
            for field, entry in entries.items():
                table[field] = _field_rule(field, entry, rule.file)
                self._origins[f"/{name}/{object_}/{field}"] = rule.file


def _table(document: JsonObject, name: str) -> JsonObject:
    value = document.get(name, {})
    return value if isinstance(value, dict) else {}


def _match_key(key: Json) -> MatchKey:
    """A key is a field, a table of field and comparison, or several of those together."""
    parts = key if isinstance(key, list) else [key]
    return tuple(
        MatchPart(part)
        if isinstance(part, str)
        else MatchPart(**cast(dict[str, str], dict(cast(Mapping[str, Json], part))))  # type: ignore[arg-type]  # by schema
        for part in parts
    )


def _field_rule(field: str, entry: Json, origin: str) -> FieldRule:
    if entry is False:
        return FieldRule(field, origin=origin)
    if not isinstance(entry, dict):
        return FieldRule(field, sources=_sources(entry), origin=origin)
    policies = {key: entry[key] for key in ("overwrite", "misfit", "too_long") if key in entry}
    values = entry.get("values")
    return FieldRule(
        field,
        sources=_sources(entry.get("from", [])),
        value=entry.get("value"),
        default=entry.get("default"),
        values=values if isinstance(values, dict) else None,
        origin=origin,
        **policies,
    )


def _is_unmapped(field: FieldRule) -> bool:
    """`Industry = false` takes the field out of the mapping; so does a table that says nothing."""
    return not field.sources and field.value is None and field.default is None


def _sources(entry: Json) -> tuple[str, ...]:
    if isinstance(entry, str):
        return (entry,)
    return tuple(str(source) for source in entry) if isinstance(entry, list) else ()


def _hash(rules: Rules) -> str:
    content = asdict(replace(rules, origins={}, hash=""))
    _without_origins(content)
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _without_origins(content: dict[str, object]) -> None:
    """Equal rules have equal hashes whatever files they came from."""
    for name in ("fields", "activities"):
        for table in cast(dict[str, dict[str, dict[str, object]]], content[name]).values():
            for field in table.values():
                field.pop("origin", None)
