"""Expected values of fields beside planned ones. Of a field that no rule fills, the nearest one
that a rule fills is named: it was perhaps meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from zsf_plugin.authoring.channels import activity_fields
from zsf_plugin.authoring.expected_values import Difference, is_same
from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Event, FieldRule, Json, JsonObject, Rules, Target, table_in

#: How like a field's name is to one that a rule fills, for an expected `false` to look like a slip.
_SLIP_LIKENESS = 0.85
#: How like it must be in any other case.
_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class ExpectedFields:
    """The fields of a target that are expected: their values, those that are planned, by names in
    lower case, and what the rules fill there."""

    path: str
    values: JsonObject
    planned: Mapping[str, Json]
    filled: Mapping[str, FieldRule]
    rules: Rules

    def differences(self) -> Iterator[Difference]:
        """Of each field whose value is not the expected one."""
        for name in self.values:
            if not self._is_met(name):
                yield self._difference(name)

    def slips(self) -> Iterator[tuple[str, str]]:
        """The fields that are missing as expected, but under what looks like a slip: no rule fills
        them. Of each its path, and the field that was perhaps meant."""
        for name in self.values:
            if (meant := self._meant_by(name)) is not None:
                yield f"{self.path}.{name}", meant

    def _meant_by(self, name: str) -> str | None:
        if self.values[name] is not False or self._is_filled(name):
            return None
        return _nearest(name, self.filled, _SLIP_LIKENESS)

    def _difference(self, name: str) -> Difference:
        path, expected = f"{self.path}.{name}", self.values[name]
        if self._is_filled(name):
            return Difference(path, expected, self._actual(name))
        meant = _nearest(name, self.filled) or _nearest_elsewhere(name, self.rules)
        return Difference(path, expected, self._actual(name), is_unfilled=True, meant=meant)

    def _is_met(self, name: str) -> bool:
        return is_same(self.values[name], self._actual(name))

    def _actual(self, name: str) -> Json:
        return self.planned.get(name.lower(), False)

    def _is_filled(self, name: str) -> bool:
        return any(name.lower() == filled.lower() for filled in self.filled)


def expected_fields(expect: JsonObject, event: Event, decided: Decided) -> Iterator[ExpectedFields]:
    """Those of each object and of the activity that are named in an expectation."""
    for object_, values in _tables(expect).items():
        yield _of_object(object_, values, decided)
    activity = table_in(expect, "activity")
    planned = _planned(decided.plan.targets.get("Task"))
    filled = activity_fields(decided.rules, event)
    yield ExpectedFields("activity", activity, planned, filled, decided.rules)


def _of_object(object_: str, values: JsonObject, decided: Decided) -> ExpectedFields:
    planned = _planned(decided.plan.targets.get(object_))
    filled = decided.rules.fields.get(object_, {})
    return ExpectedFields(f"fields.{object_}", values, planned, filled, decided.rules)


def _tables(expect: JsonObject) -> Mapping[str, JsonObject]:
    return cast("Mapping[str, JsonObject]", table_in(expect, "fields"))


def _planned(target: Target | None) -> dict[str, Json]:
    fields = target.fields if target is not None else ()
    return {field.field.lower(): field.value for field in fields}


def _nearest(name: str, filled: Mapping[str, FieldRule], likeness: float = _LIKENESS) -> str | None:
    near = get_close_matches(name, filled, 1, likeness)
    return near[0] if near else None


def _nearest_elsewhere(name: str, rules: Rules) -> str | None:
    """The nearest field of another object."""
    for object_, filled in rules.fields.items():
        near = _nearest(name, filled)
        if near is not None:
            return f"{object_}.{near}"
    return None
