"""What a case expects beside what the rules made of its event: the differences. Pure.

A path names a place as the case's author writes it: `fields.Lead.Industry`, `match.Lead[1]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import cast

from zsf_plugin.authoring.channels import activity_fields
from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import (
    Changes,
    Event,
    FieldRule,
    Json,
    JsonObject,
    PlannedKey,
    Reference,
    Rules,
    Target,
    Write,
)
from zsf_plugin.model.text import stored_text

#: How like a field's name is to one that a rule fills, for an expected `false` to look like a slip.
_SLIP_LIKENESS = 0.85
#: How like it must be in any other case.
_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that is not met. `actual` is false for what is not written. `is_unfilled`: no
    rule fills that field; `meant` is the nearest one that a rule fills."""

    path: str
    expected: Json
    actual: Json
    is_unfilled: bool = False
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences of a case, and those of its fields that are expected to be missing under what
    looks like a slip: (path, what was perhaps meant)."""

    differences: tuple[Difference, ...]
    slips: tuple[tuple[str, str], ...] = ()


def compare(
    expect: JsonObject, event: Event, decided: Decided, changes: Changes | None
) -> Compared:
    """Compare an expectation with the plan, and with the changes if the case has an org. Of an
    event that is skipped although that is not expected, only that is a difference."""
    skipped = _skipped(expect.get("skipped", False), decided.skipped)
    if skipped is not None:
        return Compared((skipped,))
    found = [*_settings(expect, decided), *_match(expect, decided)]
    slips: list[tuple[str, str]] = []
    for path, expected, target, table in _tables(expect, event, decided):
        for name, value in expected.items():
            difference = _field(f"{path}.{name}", name, value, target, table)
            if difference is not None and difference.expected is False and difference.is_unfilled:
                slips.append((difference.path, difference.meant or ""))
            elif difference is not None:
                found.append(_with_other_objects(difference, decided.rules))
    if changes is not None:
        found += _changes(expect, changes, is_skipped=decided.skipped is not None)
    return Compared(tuple(found), tuple(slips))


def is_same(expected: Json, actual: Json) -> bool:
    """Whether a value is the expected one, as JSON: 1 is 1.0, but not true. A text may also be
    given as Salesforce stores it: trimmed, without marks that nobody sees."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = expected.keys()
        return names == actual.keys() and all(is_same(expected[k], actual[k]) for k in names)
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = zip(expected, actual, strict=False)
        return len(expected) == len(actual) and all(is_same(one, two) for one, two in pairs)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, str) and isinstance(actual, str):
        return expected in (actual, stored_text(actual))
    return expected == actual


def _skipped(expected: Json, actual: str | None) -> Difference | None:
    is_met = (actual is not None) is expected if isinstance(expected, bool) else actual == expected
    return None if is_met else Difference("skipped", expected, actual or False)


def _settings(expect: JsonObject, decided: Decided) -> Iterator[Difference]:
    actual = {"mode": decided.plan.mode, "owner": decided.plan.owner_email or False}
    for name, value in actual.items():
        if name in expect and not is_same(expect[name], value):
            yield Difference(name, expect[name], value)


def _match(expect: JsonObject, decided: Decided) -> Iterator[Difference]:
    tables = cast("Mapping[str, list[Json]]", expect.get("match", {}))
    for object_, expected in tables.items():
        target = _target(decided, object_)
        keys: Sequence[PlannedKey] = target.keys if target is not None else ()
        yield from _list(f"match.{object_}", expected, [*map(_names, keys)], keys)


def _list(
    path: str, expected: Sequence[Json], names: Sequence[Json], keys: Sequence[PlannedKey]
) -> Iterator[Difference]:
    for index, wanted in enumerate(expected):
        key = keys[index] if index < len(keys) else None
        if key is None or not _is_key(wanted, key):
            yield Difference(f"{path}[{index}]", wanted, names[index] if key else False)
    for index in range(len(expected), len(keys)):
        yield Difference(f"{path}[{index}]", False, names[index])


def _is_key(wanted: Json, key: PlannedKey) -> bool:
    parts = wanted if isinstance(wanted, list) else [wanted]
    if len(parts) != len(key):
        return False
    for part, planned in zip(parts, key, strict=True):
        table = part if isinstance(part, dict) else {"field": part}
        actual = {"compare": planned.compare, "value": planned.value}
        if str(table["field"]).lower() != planned.field.lower():
            return False
        if any(not is_same(table[name], actual[name]) for name in actual if name in table):
            return False
    return True


