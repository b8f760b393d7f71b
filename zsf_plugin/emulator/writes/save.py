"""One save of one row as its checks see it, and what a request's headers ask of it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import Row
from zsf_plugin.emulator.org.schema import Field, ObjectType


@dataclass(frozen=True, slots=True)
class Options:
    """What a request's headers ask of a write. Assignment rules run unless told not to (§9 trap
    1)."""

    auto_assign: bool = True
    allow_duplicates: bool = False

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Options:
        """The options of these (case-folded) headers."""
        assign = headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"
        duplicates = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
        return cls(assign, "allowsave=true" in duplicates)


@dataclass(frozen=True, slots=True)
class Author:
    """Whose write it is, and what the headers of its request ask."""

    user_id: str
    options: Options


@dataclass(frozen=True, slots=True)
class Save:
    """A row as it would be stored: `row` complete, `changed` what this save gives it.

    `own_id` is None for a row that is being created.
    """

    org: Org
    object: ObjectType
    row: Row
    changed: Row
    options: Options
    own_id: str | None

    def others(self, object_name: str) -> list[Row]:
        """The living rows of an object but this one."""
        rows = self.org.records.living(object_name)
        return [row for row in rows if row["Id"] != self.own_id]


def same_value(field: Field, row: Mapping[str, Json], value: Json) -> bool:
    """Whether the row holds this value in a key field, whose own case-sensitivity texts go by."""
    held = row.get(field.name)
    if not isinstance(held, str) or not isinstance(value, str):
        return held == value and held is not None
    return field.folded(held) == field.folded(value)
