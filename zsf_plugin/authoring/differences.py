"""What two sets of rules do differently with one event: its effects, compared place by place. Pure.

A place is an object's field, its match keys, or (without an object) something that concerns the
whole event, such as its mode or its owner. Which file set a value makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Json, Plan, PlannedField, Target

#: The field of a place that stands for the match keys of its object.
MATCH_KEYS = "match keys"
#: The aspects of a planned field that are what it is given; only the first that differs is named.
VALUE_ASPECTS = ("value", "other values", "default", "constant")

_POLICIES: Mapping[str, Callable[[PlannedField], Json]] = {
    "overwrite": attrgetter("overwrite"),
    "misfit": attrgetter("misfit"),
    "too_long": attrgetter("too_long"),
}
_VALUES: Mapping[str, Callable[[PlannedField], Json]] = {
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
    found = [*_limits(one, other)]
    if one.skipped is None and other.skipped is None:
        found += _settings(one, other)
        for name in dict.fromkeys((*one.plan.targets, *other.plan.targets)):
            found += _of_target(name, one.plan.targets.get(name), other.plan.targets.get(name))
    elif one.skipped != other.skipped:
        found.append(Difference(Place(None, "skipped", "value"), one.skipped, other.skipped))
    return found


def _limits(one: Decided, other: Decided) -> Iterator[Difference]:
    ours, others = one.rules.limits, other.rules.limits
    if ours == others:
        return
    for name in _LIMITS:
        yield from _unequal(
            Place(None, f"{_LIMIT}{name}", "value"), getattr(ours, name), getattr(others, name)
        )


def _settings(one: Decided, other: Decided) -> Iterator[Difference]:
    for name, read in _SETTINGS.items():
        yield from _unequal(Place(None, name, "value"), read(one.plan), read(other.plan))
    if one.plan.kind == "touchpoint":
        place = Place(None, "switches.include_contents", "value")
        of_one, of_other = one.rules.switches, other.rules.switches
        yield from _unequal(place, of_one.include_contents, of_other.include_contents)


def _unequal(place: Place, a: Json, b: Json) -> Iterator[Difference]:
    """The difference, if there is one; 1, 1.0 and true are three values."""
    if a != b or type(a) is not type(b):
        yield Difference(place, a, b)


def _of_target(name: str, one: Target | None, other: Target | None) -> list[Difference]:
    ours = _by_name(one)
    others = _by_name(other)
    found: list[Difference] = []
    for key in dict.fromkeys((*ours, *others)):
        found += _of_field(name, ours.get(key), others.get(key))
    changed = {difference.place.field.lower() for difference in found}
    keys, other_keys = _keys(one), _keys(other)
    if _known_by_fields(keys, changed) != _known_by_fields(other_keys, changed):
        place = Place(name, MATCH_KEYS, "value")
        found.append(Difference(place, _keys_as_json(keys), _keys_as_json(other_keys)))
    return found


def _by_name(target: Target | None) -> dict[str, PlannedField]:
    """The planned fields by name; to Salesforce `email` and `Email` are one."""
    fields = target.fields if target is not None else ()
    return {field.field.lower(): field for field in fields}


def _of_field(
    object_: str, one: PlannedField | None, other: PlannedField | None
) -> Iterator[Difference]:
    planned = other if one is None else one
    if planned is None:
        return
    name = planned.field
    if one is None or other is None:
        a, b = (None if each is None else each.value for each in (one, other))
        yield Difference(Place(object_, name, "value"), a, b)
        return
    for aspect, read in _VALUES.items():
        found = list(_unequal(Place(object_, name, aspect), read(one), read(other)))
        yield from found
        if found:
            break
    for aspect, read in _POLICIES.items():
        yield from _unequal(Place(object_, name, aspect), read(one), read(other))


_Keys = tuple[tuple[tuple[Any, ...], ...], ...]


def _keys(target: Target | None) -> _Keys:
    return tuple(map(tuple, target.keys)) if target is not None else ()


def _known_by_fields(keys: _Keys, changed: set[str]) -> list[list[tuple[Any, ...]]]:
    """The keys, without the values of fields that differ anyway: those are named already."""
    shown = []
    for key in keys:
        parts = [(part[:2] if part[0].lower() in changed else part) for part in key]
        shown.append([(part[0].lower(), *part[1:]) for part in parts])
    return shown


def _keys_as_json(keys: _Keys) -> Json:
    return [
        [{"field": part[0], "compare": part[1], "value": part[2]} for part in key] for key in keys
    ]


def kind_of(difference: Difference) -> str:
    """The kind of a difference: `mode`, `match keys Lead`, `field Lead.Industry added`."""
    object_, field, aspect = difference.place
    if object_ is None:
        return field
    if field == MATCH_KEYS:
        return f"{field} {object_}"
    if aspect == "value" and difference.a is None:
        aspect = "added"
    elif aspect == "value" and difference.b is None:
        aspect = "removed"
    return f"field {object_}.{field} {aspect}"
