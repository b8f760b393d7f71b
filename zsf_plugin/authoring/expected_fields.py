"""Expected values of fields beside planned ones. Of a field that no rule fills, the nearest one
that a rule fills is named: it was perhaps meant. One that is expected to be missing, and that
neither rules nor orgs know, proves nothing: it is a slip, or at least worth a note. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from zsf_plugin.authoring.channels import activity_fields
from zsf_plugin.authoring.expected_values import Difference, is_same
from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Event, FieldRule, Json, JsonObject, Rules, Target, table_in

#: Whether a new org, or the case's own, has that field of that object.
HasField = Callable[[str, str], bool]

#: How like a field's name must be to one that a rule fills.
_LIKENESS = 0.6
#: How the names of an org's own fields end: whether there is such a field, only the org knows.
_CUSTOM_END = "__c"


@dataclass(frozen=True, slots=True)
class ExpectedFields:
    """The fields of an object that are expected: their values, those that are planned, by names in
    lower case, and what the rules fill there."""

    path: str
    object: str
    values: JsonObject
    planned: Mapping[str, Json]
    filled: Mapping[str, FieldRule]
    rules: Rules

    def differences(self, has_field: HasField) -> Iterator[Difference]:
        """Of each field whose value is not the expected one, or that is missing only because its
        name is misspelled."""
        for name in self.values:
            if not self._is_met(name) or self._is_slip(name, has_field):
                yield self._difference(name)

    def unknown(self, has_field: HasField) -> Iterator[tuple[str, str | None]]:
        """The fields that are missing as expected, and that nothing knows. Of each its path, and
        the field that was perhaps meant."""
        for name in self.values:
            if self._is_unknown(name, has_field) and not self._is_slip(name, has_field):
                yield f"{self.path}.{name}", self._meant(name)

    def _difference(self, name: str) -> Difference:
        path, expected, actual = f"{self.path}.{name}", self.values[name], self._actual(name)
        if self._is_filled(name):
            return Difference(path, expected, actual)
        return Difference(path, expected, actual, is_unfilled=True, meant=self._meant(name))

    def _meant(self, name: str) -> str | None:
        return _nearest(name, self.filled) or _nearest_elsewhere(name, self.rules)

    def _is_slip(self, name: str, has_field: HasField) -> bool:
        """Whether a field that shall be missing is a misspelled one: no org can have it, but what
        the rules fill is nearly called that."""
        is_custom = name.lower().endswith(_CUSTOM_END)
        return not is_custom and self._is_unknown(name, has_field) and bool(self._meant(name))

    def _is_unknown(self, name: str, has_field: HasField) -> bool:
        """Whether a field that shall be missing is in no rule, and in no org that we know."""
        is_missing = self.values[name] is False and self._is_met(name)
        return (
            is_missing and not _is_in_rules(name, self.rules) and not has_field(self.object, name)
        )

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
    yield ExpectedFields("activity", "Task", activity, planned, filled, decided.rules)


def _of_object(object_: str, values: JsonObject, decided: Decided) -> ExpectedFields:
    planned = _planned(decided.plan.targets.get(object_))
    filled = decided.rules.fields.get(object_, {})
    return ExpectedFields(f"fields.{object_}", object_, values, planned, filled, decided.rules)


def _tables(expect: JsonObject) -> Mapping[str, JsonObject]:
    return cast("Mapping[str, JsonObject]", table_in(expect, "fields"))


def _planned(target: Target | None) -> dict[str, Json]:
    fields = target.fields if target is not None else ()
    return {field.field.lower(): field.value for field in fields}


def _is_in_rules(name: str, rules: Rules) -> bool:
    """Whether a rule, a shipped one too, fills or unmaps a field of that name, of any object."""
    origins = (key.split("/") for key in rules.origins)
    return any(name.lower() == parts[3].lower() for parts in origins if len(parts) > 3)


def _nearest(name: str, filled: Mapping[str, FieldRule]) -> str | None:
    near = get_close_matches(name, filled, 1, _LIKENESS)
    return near[0] if near else None


def _nearest_elsewhere(name: str, rules: Rules) -> str | None:
    """The nearest field of another object."""
    for object_, filled in rules.fields.items():
        near = _nearest(name, filled)
        if near is not None:
            return f"{object_}.{near}"
    return None
