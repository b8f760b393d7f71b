"""Two sets of rules compared: events are tried on both, and for each place where their effects
differ the smallest example is named. What was not found may still exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from zsf_plugin.authoring.differences import VALUE_ASPECTS, Difference, Place
from zsf_plugin.authoring.event_search import TriedEvent, events_to_try
from zsf_plugin.authoring.not_exercised import NotExercised, Unexercised
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
    """How many events were tried, an example of each difference found, the files that do nothing
    any more, and the keys that no event gave a value."""

    tried: int
    examples: Sequence[Example]
    unreachable: Sequence[Unreachable]
    not_exercised: Sequence[NotExercised]


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
    before, after = a.rules.rules, b.rules.rules
    rules = [*before, *(rule for rule in after if rule not in before)]
    changed = _changed(before, after)
    search = _Search(RulePair(a.rules, b.rules))
    unexercised = [_unexercised(side, changed) for side in (a, b)]
    for tried in events_to_try(rules, changed, workspace, limit, of_any_workspace=of_any_workspace):
        search.take(tried)
        for one in unexercised:
            one.take(tried.event)
        progress(search.tried)
    unreachable = made_unreachable(before, after, b.files)
    left = [*unexercised[0].keys(a.files), *unexercised[1].keys(b.files)]
    return RuleComparison(search.tried, search.examples(), unreachable, list(dict.fromkeys(left)))


def _unexercised(side: RuleSet, changed: Sequence[Rule]) -> Unexercised:
    return Unexercised.of(side.rules, [rule for rule in changed if rule in side.rules.rules])


@dataclass(slots=True)
class _Search:
    """The smallest event found so far for each place where the two differ."""

    pair: RulePair
    tried: int = 0
    smallest: dict[Place, _Found] = field(default_factory=dict)

    def take(self, tried: TriedEvent) -> None:
        """Try one more event."""
        self.tried += 1
        for difference in self.pair.compare(tried.event).differences:
            self._keep_smaller(_Found(tried, difference))

    def _keep_smaller(self, found: _Found) -> None:
        place = found.difference.place
        known = self.smallest.get(place)
        if known is None or found.size < known.size:
            self.smallest[place] = found

    def examples(self) -> list[Example]:
        """What was found, with as little in each event as shows it."""
        found = _without_consequences(self.smallest)
        return sorted((_shrunk(self.pair, one) for one in found), key=_in_order)


def _changed(one: Sequence[Rule], other: Sequence[Rule]) -> list[Rule]:
    """The rules that only one of them has, whatever file they are in."""
    of_both = _contents(one) & _contents(other)
    return [rule for rule in (*one, *other) if _content(rule) not in of_both]


def _contents(rules: Iterable[Rule]) -> set[str]:
    return set(map(_content, rules))


def _content(rule: Rule) -> str:
    return json.dumps(rule.document, sort_keys=True)


def _without_consequences(smallest: Mapping[Place, _Found]) -> list[_Found]:
    """Of each field only the first aspect of its value: the others follow from it."""
    of_values = [place for place in smallest if place.aspect in VALUE_ASPECTS]
    consequences = set(of_values) - _first_aspects(of_values)
    return [found for place, found in smallest.items() if place not in consequences]


def _first_aspects(places: Iterable[Place]) -> set[Place]:
    """Of each field the first aspect of its value, among those places."""
    first: dict[tuple[str | None, str], Place] = {}
    for place in sorted(places, key=_rank):
        first.setdefault(place[:2], place)
    return set(first.values())


def _rank(place: Place) -> int:
    return VALUE_ASPECTS.index(place.aspect)


def _shrunk(pair: RulePair, found: _Found) -> Example:
    event = shrink(found.tried, partial(_shows, pair, found.difference)).call
    return Example(found.difference, event)


def _shows(pair: RulePair, difference: Difference, event: Event) -> bool:
    """Whether the event shows the same difference, with the same values."""
    return any(repr(one) == repr(difference) for one in pair.compare(event).differences)


def _in_order(example: Example) -> tuple[bool, str, str, str]:
    object_, field, aspect = example.difference.place
    return object_ is not None, object_ or "", field, aspect
