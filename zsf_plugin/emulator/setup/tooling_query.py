"""The statements of the tooling query that this emulator reads: CustomField by table, name,
namespace or id (§8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.schema import find_folded

_NAMES = ("Id", "DeveloperName", "NamespacePrefix", "TableEnumOrId", "FullName", "Metadata")
_COLUMNS = {name: name for name in _NAMES}
_STATEMENT = re.compile(
    r"\s*SELECT\s+([\w\s,]+?)\s+FROM\s+CustomField\s+WHERE\s+(.+?)\s*", re.IGNORECASE | re.DOTALL
)
_CONDITION = re.compile(
    r"(\w+)\s*(?:=\s*('\w*'|null)|IN\s*\(\s*('\w*'(?:\s*,\s*'\w*')*)\s*\))", re.IGNORECASE
)
_NOT_READ = "this emulator's tooling query knows CustomField by =, IN and AND alone"
_VALUE = re.compile(r"'(\w*)'")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: its columns, and the values that each column of its conditions may have (None:
    null)."""

    columns: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[str | None, ...]], ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The objects it names; none where it asks of all."""
        for column, values in self.conditions:
            if column == "TableEnumOrId":
                return tuple(dict.fromkeys(map(str, values)))
        return ()

    def fits(self, row: Mapping[str, Json]) -> bool:
        """Whether a row answers it; as in other queries, case makes no difference but for ids."""
        for column, values in self.conditions:
            if _folded(column, row[column]) not in [_folded(column, value) for value in values]:
                return False
        return True


def parse(text: str) -> Statement:
    """The statement. Raises MALFORMED_QUERY for any other, INVALID_FIELD for a column that is not
    known here."""
    match = _STATEMENT.fullmatch(text)
    if match is None:
        raise _not_read()
    parts = re.split(r"\s+AND\s+", match[2], flags=re.IGNORECASE)
    found = [_parse_condition(part.strip()) for part in parts]
    columns = tuple(_column(name.strip()) for name in match[1].split(","))
    return Statement(columns, tuple((_column(name), values) for name, values in found))


def _parse_condition(text: str) -> tuple[str, tuple[str | None, ...]]:
    """(column as written, values) of one condition."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise _not_read()
    return match[1], _values(match)


def _not_read() -> SalesforceError:
    return bad("MALFORMED_QUERY", _NOT_READ)


def _values(condition: re.Match[str]) -> tuple[str | None, ...]:
    if condition[3] is not None:
        return tuple(_VALUE.findall(condition[3]))
    return (None,) if condition[2].lower() == "null" else (condition[2][1:-1],)


def _column(name: str) -> str:
    known = find_folded(_COLUMNS, name)
    if known is None:
        raise bad("INVALID_FIELD", f"No such column '{name}' on entity 'CustomField'.")
    return known


def _folded(column: str, value: Json) -> Json:
    if column == "Id":
        return str(value)[:15]
    return value.lower() if isinstance(value, str) else value
