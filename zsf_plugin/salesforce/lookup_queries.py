"""Packs many lookups into few SOQL statements (salesforce-api.md §6). Pure.

Values of one field become one `IN`, several fields together `IN … AND …`, which may find more than
the lookups mean: the caller compares exactly. Every statement stays below the limit of a URL.
`literals` has the forms in which a value is searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from zsf_plugin.errors import Rejected
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import FieldDescribe, Json, Lookup, ObjectDescribe, OrgFacts
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.literals import (
    LIKE_COMPARISONS,
    PLAIN_TEXT_TYPES,
    is_by_usual_forms,
    search_literals,
)

#: Bytes of an encoded statement; a URL and its headers together may have 16,384 (§2.3).
MAX_STATEMENT_BYTES = 14_000
#: Bytes in a URL of `(…) OR `, ` AND `, ` IN ()` less a comma, `,`, and ` LIKE ` with its ` OR `.
_WRAPPED_BYTES = 14
_AND_BYTES = 9
_IN_BYTES = 11
_COMMA_BYTES = 3
_LIKE_BYTES = 18
#: The code of a statement that is too long for a URL (§4.2).
_NO_SPACE = "HTTP_414"
#: Objects whose statements come before all others.
_QUERIED_FIRST = ("Account", "User")
_USER_COLUMNS = ("Name", "Email", "TimeZoneSidKey")
#: Users who can own records (§5.6).
_OWNERS_ONLY = " AND IsActive = true AND UserType = 'Standard'"
_NOT_DELETED = " AND IsDeleted = false"
#: Records that were merged into another are deleted, and have its id (§9 trap 24).
_MASTER = "MasterRecordId"
_MERGED = f" AND IsDeleted = true AND {_MASTER} != NULL"
#: Conditions that every statement about an object gets. Tasks are read with `queryAll`, which
#: includes deleted ones.
_FILTERS = {"User": _OWNERS_ONLY, "Task": _NOT_DELETED}
_ID = FieldDescribe("Id", "Record ID", "id")


@dataclass(frozen=True, slots=True)
class Column:
    """The field of the lookup's part at `position`, compared by equality or LIKE."""

    position: int
    name: str
    is_like: bool


#: What a lookup searches by.
Columns = tuple[Column, ...]
#: Columns by which the org refuses to search (`columns_key`), with the code of the refusal.
RefusedColumns = Mapping[str, str]


def columns_key(object_: str, described: str, searched: Columns) -> str:
    """The name of an object's columns, with a mark on those compared by part, under the describe
    with that fingerprint."""
    names = [f"{column.name}*" if column.is_like else column.name for column in searched]
    return " ".join((object_, described, ", ".join(names)))


@dataclass(frozen=True, slots=True)
class LookupQuery:
    """A SOQL statement for lookups of `object`, by the columns that they search; `archived` uses
    `queryAll`, which includes archived rows (§5.4). `described` is the fingerprint of the describe
    it was built from, `selected` are the fields that each row must have."""

    object: str
    statement: str
    by_columns: Mapping[Columns, Sequence[Lookup]]
    described: str = ""
    archived: bool = False
    selected: frozenset[str] = frozenset()

    def can_compare(self, row: Mapping[str, Json]) -> bool:
        """Whether the row has the fields of one of the searches, as far as they were selected."""
        for columns in self.by_columns:
            if all(one.name in row for one in columns if one.name in self.selected):
                return True
        return False

    @property
    def searches_by_like(self) -> bool:
        """Whether LIKE compares one of its columns."""
        return any(column.is_like for column in chain.from_iterable(self.by_columns))

    @property
    def lookups(self) -> list[Lookup]:
        """The lookups that it answers."""
        return list(chain.from_iterable(self.by_columns.values()))


@dataclass(frozen=True, slots=True)
class PackedLookups:
    """The statements for lookups, and the lookups for which there are none, with a code.

    `refused`: the org refuses those columns, or the selected fields leave no space (HTTP_414).
    `undescribed`: the describe, which may be out of date, lacks the object (INVALID_TYPE) or the
    field (INVALID_FIELD). `by_usual_forms`: as in `LookupAnswers`.
    """

    queries: list[LookupQuery] = field(default_factory=list)
    refused: dict[Lookup, str] = field(default_factory=dict)
    undescribed: dict[Lookup, str] = field(default_factory=dict)
    by_usual_forms: set[Lookup] = field(default_factory=set)


#: The columns of lookups, each with its literals keyed as in `search_literals`.
_ByColumn = dict[Column, dict[str, str]]


