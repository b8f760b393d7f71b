"""A copy of a host's values as plain JSON data, which the host cannot change later.

What is meant is taken: any mapping is an object and any collection a list; dates, UUIDs, enums,
decimals and the numbers of other libraries are what JSON writes for them. What JSON cannot hold
(bytes, NaN, a cycle, an object of another type) is null, and noted with its very place. So is what
fails when it is read, as a column that an ORM loads late, and what is larger than any event.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from zsf_plugin.model import Json, JsonObject
from zsf_plugin.model.host_values import (
    MAX_VALUES,
    READING_ERRORS,
    List,
    Table,
    meant_by,
)
from zsf_plugin.model.numbers_as_json import MAX_BITS

#: Deeper nesting is ignored: no prospect needs it, and recursion is limited.
MAX_DEPTH = 60
#: Names that a place may show; others could be values.
_PLAIN_NAME = re.compile(r"[\w.-]{1,60}")
#: The number of names by which the place of deep nesting is shown: `/prospect/company/a/b`.
_MAX_NAMES_SHOWN = 4
#: A list with more values than this that are not JSON is ignored as a whole.
_MAX_NOTES_PER_LIST = 10
#: Texts cost as many values as they are times as long as this: storing ten million characters takes
#: about a second. A text may have half of what is left, so that any number of them ends.
CHARACTERS_OF_A_VALUE = 110
#: Of the values that are this deep or less, each is ignored alone: `/prospect/custom/NAME`.
_COUNTED_APART = 3
#: A shorter text is not named alone: there may be very many.
_SHORT_TEXT = 10_000
_MAX_KEY = 10_000
#: Ids are text; a host may have them as whole numbers. The tables whose `id` they are, each by
#: where it is; and those of an event itself.
_TABLES_WITH_ID: tuple[tuple[str, ...], ...] = (
    ("prospect",),
    ("prospect", "company"),
    ("touchpoint",),
    ("touchpoint", "campaign"),
    ("user",),
)
_IDS_OF_EVENT = ("workspace", "event_id")
_NOT_JSON: JsonObject = {"fault": "not_json"}
_TOO_DEEP: JsonObject = {"fault": "too_deep", "limit": MAX_DEPTH}
_TOO_LONG: JsonObject = {"fault": "too_long", "limit": MAX_VALUES * CHARACTERS_OF_A_VALUE // 2}
_KEY_TOO_LONG: JsonObject = {"fault": "too_long", "limit": _MAX_KEY}
_TOO_MANY: JsonObject = {"fault": "too_many_values", "limit": MAX_VALUES}


class _NotPlain(Exception):
    """The value is not JSON as it is."""


class _TooManyValues(Exception):
    """The value being copied has more values than `MAX_VALUES`."""


def copy_as_json(value: object) -> tuple[Json, list[Json]]:
    """(a copy as plain JSON data, with null for what JSON cannot hold or what is nested too deeply;
    what was ignored: its place and the fault, never the value)."""
    try:
        return _Plain().of(value, 0), []
    except (_NotPlain, RuntimeError):  # a dict that another thread changes meanwhile
        copy = _Copy()
        return copy.of(value, ""), copy.ignored


@dataclass(slots=True)
class _Plain:
    """A copy of what is JSON already, which nearly all events are; it only copies dicts and lists.
    `left` is how many values it may have."""

    left: int = MAX_VALUES

    def of(self, value: Any, depth: int) -> Json:
        """The copy of the value, whose type is asked for by itself: subclasses are not JSON as they
        are. Raises _NotPlain."""
        kind = type(value)
        if kind is dict or kind is list:
            self.left -= len(value)
            if depth >= MAX_DEPTH or self.left < 0:
                raise _NotPlain
            if kind is dict:
                return self._table(value, depth + 1)
            return [self.of(each, depth + 1) for each in value]
        is_plain = value is None or kind is bool
        if kind is str:
            cost = len(value) // CHARACTERS_OF_A_VALUE
            is_plain = cost <= self.left // 2
            self.left -= cost
        elif kind is int:
            is_plain = value.bit_length() <= MAX_BITS
        elif kind is float:
            is_plain = math.isfinite(value)
        if not is_plain:
            raise _NotPlain
        copied: Json = value
        return copied

    def _table(self, table: dict[Any, Any], depth: int) -> Json:
        copied: dict[str, Json] = {}
        for key, value in table.items():
            if type(key) is not str or len(key) > _MAX_KEY:
                raise _NotPlain
            # a short text costs nothing, and nearly all values are one
            if type(value) is str and len(value) < CHARACTERS_OF_A_VALUE:
                copied[key] = value
            else:
                copied[key] = self.of(value, depth)
        return copied


def copy_with_ids(call: Mapping[str, object]) -> tuple[JsonObject, list[Json]]:
    """A copy of an event's arguments, with ids as text; what was ignored."""
    document, ignored = copy_as_json(call)
    if not isinstance(document, dict):
        return {}, ignored
    for name in _IDS_OF_EVENT:
        _write_as_text(document, name)
    for path in _TABLES_WITH_ID:
        table: Json = document
        for key in path:
            table = table.get(key) if type(table) is dict else None
        if type(table) is dict:
            _write_as_text(table, "id")
    return document, ignored


