"""What may be chosen for a row of the mapping: what fills one that no rule fills yet, and which
fields are free. Pure; the picker's own list is `picker`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from zsf_plugin.console.mapping.drafts import FIXED
from zsf_plugin.console.mapping.fitting import picklist_choices, unfit
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.presenters.deciders import short
from zsf_plugin.console.presenters.sources import Source
from zsf_plugin.model import FieldDescribe

#: Values of a picklist that are offered as fixed values at most.
_MAX_VALUES = 200
_YES_NO = [(f"{FIXED}true", "Yes"), (f"{FIXED}false", "No")]

#: (heading, (value, label)) in groups.
Choices: TypeAlias = "Sequence[tuple[str, Sequence[tuple[str, str]]]]"


def choices(row: MapRow, context: MappingContext) -> Choices:
    """What may fill a row that no rule fills yet: (heading, (value, label)) in groups."""
    groups = (
        ("Fixed value", _fixed_options(row.describe)),
        ("Zaplify field", _sources(row, context.sources)),
    )
    return [(heading, options) for heading, options in groups if options]


def _fixed_options(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field offers, and one to type where it takes others."""
    values = _fixed_values(field)
    return values if values and _is_closed(field) else [*values, (FIXED, "A fixed value…")]


def _sources(row: MapRow, sources: Iterable[Source]) -> list[tuple[str, str]]:
    """The fields of Zaplify that fit: (path, label)."""
    return [(source.path, source.label) for source in sources if _is_offered(source, row)]


def _is_offered(source: Source, row: MapRow) -> bool:
    """Whether the field takes that kind of value; a row that was added may take another field."""
    return row.describe is None or row.is_added or unfit(source.kind, row.describe) is None


def _fixed_values(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field itself offers: (as a source, label)."""
    if field is None:
        return []
    if field.type == "boolean":
        return _YES_NO
    return picklist_choices(field)[:_MAX_VALUES]


def _is_closed(field: FieldDescribe | None) -> bool:
    """Whether no other values than those it offers can be written."""
    return field is not None and (field.type == "boolean" or field.restricted)


def fields_filled(rows: Iterable[MapRow], but: str = "") -> Mapping[str, str]:
    """Why a field is not free for another row, by its API name in lower case. `but` is the row that
    asks."""
    return {row.field.lower(): _why_taken(row) for row in rows if row.fills and row.key != but}


def _why_taken(row: MapRow) -> str:
    return f"Set by {short(row.locked)}" if row.locked else f"Already filled by {row.words.label}"
