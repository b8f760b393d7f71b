"""A copy of a host's values as plain JSON data, which the host cannot change later.

What is meant is taken: any mapping is an object and any collection a list; dates, UUIDs, enums,
decimals and the numbers of other libraries are what JSON writes for them. What JSON cannot hold
(bytes, NaN, a cycle, an object of another type) is null, and noted with its very place.
"""

from __future__ import annotations

import json
import math
import numbers
import re
from collections import UserString
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import Enum
from itertools import chain
from operator import index
from typing import SupportsIndex, cast
from uuid import UUID

from zsf_plugin.model import Json, JsonObject

#: Deeper nesting is ignored: no prospect needs it, and recursion is limited.
MAX_DEPTH = 60
#: Names that a place may show; others could be values.
_PLAIN_NAME = re.compile(r"[\w.-]{1,60}")
#: The number of names by which the place of deep nesting is shown: `/prospect/company/a/b`.
_MAX_NAMES_SHOWN = 4
#: A list with more values than this that are not JSON is ignored as a whole.
_MAX_NOTES_PER_LIST = 10
#: Longer lists are ignored, as `range(10**12)`.
_MAX_ITEMS = 1_000_000
#: Decimals up to here are numbers, as floats are.
_MAX_EXPONENT = 308
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


def copy_as_json(value: object) -> tuple[Json, list[Json]]:
    """(a copy as plain JSON data, with null for what JSON cannot hold or what is nested too deeply;
    what was ignored: its place and the fault, never the value)."""
    try:
        copied: Json = json.loads(json.dumps(value, allow_nan=False))
    except Exception:  # noqa: BLE001 - something in it is not JSON, or fails when it is read
        copied, is_plain = None, False
    else:
        is_plain = _depth(copied) <= MAX_DEPTH
    if is_plain:
        return copied, []
    copy = _Copy()
    return copy.of(value, ""), copy.ignored


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
    table: Json = document
    for name in path[:-1]:
        table = table.get(name) if isinstance(table, dict) else None
    if isinstance(table, dict) and isinstance(table.get(path[-1]), int):
        table[path[-1]] = id_text(table[path[-1]]) or table[path[-1]]


def id_text(value: object) -> str | None:
    """An id as text, which a whole number or a UUID is too; None for anything else."""
    try:
        meant = _meant(value)
    except Exception:  # noqa: BLE001 - a value of the host's own may fail when it is read
        return None
    if isinstance(meant, int) and not isinstance(meant, bool):
        return str(meant)
    return meant if isinstance(meant, str) else None


def _depth(document: Json) -> int:
    """The document's nesting depth, counted without recursion."""
    depth, level = 0, [document]
    while level:
        depth += 1
        level = list(chain.from_iterable(map(_children, level)))
    return depth


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@dataclass(slots=True)
class _Copy:
    """A copy in progress: what was ignored so far, and the tables and lists that it is inside."""

    ignored: list[Json] = field(default_factory=list)
    _inside: set[int] = field(default_factory=set)

    def of(self, value: object, place: str) -> Json:
        """The copy of the value at that place."""
        if place.count("/") >= MAX_DEPTH:
            return self._ignore(_upper(place), _TOO_DEEP)
        if id(value) in self._inside:
            return self._ignore(place, _NOT_JSON)
        try:
            meant = _meant(value)
        except Exception:  # noqa: BLE001 - not JSON, or a mapping of the host's own that fails
            return self._ignore(place, _NOT_JSON)
        if not isinstance(meant, (_Table, _List)):
            return cast(Json, meant)
        self._inside.add(id(value))
        copied = (
            self._table(meant, place) if isinstance(meant, _Table) else self._list(meant, place)
        )
        self._inside.discard(id(value))
        return copied

    def _table(self, table: _Table, place: str) -> Json:
        copied: dict[str, Json] = {}
        for key, value in table.items:
            name = _name(key)
            if name is None:
                self._ignore(f"{place}/?", _NOT_JSON)
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

    items: list[object]
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
    except Exception:  # noqa: BLE001 - a key of the host's own may fail when it is read
        return None
    if isinstance(meant, (_Table, _List)):
        return None
    return meant if isinstance(meant, str) else json.dumps(meant)


def _meant(value: object) -> object:
    """The JSON value that is meant: a scalar, a `_Table` or a `_List`. Raises if there is none."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _meant(value.value)
    if isinstance(value, (str, UserString, UUID)):
        return str.__str__(value) if isinstance(value, str) else str(value)
    if isinstance(value, numbers.Number):
        return _number(value)
    if isinstance(value, (date, time)):  # a datetime is a date
        return _moment(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError
    if isinstance(value, Mapping):
        return _Table(list(value.items()))
    if isinstance(value, Collection) and len(value) <= _MAX_ITEMS:
        return _List(list(value), not isinstance(value, Set))
    return _scalar(value)


def _moment(value: date | time) -> str:
    """Its ISO 8601 text. Without an offset it is in UTC, as such a text is."""
    if value != value:
        raise ValueError
    return value.isoformat()


def _number(value: numbers.Number) -> Json:
    """The number as JSON's own, exactly: a decimal that no float equals is its text."""
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, numbers.Integral):
        return _whole(int(value))
    if isinstance(value, numbers.Rational) and value.denominator == 1:
        return _whole(int(value.numerator))
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise ValueError


def _whole(number: int) -> int:
    str(number)  # Python refuses to write one of thousands of digits
    return number


def _decimal(value: Decimal) -> Json:
    if not value.is_finite() or value.adjusted() > _MAX_EXPONENT:
        raise ValueError
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)


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
    return _whole(index(value))