@dataclass(slots=True)
class _Row:
    """The literals of lookups that search for the same."""

    literals: _ByColumn
    lookups: list[Lookup] = field(default_factory=list)


#: The rows of an object, by the columns that they share.
_Rows = dict[Columns, dict[object, _Row]]


@dataclass(slots=True)
class _Batch:
    """The rows of one statement, and the bytes left in its URL."""

    bytes_left: int
    literals: dict[Columns, _ByColumn] = field(default_factory=dict)
    lookups: dict[Columns, list[Lookup]] = field(default_factory=dict)


def build_queries(
    lookups: Sequence[Lookup],
    select: Mapping[str, Sequence[str]],
    facts: OrgFacts,
    refused: RefusedColumns | None = None,
) -> PackedLookups:
    """All lookups in the fewest statements; Accounts and users first. Columns that are `refused`
    are searched by equality instead of LIKE, or not at all.

    A lookup whose value its field cannot store needs no statement.
    """
    groups: dict[tuple[bool, str, bool], _Rows] = {}
    packed = PackedLookups()
    for lookup in give_way_between(lookups):
        try:
            row = _literals_of(lookup, facts, refused or {}, packed)
        except Rejected as error:
            packed.undescribed[lookup] = error.code
            continue
        if row and all(row.values()):
            group = (lookup.object not in _QUERIED_FIRST, lookup.object, lookup.merged)
            alike = groups.setdefault(group, {}).setdefault(tuple(row), {})
            alike.setdefault(tuple(map(tuple, row.values())), _Row(row)).lookups.append(lookup)
    for group in sorted(groups):
        _, object_, merged = group
        wanted = select.get(object_, ())
        rows = groups[group]
        packed.queries.extend(_queries_of(object_, merged, rows, wanted, facts, packed.refused))
    return packed


def _queries_of(
    object_: str,
    merged: bool,
    rows: _Rows,
    wanted: Sequence[str],
    facts: OrgFacts,
    refused: dict[Lookup, str],
) -> Iterator[LookupQuery]:
    """The statements for those rows of an object; `merged` searches its merged records only."""
    filters = _MERGED if merged else _FILTERS.get(object_, "")
    if filters == _NOT_DELETED and columns(object_, ["IsDeleted"], facts) == ["Id"]:
        filters = ""  # the describe lacks IsDeleted: use a plain query
    selected = columns(object_, ((_MASTER,) if merged else wanted), facts)
    head = soql.select(selected, object_)
    describe = facts.describes.get(object_)
    described = describe.fingerprint if describe is not None else ""
    bytes_left = MAX_STATEMENT_BYTES - len(addresses.encoded(f"{head}(){filters}"))
    for batch in _batches(rows, bytes_left, refused):
        conditions = soql.any_of(list(map(_condition, batch.literals.values())))
        statement = f"{head}({conditions}){filters}" if filters else head + conditions
        is_archived = filters in (_NOT_DELETED, _MERGED)
        yield LookupQuery(
            object_, statement, batch.lookups, described, is_archived, frozenset(selected)
        )


def columns(object_: str, select: Sequence[str], facts: OrgFacts) -> list[str]:
    """Id and the selected fields that the describe has, in its spelling; others cannot be read."""
    describe = facts.describes.get(object_)
    if describe is None:  # only users are queried then
        return ["Id", "Email"]
    names = {"Id": None}
    wanted = (*select, *_USER_COLUMNS) if object_ == "User" else select
    for name in wanted:
        found = describe.field(name)
        if found is not None:
            names[found.name] = None
    return list(names)


def fingerprint_of(object_: str, facts: OrgFacts) -> str:
    """The fingerprint of the object's describe; empty if it has none."""
    describe = facts.describes.get(object_)
    return describe.fingerprint if describe is not None else ""


