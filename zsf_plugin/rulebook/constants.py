"""Constants in mappings, whether a field of the org ever takes them, and fields that it lacks.
Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from zsf_plugin.decision.expressions import tree_of
from zsf_plugin.decision.fit import RECORD_TYPE_FIELD, fit_value
from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.decision.values import missing_field_misfit
from zsf_plugin.messages.rule_findings import finding_text
from zsf_plugin.messages.text import misfit_text
from zsf_plugin.model import FieldDescribe, Json, JsonObject, ObjectDescribe, is_blank, table_in
from zsf_plugin.rulebook.lines import Path
from zsf_plugin.rulebook.near_names import closest

#: A longer constant is not repeated.
_MAX_SHOWN = 60
_RECORD_TYPE = FieldDescribe(RECORD_TYPE_FIELD, "Record Type ID", "reference")


def constants_in(path: Path, entry: Json) -> Iterator[tuple[Path, Json]]:
    """The constants that the mapping at that path can write, each with its own path."""
    if not isinstance(entry, dict):
        yield from _literals(path, entry)
        return
    yield from _literals((*path, "from"), entry.get("from"))
    for key in ("value", "default"):
        if key in entry:
            yield (*path, key), entry[key]
    for key, translated in table_in(entry, "values").items():
        if translated != "":  # drops the value
            yield (*path, "values", key), translated


def _literals(path: Path, sources: Json) -> Iterator[tuple[Path, Json]]:
    """Those of the expressions that are a literal and nothing else."""
    texts = sources if isinstance(sources, list) else [sources]
    for position, text in enumerate(texts):
        tree = tree_of(text) if isinstance(text, str) else None
        if tree is not None and tree["type"] == "literal":
            place = (*path, position) if isinstance(sources, list) else path
            yield place, cast(Json, tree["value"])


def record_type_set(table: JsonObject, describe: ObjectDescribe) -> Mapping[str, Json]:
    """The record type that a table of fields sets for every record; without one, that of new
    records counts."""
    for path, value in constants_in((), table.get(RECORD_TYPE_FIELD)):
        if path in ((), ("value",)):
            fitted = fit_value(value, _RECORD_TYPE, describe)
            return {RECORD_TYPE_FIELD: fitted.value}
    return {}


class NeverTaken(NamedTuple):
    """Why a field never takes a constant whole, in words. `is_empty`: not even a part of it, so
    that the field stays empty."""

    words: str
    is_empty: bool


def never_taken(
    value: Json,
    field: FieldDescribe,
    describe: ObjectDescribe,
    layers: Sequence[Mapping[str, Json]],
) -> NeverTaken | None:
    """Why the field never takes that constant whole; None if it may. `layers` are the values that
    are known of the record."""
    addresses = describe.address_lists.get(field.name)
    if addresses is not None and addresses.part == "state":
        return None  # its country decides
    fitted = fit_value(value, field, describe, layers=layers)
    why = _why_unfit(value, fitted, field)
    if not why:
        return None
    active = [one.value for one in field.picklist if one.active]
    meant = closest(value, active) if isinstance(value, str) else ""
    shown = f"{value!r}" if len(f"{value!r}") <= _MAX_SHOWN else "this value"
    data = {"object": describe.name, "field": field.name, "value": shown, "why": why}
    hint = f"; did you mean {meant}?" if meant else ""
    words = finding_text("VALUE_NEVER_FITS", {**data, "hint": hint})
    return NeverTaken(words, is_empty=fitted.misfit is not None)


def _why_unfit(value: Json, fitted: Fitted, field: FieldDescribe) -> str:
    """Why the value is left out or written in part, in words; empty if it fits."""
    if isinstance(value, str) and is_blank(value):
        return "it is empty, and nothing is written for it"
    if fitted.misfit is not None:
        return misfit_text(fitted.misfit_data)
    if fitted.shortened:
        return misfit_text({"misfit": "too_long", "limit": field.length})
    return misfit_text(fitted.dropped) if fitted.dropped else ""


def holds_every_record(entry: Json, path: Path, found: NeverTaken, field: FieldDescribe) -> bool:
    """Whether a mapping has nothing but that constant, at that path in it, and a record without it
    is held: Salesforce requires it, or the rule says so."""
    table = entry if isinstance(entry, dict) else {}
    others = [key for key in ("values", "default") if key in table and path != (key,)]
    if others or path not in ((), ("from",), ("value",)):
        return False
    if found.is_empty:
        return field.required or table.get("misfit") == "hold"
    return "hold" in (table.get("misfit"), table.get("too_long"))


def why_missing(describe: ObjectDescribe, name: str) -> str:
    """Why the object has no such field, in words: it never had, or not any more."""
    return misfit_text(missing_field_misfit(describe, name))