def _write_as_text(table: dict[str, Json], name: str) -> None:
    """Replace a whole number in our own copy."""
    number = table.get(name)
    if type(number) is int:
        table[name] = str(number)


@dataclass(slots=True)
class _Copy:
    """A copy in progress: what was ignored so far, the tables and lists that it is inside, and how
    many values more it may have."""

    ignored: list[Json] = field(default_factory=list)
    _inside: set[int] = field(default_factory=set)
    _left: int = MAX_VALUES

    def of(self, value: object, place: str) -> Json:
        """The copy of the value at that place."""
        depth = place.count("/")
        if depth >= MAX_DEPTH:
            return self._ignore(_upper(place), _TOO_DEEP)
        if id(value) in self._inside:
            return self._ignore(place, _NOT_JSON)
        try:
            meant = meant_by(value)
        except READING_ERRORS:  # not JSON, or a mapping of the host's own that fails
            return self._ignore(place, _NOT_JSON)
        if isinstance(meant, str):
            return self._text(meant, place, depth)
        if not isinstance(meant, (Table, List)):
            return cast(Json, meant)
        if len(meant.items) > MAX_VALUES:
            return self._ignore(place, _TOO_MANY)
        self._inside.add(id(value))
        try:
            if depth > _COUNTED_APART:
                return self._collection(meant, place)
            return self._counted(meant, place)
        finally:
            self._inside.discard(id(value))

    def _text(self, text: str, place: str, depth: int) -> Json:
        """The text, if there is room for it. A short one gives way with all that is around it."""
        cost = len(text) // CHARACTERS_OF_A_VALUE
        if cost <= self._left // 2:
            self._left -= cost
            return text
        if len(text) < _SHORT_TEXT and depth > _COUNTED_APART:
            raise _TooManyValues
        return self._ignore(place, _TOO_LONG)

    def _counted(self, meant: Table | List, place: str) -> Json:
        """The copy; one of too many values is ignored. What comes after may have half as many, so
        that any number of them ends."""
        before, ignored = self._left, len(self.ignored)
        try:
            return self._collection(meant, place)
        except _TooManyValues:
            self._left = before // 2
            del self.ignored[ignored:]
            return self._ignore(place, _TOO_MANY)

    def _collection(self, meant: Table | List, place: str) -> Json:
        self._left -= len(meant.items)
        if self._left < 0:
            raise _TooManyValues
        return self._table(meant, place) if isinstance(meant, Table) else self._list(meant, place)

    def _table(self, table: Table, place: str) -> Json:
        copied: dict[str, Json] = {}
        for key, value in table.items:
            name = _name(key)
            if name is None:
                self._ignore(f"{place}/?", _NOT_JSON)
                continue
            if len(name) > _MAX_KEY:
                self._ignore(f"{place}/?", _KEY_TOO_LONG)
                continue
            inner = f"{place}/{name if _PLAIN_NAME.fullmatch(name) else '?'}"
            if name in copied:
                self._ignore(inner, _NOT_JSON)  # two keys of one text: which is meant?
            else:
                copied[name] = self.of(value, inner)
        return copied

    def _list(self, values: List, place: str) -> Json:
        before = len(self.ignored)
        copied: list[Json] = []
        for number, value in enumerate(values.items):
            copied.append(self.of(value, f"{place}/{number}"))
            if len(self.ignored) - before > _MAX_NOTES_PER_LIST:
                del self.ignored[before:]
                return self._ignore(place, _NOT_JSON)
        return copied if values.is_ordered else _in_order(copied)

    def _ignore(self, place: str, fault: JsonObject) -> Json:
        """Note it; its copy is null."""
        self.ignored.append({"place": place, **fault})
        return None


def _upper(place: str) -> str:
    """The place that people know of one that is nested too deeply."""
    return "/".join(place.split("/")[: _MAX_NAMES_SHOWN + 1])


def _in_order(values: list[Json]) -> Json:
    """A set's values in an order that is the same in each process."""
    try:
        return sorted(cast(list[str], values))
    except TypeError:  # of several types
        return sorted(values, key=json.dumps)


def _name(key: object) -> str | None:
    """A key as text, as JSON's own encoder writes it; None if it is none."""
    try:
        meant = meant_by(key)
    except READING_ERRORS:  # a key of the host's own may fail when it is read
        return None
    if isinstance(meant, (Table, List)):
        return None
    return meant if isinstance(meant, str) else json.dumps(meant)
