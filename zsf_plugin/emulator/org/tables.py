"""The rows of one object, in the order they were added, with an index of each field that is
searched by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import TypeAlias

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.schema import Field, Row


@dataclass(frozen=True, slots=True)
class Among:
    """That a field has one of these values, as it compares them."""

    field: Field
    values: Collection[Json]


#: That a row matches at least one of these.
AnyOf: TypeAlias = Sequence[Among]
#: What the comparison of a field's values depends on.
_Comparison: TypeAlias = tuple[str, str, bool]


class Table:
    """Rows by id. Iterating over `rows` gives the order in which they were added."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._positions: dict[str, int] = {}
        self._next_position = count()
        self._indexes: dict[_Comparison, _Index] = {}
        self.rows: Mapping[str, Row] = MappingProxyType(self._rows)

    def put(self, row: Row) -> None:
        """Store a copy of a row, in the place of the one with its id."""
        record_id, old = str(row["Id"]), self._rows.get(str(row["Id"]))
        self._rows[record_id] = stored = MappingProxyType(dict(row))
        if old is None:
            self._positions[record_id] = next(self._next_position)
        for index in self._indexes.values():
            index.replace(record_id, old, stored)

    def remove(self, record_id: str) -> None:
        """Remove a row. Raises KeyError."""
        old = self._rows.pop(record_id)
        del self._positions[record_id]
        for index in self._indexes.values():
            index.replace(record_id, old, None)

    def clear(self) -> None:
        """Remove all rows."""
        self._rows.clear()
        self._positions.clear()
        self._indexes.clear()

    def find(self, any_of: AnyOf) -> list[Row]:
        """The rows that match at least one of these, in order."""
        found = {
            record_id for one in any_of for record_id in self._index(one.field).ids(one.values)
        }
        return [self._rows[one] for one in sorted(found, key=self._positions.__getitem__)]

    def count(self, any_of: AnyOf) -> int:
        """How many rows `find` gives at most."""
        return sum(len(self._index(one.field).ids(one.values)) for one in any_of)

    def _index(self, field: Field) -> _Index:
        """The index of a field, made when the field is first searched by."""
        comparison = field.name, field.type, field.is_exact
        index = self._indexes.get(comparison)
        if index is None:
            index = self._indexes[comparison] = _Index(field)
            for record_id, row in self._rows.items():
                index.replace(record_id, None, row)
        return index


class _Index:
    """The ids of the rows that have a value in a field, by value."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._ids: dict[Json, set[str]] = {}

    def ids(self, values: Collection[Json]) -> list[str]:
        """The ids of the rows that have one of these values."""
        return [record_id for value in values for record_id in self._ids.get(value, ())]

    def replace(self, record_id: str, old: Row | None, new: Row | None) -> None:
        """Note that a row was added (no old one), changed, or removed (no new one)."""
        if old is not None:
            value = self._value(old)
            self._ids[value].discard(record_id)
            if not self._ids[value]:
                del self._ids[value]
        if new is not None:
            self._ids.setdefault(self._value(new), set()).add(record_id)

    def _value(self, row: Row) -> Json:
        return self._field.comparable(row.get(self._field.name))
