"""Which keys of one rule were reached, and the plan of an event that reaches some. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zsf_plugin.authoring.rule_keys import EntryPaths, KeyPath, entries_in, keys_in
from zsf_plugin.decision.decide import Decided
from zsf_plugin.decision.merge import pointer_of
from zsf_plugin.model import ANY_CHANNEL, Event, Json, Rule


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """The keys of one rule, and those that were not reached yet, by the field they belong to."""

    rule: Rule
    keys: tuple[KeyPath, ...]
    missing: dict[KeyPath, set[KeyPath]]
    entries: EntryPaths

    @classmethod
    def of(cls, rule: Rule, *, with_rows: bool) -> RuleCoverage:
        """That of a rule of which no key was reached."""
        keys = tuple(keys_in(rule.document, with_rows=with_rows))
        return cls(rule, keys, _by_field(keys), entries_in(rule.document))

    def reach(self, key: KeyPath) -> None:
        """Count a key, if it is one of this rule."""
        field = key[:3]
        left = self.missing.get(field, set())
        left.discard(key)
        if not left:
            self.missing.pop(field, None)

    def unreached(self) -> list[KeyPath]:
        """The keys that were not reached, in order."""
        left = set().union(*self.missing.values())
        return [key for key in self.keys if key in left]

    def value_at(self, path: KeyPath) -> Json:
        """What the rule's document has at that path of names."""
        value: Json = self.rule.document
        for name in map(str, path):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def entry(self, section: str, table: str, field: str) -> KeyPath:
        """The path of a field's entry; that of every channel, if the rule has none for this one."""
        lowered = field.lower()
        own = self.entries.get((section, table, lowered))
        return own or self.entries.get((section, ANY_CHANNEL, lowered), ())


def _by_field(keys: Iterable[KeyPath]) -> dict[KeyPath, set[KeyPath]]:
    found: dict[KeyPath, set[KeyPath]] = {}
    for key in keys:
        found.setdefault(key[:3], set()).add(key)
    return found


@dataclass(frozen=True, slots=True)
class CountedPlan:
    """What was decided for an event, and the rules whose keys are counted, by the names of their
    files."""

    rules: Mapping[str, RuleCoverage]
    event: Event
    decided: Decided

    def setter(self, path: KeyPath) -> RuleCoverage | None:
        """The rule that set the setting at that path, if its keys are counted."""
        origins = self.decided.rules.origins
        return self.rules.get(origins.get(pointer_of(map(str, path)), ""))

    def reach(self, path: KeyPath, *below: int) -> None:
        """Count a setting, or an element of its list, for the rule that set it."""
        setter = self.setter(path)
        if setter is not None:
            setter.reach((*path, *below))
