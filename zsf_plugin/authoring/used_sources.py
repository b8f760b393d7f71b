"""Which source of a field gave its value, and which rows of a table translated it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.authoring.rule_coverage import CountedPlan
from zsf_plugin.decision.admission import without_text
from zsf_plugin.decision.planned_values import Inputs, values_of
from zsf_plugin.model import FieldRule, Json
from zsf_plugin.model.text import as_text


@dataclass(frozen=True, slots=True)
class UsedSource:
    """The place of a source among those of its field, and what it gives before translation."""

    index: int
    value: Json


def first_used(plan: CountedPlan, rule: FieldRule, object_: str) -> UsedSource | None:
    """The first source of a field that gives a value."""
    inputs = _inputs(plan)
    for index, source in enumerate(rule.sources):
        alone = FieldRule(rule.field, (source,), values=rule.values)
        values, found = values_of(inputs, object_, alone)
        if values:
            return UsedSource(index, found[0])
    return None


def _inputs(plan: CountedPlan) -> Inputs:
    """Those of the plan, which `decide` strips of contents too."""
    event, rules = plan.event, plan.decided.rules
    if event.kind == "touchpoint" and not rules.switches.include_contents:
        event = without_text(event)
    return Inputs(event, rules, event.scope)


def rows_of(value: Json, rows: Mapping[str, Json]) -> list[str]:
    """The rows that translate a value, as `planned_values` does."""
    if isinstance(value, list):
        return [row for item in value for row in rows_of(item, rows)]
    if isinstance(value, str) and value in rows:
        return [value]
    text = as_text(value)
    return [] if text is None else _rows_in(text, rows)


def _rows_in(text: str, rows: Mapping[str, Json]) -> list[str]:
    """The row of the whole text; else those of its parts, as multi-select picklists have them."""
    if text in rows:
        return [text]
    parts = [part.strip() for part in text.split(";")]
    return [part for part in parts if part in rows]