def _literals_of(
    lookup: Lookup, facts: OrgFacts, refused: RefusedColumns, packed: PackedLookups
) -> _ByColumn:
    """The literals of each part; none if there can be no statement, which `packed` then has, or if
    the field cannot store its value. Raises Rejected (INVALID_TYPE, INVALID_FIELD) if the describe
    lacks the field."""
    describe = facts.describes.get(lookup.object)
    searched: _Searched = []
    for position, (name, compare, _) in enumerate(lookup.parts):
        described = describe.field(name) if describe is not None else None
        if described is None or not described.filterable:
            described = _field_without_describe(lookup.object, name, describe)
        is_plain = described.type in PLAIN_TEXT_TYPES and not described.encrypted
        is_like = is_plain and compare in LIKE_COMPARISONS
        searched.append((Column(position, described.name, is_like), described))
    if refused:
        searched = _usable_columns(lookup, searched, facts, refused, packed)
    found = {}
    for (column, described), (_, compare, value) in zip(searched, lookup.parts, strict=False):
        is_alike = compare not in LIKE_COMPARISONS and not described.encrypted
        if not column.is_like and not is_alike and is_by_usual_forms(compare, described):
            packed.by_usual_forms.add(lookup)
        is_sandbox_user = facts.is_sandbox and lookup.object == "User" and column.name == "Email"
        found[column] = search_literals(
            value, compare, described, is_like=column.is_like, sandbox_user=is_sandbox_user
        )
    return found


#: The columns of a lookup, with their describes.
_Searched = list[tuple[Column, FieldDescribe]]


def _usable_columns(
    lookup: Lookup,
    searched: _Searched,
    facts: OrgFacts,
    refused: RefusedColumns,
    packed: PackedLookups,
) -> _Searched:
    """The columns, by equality if LIKE is refused; none if that is refused as well, which `packed`
    then has."""
    described = fingerprint_of(lookup.object, facts)
    if columns_key(lookup.object, described, _columns_of(searched)) not in refused:
        return searched
    equal = [(replace(column, is_like=False), field_) for column, field_ in searched]
    code = refused.get(columns_key(lookup.object, described, _columns_of(equal)))
    if code is None:
        return equal
    packed.refused[lookup] = code
    return []


def _columns_of(searched: _Searched) -> Columns:
    """The columns alone."""
    return tuple([column for column, _ in searched])


def _field_without_describe(
    object_: str, name: str, describe: ObjectDescribe | None
) -> FieldDescribe:
    """A field to filter by although no describe has it: an Id, or a field of users if they are
    hidden. Raises Rejected (INVALID_TYPE, INVALID_FIELD) for any other."""
    if describe is None:
        if object_ == "User":
            return FieldDescribe(soql.identifier(name), name, "string")
        raise Rejected("INVALID_TYPE", fields=(object_,))
    if name == "Id":
        return _ID
    raise Rejected("INVALID_FIELD", fields=(name,))


def _batches(rows: _Rows, bytes_left: int, refused: dict[Lookup, str]) -> Iterator[_Batch]:
    """The literals by columns, in batches that fit `bytes_left`: bytes in a URL.

    The `IN` lists of a batch match each of its rows, and possibly more. A row that fits no URL, or
    not beside the selected fields, is `refused`: that does not mean “no such record”.
    """
    batch = _Batch(bytes_left)
    for columns_, alike in rows.items():
        for row in give_way_between(alike.values()):
            size = _added_bytes(row.literals, batch.literals.get(columns_, {}))
            if size > batch.bytes_left and batch.lookups:
                yield batch
                batch = _Batch(bytes_left)
                size = _added_bytes(row.literals, {})
            if size <= batch.bytes_left:
                batch.bytes_left -= size
                known = batch.literals.setdefault(columns_, {})
                for column, literals in row.literals.items():
                    known.setdefault(column, {}).update(literals)
                batch.lookups.setdefault(columns_, []).extend(row.lookups)
            else:
                refused.update(dict.fromkeys(row.lookups, _NO_SPACE))
    if batch.lookups:
        yield batch


def _added_bytes(row: _ByColumn, known: _ByColumn) -> int:
    """Bytes in a URL that a row adds to its columns' conditions; an upper bound."""
    size = 0 if known else _WRAPPED_BYTES
    for column, literals in row.items():
        before = known.get(column, {})
        each = len(column.name) + _LIKE_BYTES if column.is_like else _COMMA_BYTES
        if not before:
            size += _AND_BYTES + (0 if column.is_like else len(column.name) + _IN_BYTES)
        for key, literal in literals.items():
            if key not in before:
                size += each + len(addresses.encoded(literal))
    return size


def _condition(literals: _ByColumn) -> str:
    """The condition that each column has one of its literals. AND and OR are never mixed without
    parentheses (§9 trap 20)."""
    parts = []
    for column, wanted in literals.items():
        if column.is_like:
            alternatives = soql.like(column.name, wanted.values())
            is_nested = len(wanted) > 1 and len(literals) > 1
            parts.append(f"({alternatives})" if is_nested else alternatives)
        else:
            parts.append(soql.one_of(column.name, wanted.values()))
    return " AND ".join(parts)
