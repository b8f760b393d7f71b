"""A copy of a host's values as plain JSON data, which the host cannot change later.

What is meant is taken: any mapping is an object and any collection a list; dates, UUIDs, enums,
decimals and the numbers of other libraries are what JSON writes for them. What JSON cannot hold
(bytes, NaN, a cycle, an object of another type) is null, and noted with its very place. So is what
fails when it is read, as a column that an ORM loads late, and what is larger than any event.
"""

from __future__ import annotations

import json
import math
import numbers
import re
from collections import UserString
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from itertools import islice
from operator import index
from typing import SupportsIndex, cast
from uuid import UUID

from zsf_plugin.decision.numbers_as_json import MAX_BITS, number_as_json, whole_number
from zsf_plugin.model import Json, JsonObject

#: Deeper nesting is ignored: no prospect needs it, and recursion is limited.
MAX_DEPTH = 60
#: Names that a place may show; others could be values.
_PLAIN_NAME = re.compile(r"[\w.-]{1,60}")
#: The number of names by which the place of deep nesting is shown: `/prospect/company/a/b`.
_MAX_NAMES_SHOWN = 4
#: A list with more values than this that are not JSON is ignored as a whole.
_MAX_NOTES_PER_LIST = 10
#: A value of more values than this, all levels together, is ignored: `range(10**12)`, or ten lists
#: in each other of which each has the next ten times. Copying them takes about half a second.
MAX_VALUES = 200_000
#: Texts cost as many values as they are times as long as this: storing ten million characters takes
#: about a second. A text may have half of what is left, so that any number of them ends.
CHARACTERS_OF_A_VALUE = 110
#: Of the values that are this deep or less, each is ignored alone: `/prospect/custom/NAME`.
_COUNTED_APART = 3
#: A shorter text is not named alone: there may be very many.
_SHORT_TEXT = 10_000
_MAX_KEY = 10_000
#: Ids are text; a host may have them as whole numbers.
_IDS: tuple[tuple[str, ...], ...] = (
    ("workspace",),
    ("event_id",),
    ("prospect", "id"),
    ("prospect", "company", "id"),
    ("touchpoint", "id"),
    ("touchpoint", "campaign", "id"),
    ("user", "id"),
)
_NOT_JSON: JsonObject = {"fault": "not_json"}
_TOO_DEEP: JsonObject = {"fault": "too_deep", "limit": MAX_DEPTH}
_TOO_LONG: JsonObject = {"fault": "too_long", "limit": MAX_VALUES * CHARACTERS_OF_A_VALUE // 2}
_KEY_TOO_LONG: JsonObject = {"fault": "too_long", "limit": _MAX_KEY}
_TOO_MANY: JsonObject = {"fault": "too_many_values", "limit": MAX_VALUES}
#: What reading a host's value may raise, and costs that value alone. KeyboardInterrupt and what
#: ends a greenlet or a task are meant for the host's own code.
READING_ERRORS = (Exception, GeneratorExit, SystemExit)
#: Stands for a value that failed when it was read.
_UNREADABLE = object()


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

    def of(self, value: object, depth: int) -> Json:
        """The copy of the value. Raises _NotPlain."""
        kind = type(value)
        if kind is str:
            cost = len(cast(str, value)) // CHARACTERS_OF_A_VALUE
            if cost > self.left // 2:
                raise _NotPlain
            self.left -= cost
            return cast(str, value)
        if value is None or kind is bool:
            return cast(Json, value)
        if kind is dict or kind is list:
            collection = cast("dict[object, object] | list[object]", value)
            self.left -= len(collection)
            if depth >= MAX_DEPTH or self.left < 0:
                raise _NotPlain
            return self._collection(collection, depth + 1)
        if kind is int and cast(int, value).bit_length() <= MAX_BITS:
            return cast(int, value)
        if kind is float and math.isfinite(cast(float, value)):
            return cast(float, value)
        raise _NotPlain

    def _collection(self, value: dict[object, object] | list[object], depth: int) -> Json:
        if isinstance(value, list):
            return [self.of(each, depth) for each in value]
        copied: dict[str, Json] = {}
        for key, each in value.items():
            if type(key) is not str or len(key) > _MAX_KEY:
                raise _NotPlain
            copied[key] = self.of(each, depth)
        return copied


def copy_with_ids(call: Mapping[str, object]) -> tuple[JsonObject, list[Json]]:
    """A copy of an event's arguments, with ids as text; what was ignored."""
    document, ignored = copy_as_json(call)
    if not isinstance(document, dict):
        return {}, ignored
    for path in _IDS:
        _write_id_as_text(document, path)
    return document, ignored


def _write_id_as_text(document: dict[str, Json], path: tuple[str, ...]) -> None:
    """Replace a whole number at that path of our own copy."""
    *above, name = path
    table: Json = document
    for key in above:
        table = table.get(key) if isinstance(table, dict) else None
    number = table.get(name) if isinstance(table, dict) else None
    if isinstance(table, dict) and isinstance(number, int) and not isinstance(number, bool):
        table[name] = str(number)


def id_text(value: object) -> str | None:
    """An id as text, which a whole number or a UUID is too; None for anything else."""
    try:
        meant = _meant(value)
    except READING_ERRORS:  # a value of the host's own may fail when it is read
        return None
    if isinstance(meant, int) and not isinstance(meant, bool):
        return str(meant)
    return meant if isinstance(meant, str) else None


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
            meant = _meant(value)
        except READING_ERRORS:  # not JSON, or a mapping of the host's own that fails
            return self._ignore(place, _NOT_JSON)
        if isinstance(meant, str):
            return self._text(meant, place, depth)
        if not isinstance(meant, (_Table, _List)):
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

    def _counted(self, meant: _Table | _List, place: str) -> Json:
        """The copy; one of too many values is ignored. What comes after may have half as many, so
        that any number of them ends."""
        before, ignored = self._left, len(self.ignored)
        try:
            return self._collection(meant, place)
        except _TooManyValues:
            self._left = before // 2
            del self.ignored[ignored:]
            return self._ignore(place, _TOO_MANY)

    def _collection(self, meant: _Table | _List, place: str) -> Json:
        self._left -= len(meant.items)
        if self._left < 0:
            raise _TooManyValues
        return self._table(meant, place) if isinstance(meant, _Table) else self._list(meant, place)

    def _table(self, table: _Table, place: str) -> Json:
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

    def _list(self, values: _List, place: str) -> Json:
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


@dataclass(frozen=True, slots=True)
class _Table:
    """The pairs of a mapping."""

    items: list[tuple[object, object]]


@dataclass(frozen=True, slots=True)
class _List:
    """The values of a collection; those of a set have no order of their own."""

    items: Sequence[object]
    is_ordered: bool


def _in_order(values: list[Json]) -> Json:
    """A set's values in an order that is the same in each process."""
    try:
        return sorted(cast(list[str], values))
    except TypeError:  # of several types
        return sorted(values, key=json.dumps)


def _name(key: object) -> str | None:
    """A key as text, as JSON's own encoder writes it; None if it is none."""
    try:
        meant = _meant(key)
    except READING_ERRORS:  # a key of the host's own may fail when it is read
        return None
    if isinstance(meant, (_Table, _List)):
        return None
    return meant if isinstance(meant, str) else json.dumps(meant)


def _meant(value: object) -> object:
    """The JSON value that is meant: a scalar, a `_Table` or a `_List`. Raises if there is none."""
    if value is None or isinstance(value, bool):
        return value if value is None else bool(value)  # what stands for a bool need not be one
    if isinstance(value, Enum):
        return _meant(value.value)
    if isinstance(value, (str, UserString, UUID)):
        return _text(value)
    if isinstance(value, numbers.Number):
        return number_as_json(value)
    if isinstance(value, (date, time)):  # a datetime is a date
        return _moment(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError
    if isinstance(value, Mapping):
        return _Table(_pairs(value))
    if isinstance(value, Collection):
        return _collected(value)
    return _scalar(value)


def _text(value: object) -> str:
    """Its text. A subclass of `str` is what it holds, whatever its own `__str__` says."""
    # not `isinstance` alone: a proxy of a text only says that it is one
    is_text = isinstance(value, str) and issubclass(type(value), str)
    return str.__str__(value if is_text else str(value))


def _pairs(table: Mapping[object, object]) -> list[tuple[object, object]]:
    """The pairs of a mapping; if not all can be read at once, key by key. Raises if none can."""
    try:
        return [(key, value) for key, value in islice(table.items(), MAX_VALUES + 1)]
    except READING_ERRORS:
        pairs = [(key, _value_of(table, key)) for key in islice(table, MAX_VALUES + 1)]
        if all(value is _UNREADABLE for _, value in pairs):
            raise
        return pairs


def _value_of(table: Mapping[object, object], key: object) -> object:
    try:
        return table[key]
    except READING_ERRORS:  # it alone is ignored
        return _UNREADABLE


def _collected(values: Collection[object]) -> str | _List:
    """The values of a collection. One of letters that is a text as a whole is that text, as a
    translation that is looked up late."""
    if len(values) > MAX_VALUES:
        return _List(range(MAX_VALUES + 1), is_ordered=True)
    found = list(islice(values, MAX_VALUES + 1))  # whatever its length says
    if not isinstance(values, (list, tuple, Set)) and all(map(_is_letter, found)):
        text = _text(values)
        if text == "".join(cast(list[str], found)):
            return text
    return _List(found, not isinstance(values, Set))


def _is_letter(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1


def _moment(value: date | time) -> str:
    """Its ISO 8601 text. Without an offset it is in UTC, as such a text is."""
    if value != value:
        raise ValueError
    return str.__str__(value.isoformat())


def _scalar(value: object) -> Json:
    """A single value of another library's: a whole number (it has `__index__`), or a truth value of
    an array library (it has the shape of no dimensions)."""
    item = getattr(value, "item", None)
    if getattr(value, "shape", None) == () and callable(item):
        single = item()
        if isinstance(single, bool):
            return single
    if not isinstance(value, SupportsIndex):
        raise TypeError
    return whole_number(index(value))
