"""What a posted row fills and is filled by, as a rule, or why it cannot be: fields of a list, texts
beside them, or a fixed value. Pure.

A form never contains an expression: those are for rule files, whose authors run the sync.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from zsf_plugin.console.labels import small
from zsf_plugin.console.mapping.drafts import PostedRow
from zsf_plugin.console.mapping.fitting import is_ours
from zsf_plugin.console.presenters.combining import (
    MAX_CHOICES,
    MAX_PARTS,
    MAX_TEXT_LENGTH,
    Choice,
    Combination,
    is_text,
    with_combination,
)
from zsf_plugin.console.presenters.sources import is_field
from zsf_plugin.model import FieldRule

#: (object, field) → why it cannot be filled; None if it can.
Unfit: TypeAlias = "Callable[[str, str], str | None]"
MAX_VALUE_LENGTH = 4_000
_TOO_LONG = "A fixed value can have up to {limit:,} characters; this one has {length:,}."
_TEXT_TOO_LONG = f"A text beside a field can have up to {MAX_TEXT_LENGTH} characters."
_NOTHING = "Choose a Zaplify field, or enter a text."
_TOO_MANY = f"Up to {MAX_CHOICES} lines of {MAX_PARTS} parts can be combined."
_NOT_LAST = "A line without a Zaplify field is always used, so it must be the last one."


def unfillable(row: PostedRow, unfit: Unfit) -> str | None:
    """Why the row's new field cannot be filled. A field that it fills already only gets a
    warning."""
    if not row.to or not (row.is_new or row.is_moved):
        return None
    why = "Filled by Zaplify" if is_ours(row.to) else unfit(row.object, row.to)
    return f"{row.object}.{row.to} cannot be chosen: {small(why)}." if why else None


def filled_rule(row: PostedRow, rule: FieldRule | None = None) -> FieldRule | str:
    """The rule of the row filled as posted, or why it cannot be. A row that has no `rule` yet gets
    a new one."""
    fault = _value_fault(row, row.fixed) if row.fixed is not None else _source_fault(row)
    if fault is not None or row.combination is None:
        return fault or _nothing_chosen(row)
    return with_combination(rule or FieldRule(row.to, overwrite=row.policy), row.combination)


def _value_fault(row: PostedRow, value: str) -> str | None:
    if len(value) > MAX_VALUE_LENGTH:
        return _TOO_LONG.format(limit=MAX_VALUE_LENGTH, length=len(value))
    if value:
        return None
    return f"Enter the fixed value for {row.to}." if row.to else "Enter the fixed value."


def _source_fault(row: PostedRow) -> str | None:
    combination = row.combination
    if not combination:
        return _nothing_chosen(row)
    fault = combination_fault(combination)
    return f"{row.to}: {fault}" if fault and row.to else fault


def _nothing_chosen(row: PostedRow) -> str:
    return f"Choose what fills {row.to}."


def combination_fault(combination: Combination) -> str | None:
    """Why a row cannot be filled by it; None if it can."""
    if not combination:
        return _NOTHING
    if len(combination) > MAX_CHOICES or any(len(choice) > MAX_PARTS for choice in combination):
        return _TOO_MANY
    if any(map(is_text, combination[:-1])):
        return _NOT_LAST
    faults = (_choice_fault(choice, is_alone=len(combination) == 1) for choice in combination)
    return next(filter(None, faults), None)


def _choice_fault(choice: Choice, *, is_alone: bool) -> str | None:
    if not any(part.text.strip() or part.path for part in choice):
        return _NOTHING
    if not all(part.path == "" or is_field(part.path) for part in choice):
        return "Choose Zaplify fields from the list. Other expressions need a rule file."
    limit = MAX_VALUE_LENGTH if is_alone and is_text(choice) else MAX_TEXT_LENGTH
    return _TEXT_TOO_LONG if any(len(part.text) > limit for part in choice) else None
