"""A draft of the mapping: what a posted form of the page says. Pure.

A draft is a set of changes, not a copy of the page: what a person did not touch stays as it is in
force by then, even where somebody else has saved in between. What becomes of the console's document
is `document`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import get_args

from zsf_plugin.model import Json, Mode, Overwrite

#: The objects that a prospect fills, in the order of the page.
OBJECTS = ("Lead", "Contact", "Account")
OVERWRITES: tuple[Overwrite, ...] = get_args(Overwrite)
#: What the key of a row begins with that no rule has yet: one that a person adds, one for an empty
#: required field.
NEW, NEED = "new-", "need-"
#: A source that begins so is a fixed value.
FIXED = "="
#: More than any page has; a draft with more is refused.
MAX_ROWS = 600

_NAME = re.compile(
    rf"({'|'.join(OBJECTS)})\.([A-Za-z0-9_-]{{1,90}})\.(to|overwrite|was|source|values?)"
)
_MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class PostedRow:
    """A row as the form has it. `key` is the field it filled when the page was made, or begins with
    NEW or NEED.

    `to` is the field it is to fill ("": none), `was` its policy when the page was made. `source` is
    there for rows without a rule: an expression, or FIXED with a value ("=": the one in `value`).
    `values`, as JSON, are translations that a person changed.
    """

    object: str
    key: str
    to: str = ""
    overwrite: str = ""
    was: str = ""
    source: str = ""
    value: str = ""
    values: str = ""

    @property
    def is_new(self) -> bool:
        """Whether no rule stands behind the row yet."""
        return self.key.startswith((NEW, NEED))

    @property
    def fixed(self) -> str | None:
        """The fixed value that fills it, or None where an expression does."""
        if not self.source.startswith(FIXED):
            return None
        return (self.source.removeprefix(FIXED) or self.value).strip()

    @property
    def has_source(self) -> bool:
        """Whether a person chose what fills it: an expression, or a value that is there."""
        return bool(self.source) and self.fixed != ""

    @property
    def translations(self) -> Mapping[str, Json] | None:
        """What the values are translated to; None where nobody changed that."""
        try:
            told = json.loads(self.values) if self.values else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(told, dict):
            return None
        return {str(key): str(value) for key, value in told.items()}

    @property
    def is_touched(self) -> bool:
        """Whether a person changed it since the page was made."""
        if self.is_new:
            return bool(self.source) or (bool(self.to) and self.key.startswith(NEW))
        if self.translations is not None:
            return True
        if self.to.lower() != self.key.lower():
            return True
        return bool(self.was and self.overwrite) and self.overwrite != self.was


@dataclass(frozen=True, slots=True)
class Draft:
    """A posted form. `mode` is None where the form has none; `seen` is the digest of what it was
    made from."""

    mode: Mode | None = None
    mode_was: str = ""
    rows: tuple[PostedRow, ...] = ()
    seen: str = ""

    @property
    def touched(self) -> Draft:
        """What a person changed, and no more: the rest is as it is in force by now, whoever saved
        meanwhile."""
        rows: list[PostedRow] = []
        for row in self.rows:
            if row.is_new:
                rows.append(row)
            elif row.is_touched:
                rows.append(replace(row, overwrite="") if row.overwrite == row.was else row)
        mode = None if self.mode == self.mode_was else self.mode
        return replace(self, mode=mode, rows=tuple(rows))


def draft_of(form: Iterable[tuple[str, str]]) -> Draft:
    """The draft in a form's names and values; what is no part of the mapping is left alone."""
    fields = list(form)
    first = dict(reversed(fields))
    mode = _mode_named(first.get("mode", ""))
    return Draft(mode, first.get("mode.was", ""), _rows_in(fields), first.get("seen", ""))


def _rows_in(fields: Iterable[tuple[str, str]]) -> tuple[PostedRow, ...]:
    """The rows, in the order of the form; of a name that comes twice the first."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in fields:
        place = _NAME.fullmatch(name)
        if place is not None:
            object_, key, part = place.groups()
            rows.setdefault((object_, key), {}).setdefault(part, value)
    some = islice(rows.items(), MAX_ROWS + 1)
    return tuple(PostedRow(*place, **parts) for place, parts in some)


def _mode_named(text: str) -> Mode | None:
    return next((mode for mode in _MODES if mode == text), None)


def is_of_draft(name: str) -> bool:
    """Whether a form's field belongs to a draft: what a page beside the mapping carries on."""
    return name in ("mode", "mode.was", "seen") or _NAME.fullmatch(name) is not None


def policy_named(text: str) -> Overwrite | None:
    """The overwrite policy of that name; None where it is none."""
    return next((policy for policy in OVERWRITES if policy == text), None)
