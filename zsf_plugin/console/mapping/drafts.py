"""A draft of the mapping: the content of the page's posted form. Pure.

A draft is a set of changes, not a copy of the page: untouched rows keep the values in force, even
if someone else saved in the meantime. `document` applies the draft to the console's document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import get_args

from zsf_plugin.console.presenters.combining import Combination, Part, from_form, with_combination
from zsf_plugin.model import FieldRule, Json, Mode, Overwrite, channel_name

#: The objects that a prospect fills, in the order of the page.
OBJECTS = ("Lead", "Contact", "Account")
#: The object that a touchpoint fills.
TASK = "Task"
OVERWRITES: tuple[Overwrite, ...] = get_args(Overwrite)
#: Key prefixes of rows without a rule: added by a person, or for an empty required field.
NEW, NEED = "new-", "need-"
#: The name of the mode in the form.
MODE = "mode"
#: Prefixes of a source that is a fixed value, or a combination of texts and fields.
FIXED, COMBINED = "=", "["
#: The form's field that names the channel of activities.
CHANNEL = "channel"
#: The form's fields that name new fields of the org.
NEW_FIELDS = "new"
#: More rows than any page has; a larger draft is refused.
MAX_ROWS = 600

_NAME = re.compile(
    rf"({'|'.join((*OBJECTS, TASK))})\.([A-Za-z0-9_-]{{1,90}})\.(to|overwrite|was|source|values?)"
)
#: The form's fields that belong to no row.
_OF_PAGE = frozenset({MODE, "mode.was", "seen", "compared", CHANNEL, NEW_FIELDS})
_MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class PostedRow:
    """A row of the form. `key` is the field it filled when the page was rendered, or begins with
    NEW or NEED.

    `to` is the field to fill ("": none), `was` the policy when the page was rendered. `source` is
    what fills it from now on ("": as before): a path, FIXED with a value ("=": the one in `value`),
    or a combination as its form carries it. `values` are changed translations, as JSON.
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
    def name(self) -> str:
        """The prefix of the row's names in the form."""
        return f"{self.object}.{self.key}"

    @property
    def is_new(self) -> bool:
        """Whether the row has no rule yet."""
        return self.key.startswith((NEW, NEED))

    @property
    def is_added(self) -> bool:
        """Whether a person added the row."""
        return self.key.startswith(NEW)

    @property
    def fixed(self) -> str | None:
        """The fixed value that fills it; None for an expression."""
        if not self.source.startswith(FIXED):
            return None
        return (self.source.removeprefix(FIXED) or self.value).strip()

    @property
    def combination(self) -> Combination | None:
        """What a person chose to fill it; None if nothing, or if the form is invalid."""
        if self.fixed is not None:
            return ((Part(self.fixed, ""),),)
        if self.source.startswith(COMBINED):
            return from_form(self.source)
        return ((Part("", self.source),),) if self.source else None

    def filled(self, rule: FieldRule) -> FieldRule:
        """The rule with what a person chose to fill it, and the changed translations."""
        combination, translations = self.combination, self.translations
        if combination:
            rule = with_combination(rule, combination)
        return rule if translations is None else replace(rule, values=translations)

    @property
    def has_source(self) -> bool:
        """Whether a person chose an expression or entered a value."""
        return bool(self.source) and self.fixed != ""

    @property
    def policy(self) -> Overwrite:
        """The overwrite policy of a row that no rule fills yet."""
        return policy_named(self.overwrite) or "if_blank"

    @property
    def translations(self) -> Mapping[str, Json] | None:
        """The changed translations of values; None if unchanged."""
        table = _loaded(self.values)
        if not isinstance(table, dict):
            return None
        return {str(key): str(value) for key, value in table.items()}

    @property
    def fields(self) -> tuple[str, ...]:
        """The Salesforce fields of the row: the one to fill, and the one it filled."""
        return tuple(filter(None, (self.to, "" if self.is_new else self.key)))

    @property
    def is_moved(self) -> bool:
        """Whether it now fills a different field."""
        return self.to.lower() != self.key.lower()

    @property
    def is_touched(self) -> bool:
        """Whether a person changed it."""
        return self._is_begun if self.is_new else self._is_edited

    @property
    def _is_begun(self) -> bool:
        """Whether anything was chosen in a row without a rule."""
        return bool(self.source or (self.is_added and self.to))

    @property
    def _is_edited(self) -> bool:
        """Whether anything was changed in a row with a rule."""
        has_other_values = bool(self.source) or self.translations is not None
        return has_other_values or self.is_moved or self._has_other_policy

    @property
    def _has_other_policy(self) -> bool:
        return bool(self.was and self.overwrite) and self.overwrite != self.was

    @property
    def edit(self) -> PostedRow:
        """The row's changes: without an unchanged policy."""
        is_old_policy = self.overwrite == self.was and not self.is_new
        return replace(self, overwrite="") if is_old_policy else self

    def with_field(self, field: str) -> PostedRow:
        """The row with that field chosen; a row for an empty required field keeps its field."""
        return self if self.key.startswith(NEED) else replace(self, to=field)


