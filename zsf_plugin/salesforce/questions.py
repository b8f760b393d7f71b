"""Questions packed: many lookups become few SOQL statements (salesforce-api.md §6). Pure.

Values of one field are asked by `IN`, several fields together by `IN … AND …`, which may find more
than was meant: the caller compares exactly. Every statement stays below the limit of a URL. In
which forms a value is asked for is for `forms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.errors import Rejected
from zsf_plugin.model import FieldDescribe, Lookup, OrgFacts
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.forms import LIKE_COMPARISONS, forms

#: Bytes of an encoded statement: 16,384 are allowed for a URL and its headers together (§2.3).
MAX_STATEMENT_BYTES = 14_000
#: Bytes of a condition that any one value of any field stays below (`forms`).
_MAX_VALUE_BYTES = 9_000
#: Bytes in a URL of `(…) OR `, ` AND ` and ` OR `.
_WRAPPED_BYTES = 14
_AND_BYTES = 9
_OR_BYTES = 8
_FIRST = ("Account", "User")
_ALWAYS_OF_USERS = ("Email", "TimeZoneSidKey")
#: Users who may own (§5.6).
_OWNERS_ONLY = " AND IsActive = true AND UserType = 'Standard'"
_NOT_DELETED = " AND IsDeleted = false"
#: Records that lost a merge are deleted, and name the winner (§9 trap 24).
_MASTER = "MasterRecordId"
_MERGED = f" AND IsDeleted = true AND {_MASTER} != NULL"
_ID = FieldDescribe("Id", "Record ID", "id")


@dataclass(frozen=True, slots=True)
class Question:
    """A SOQL statement and the object it asks for; `archived`: with `queryAll`, which sees archived
    rows (§5.4)."""

    object: str
    statement: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """A field as the part of a lookup in that position asks by it: by equality or by likeness."""

    position: int
    name: str
    is_like: bool


#: What one lookup asks for: its fields, each with literals by what tells them apart.
_Row = Mapping[_Column, Mapping[str, str]]
#: The distinct rows of each group of columns.
_Groups = Mapping[tuple[_Column, ...], Mapping[object, _Row]]


def pack(
    lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts
) -> list[Question]:
    """All lookups in the fewest statements; Accounts and users first.

    A lookup whose value no such field can hold is answered by asking nothing. Raises Rejected
    (INVALID_TYPE, INVALID_FIELD) where the describe does not show what is asked by: it may be out
    of date; Rejected (HTTP_414) where what is read leaves no room to ask.
    """
    kinds: dict[tuple[bool, str, bool], list[Lookup]] = {}
    for lookup in lookups:
        kind = (lookup.object not in _FIRST, lookup.object, lookup.merged)
        kinds.setdefault(kind, []).append(lookup)
    questions: list[Question] = []
    for kind in sorted(kinds):
        questions += _questions(kinds[kind], select, facts)
    return questions


def _questions(
    lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts
) -> Iterator[Question]:
    """Lookups of one object, all among merged records or none."""
    object_ = lookups[0].object
    limits = _limits(object_, facts)
    wanted = select.get(object_, ())
    if lookups[0].merged:
        limits = _MERGED
        wanted = (_MASTER,)
    head = soql.select(columns(object_, wanted, facts), object_)
    is_archived = limits in (_NOT_DELETED, _MERGED)
    for statement in _statements(head, _grouped(object_, lookups, facts), limits):
        yield Question(object_, statement, is_archived)


def columns(object_: str, select: Sequence[str], facts: OrgFacts) -> list[str]:
    """Id and the wanted fields that the describe shows, in its spelling. What it hides cannot be
    asked for."""
    describe = facts.describes.get(object_)
    if describe is None:
        return ["Id", "Email"] if object_ == "User" else ["Id"]
    names = {"Id": None}
    for name in (*select, *_ALWAYS_OF_USERS) if object_ == "User" else select:
        found = describe.field(name)
        if found is not None:
            names[found.name] = None
    return list(names)


def _limits(object_: str, facts: OrgFacts) -> str:
    """What every statement about the object adds. Tasks are asked for with `queryAll`, which sees
    deleted ones too; where the describe hides `IsDeleted`, they are asked for plainly."""
    if object_ == "User":
        return _OWNERS_ONLY
    if object_ == "Task":
        describe = facts.describes.get("Task")
        if describe is not None and describe.field("IsDeleted") is not None:
            return _NOT_DELETED
    return ""


def _grouped(object_: str, lookups: Sequence[Lookup], facts: OrgFacts) -> _Groups:
    """Lookups grouped by the fields they compare, each group with its distinct rows."""
    groups: dict[tuple[_Column, ...], dict[object, _Row]] = {}
    for lookup in lookups:
        row = _row(object_, lookup, facts)
        if row and all(row.values()):
            groups.setdefault(tuple(row), {}).setdefault(tuple(map(tuple, row.values())), row)
    return groups


def _row(object_: str, lookup: Lookup, facts: OrgFacts) -> _Row:
    """The literals of each part; none where the field cannot hold its value."""
    row = {}
    for position, (name, compare, value) in enumerate(lookup.parts):
        field = _field(object_, name, facts)
        column = _Column(position, field.name, compare in LIKE_COMPARISONS)
        is_sandbox_user = facts.is_sandbox and object_ == "User" and field.name == "Email"
        row[column] = forms(value, compare, field, sandbox_user=is_sandbox_user)
    return row


def _field(object_: str, name: str, facts: OrgFacts) -> FieldDescribe:
    """The field to ask by, in the org's spelling."""
    describe = facts.describes.get(object_)
    if describe is None:
        if object_ == "User":
            return FieldDescribe(soql.identifier(name), name, "string")
        raise Rejected("INVALID_TYPE", "", (object_,))
    found = describe.field(name)
    if name == "Id":
        return found or _ID
    if found is None or not found.filterable:
        raise Rejected("INVALID_FIELD", "", (name,))
    return found


