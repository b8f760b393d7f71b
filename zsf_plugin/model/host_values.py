"""What a host's values mean as JSON: one value at a time, whatever library it comes from.

`decision.copying` copies whole events; here is what a single value is, and what it is as an id.
Reading a value of a host's own may fail, or take its time; nothing here keeps it.
"""

from __future__ import annotations

import numbers
from collections import UserString
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from itertools import islice
from operator import index
from typing import SupportsIndex, cast
from uuid import UUID

from zsf_plugin.model.json import Json
from zsf_plugin.model.numbers_as_json import number_as_json, whole_number

#: A value of more values than this, all levels together, is ignored: `range(10**12)`, or ten lists
#: in each other of which each has the next ten times. Copying them takes about half a second.
MAX_VALUES = 200_000
#: What reading a host's value may raise, and costs that value alone. KeyboardInterrupt and what
#: ends a greenlet or a task are meant for the host's own code.
READING_ERRORS = (Exception, GeneratorExit, SystemExit)
#: Stands for a value that failed when it was read.
UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class Table:
    """The pairs of a mapping."""

    items: list[tuple[object, object]]


@dataclass(frozen=True, slots=True)
class List:
    """The values of a collection; those of a set have no order of their own."""

    items: Sequence[object]
    is_ordered: bool


def id_text(value: object) -> str | None:
    """An id as text, which a whole number or a UUID is too; None for anything else."""
    try:
        meant = meant_by(value)
    except READING_ERRORS:  # a value of the host's own may fail when it is read
        return None
    if isinstance(meant, int) and not isinstance(meant, bool):
        return str(meant)
    return meant if isinstance(meant, str) else None


def meant_by(value: object) -> object:
    """The JSON value that is meant: a scalar, a `Table` or a `List`. Raises if there is none."""
    if value is None or isinstance(value, bool):
        return value if value is None else bool(value)  # what stands for a bool need not be one
    if isinstance(value, Enum):
        return meant_by(value.value)
    if isinstance(value, (str, UserString, UUID)):
        return _text(value)
    if isinstance(value, numbers.Number):
        return number_as_json(value)
    if isinstance(value, (date, time)):  # a datetime is a date
        return _moment(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError
    if isinstance(value, Mapping):
        return Table(_pairs(value))
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
        if all(value is UNREADABLE for _, value in pairs):
            raise
        return pairs


def _value_of(table: Mapping[object, object], key: object) -> object:
    try:
        return table[key]
    except READING_ERRORS:  # it alone is ignored
        return UNREADABLE


def _collected(values: Collection[object]) -> str | List:
    """The values of a collection. One of letters that is a text as a whole is that text, as a
    translation that is looked up late."""
    if len(values) > MAX_VALUES:
        return List(range(MAX_VALUES + 1), is_ordered=True)
    found = list(islice(values, MAX_VALUES + 1))  # whatever its length says
    if not isinstance(values, (list, tuple, Set)) and all(map(_is_letter, found)):
        text = _text(values)
        if text == "".join(cast(list[str], found)):
            return text
    return List(found, not isinstance(values, Set))


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