@dataclass(frozen=True, slots=True)
class Draft:
    """A posted form. `mode` is None if the form has none; `seen` is the digest of the rules that
    the page was rendered from, `compared` that of those it was begun with, once someone else saved;
    `channel` is that of the activities it maps ("": it maps prospects)."""

    mode: Mode | None = None
    mode_was: str = ""
    rows: tuple[PostedRow, ...] = ()
    seen: str = ""
    compared: str = ""
    channel: str = ""

    @property
    def changes(self) -> int:
        """The number of changes."""
        return sum(row.is_touched for row in self.rows) + (self.new_mode is not None)

    def is_overtaken_by(self, digest: str) -> bool:
        """Whether someone saved other rules, with that digest, since it was begun."""
        begun_with = self.compared or self.seen
        return self.changes > 0 and bool(begun_with) and begun_with != digest

    def without(self, name: str | None) -> Draft:
        """The draft without the changes of that row, or of the mode."""
        mode = None if name == MODE else self.mode
        return replace(self, mode=mode, rows=tuple(row for row in self.rows if row.name != name))

    @property
    def new_mode(self) -> Mode | None:
        """The newly chosen mode; None if unchanged."""
        return None if self.mode == self.mode_was else self.mode

    @property
    def touched(self) -> Draft:
        """Only the changes: everything else keeps the value in force."""
        rows = tuple(row.edit for row in self.rows if row.is_new or row.is_touched)
        return replace(self, mode=self.new_mode, rows=rows)

    @property
    def free_key(self) -> str:
        """An unused key for a new row."""
        taken = {row.key for row in self.rows}
        number = 1
        while f"{NEW}{number}" in taken:
            number += 1
        return f"{NEW}{number}"

    def with_last(self, last: PostedRow) -> Draft:
        """The draft with that row last, replacing the one of the same key."""
        return replace(self, rows=(*(row for row in self.rows if row.name != last.name), last))

    def rows_of(self, object_: str) -> list[PostedRow]:
        """The object's rows."""
        return [row for row in self.rows if row.object == object_]

    def touched_rows(self, object_: str) -> list[PostedRow]:
        """The object's rows that a person changed."""
        return [row for row in self.rows_of(object_) if row.is_touched]


def draft_of(form: Iterable[tuple[str, str]]) -> Draft:
    """The draft in a form; fields outside the mapping are ignored."""
    fields = list(form)
    first = dict(reversed(fields))
    mode = _mode_named(first.get("mode", ""))
    return Draft(
        mode,
        first.get("mode.was", ""),
        _rows_in(fields),
        first.get("seen", ""),
        first.get("compared", ""),
        channel_name(first.get(CHANNEL, "")),
    )


def _rows_in(fields: Iterable[tuple[str, str]]) -> tuple[PostedRow, ...]:
    """The rows in the order of the form; the first wins if a name is repeated."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for object_, key, part, value in _parts_in(fields):
        rows.setdefault((object_, key), {}).setdefault(part, value)
    some = islice(rows.items(), MAX_ROWS + 1)
    return tuple(PostedRow(*place, **parts) for place, parts in some)


def _parts_in(fields: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """(object, key, part, value) of each field that belongs to a row."""
    for name, value in fields:
        place = _NAME.fullmatch(name)
        if place is not None:
            yield (place[1], place[2], place[3], value)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mode_named(text: str) -> Mode | None:
    return next((mode for mode in _MODES if mode == text), None)


def is_of_draft(name: str) -> bool:
    """Whether a form's field belongs to a draft."""
    return name in _OF_PAGE or _NAME.fullmatch(name) is not None


def policy_named(text: str) -> Overwrite | None:
    """The overwrite policy of that name; None if there is none."""
    return next((policy for policy in OVERWRITES if policy == text), None)
