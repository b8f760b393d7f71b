"""Packs many lookups into few SOQL statements (salesforce-api.md §6). Pure.

Values of one field become one `IN`, several fields together `IN … AND …`, which may find more than
the lookups mean: the caller compares exactly. Every statement stays below the limit of a URL.

A value is searched in every form in which the org may store it, by comparison and field type.
Salesforce ignores case when it compares text, so one form covers all spellings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from zsf_plugin.errors import Rejected
from zsf_plugin.model import Compare, FieldDescribe, Lookup, ObjectDescribe, OrgFacts
from zsf_plugin.model.hosts import HAS_FORMS, bare_domain, host_forms
from zsf_plugin.model.text import (
    email_forms,
    normal_form,
    one_line,
    storable_text,
    utf16_length,
)
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.ids import long_id

#: Bytes of an encoded statement; a URL and its headers together may have 16,384 (§2.3).
MAX_STATEMENT_BYTES = 14_000
#: No condition for one value of one field has more bytes (`search_literals`).
_MAX_VALUE_BYTES = 9_000
#: Bytes in a URL of `(…) OR `, ` AND `, ` IN ()` less a comma, `,`, and ` LIKE ` with its ` OR `.
_WRAPPED_BYTES = 14
_AND_BYTES = 9
_IN_BYTES = 11
_COMMA_BYTES = 3
_LIKE_BYTES = 18
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
#: Comparisons that search for a part of the field's text.
LIKE_COMPARISONS: frozenset[Compare] = frozenset({"domain", "linkedin"})
_ID_TYPES = frozenset({"id", "reference"})
#: Field type → the kind of its unquoted literals in `soql.bare`.
_UNQUOTED_TYPES = {
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
}
#: No filterable field is longer, so longer text matches nothing.
_MAX_TEXT_UNITS = 255
#: Only ASCII is folded: for other letters the org's rules of case may differ from ours, and a
#: second literal costs little.
_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class LookupQuery:
    """A SOQL statement for lookups of `object`; `archived` uses `queryAll`, which includes archived
    rows (§5.4)."""

    object: str
    statement: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """The field of the lookup's part at `position`, compared by equality or LIKE."""

    position: int
    name: str
    is_like: bool


#: The columns of lookups, each with its literals keyed as in `search_literals`.
_ByColumn = dict[_Column, dict[str, str]]
#: The distinct literals of lookups, by the columns that they share.
_Rows = dict[tuple[_Column, ...], dict[object, _ByColumn]]


def build_queries(
    lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts
) -> list[LookupQuery]:
    """All lookups in the fewest statements; Accounts and users first.

    A lookup whose value its field cannot store needs no statement. Raises Rejected (INVALID_TYPE,
    INVALID_FIELD) if the describe lacks the object or field, since it may be out of date; Rejected
    (HTTP_414) if the selected fields leave no space for a condition.
    """
    groups: dict[tuple[bool, str, bool], _Rows] = {}
    for lookup in lookups:
        row = _literals_of(lookup, facts)
        if row and all(row.values()):
            group = (lookup.object not in _QUERIED_FIRST, lookup.object, lookup.merged)
            alike = groups.setdefault(group, {}).setdefault(tuple(row), {})
            alike.setdefault(tuple(map(tuple, row.values())), row)
    queries: list[LookupQuery] = []
    for group in sorted(groups):
        _, object_, merged = group
        queries += _queries_of(object_, merged, groups[group], select.get(object_, ()), facts)
    return queries


def _queries_of(
    object_: str, merged: bool, rows: _Rows, wanted: Sequence[str], facts: OrgFacts
) -> Iterator[LookupQuery]:
    """The statements for those rows of an object; `merged` searches its merged records only."""
    filters = _MERGED if merged else _FILTERS.get(object_, "")
    if filters == _NOT_DELETED and columns(object_, ["IsDeleted"], facts) == ["Id"]:
        filters = ""  # the describe lacks IsDeleted: use a plain query
    head = soql.select(columns(object_, ((_MASTER,) if merged else wanted), facts), object_)
    bytes_left = MAX_STATEMENT_BYTES - len(addresses.encoded(f"{head}(){filters}"))
    for batch in _batches(rows, bytes_left):
        conditions = soql.any_of(list(map(_condition, batch)))
        statement = f"{head}({conditions}){filters}" if filters else head + conditions
        yield LookupQuery(object_, statement, filters in (_NOT_DELETED, _MERGED))


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


