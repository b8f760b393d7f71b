"""Two sets of rules compared: events are tried on both, and for each place where their effects
differ the smallest example is named. What was not found may still exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from zsf_plugin.authoring.differences import VALUE_ASPECTS, Difference, Place
from zsf_plugin.authoring.event_search import TriedEvent, events_to_try
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.authoring.rule_sets import RuleSet
from zsf_plugin.authoring.shrinking import shrink
from zsf_plugin.authoring.unreachable import Unreachable, made_unreachable
from zsf_plugin.model import Event, JsonObject, Rule

DEFAULT_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Example:
    """A difference, and the smallest event found that shows it, as a hook's call."""

    difference: Difference
    event: JsonObject


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """How many events were tried, an example of each difference found, and the files that do
    nothing any more."""

    tried: int
    examples: Sequence[Example]
    unreachable: Sequence[Unreachable]


@dataclass(frozen=True, slots=True)
class _Found:
    tried: TriedEvent
    difference: Difference

    @property
    def size(self) -> tuple[bool, int, str]:
        """What shows a value on either side comes first, then what is shorter."""
        text = self.tried.text
        return self.is_half, len(text), text

    @property
    def is_half(self) -> bool:
        """Whether one of the two does nothing there."""
        return self.difference.a is None or self.difference.b is None


def compare(
    a: RuleSet,
    b: RuleSet,
    workspace: str,
    limit: int = DEFAULT_EVENTS,
    progress: Callable[[int], None] = lambda _: None,
    *,
    of_any_workspace: bool = True,
) -> RuleComparison:
    """Compare the effects of two sets of rules on at most `limit` events of the workspace, and of
    others that the rules name if those have the same rules (`of_any_workspace`). The same rules
    give the same answer each time."""
    pair, number = RulePair(a.rules, b.rules), 0
    smallest: dict[Place, _Found] = {}
    before, after = a.rules.rules, b.rules.rules
    rules = [*before, *(rule for rule in after if rule not in before)]
    changed = _changed(before, after)
    for tried in events_to_try(rules, changed, workspace, limit, of_any_workspace=of_any_workspace):
        number += 1
        progress(number)
        for difference in pair.compare(tried.event).differences:
            found = _Found(tried, difference)
            known = smallest.get(difference.place)
            if known is None or found.size < known.size:
                smallest[difference.place] = found
    shown = [_shrunk(pair, found) for found in _without_consequences(smallest)]
    unreachable = made_unreachable(before, after, b.files)
    return RuleComparison(number, sorted(shown, key=_in_order), unreachable)


def _changed(one: Sequence[Rule], other: Sequence[Rule]) -> list[Rule]:
    """The rules that only one of them has, whatever file they are in."""
    ours, others = set(map(_content, one)), set(map(_content, other))
    rules = (*one, *other)
    return [rule for rule in rules if (_content(rule) in ours) is not (_content(rule) in others)]


def _content(rule: Rule) -> str:
    return json.dumps(rule.document, sort_keys=True)


def _without_consequences(smallest: Mapping[Place, _Found]) -> list[_Found]:
    """Of each field only the first aspect of its value: the others follow from it."""
    first: dict[tuple[str | None, str], str] = {}
    for aspect in VALUE_ASPECTS:
        for place in smallest:
            if place.aspect == aspect:
                first.setdefault(place[:2], aspect)
    return [
        found
        for place, found in smallest.items()
        if place.aspect not in VALUE_ASPECTS or first[place[:2]] == place.aspect
    ]


def _shrunk(pair: RulePair, found: _Found) -> Example:
    event = shrink(found.tried, partial(_shows, pair, found.difference)).call
    return Example(found.difference, event)


def _shows(pair: RulePair, difference: Difference, event: Event) -> bool:
    """Whether the event shows the same difference, with the same values."""
    return any(repr(one) == repr(difference) for one in pair.compare(event).differences)


def _in_order(example: Example) -> tuple[bool, str, str, str]:
    object_, field, aspect = example.difference.place
    return object_ is not None, object_ or "", field, aspect
