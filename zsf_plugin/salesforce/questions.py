"""Questions packed, pure: many lookups become few SOQL statements (salesforce-api.md §6). Sends nothing.

Values of one field are asked by `IN`, several fields together by `IN … AND …`, which may find more than was meant: the
caller compares exactly. Every statement stays below the limit of a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zsf_plugin.model.compare import bare_domain, normal_form
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.world import Lookup
from zsf_plugin.salesforce import soql

#: Bytes of an encoded statement: 16,384 are allowed for a URL and its headers together (§2.3).
MOST_BYTES = 14_000
_FIRST = ("Account", "User")
_DATES = ("date", "datetime")
_Fields = tuple[tuple[str, Compare], ...]


def pack(lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts) -> list[tuple[str, str]]:
    """(object, statement) of all lookups, in the fewest statements; Accounts and users first."""
    by_object: dict[str, list[Lookup]] = {}
    for lookup in lookups:
        by_object.setdefault(lookup.object, []).append(lookup)
    ordered = sorted(by_object, key=lambda name: (name not in _FIRST, name))
    return [(name, text) for name in ordered for text in _statements(name, by_object[name], select, facts)]


def _statements(
    object_: str, lookups: list[Lookup], select: Mapping[str, Sequence[str]], facts: OrgFacts
) -> Iterable[str]:
    columns = ", ".join(_selected(object_, select, facts))
    head = "SELECT " + columns + " FROM " + soql.identifier(object_) + " WHERE "  # noqa: S608 - identifiers, checked
    limits = _ALWAYS.get(object_, "")
    room = MOST_BYTES - len(soql.encoded(head + limits)) - 40
    for conditions in _filled(list(_fragments(object_, lookups, facts)), room):
        joined = " OR ".join(f"({text})" for text in conditions) if len(conditions) > 1 else conditions[0]
        yield head + (f"({joined}){limits}" if limits else joined)


#: Users who may own; living Tasks only, since those are asked for with `queryAll` (§5.4, §5.6).
_ALWAYS = {"User": " AND IsActive = true AND UserType = 'Standard'", "Task": " AND IsDeleted = false"}


def _selected(object_: str, select: Mapping[str, Sequence[str]], facts: OrgFacts) -> list[str]:
    """Id and the wanted fields that the describe shows, in its spelling. What it hides cannot be asked for."""
    describe = facts.describe(object_)
    names = {"Id": None}
    for name in select.get(object_, ()):
        if describe is None:
            names |= {name: None} if (object_, name) == ("User", "Email") else {}
        elif (field := describe.field(name)) is not None:
            names[field.name] = None
    return [soql.identifier(name) for name in names]


def _fragments(object_: str, lookups: list[Lookup], facts: OrgFacts) -> Iterable[tuple[_Fields, list[tuple[str, ...]]]]:
    """Lookups grouped by the fields they compare, each group with its distinct values."""
    groups: dict[_Fields, dict[tuple[str, ...], tuple[str, ...]]] = {}
    for lookup in lookups:
        fields: _Fields = tuple((name, compare) for name, compare, _ in lookup.parts)
        values = tuple(_written(object_, part, facts) for part in lookup.parts)
        groups.setdefault(fields, {}).setdefault(tuple(value.casefold() for value in values), values)
    for fields, values_of in groups.items():
        yield fields, list(values_of.values())


def _filled(groups: list[tuple[_Fields, list[tuple[str, ...]]]], room: int) -> Iterable[list[str]]:
    """Conditions spread over statements of at most `room` encoded bytes."""
    conditions: list[str] = []
    used = 0
    for fields, rows in groups:
        start = 0
        while start < len(rows):
            count, text = _fitting(fields, rows[start:], room - used)
            if count == 0 and conditions:
                yield conditions
                conditions, used = [], 0
                continue
            count, text = (count, text) if count else (1, _condition(fields, rows[start : start + 1]))
            conditions.append(text)
            used += len(soql.encoded(f"({text}) OR "))
            start += count
    if conditions:
        yield conditions


def _fitting(fields: _Fields, rows: list[tuple[str, ...]], room: int) -> tuple[int, str]:
    """The longest run of rows whose condition fits, found by halving; (0, "") where not even one does."""
    count = len(rows)
    while count:
        text = _condition(fields, rows[:count])
        size = len(soql.encoded(f"({text}) OR "))
        if size <= room:
            return count, text
        count = min(count - 1, max(count * room // size, 0))
    return 0, ""


def _condition(fields: _Fields, rows: list[tuple[str, ...]]) -> str:
    parts = []
    for position, (name, compare) in enumerate(fields):
        values = list(dict.fromkeys(row[position] for row in rows))
        if compare in ("domain", "linkedin"):
            alike = [f"{soql.identifier(name)} LIKE {value}" for value in values]
            parts.append(f"({' OR '.join(alike)})" if len(alike) > 1 and len(fields) > 1 else " OR ".join(alike))
        else:
            parts.append(soql.one_of(name, [form for value in values for form in value.split("\x00")]))
    return " AND ".join(parts)


def _written(object_: str, part: tuple[str, Compare, str], facts: OrgFacts) -> str:
    """A part's value as literals (several forms are joined by NUL, which no literal holds)."""
    name, compare, value = part
    describe = facts.describe(object_)
    field = describe.field(name) if describe is not None else None
    if field is not None and field.type in _DATES:
        return value
    if compare == "domain":
        return soql.containing(bare_domain(value) or value)
    if compare == "linkedin":
        return soql.containing(normal_form("linkedin", value) or value)
    if compare == "phone":
        digits = normal_form("phone", value) or value
        return "\x00".join(dict.fromkeys(soql.literal(form) for form in (value.strip(), digits, f"+{digits}")))
    if object_ == "User" and facts.is_sandbox:
        return f"{soql.literal(value)}\x00{soql.literal(f'{value}.invalid')}"
    return soql.literal(value.strip())