def _names(key: PlannedKey) -> Json:
    """A match key as an author would write it, with what it searches for."""
    parts: list[Json] = [
        {"field": part.field, "compare": part.compare, "value": part.value} for part in key
    ]
    return parts[0] if len(parts) == 1 else parts


def _tables(
    expect: JsonObject, event: Event, decided: Decided
) -> Iterator[tuple[str, JsonObject, Target | None, Mapping[str, FieldRule]]]:
    """Of each table of expected fields: its path, the table, the plan's target, and what the rules
    fill there."""
    tables = cast("Mapping[str, JsonObject]", expect.get("fields", {}))
    for object_, expected in tables.items():
        filled = decided.rules.fields.get(object_, {})
        yield f"fields.{object_}", expected, _target(decided, object_), filled
    if "activity" in expect:
        activity = cast(JsonObject, expect["activity"])
        yield "activity", activity, _target(decided, "Task"), activity_fields(decided.rules, event)


def _target(decided: Decided, object_: str) -> Target | None:
    return None if decided.skipped is not None else decided.plan.targets.get(object_)


def _field(
    path: str, name: str, expected: Json, target: Target | None, table: Mapping[str, FieldRule]
) -> Difference | None:
    """The difference of one field. If no rule fills it, that is said even if it is expected to be
    missing, but then only if it looks like a slip."""
    lowered = name.lower()
    actual: Json = False
    for planned in target.fields if target is not None else ():
        if planned.field.lower() == lowered:
            actual = planned.value
    is_met = is_same(expected, actual)
    if is_met and expected is not False:
        return None
    if any(known.lower() == lowered for known in table):
        return None if is_met else Difference(path, expected, actual)
    near = get_close_matches(name, table, 1, _SLIP_LIKENESS if is_met else _LIKENESS)
    if is_met and not near:
        return None
    return Difference(path, expected, actual, True, near[0] if near else None)


def _with_other_objects(difference: Difference, rules: Rules) -> Difference:
    """The difference, with the field of another object that is nearest, if none of its own is."""
    if not difference.is_unfilled or difference.meant is not None:
        return difference
    name = difference.path.rpartition(".")[2]
    for object_, table in rules.fields.items():
        near = get_close_matches(name, table, 1, _LIKENESS)
        if near:
            return replace(difference, meant=f"{object_}.{near[0]}")
    return difference


def _changes(expect: JsonObject, changes: Changes, *, is_skipped: bool) -> Iterator[Difference]:
    held = changes.cause.code if changes.cause is not None and not is_skipped else None
    if "held" in expect or "changes" in expect:
        expected = expect.get("held", False)
        is_met = (held is not None) is expected if isinstance(expected, bool) else held == expected
        if not is_met:
            yield Difference("held", expected, held or False)
    if "changes" not in expect:
        return
    writes = () if held is not None or is_skipped else changes.writes
    wanted = cast("list[JsonObject]", expect["changes"])
    for index in range(max(len(wanted), len(writes))):
        path = f"changes[{index}]"
        if index >= len(writes):
            yield Difference(path, wanted[index], False)
        elif index >= len(wanted):
            yield Difference(path, False, _write_document(writes[index]))
        else:
            yield from _write(path, wanted[index], _write_document(writes[index]))


def _write(path: str, expected: JsonObject, actual: JsonObject) -> Iterator[Difference]:
    for name in ("action", "object", "record"):
        if name in expected and not is_same(expected[name], actual[name]):
            yield Difference(f"{path}.{name}", expected[name], actual[name])
    values = cast(JsonObject, actual["values"])
    lowered = {name.lower(): values[name] for name in values}
    for name, value in cast(JsonObject, expected.get("values", {})).items():
        written = lowered.get(name.lower(), False)
        if not is_same(value, written):
            yield Difference(f"{path}.values.{name}", value, written)


def _write_document(write: Write) -> JsonObject:
    values: dict[str, Json] = {}
    for name, value in write.values.items():
        values[name] = value.ref if isinstance(value, Reference) else value
    return {"action": write.action, "object": write.object, "record": write.ref, "values": values}
