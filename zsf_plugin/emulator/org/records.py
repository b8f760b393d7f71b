"""The tables of every object, write counts, and rollback. No business rules here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.org.schema import SETUP_OBJECTS, NewRow, ObjectType, Row
from zsf_plugin.emulator.org.tables import Among, AnyOf, Table
from zsf_plugin.emulator.org.values import canonical_id, now_as_datetime

#: Children deleted with a row: their object, and their reference to the row (§3.4).
CASCADES = {
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
}
#: A table, the id of one row, and that row before the write (None: it did not exist).
_Replaced: TypeAlias = "tuple[Table, str, Row | None]"

_MIXED_DML = (
    "DML operation on setup object is not permitted after you have updated a non-setup object"
)


class Records:
    """Rows by object name, then by id; `writes` counts creates, updates and deletes."""

    def __init__(self, objects: dict[str, ObjectType]) -> None:
        self._tables = {name: Table() for name in objects}
        self.rows: Mapping[str, Mapping[str, Row]] = {
            name: table.rows for name, table in self._tables.items()
        }
        self.writes = Counter[str]()
        self._objects = objects
        self._undo: list[_Replaced] | None = None
        self._kinds_written = set[bool]()

    def get(self, record_id: object, *, deleted: bool = False) -> tuple[ObjectType, Row] | None:
        """The row with that id, in either form; a deleted row only if `deleted`."""
        full_id = canonical_id(record_id) or ""
        for name, rows in self.rows.items():
            if full_id in rows and (deleted or not rows[full_id]["IsDeleted"]):
                return self._objects[name], rows[full_id]
        return None

    def live_rows(self, object_name: str) -> list[Row]:
        """An object's rows, without the recycle bin."""
        return [row for row in self.rows[object_name].values() if not row["IsDeleted"]]

    def narrowed(self, object_name: str, any_of: AnyOf | None) -> Iterable[Row]:
        """An object's rows that match at least one of these, or all of them for None; in the order
        in which they were added."""
        table = self._tables[object_name]
        return table.rows.values() if any_of is None else table.find(any_of)

    def count(self, object_name: str, any_of: AnyOf) -> int:
        """How many rows `narrowed` gives at most."""
        return self._tables[object_name].count(any_of)

    def find(self, object_name: str, name: str, value: Json, *, deleted: bool = False) -> list[Row]:
        """An object's live rows whose field equals this value, as SOQL compares them; with
        `deleted` also those in the recycle bin. None for a null."""
        field = self._objects[object_name].fields[name]
        wanted = field.comparable(value)
        if wanted is None:
            return []
        found = self.narrowed(object_name, [Among(field, [wanted])])
        return [row for row in found if deleted or not row["IsDeleted"]]

    def put(self, object_: ObjectType, row: Row) -> None:
        """Store a row; inside `undo_on_error`, remember the previous one.

        Raises MIXED_DML_OPERATION.
        """
        table, record_id = self._tables[object_.name], str(row["Id"])
        if self._undo is not None:
            self._refuse_mixed(object_)
            self._undo.append((table, record_id, table.rows.get(record_id)))
        table.put(row)

    def store(self, object_name: str, row: Row) -> None:
        """Store a row as an administrator does: whatever fails later, it stays."""
        self._tables[object_name].put(row)

    def remove(self, object_name: str, record_id: str) -> None:
        """Remove a row for good. Raises KeyError."""
        self._tables[object_name].remove(record_id)

    def clear(self, object_name: str) -> None:
        """Remove all rows of an object for good."""
        self._tables[object_name].clear()

    @contextmanager
    def undo_on_error(self) -> Iterator[None]:
        """Roll back every write of the block if it raises. May be nested."""
        outer, self._undo = self._undo, []
        if outer is None:
            self._kinds_written = set()
        writes = Counter(self.writes)
        try:
            yield
        except BaseException:
            self._take_back(self._undo)
            self.writes = writes
            self._undo = outer
            raise
        if outer is not None:
            outer += self._undo
        self._undo = outer

    def _take_back(self, undo: list[_Replaced]) -> None:
        for table, record_id, old in reversed(undo):
            if old is None:
                table.remove(record_id)
            else:
                table.put(old)

    def _refuse_mixed(self, object_: ObjectType) -> None:
        """Setup rows and data rows cannot share a transaction (§9 trap 40)."""
        self._kinds_written.add(object_.name in SETUP_OBJECTS)
        if len(self._kinds_written) > 1:
            raise bad("MIXED_DML_OPERATION", f"{_MIXED_DML} (or vice versa): {object_.name}")


def record_path(object_: ObjectType, row: Row) -> str:
    """The URL of a record."""
    return f"/services/data/v68.0/sobjects/{object_.name}/{row['Id']}"


def attributes(object_: ObjectType, row: Row) -> dict[str, Json]:
    """A record's `attributes`: its type and URL."""
    return {"type": object_.name, "url": record_path(object_, row)}


def refuse_mixed_objects(names: Iterable[str]) -> None:
    """Setup rows and data rows cannot share a request (§9 trap 40). Raises MIXED_DML_OPERATION."""
    if len({name in SETUP_OBJECTS for name in names}) > 1:
        raise bad("MIXED_DML_OPERATION", _MIXED_DML)


def set_derived_fields(records: Records, object_: ObjectType, row: NewRow) -> None:
    """Fill in what the org computes on save: a person's compound Name (§9 trap 47), compound
    addresses, a Task's state and account."""
    if "LastName" in row:
        names = [str(row[key]) for key in ("FirstName", "LastName") if row.get(key)]
        row["Name"] = " ".join(names) or None
    for compound, parts in object_.addresses.items():
        row[compound] = _address(row, parts)
    if object_.name == "Task":
        _derive_task(records, row)


def _address(row: Row, parts: Mapping[str, str]) -> Json:
    """A compound address; null if all its parts are (“Values in JSON”)."""
    values = {key: row.get(name) for key, name in parts.items()}
    if all(value is None for value in values.values()):
        return None
    return {**values, "latitude": None, "longitude": None, "geocodeAccuracy": None}


def _derive_task(records: Records, task: NewRow) -> None:
    task["IsClosed"] = _is_closed(records, task)
    task["CompletedDateTime"] = _completed_at(task)
    task["AccountId"] = _account_of(records, task)


def _is_closed(records: Records, task: Row) -> Json:
    for status in records.rows["TaskStatus"].values():
        if status["ApiName"] == task.get("Status"):
            return status["IsClosed"]
    return False


def _completed_at(task: Row) -> Json:
    return (task.get("CompletedDateTime") or now_as_datetime()) if task["IsClosed"] else None


def _account_of(records: Records, task: Row) -> Json:
    """The Account that a Task relates to, directly or through its person."""
    account = _account_at(records, task.get("WhatId"))
    return account or _account_at(records, task.get("WhoId"))


def _account_at(records: Records, record_id: Json) -> Json:
    """The id of an Account, or of the Account that a record references."""
    found = records.get(record_id)
    if found is None:
        return None
    object_, row = found
    return row["Id"] if object_.name == "Account" else row.get("AccountId")
