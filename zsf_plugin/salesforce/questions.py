"""Questions packed, pure: many lookups become few SOQL statements (salesforce-api.md §6). Sends
nothing.

Values of one field are asked by `IN`, several fields together by `IN … AND …`, which may find more
than was meant: the caller compares exactly. Every statement stays below the limit of a URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.errors import Rejected
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, OrgFacts
from zsf_plugin.model.world import Lookup
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.forms import ALIKE, distinct, forms

#: Bytes of an encoded statement: 16,384 are allowed for a URL and its headers together (§2.3).
MOST_BYTES = 14_000
_FIRST = ("Account", "User")
_ALWAYS_OF_USERS = ("Email", "TimeZoneSidKey")
#: Users who may own (§5.6).
_ALWAYS = {"User": " AND IsActive = true AND UserType = 'Standard'"}
_LIVING = " AND IsDeleted = false"
#: Records that lost a merge are deleted, and name the winner (§9 trap 24).
_MASTER = "MasterRecordId"
_MERGED = f" AND IsDeleted = true AND {_MASTER} != NULL"
#: Bytes of a condition that any one value of any field stays below (`forms`).
_LONGEST_CONDITION = 9_000


@dataclass(frozen=True, slots=True)
class Question:
    """A SOQL statement and the object it asks for; `archived`: with `queryAll`, which sees archived
    rows (§5.4)."""

    object: str
    statement: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """A field as it is asked by: described or not, by equality or by likeness."""

    name: str
    alike: bool
    field: FieldDescribe | None


#: For each column of a group, the forms of one lookup's value.
_Row = tuple[tuple[str, ...], ...]


def pack(
    lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts
) -> list[Question]:
    """All lookups in the fewest statements; Accounts and users first.

    A lookup whose value no such field can hold is answered by asking nothing. Raises Rejected
    (INVALID_TYPE, INVALID_FIELD) where the describe does not show what is asked by: it may be out
    of date.
    """
    by_kind: dict[tuple[str, bool], list[Lookup]] = {}
    for lookup in lookups:
        by_kind.setdefault((lookup.object, lookup.merged), []).append(lookup)
    ordered = sorted(by_kind, key=lambda kind: (kind[0] not in _FIRST, kind))
    return [
        question for kind in ordered for question in _questions(*kind, by_kind[kind], select, facts)
    ]


def _questions(
    object_: str,
    merged: bool,
    lookups: list[Lookup],
    select: Mapping[str, Sequence[str]],
    facts: OrgFacts,
) -> Iterator[Question]:
    limits = _MERGED if merged else _limits(object_, facts)
    wanted = (_MASTER,) if merged else select.get(object_, ())
    for statement in _statements(object_, lookups, wanted, facts, limits):
        yield Question(object_, statement, archived=limits in (_LIVING, _MERGED))


def columns(object_: str, select: Sequence[str], facts: OrgFacts) -> list[str]:
    """Id and the wanted fields that the describe shows, in its spelling. What it hides cannot be
    asked for."""
    describe = facts.describe(object_)
    if describe is None:
        return ["Id", "Email"] if object_ == "User" else ["Id"]
    wanted = [*select, *(_ALWAYS_OF_USERS if object_ == "User" else ())]
    found = (describe.field(name) for name in wanted)
    return list(dict.fromkeys(["Id", *(field.name for field in found if field is not None)]))


def _statements(
    object_: str, lookups: list[Lookup], select: Sequence[str], facts: OrgFacts, limits: str
) -> Iterator[str]:
    head = soql.select(columns(object_, select, facts), object_)
    room = MOST_BYTES - _bytes(f"{head}(){limits}")
    for conditions in _filled(_groups(object_, lookups, facts), room):
        joined = soql.any_of(conditions)
        yield head + (f"({joined}){limits}" if limits else joined)


def _limits(object_: str, facts: OrgFacts) -> str:
    """What every statement about the object adds. Tasks are asked for with `queryAll`, which sees
    deleted ones too; where the describe hides `IsDeleted`, they are asked for plainly."""
    if object_ == "Task":
        describe = facts.describe("Task")
        return _LIVING if describe is not None and describe.field("IsDeleted") is not None else ""
    return _ALWAYS.get(object_, "")


def _groups(
    object_: str, lookups: list[Lookup], facts: OrgFacts
) -> dict[tuple[_Column, ...], list[_Row]]:
    """Lookups grouped by the fields they compare, each group with its distinct rows of values."""
    describe = facts.describe(object_)
    groups: dict[tuple[_Column, ...], dict[object, _Row]] = {}
    for lookup in lookups:
        group = tuple(
            _column(object_, describe, name, compare in ALIKE) for name, compare, _ in lookup.parts
        )
        in_sandbox = object_ == "User" and facts.is_sandbox
        row = tuple(
            forms(value, compare, column.field, sandbox_user=in_sandbox and column.name == "Email")
            for column, (_, compare, value) in zip(group, lookup.parts, strict=True)
        )
        if group and all(row):
            same = tuple(
                tuple(distinct(form, column.field) for form in values)
                for column, values in zip(group, row, strict=True)
            )
            groups.setdefault(group, {}).setdefault(same, row)
    return {group: list(rows.values()) for group, rows in groups.items()}


def _column(object_: str, describe: ObjectDescribe | None, name: str, alike: bool) -> _Column:
    """The field in the org's spelling."""
    if describe is None:
        if object_ != "User":
            raise Rejected("INVALID_TYPE", "", (object_,))
        return _Column(soql.identifier(name), alike, None)
    field = describe.field(name)
    if name != "Id" and (field is None or not field.filterable):
        raise Rejected("INVALID_FIELD", "", (name,))
    return _Column("Id" if field is None else field.name, alike, field or _ID)


