"""What a case expects beside what the rules made of its event: the differences. Pure.

A path names a place as the case's author writes it: `fields.Lead.Industry`, `match.Lead[1]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from zsf_plugin.authoring.expected_changes import compare_changes
from zsf_plugin.authoring.expected_fields import HasField, expected_fields
from zsf_plugin.authoring.expected_keys import compare_keys
from zsf_plugin.authoring.expected_values import Difference, compare_code, compare_named
from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Changes, Event, Json, JsonObject, Plan, table_in


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences of a case, and those of its fields that are expected to be missing, but that
    nothing knows: (path, what was perhaps meant)."""

    differences: tuple[Difference, ...]
    unknown: tuple[tuple[str, str | None], ...] = ()


def compare(
    expect: JsonObject,
    event: Event,
    decided: Decided,
    changes: Changes | None,
    has_field: HasField,
) -> Compared:
    """Compare an expectation with the plan, and with the changes if the case has an org. Of an
    event that is skipped although that is not expected, only that is a difference."""
    unexpected = compare_code("skipped", expect.get("skipped", False), decided.skipped)
    if unexpected:
        return Compared(tuple(unexpected))
    planned = decided if decided.skipped is None else _without_targets(decided)
    fields = list(expected_fields(expect, event, planned))
    unknown = [found for one in fields for found in one.unknown(has_field)]
    differing = [found for one in fields for found in one.differences(has_field)]
    found = (*_planned(expect, planned, differing), *_changed(expect, changes))
    return Compared(found, tuple(unknown))


def _without_targets(decided: Decided) -> Decided:
    """The same for an event that is skipped: nothing is written."""
    return replace(decided, plan=replace(decided.plan, targets={}))


def _planned(
    expect: JsonObject, decided: Decided, fields: Iterable[Difference]
) -> Iterator[Difference]:
    yield from _settings(expect, decided.plan)
    yield from _keys(expect, decided.plan)
    yield from fields


def _changed(expect: JsonObject, changes: Changes | None) -> Iterable[Difference]:
    return () if changes is None else compare_changes(expect, changes)


def _settings(expect: JsonObject, plan: Plan) -> Iterator[Difference]:
    actual: JsonObject = {"mode": plan.mode, "owner": plan.owner_email or False}
    return compare_named("", expect, actual)


def _keys(expect: JsonObject, plan: Plan) -> Iterator[Difference]:
    tables = cast("Mapping[str, list[Json]]", table_in(expect, "match"))
    for object_, expected in tables.items():
        target = plan.targets.get(object_)
        keys = target.keys if target is not None else ()
        yield from compare_keys(f"match.{object_}", expected, keys)
