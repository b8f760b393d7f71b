"""Which keys of rules the events of cases reached (`rule_keys` says what is a key). Pure.

A condition is reached by an event for which it is true; a source of a field, by a plan with its
value; any other setting, by a plan that it decided. Of a skipped event, conditions and the switch
that skips it are reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from zsf_plugin.authoring.expectations import of_channel
from zsf_plugin.authoring.rule_keys import KeyPath, entries_in, keys_in
from zsf_plugin.decision.admission import without_text
from zsf_plugin.decision.decide import Decided
from zsf_plugin.decision.merge import applies
from zsf_plugin.decision.planned_values import Inputs, values_of
from zsf_plugin.model import (
    ANY_CHANNEL,
    Event,
    FieldRule,
    Json,
    Rule,
    Target,
    channel_name,
    text_at,
)
from zsf_plugin.model.text import as_text

#: The settings besides lists and tables that decide every plan.
_SETTINGS: tuple[KeyPath, ...] = (
    ("mode",),
    ("match", "many"),
    ("match", "alerts"),
    ("match", "shared_mailbox"),
    ("match", "unasked"),
    ("owner", "assignment_rules"),
)


@dataclass(slots=True)
class RuleCoverage:
    """The keys of one rule, and those that were not reached yet, by the field they belong to."""

    rule: Rule
    keys: tuple[KeyPath, ...]
    missing: dict[KeyPath, set[KeyPath]] = field(default_factory=dict)
    entries: Mapping[tuple[str, str, str], KeyPath] = field(default_factory=dict)

    @classmethod
    def of(cls, rule: Rule, *, with_rows: bool) -> RuleCoverage:
        """That of a rule of which no key was reached."""
        found = cls(rule, tuple(keys_in(rule.document, with_rows=with_rows)))
        for key in found.keys:
            found.missing.setdefault(key[:3], set()).add(key)
        found.entries = entries_in(rule.document)
        return found

    def reach(self, key: KeyPath) -> None:
        """Count a key, if it is one of this rule."""
        left = self.missing.get(key[:3])
        if left is not None:
            left.discard(key)
            if not left:
                del self.missing[key[:3]]

    def unreached(self) -> list[KeyPath]:
        """The keys that were not reached, in order."""
        left = {key for keys in self.missing.values() for key in keys}
        return [key for key in self.keys if key in left]

    def value_at(self, *path: str) -> Json:
        """What the rule's document has at that path."""
        value: Json = self.rule.document
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def count_reached(known: Mapping[str, RuleCoverage], event: Event, decided: Decided) -> None:
    """Count what an event reached of those rules, which are by the names of their files."""
    if not any(rule.missing for rule in known.values()):
        return
    _Reached(known, event, decided).count()


