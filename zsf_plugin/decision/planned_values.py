"""The values that the rules plan for an event, field by field: what their expressions give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.decision.expressions import SharedUnits, evaluate
from zsf_plugin.decision.literals import Constants, constants_of, literal_part
from zsf_plugin.model import Event, FieldRule, Json, JsonObject, PlannedField, Rules, Step, is_blank
from zsf_plugin.model.text import as_text, stored_text

_TOO_COSTLY: Mapping[str, Json] = {"misfit": "too_costly"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a plan. `scope` is what expressions read, `shared` what they may cost together;
    `notes` collects the fields whose expressions cost too much for this event."""

    event: Event
    rules: Rules
    scope: JsonObject
    shared: SharedUnits = field(default_factory=SharedUnits)
    notes: list[Step] = field(default_factory=list)


def planned_fields(
    inputs: Inputs, object_: str, table: Mapping[str, FieldRule]
) -> dict[str, PlannedField]:
    """The values that the rules plan for this event, by field; blank values are left out, and those
    of expressions that cost too much are noted."""
    planned = {}
    for rule in table.values():
        values, found = values_of(inputs, object_, rule)
        default, others = rule.default, tuple(values[1:])
        value = values[0] if values else default
        if is_blank(value):
            continue
        constants = constants_of(rule.sources)
        fallbacks, static = constants.fallbacks, constants.values
        if constants.in_parts:
            fallbacks, static = _with_parts(rule, inputs, found, constants)
        is_default = not values or value in fallbacks
        planned[rule.field] = PlannedField(
            field=rule.field,
            value=value,
            overwrite=rule.overwrite,
            misfit=rule.misfit,
            too_long=rule.too_long,
            origin=rule.origin,
            is_static=is_default or rule.value is not None or value in static,
            is_default=is_default,
            alternatives=others,
            static=tuple(filter(static.__contains__, others)) if others else (),
            fallbacks=tuple(filter(fallbacks.__contains__, others)) if others else (),
            defaults=constants.fallbacks if default is None else (*constants.fallbacks, default),
            default=default if values else None,
        )
    return planned


def _with_parts(
    rule: FieldRule, inputs: Inputs, found: Sequence[Json], constants: Constants
) -> tuple[tuple[Json, ...], tuple[Json, ...]]:
    """(the fallbacks, all constants) of the rule, with the values that are made of them in part for
    this event; `found` is what its sources give."""
    fallbacks, static = constants.fallbacks, constants.values
    for source, value in zip(rule.sources, found, strict=True):
        part = literal_part(source, inputs.scope, value, inputs.shared)
        if part is None:
            continue
        written = _translated(value, rule.values) if rule.values else value
        static += (written,)
        fallbacks += (written,) if part == "fallback" else ()
    return fallbacks, static


def values_of(inputs: Inputs, object_: str, rule: FieldRule) -> tuple[list[Json], list[Json]]:
    """(the rule's constant, or the values of its sources, translated, each once; what each source
    gives). Only a list of sources needs more than the first value: the first that fits is written.
    A source that costs too much, alone or with those before it, gives null, which is noted."""
    if rule.value is not None:
        return [rule.value], []
    values: list[Json] = []
    found: list[Json] = []
    too_costly: list[str] = []
    for source in rule.sources:
        value = evaluate(source, inputs.scope, too_costly, inputs.shared)
        found.append(value)
        if rule.values and value is not None:
            value = _translated(value, rule.values)
        if isinstance(value, str):
            is_empty = not stored_text(value)  # also if it has only marks that nobody sees
        else:
            is_empty = is_blank(value) or (isinstance(value, list) and all(map(is_blank, value)))
        if not is_empty and value not in values:
            values.append(value)
    if too_costly:
        note = Step("left_out", object_, rule.field, _TOO_COSTLY)
        inputs.notes.extend([note] if note not in inputs.notes else [])
    return values, found


def _translated(value: Json, values: Mapping[str, Json]) -> Json:
    """The value as the rule translates it: as a whole, else part by part, of a list or of a text
    with semicolons as multi-select picklists have them. A number or boolean is translated as its
    text, and blanks around a text say nothing."""
    if isinstance(value, list):
        return [_translated(item, values) for item in value]
    for text in (value, as_text(value)):
        if isinstance(text, str) and text in values:
            return values[text]
    if not isinstance(value, str):
        return value
    parts = value.split(";")
    if len(parts) == 1 or not any(part.strip() in values for part in parts):
        return value
    translated = [values.get(part.strip(), part) for part in parts]
    return ";".join("" if is_blank(part) else str(part) for part in translated)