def _literals_of(lookup: Lookup, facts: OrgFacts) -> _ByColumn:
    """The literals of each part; none if the field cannot store its value."""
    found = {}
    describe = facts.describes.get(lookup.object)
    for position, (name, compare, value) in enumerate(lookup.parts):
        field = describe.field(name) if describe is not None else None
        if field is None or not field.filterable:
            field = _field_without_describe(lookup.object, name, describe)
        column = _Column(position, field.name, compare in LIKE_COMPARISONS)
        is_sandbox_user = facts.is_sandbox and lookup.object == "User" and field.name == "Email"
        found[column] = search_literals(value, compare, field, sandbox_user=is_sandbox_user)
    return found


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


def _batches(rows: _Rows, bytes_left: int) -> Iterator[list[_ByColumn]]:
    """The literals by columns, in batches that fit `bytes_left`: bytes in a URL.

    The `IN` lists of a batch match each of its rows, and possibly more. A row of several long
    values that fits no URL matches nothing, and is left out.
    """
    batch: dict[tuple[_Column, ...], _ByColumn] = {}
    left = bytes_left
    for columns_, alike in rows.items():
        for row in alike.values():
            size = _added_bytes(row, batch.get(columns_, {}))
            if size > left and batch:
                yield list(batch.values())
                batch, left = {}, bytes_left
                size = _added_bytes(row, {})
            if size > left:
                _refuse_if_fits_alone(size)
                continue
            left -= size
            known = batch.setdefault(columns_, {})
            for column, literals in row.items():
                known.setdefault(column, {}).update(literals)
    if batch:
        yield list(batch.values())


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


def _refuse_if_fits_alone(size: int) -> None:
    """Raise Rejected (HTTP_414) if a condition of that size would fit a URL alone: then the
    selected fields leave no space for it, which does not mean “no such record”."""
    if size <= _MAX_VALUE_BYTES:
        raise Rejected("HTTP_414", "too many fields are selected to fit a condition beside them")


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


def search_literals(
    value: str, compare: Compare, field: FieldDescribe, *, sandbox_user: bool = False
) -> dict[str, str]:
    """The literals to search for (patterns for `LIKE_COMPARISONS`), keyed by their text, which is
    case-folded unless the field is case-sensitive, so that each spelling counts once.

    Empty if the field cannot store such a value. `sandbox_user`: e-mail addresses of a sandbox's
    users end in `.invalid` (§1.1).
    """
    is_exact = field.case_sensitive or field.type in _ID_TYPES
    found: dict[str, str] = {}
    for literal in _literals_by_type(value, compare, field, sandbox_user=sandbox_user):
        if literal is not None:
            found.setdefault(literal if is_exact else literal.translate(_TO_LOWER), literal)
    return found


def _literals_by_type(
    value: str, compare: Compare, field: FieldDescribe, *, sandbox_user: bool
) -> list[str | None]:
    """The literals by the field's type; None for one that is too long or invalid."""
    # An empty list means “no such record”: no field of that type can store the value.
    value = storable_text(value).strip() if field.type == "textarea" else one_line(value)
    if field.type in _ID_TYPES:
        record_id = long_id(value)
        return [soql.literal(record_id)] if record_id is not None else []
    if field.type in _UNQUOTED_TYPES:
        return [soql.bare(_UNQUOTED_TYPES[field.type], value)]
    host = bare_domain(value) if compare == "domain" else None
    if host is not None:
        hosts = host_forms(host) if HAS_FORMS.search(host) else (host,)
        return list(map(soql.containing, hosts))
    if not value or utf16_length(value) > _MAX_TEXT_UNITS:
        return []
    if compare == "linkedin":
        return _profile_literals(value)
    if compare == "domain":
        return [soql.containing(value)]
    if compare == "phone":
        return _phone_literals(value)
    has_forms = compare == "email" and HAS_FORMS.search(value)
    literals = list(map(soql.literal, email_forms(value) if has_forms else (value,)))
    if sandbox_user:
        literals.append(soql.literal(f"{value}.invalid"))
    return literals


def _profile_literals(value: str) -> list[str | None]:
    """The path of a profile, as people see it and as browsers encode it (they differ for non-ASCII
    letters)."""
    path = normal_form("linkedin", value) or unquote(value)
    as_written = addresses.as_browsers_write(path)
    return [soql.containing(f"/{path}"), soql.containing(f"/{as_written}")]


def _phone_literals(value: str) -> list[str | None]:
    """The number as given, and in its normalized forms."""
    digits = normal_form("phone", value)
    numbers = (value, digits, f"+{digits}") if digits else (value,)
    return list(map(soql.literal, numbers))
