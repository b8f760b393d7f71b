"""A replay: what other rules would do differently with events, one after the other, counted by the
kind of difference. Holds some examples of each kind, and no events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from zsf_plugin.authoring.differences import Difference, differences, kind_of
from zsf_plugin.authoring.rule_pair import Compared, RulePair
from zsf_plugin.decision.admission import without_text
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.model import Event, Json, JsonObject, Kind
from zsf_plugin.ports import RulesInForce

#: How many examples of each kind are kept.
MAX_EXAMPLES = 3

#: Stands for a value that the text of a message is part of.
MESSAGE_TEXT = "[message text]"

_ObjectAndField = tuple[str | None, str]


@dataclass(slots=True)
class DifferenceKind:
    """How many events differ in this way, and the first of them."""

    kind: str
    count: int = 0
    examples: list[JsonObject] = field(default_factory=list)

    def add(self, example: JsonObject) -> None:
        """Count one more; the first ones are kept."""
        self.count += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(example)


@dataclass(slots=True)
class Replay:
    """What was found so far. `calls_before` and `calls_after` are the most API calls that the
    events may cost, had none of them been synced before."""

    pair_of: Callable[[str], RulePair]
    max_calls: Callable[[Kind], int]
    events: int = 0
    different: int = 0
    calls_before: int = 0
    calls_after: int = 0
    _kinds: dict[str, DifferenceKind] = field(default_factory=dict)

    @property
    def kinds(self) -> list[DifferenceKind]:
        """The kinds of differences, the most frequent first."""
        return sorted(self._kinds.values(), key=lambda one: (-one.count, one.kind))

    def take(self, event: Event, source: JsonObject) -> JsonObject | None:
        """Compare what the rules do with the event; `source` says where it comes from. Returns all
        that differs, None if nothing does; the limits of API calls concern no single event."""
        pair = self.pair_of(event.workspace)
        compared = pair.compare(event)
        self.events += 1
        self._add_calls(compared, self.max_calls(event.kind))
        relevant = [one for one in compared.differences if not one.place.is_limit]
        if not relevant:
            return None
        self.different += 1
        named: JsonObject = {**source, "workspace": event.workspace, "event_id": event.event_id}
        found = list(map(_document, _without_message_text(pair, event, relevant)))
        for document in found:
            self._count(str(document["kind"]), {**named, **document})
        return {**named, "differences": [*found]}

    def _add_calls(self, compared: Compared, most: int) -> None:
        if compared.skipped_by_a is None:
            self.calls_before += most
        if compared.skipped_by_b is None:
            self.calls_after += most

    def _count(self, name: str, example: JsonObject) -> None:
        self._kinds.setdefault(name, DifferenceKind(name)).add(example)


def _without_message_text(
    pair: RulePair, event: Event, found: list[Difference]
) -> list[Difference]:
    """The differences, with a mark in place of the values that the message's text is part of,
    wherever rules put it: they would be others without it."""
    bare = without_text(event)
    if bare.payload == event.payload:
        return found
    of_a, of_b = (_places_of_text(rules, event, bare) for rules in (pair.a, pair.b))
    return [_marked(one, of_a, of_b) for one in found]


def _places_of_text(rules: RulesInForce, event: Event, bare: Event) -> set[_ObjectAndField]:
    """Where those rules put the message's text, or what they make of it."""
    with_text, without = decide_arriving(event, rules), decide_arriving(bare, rules)
    return {one.place[:2] for one in differences(with_text, without)}


def _marked(
    found: Difference, of_a: set[_ObjectAndField], of_b: set[_ObjectAndField]
) -> Difference:
    place, a, b = found
    if a is not None and place[:2] in of_a:
        a = MESSAGE_TEXT
    if b is not None and place[:2] in of_b:
        b = MESSAGE_TEXT
    return Difference(place, a, b)


def _document(difference: Difference) -> dict[str, Json]:
    place, before, after = difference
    return {"kind": kind_of(difference), **place._asdict(), "before": before, "after": after}