_ID = FieldDescribe("Id", "Record ID", "id")


def _filled(groups: Mapping[tuple[_Column, ...], list[_Row]], room: int) -> Iterator[list[str]]:
    """Conditions spread over statements of at most `room` encoded bytes.

    Raises Rejected (HTTP_414) where what is read leaves no room to ask: that is no answer of
    “none”.
    """
    conditions: list[str] = []
    used = 0
    for group, rows in groups.items():
        start = 0
        while start < len(rows):
            count, text = _fitting(group, rows[start:], room - used)
            if count == 0 and conditions:
                yield conditions
                conditions, used = [], 0
                continue
            if count:
                conditions.append(text)
                used += _size(text)
            elif _size(_condition(group, rows[start : start + 1])) <= _LONGEST_CONDITION:
                raise Rejected(
                    "HTTP_414", "so many fields are read that no question fits beside them"
                )
            start += max(count, 1)  # several long values together, which no URL holds, find nobody
    if conditions:
        yield conditions


def _fitting(group: tuple[_Column, ...], rows: list[_Row], room: int) -> tuple[int, str]:
    """The longest run of rows whose condition fits, found by estimate; (0, "") where not even one
    does."""
    count = len(rows)
    while count:
        text = _condition(group, rows[:count])
        size = _size(text)
        if size <= room:
            return count, text
        count = min(count - 1, max(count * room // size, 0))
    return 0, ""


def _size(condition: str) -> int:
    """Encoded bytes of a condition among others."""
    return _bytes(f"({condition}) OR ")


def _bytes(text: str) -> int:
    """Bytes of a text in a URL."""
    return len(addresses.encoded(text))


def _condition(group: tuple[_Column, ...], rows: list[_Row]) -> str:
    """Rows as one condition, without an AND and an OR side by side (§9 trap 20)."""
    parts = []
    for position, column in enumerate(group):
        values = {
            distinct(form, column.field): form for row in rows for form in row[position]
        }.values()
        if not column.alike:
            parts.append(soql.one_of(column.name, values))
            continue
        alike = soql.like(column.name, values)
        parts.append(f"({alike})" if len(values) > 1 and len(group) > 1 else alike)
    return " AND ".join(parts)