@dataclass(slots=True)
class _Reached:
    """What one event reaches."""

    known: Mapping[str, RuleCoverage]
    event: Event
    decided: Decided

    def count(self) -> None:
        scope = self.event.scope
        for one in self.known.values():
            if ("when",) in one.missing and applies(one.rule, scope):
                one.reach(("when",))
        is_touchpoint = self.event.kind == "touchpoint"
        self._setting(("switches", "sync_activities" if is_touchpoint else "sync_prospects"))
        if self.decided.skipped is not None:
            return
        if is_touchpoint:
            self._setting(("switches", "include_contents"))
        for path in _SETTINGS:
            self._setting(path)
        self._owner()
        for object_, target in self.decided.plan.targets.items():
            if object_ == "Task":
                table = of_channel(self.decided.rules, self.event)
                self._fields(target, "activity", self._channel(), table)
            else:
                table = self.decided.rules.fields.get(object_, {})
                self._match(target)
                self._fields(target, "fields", object_, table)

    def _channel(self) -> str:
        name = channel_name(text_at(self.event.payload, "touchpoint", "channel") or ANY_CHANNEL)
        return name if self.decided.rules.activities.get(name) else ANY_CHANNEL

    def _inputs(self) -> Inputs:
        event, rules = self.event, self.decided.rules
        if event.kind == "touchpoint" and not rules.switches.include_contents:
            event = without_text(event)
        return Inputs(event, rules, event.scope)

    def _setter(self, *path: str) -> RuleCoverage | None:
        """The rule that set that setting, if its keys are counted."""
        pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)
        return self.known.get(self.decided.rules.origins.get(pointer, ""))

    def _setting(self, path: KeyPath) -> None:
        setter = self._setter(*map(str, path))
        if setter is not None:
            setter.reach(path)

    def _owner(self) -> None:
        setter = self._setter("owner", "from")
        if setter is None:
            return
        value = setter.value_at("owner", "from")
        if isinstance(value, list):
            used = self._first_used(FieldRule("OwnerId", tuple(map(str, value))), "Lead")
            if used is not None:
                setter.reach(("owner", "from", used[0]))
        elif value is False or self.decided.plan.owner_email is not None:
            setter.reach(("owner", "from"))

    def _match(self, target: Target) -> None:
        setter = self._setter("match", target.object)
        if setter is None:
            return
        setter.reach(("match", target.object))
        planned = {tuple((part.field, part.compare) for part in key) for key in target.keys}
        for index, key in enumerate(self.decided.rules.match.get(target.object, ())):
            if tuple((part.field, part.compare) for part in key) in planned:
                setter.reach(("match", target.object, index))

    def _fields(
        self, target: Target, section: str, name: str, table: Mapping[str, FieldRule]
    ) -> None:
        planned = {one.field for one in target.fields}
        for rule in table.values():
            setter = self.known.get(rule.origin)
            if setter is None or rule.field not in planned:
                continue
            path = _entry(setter, section, name, rule.field)
            if path in setter.missing:
                self._sources(setter, path, rule, target.object)
        for setter in self.known.values():
            for path in _unmapped(setter, section, name):
                if self._is_unmapped_by(setter, section, name, str(path[-1])):
                    setter.reach(path)

    def _is_unmapped_by(self, setter: RuleCoverage, section: str, name: str, key: str) -> bool:
        wanted = f"/{section}/{name}/{key}".lower()
        for pointer, file in self.decided.rules.origins.items():
            if pointer.lower() == wanted:
                return file == setter.rule.file
        return False

    def _sources(self, setter: RuleCoverage, path: KeyPath, rule: FieldRule, object_: str) -> None:
        entry = setter.value_at(*map(str, path))
        if rule.value is not None:
            setter.reach((*path, "value"))
            return
        is_table = isinstance(entry, dict)
        used = self._first_used(rule, object_)
        if used is None:
            setter.reach((*path, "default"))
            return
        place = (*path, "from") if is_table else path
        setter.reach(place)
        setter.reach((*place, used[0]))
        for row in _rows_of(used[1], rule.values or {}):
            setter.reach((*path, "values", row))

    def _first_used(self, rule: FieldRule, object_: str) -> tuple[int, Json] | None:
        """The first source that gives a value, and what it gives before it is translated."""
        inputs = self._inputs()
        for index, source in enumerate(rule.sources):
            alone = FieldRule(rule.field, (source,), values=rule.values)
            values, found = values_of(inputs, object_, alone)
            if values:
                return index, found[0]
        return None


def _entry(setter: RuleCoverage, section: str, name: str, field_name: str) -> KeyPath:
    """The path of the field's entry in the rule that set it; that of every channel, if the rule has
    none for this one."""
    lowered = field_name.lower()
    own = setter.entries.get((section, name, lowered))
    return own or setter.entries.get((section, ANY_CHANNEL, lowered), ())


def _unmapped(setter: RuleCoverage, section: str, name: str) -> Iterator[KeyPath]:
    """The entries of that table by which the rule unmaps a field, and that were not reached."""
    for (of_section, table, _), path in setter.entries.items():
        is_here = of_section == section and table in (name, ANY_CHANNEL)
        if is_here and path in setter.missing and setter.value_at(*map(str, path)) is False:
            yield path


def _rows_of(value: Json, rows: Mapping[str, Json]) -> Iterator[str]:
    """The rows that translate a value, as `planned_values` does."""
    if isinstance(value, list):
        for item in value:
            yield from _rows_of(item, rows)
        return
    text = value if isinstance(value, str) and value in rows else as_text(value)
    if text is None or text in rows:
        yield from () if text is None else (text,)
    else:
        yield from (part.strip() for part in text.split(";") if part.strip() in rows)
