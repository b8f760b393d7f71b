"""What two sets of rules do differently with one event: its effects, compared place by place. Pure.

A place is an object's field, its match keys, or (without an object) something that concerns the
whole event, such as its mode or its owner. Which file set a value makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Json, Limits, Plan, PlannedField, Target

#: The field of a place that stands for the match keys of its object.
MATCH_KEYS = "match keys"
#: The aspects of a planned field that are what it is given; only the first that differs is named.
VALUE_ASPECTS = ("value", "other values", "default", "constant")

_Value = TypeVar("_Value")
_Keys = tuple[tuple[tuple[Any, ...], ...], ...]
_Fields = Mapping[str, PlannedField]
_Targets = Mapping[str, Target]
#: How to read each aspect of a planned field, by its name.
_Aspects = Mapping[str, Callable[[PlannedField], Json]]

_POLICIES: _Aspects = {
    "overwrite": attrgetter("overwrite"),
    "misfit": attrgetter("misfit"),
    "too_long": attrgetter("too_long"),
}
_VALUES: _Aspects = {
    "value": attrgetter("value"),
    "other values": lambda planned: list(planned.alternatives),
    "default": lambda planned: [planned.default, *planned.defaults],
    "constant": lambda planned: [
        planned.is_static,
        planned.is_default,
        list(planned.static),
        list(planned.fallbacks),
    ],
}
_SETTINGS: Mapping[str, Callable[[Plan], Json]] = {
    "mode": attrgetter("mode"),
    "owner": attrgetter("owner_email"),
    "match.many": attrgetter("many"),
    "match.alerts": lambda plan: "save" if plan.save_alerted else "hold",
    "match.shared_mailbox": attrgetter("shared_mailbox"),
    "match.unasked": attrgetter("unasked"),
    "owner.assignment_rules": attrgetter("assignment_rules"),
}
_CONTENTS = "switches.include_contents"
_LIMIT = "limits."
_LIMITS = ("api_share", "activities_share", "badges_share", "calls_per_second")


class Place(NamedTuple):
    """Where an effect is: the object, None for the whole event; the field; and what of it:
    `value`, or a policy."""

    object: str | None
    field: str
    aspect: str

    @property
    def is_limit(self) -> bool:
        """Whether it concerns all events together, and no single one."""
        return self.object is None and self.field.startswith(_LIMIT)


class Difference(NamedTuple):
    """What one set of rules, and the other, does at a place; None: nothing."""

    place: Place
    a: Json
    b: Json


def differences(one: Decided, other: Decided) -> list[Difference]:
    """All that the two do differently with their event. Of an event that one of them skips, only
    that counts."""
    limits = _limits(one.rules.limits, other.rules.limits)
    if one.skipped is not None or other.skipped is not None:
        return [*limits, *_of_event("skipped", one.skipped, other.skipped)]
    of_targets = _of_targets(one.plan.targets, other.plan.targets)
    return [*limits, *_settings(one.plan, other.plan), *_contents(one, other), *of_targets]


def _limits(one: Limits, other: Limits) -> Iterator[Difference]:
    for name in _LIMITS:
        yield from _of_event(f"{_LIMIT}{name}", getattr(one, name), getattr(other, name))


def _settings(one: Plan, other: Plan) -> Iterator[Difference]:
    for name, read in _SETTINGS.items():
        yield from _of_event(name, read(one), read(other))


def _contents(one: Decided, other: Decided) -> Iterator[Difference]:
    """Whether message contents are sent, which concerns touchpoints alone."""
    if one.plan.kind == "touchpoint":
        a, b = one.rules.switches, other.rules.switches
        yield from _of_event(_CONTENTS, a.include_contents, b.include_contents)


def _of_event(name: str, a: Json, b: Json) -> Iterator[Difference]:
    """The difference, if there is one, in what concerns the whole event."""
    return _unequal(Place(None, name, "value"), a, b)


def _unequal(place: Place, a: Json, b: Json) -> Iterator[Difference]:
    """The difference, if there is one; 1, 1.0 and true are three values."""
    if a != b or type(a) is not type(b):
        yield Difference(place, a, b)


def _of_targets(one: _Targets, other: _Targets) -> Iterator[Difference]:
    for name, ours, others in _side_by_side(one, other):
        yield from _of_target(name, ours, others)


def _side_by_side(
    one: Mapping[str, _Value], other: Mapping[str, _Value]
) -> Iterator[tuple[str, _Value | None, _Value | None]]:
    """Each key of either, with its value in both."""
    for key in dict.fromkeys((*one, *other)):
        yield key, one.get(key), other.get(key)


def _of_target(name: str, one: Target | None, other: Target | None) -> list[Difference]:
    of_fields = list(_of_fields(name, _by_name(one), _by_name(other)))
    changed = {difference.place.field.lower() for difference in of_fields}
    return [*of_fields, *_of_keys(name, _keys(one), _keys(other), changed)]


def _by_name(target: Target | None) -> _Fields:
    """The planned fields by name; to Salesforce `email` and `Email` are one."""
    fields = target.fields if target is not None else ()
    return {field.field.lower(): field for field in fields}


def _of_fields(object_: str, ours: _Fields, others: _Fields) -> Iterator[Difference]:
    for _, one, other in _side_by_side(ours, others):
        if one is not None and other is not None:
            yield from _of_field(object_, one, other)
        elif one is not None:
            yield Difference(Place(object_, one.field, "value"), one.value, None)
        elif other is not None:
            yield Difference(Place(object_, other.field, "value"), None, other.value)


def _of_field(object_: str, one: PlannedField, other: PlannedField) -> Iterator[Difference]:
    """What differs about a field that both fill."""
    yield from islice(_of_aspects(_VALUES, object_, one, other), 1)
    yield from _of_aspects(_POLICIES, object_, one, other)


def _of_aspects(
    aspects: _Aspects, object_: str, one: PlannedField, other: PlannedField
) -> Iterator[Difference]:
    for aspect, read in aspects.items():
        yield from _unequal(Place(object_, one.field, aspect), read(one), read(other))


def _of_keys(name: str, keys: _Keys, others: _Keys, changed: set[str]) -> Iterator[Difference]:
    """The match keys, if more differs about them than the values of the changed fields."""
    if _known_by_fields(keys, changed) != _known_by_fields(others, changed):
        a, b = map(_keys_as_json, (keys, others))
        yield Difference(Place(name, MATCH_KEYS, "value"), a, b)


def _keys(target: Target | None) -> _Keys:
    return tuple(map(tuple, target.keys)) if target is not None else ()


def _known_by_fields(keys: _Keys, changed: set[str]) -> list[list[tuple[Any, ...]]]:
    """The keys, without the values of fields that differ anyway: those are named already."""
    return [[_known_by_field(part, changed) for part in key] for key in keys]


def _known_by_field(part: tuple[Any, ...], changed: set[str]) -> tuple[Any, ...]:
    field, *rest = part
    name = field.lower()
    return (name, rest[0]) if name in changed else (name, *rest)


def _keys_as_json(keys: _Keys) -> Json:
    return [
        [{"field": part[0], "compare": part[1], "value": part[2]} for part in key] for key in keys
    ]


def kind_of(difference: Difference) -> str:
    """The kind of a difference: `mode`, `match keys Lead`, `field Lead.Industry added`."""
    object_, field, _ = difference.place
    if object_ is None:
        return field
    if field == MATCH_KEYS:
        return f"{field} {object_}"
    return f"field {object_}.{field} {_what_happened(difference)}"


def _what_happened(difference: Difference) -> str:
    place, a, b = difference
    if place.aspect != "value":
        return place.aspect
    if a is None:
        return "added"
    return "removed" if b is None else "value"
