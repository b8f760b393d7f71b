"""Questions packed: many lookups become few SOQL statements (salesforce-api.md §6). Pure.

Values of one field are asked by `IN`, several fields together by `IN … AND …`, which may find more
than was meant: the caller compares exactly. Every statement stays below the limit of a URL. In
which forms a value is asked for is for `forms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.errors import Rejected
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, OrgFacts
from zsf_plugin.model.world import Lookup
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.forms import LIKE_COMPARISONS, comparison_key, forms

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
    """A field as it is asked by; `describe` None where the object's is hidden."""

    name: str
    is_like: bool
    describe: FieldDescribe | None = field(compare=False)


#: For each column of a group, the literals to ask for by what tells them apart.
_Row = Sequence[Mapping[str, str]]
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
    questions = []
    for kind in sorted(kinds):
        _, object_, is_merged = kind
        limits = _MERGED if is_merged else _limits(object_, facts)
        wanted = (_MASTER,) if is_merged else select.get(object_, ())
        head = soql.select(columns(object_, wanted, facts), object_)
        groups = _grouped(object_, kinds[kind], facts)
        is_archived = limits in (_NOT_DELETED, _MERGED)
        for statement in _statements(head, groups, limits):
            questions.append(Question(object_, statement, is_archived))
    return questions


def columns(object_: str, select: Sequence[str], facts: OrgFacts) -> list[str]:
    """Id and the wanted fields that the describe shows, in its spelling. What it hides cannot be
    asked for."""
    describe = facts.describe(object_)
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
        describe = facts.describe("Task")
        if describe is not None and describe.field("IsDeleted") is not None:
            return _NOT_DELETED
    return ""


def _grouped(object_: str, lookups: Sequence[Lookup], facts: OrgFacts) -> _Groups:
    """Lookups grouped by the fields they compare, each group with its distinct rows of values."""
    describe = facts.describe(object_)
    in_sandbox = object_ == "User" and facts.is_sandbox
    groups: dict[tuple[_Column, ...], dict[object, _Row]] = {}
    for lookup in lookups:
        group: tuple[_Column, ...] = ()
        for name, compare, _ in lookup.parts:
            group += (_column(object_, describe, name, compare in LIKE_COMPARISONS),)
        row = _row(lookup, group, in_sandbox=in_sandbox)
        if row:
            groups.setdefault(group, {}).setdefault(tuple(map(tuple, row)), row)
    return groups


def _column(object_: str, describe: ObjectDescribe | None, name: str, is_like: bool) -> _Column:
    """The field in the org's spelling."""
    if describe is None:
        if object_ != "User":
            raise Rejected("INVALID_TYPE", "", (object_,))
        return _Column(soql.identifier(name), is_like, None)
    found = describe.field(name)
    if name == "Id":
        found = found or _ID
    elif found is None or not found.filterable:
        raise Rejected("INVALID_FIELD", "", (name,))
    return _Column(found.name, is_like, found)


def _row(lookup: Lookup, group: Sequence[_Column], *, in_sandbox: bool) -> _Row:
    """The literals of each part; empty where one of the fields cannot hold its value."""
    row: list[dict[str, str]] = []
    for column, (_, compare, value) in zip(group, lookup.parts, strict=True):
        literals: dict[str, str] = {}
        is_sandbox_user = in_sandbox and column.name == "Email"
        for literal in forms(value, compare, column.describe, sandbox_user=is_sandbox_user):
            literals.setdefault(comparison_key(literal, column.describe), literal)
        if not literals:
            return ()
        row.append(literals)
    return row


def _statements(head: str, groups: _Groups, limits: str) -> Iterator[str]:
    """The rows of all groups in statements that fit a URL.

    Several long values together, which no URL holds, find nobody and are left out.
    """
    room = MAX_STATEMENT_BYTES - _url_bytes(f"{head}(){limits}")
    conditions: list[_Condition] = []
    used = 0
    for group, rows in groups.items():
        condition = _Condition(group)
        for row in rows.values():
            size = condition.size_with(row)
            if conditions and used + size > room:
                yield _statement(head, conditions, limits)
                conditions, used, condition = [], 0, _Condition(group)
                size = condition.size_with(row)
            if used + size > room:
                _check_too_long(size)
                continue
            if not condition.size:
                conditions.append(condition)
            condition.add(row, size)
        used += condition.size
    if conditions:
        yield _statement(head, conditions, limits)


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

    def __init__(self, group: Sequence[_Column]) -> None:
        self.size = 0
        self._group = group
        self._literals: list[dict[str, str]] = [{} for _ in group]

    def size_with(self, row: _Row) -> int:
        """The size with that row added; a few bytes too many, never one too few."""
        size = self.size or _WRAPPED_BYTES
        for column, known, wanted in zip(self._group, self._literals, row, strict=True):
            added = []
            for key, literal in wanted.items():
                if key not in known:
                    added.append(literal)
            if not known:
                size += _AND_BYTES
            if column.is_like:
                for literal in added:
                    size += _url_bytes(soql.like(column.name, [literal])) + _OR_BYTES
            elif not known:
                size += _url_bytes(soql.one_of(column.name, added))
            elif added:
                size += _url_bytes("," + ",".join(added))
        return size

    def add(self, row: _Row, size: int) -> None:
        """Ask for that row too; `size` is what `size_with` says of it."""
        self.size = size
        for known, wanted in zip(self._literals, row, strict=True):
            known.update(wanted)

    def text(self) -> str:
        """The condition in SOQL."""
        parts = []
        for column, literals in zip(self._group, self._literals, strict=True):
            if not column.is_like:
                parts.append(soql.one_of(column.name, literals.values()))
                continue
            alternatives = soql.like(column.name, literals.values())
            is_nested = len(literals) > 1 and len(self._group) > 1
            parts.append(f"({alternatives})" if is_nested else alternatives)
        return " AND ".join(parts)


def _statement(head: str, conditions: Sequence[_Condition], limits: str) -> str:
    texts = []
    for condition in conditions:
        texts.append(condition.text())
    joined = soql.any_of(texts)
    return f"{head}({joined}){limits}" if limits else head + joined


def _url_bytes(text: str) -> int:
    return len(addresses.encoded(text))
