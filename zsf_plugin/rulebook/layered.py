"""Which of the layers apply to an event, merged.

Events that have the same wherever a condition reads are alike, and most are: conditions are
evaluated for the first of them, and every set of layers that apply is merged once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from zsf_plugin.decision.expressions import SharedUnits, places_read
from zsf_plugin.decision.merge import applies, merge, without_undecided
from zsf_plugin.model import Json, JsonObject, Rule, Rules

MAX_MERGES = 256
#: The number of different events that are remembered; with one more, all are forgotten.
MAX_ALIKE = 1_000
#: Events whose values that conditions read are longer than this, as JSON, are not remembered
#: (characters).
MAX_VALUES_LENGTH = 2_000


class Layered:
    """The layers at these indexes, low to high. Thread-safe."""

    def __init__(self, rules: Sequence[Rule], indexes: Iterable[int]) -> None:
        self._rules = [(index, rules[index]) for index in indexes]
        places: set[tuple[str, ...]] = set()
        for _, rule in self._rules:
            if rule.when is not None:
                places |= places_read(rule.when)
        self._places = sorted(places)
        self._alike: dict[str, Rules] = {}
        self._merged = lru_cache(MAX_MERGES)(
            lambda applying: merge([rules[index] for index in applying])
        )

    def for_event(self, scope: JsonObject) -> Rules:
        """All layers that apply to the event with that scope, merged."""
        values: list[Json] = []
        for place in self._places:
            value: Json = scope
            for name in place:
                value = value.get(name) if isinstance(value, dict) else None
            values.append(value)
        alike = json.dumps(values)
        found = self._alike.get(alike)
        if found is None:
            found = self._evaluated(scope)
            if len(self._alike) >= MAX_ALIKE:
                self._alike.clear()
            if len(alike) <= MAX_VALUES_LENGTH:
                self._alike[alike] = found
        return found

    def _evaluated(self, scope: JsonObject) -> Rules:
        applying: list[int] = []
        undecided: list[Rule] = []
        shared = SharedUnits()
        for index, rule in self._rules:
            if rule.when is None or applies(rule, scope, undecided, shared):
                applying.append(index)
        merged = self._merged(tuple(applying))
        return without_undecided(merged, undecided) if undecided else merged