def _statements(head: str, groups: _Groups, limits: str) -> Iterator[str]:
    """The rows of all groups in statements that fit a URL.

    Several long values together, which no URL holds, find nobody and are left out.
    """
    room = MAX_STATEMENT_BYTES - len(addresses.encoded(f"{head}(){limits}"))
    draft = _Draft(room)
    for group, rows in groups.items():
        for row in rows.values():
            if draft.add(group, row):
                continue
            if not draft.is_empty:
                yield draft.text(head, limits)
                draft = _Draft(room)
            if not draft.add(group, row):
                _check_too_long(_Condition().size_with(row))
    if not draft.is_empty:
        yield draft.text(head, limits)


def _check_too_long(size: int) -> None:
    """Raise Rejected (HTTP_414) where a condition of that size fits a URL: then what is read leaves
    no room to ask, which is no answer of “none”."""
    if size <= _MAX_VALUE_BYTES:
        raise Rejected("HTTP_414", "so many fields are read that no question fits beside them")


class _Condition:
    """Rows of one group as one condition, which grows while there is room.

    An `IN` list for each column holds for each row, and for more; an AND and an OR never stand side
    by side (§9 trap 20). `size`: bytes in a URL, among other conditions; 0 without a row.
    """

    def __init__(self) -> None:
        self.size = 0
        self._literals: dict[_Column, dict[str, str]] = {}

    def size_with(self, row: _Row) -> int:
        """The size with that row added; a few bytes too many, never one too few."""
        size = self.size or _WRAPPED_BYTES + _AND_BYTES * len(row)
        for column, wanted in row.items():
            known = self._literals.get(column, {})
            added: list[str] = []
            for key, literal in wanted.items():
                if key not in known:
                    added.append(literal)
            size += _added_bytes(column, added, is_first=not known)
        return size

    def add(self, row: _Row, size: int) -> None:
        """Ask for that row too; `size` is what `size_with` says of it."""
        self.size = size
        for column, wanted in row.items():
            self._literals.setdefault(column, {}).update(wanted)

    def text(self) -> str:
        """The condition in SOQL."""
        parts = []
        for column, literals in self._literals.items():
            if not column.is_like:
                parts.append(soql.one_of(column.name, literals.values()))
                continue
            alternatives = soql.like(column.name, literals.values())
            is_nested = len(literals) > 1 and len(self._literals) > 1
            parts.append(f"({alternatives})" if is_nested else alternatives)
        return " AND ".join(parts)


class _Draft:
    """A statement that takes rows while it has room: a condition for each group, any of which may
    hold. `room`: bytes in a URL for all conditions together."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._conditions: dict[tuple[_Column, ...], _Condition] = {}

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing yet."""
        return not self._conditions

    def add(self, group: tuple[_Column, ...], row: _Row) -> bool:
        """Ask for that row of the group too; False, and nothing is changed, where it does not
        fit."""
        condition = self._conditions.get(group) or _Condition()
        size = condition.size_with(row)
        if size - condition.size > self._room:
            return False
        self._room -= size - condition.size
        condition.add(row, size)
        self._conditions[group] = condition
        return True

    def text(self, head: str, limits: str) -> str:
        """The statement in SOQL."""
        texts: list[str] = []
        for condition in self._conditions.values():
            texts.append(condition.text())
        joined = soql.any_of(texts)
        return f"{head}({joined}){limits}" if limits else head + joined


def _added_bytes(column: _Column, literals: Sequence[str], *, is_first: bool) -> int:
    """Bytes in a URL that these literals add to the column's condition."""
    if column.is_like:
        size = 0
        for literal in literals:
            size += len(addresses.encoded(soql.like(column.name, [literal]))) + _OR_BYTES
        return size
    if is_first:
        return len(addresses.encoded(soql.one_of(column.name, literals)))
    return len(addresses.encoded("," + ",".join(literals))) if literals else 0
