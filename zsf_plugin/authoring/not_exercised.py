"""Keys of rules whose expressions none of the events that were tried gave a value: about those, the
events say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from zsf_plugin.decision.admission import admit
from zsf_plugin.decision.expressions import evaluate, is_true, places_read
from zsf_plugin.model import ANY_CHANNEL, Event, JsonObject, Rule, channel_name, table_in
from zsf_plugin.ports import RulesInForce
from zsf_plugin.rulebook.document_violations import expressions_in
from zsf_plugin.rulebook.files import RuleLines
from zsf_plugin.rulebook.lines import Path as KeyPath
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.solving import EventPlace, values_at

_WHEN: KeyPath = ("when",)


@dataclass(frozen=True, slots=True)
class NotExercised:
    """A key, `fields.Lead.Title`, and where it is."""

    key: str
    file: str
    line: int | None


@dataclass(slots=True)
class Unexercised:
    """The expressions of some rules that no event gave a value so far; those of a rule whose
    condition no event met, too."""

    rules: RulesInForce
    #: Each rule, and the expressions that are left of it.
    _left: list[tuple[Rule, dict[KeyPath, str]]]
    #: Whether a condition is true, by the values that it reads.
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: RulesInForce, changed: Iterable[Rule]) -> Unexercised:
        """All expressions of those rules of the set."""
        return cls(rules, [(rule, dict(expressions_in(rule.document))) for rule in changed])

    def take(self, event: Event) -> None:
        """Leave out what the event gives a value."""
        if not self._left:
            return
        scope = event.scope
        admitted = admit(event, self.rules.switches_for(scope))
        if admitted.skipped is None:
            for rule, left in self._left:
                if rule.when is None or self._is_met(rule.when, scope):
                    _leave_out(left, admitted.event)
            self._left = [(rule, left) for rule, left in self._left if left]

    def _is_met(self, condition: str, scope: JsonObject) -> bool:
        read = repr(values_at(scope, _places_of(condition)))
        if (condition, read) not in self._known:
            self._known[condition, read] = is_true(condition, scope)
        return self._known[condition, read]

    def keys(self, files: Mapping[str, Path]) -> list[NotExercised]:
        """What is left, each key once; of a rule whose condition was never met, only that."""
        lines = RuleLines(files)
        return [_in_file(rule, key, lines) for rule, left in self._left for key in _keys(left)]


def _in_file(rule: Rule, key: tuple[str, ...], lines: RuleLines) -> NotExercised:
    return NotExercised(".".join(key), rule.file, line_of(lines.of(rule), key))


@lru_cache(maxsize=4096)
def _places_of(condition: str) -> tuple[EventPlace, ...]:
    return tuple(sorted(places_read(condition)))


def _leave_out(left: dict[KeyPath, str], event: Event) -> None:
    left.pop(_WHEN, None)
    for path, text in list(left.items()):
        if _is_for(path, event) and evaluate(text, event.scope) is not None:
            del left[path]


def _is_for(path: KeyPath, event: Event) -> bool:
    """Whether the plan of the event has what is at that path."""
    if path[0] != "activity":
        return event.kind == "purchase" or path[0] != "fields"
    channel = channel_name(str(path[1]))
    sent = table_in(event.payload, "touchpoint").get("channel")
    return event.kind == "touchpoint" and channel in (ANY_CHANNEL, channel_name(str(sent)))


def _keys(left: Mapping[KeyPath, str]) -> list[tuple[str, ...]]:
    """The keys of those expressions: a field's are one, whether it has a list or a table."""
    paths = [_WHEN] if _WHEN in left else [*left]
    return list(dict.fromkeys(tuple(map(str, path[:3])) for path in paths))
