"""Events that conditions of rules are true or false for, of the kinds that a host may send: by the
types of the payload schemas. Pure.

An event that is found is a proof; none may be found although one exists.
"""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.decision.expressions import is_true
from zsf_plugin.decision.possible import ANYTHING, Possible, type_name
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.solving import Assignment, solutions, with_values


class ExampleEvents:
    """Finds events like a given one: with the same parts, of the same workspace. `possible` says
    what each place of an event can hold."""

    def __init__(self, given: JsonObject, possible: Possible) -> None:
        self._given = given
        self._possible = possible

    def for_conditions(
        self, whens: Sequence[str], event: JsonObject, *, wanted: bool
    ) -> JsonObject:
        """The event, changed for each condition in turn to be true for it, or false, as far as a
        change is found."""
        for when in whens:
            if is_true(when, event) is not wanted:
                found = solutions(when, event, wanted=wanted)
                event = with_values(event, next(filter(self._is_possible, found), {}))
        return event

    def _is_possible(self, changes: Assignment) -> bool:
        return all(self._can_hold(place, value) for place, value in changes.items())

    def _can_hold(self, place: Sequence[str], value: Json) -> bool:
        """Whether some event holds that there. A touchpoint is there or not, and the workspace is
        what it is."""
        if len(place) == 1 or place[0] not in self._given:
            return False
        found = self._possible
        for name in place:
            found = found.keys.get(name, ANYTHING)
        return type_name(value) in found.types
