"""The keys of a rule that a case can reach, each with its path in the rule's document. Pure.

A key is a condition, a setting, a match key, or one source of a field: each expression of a list,
the constant, the default; with rows also each row of a table of translations. What only limits API
calls, and the policies of a field (`overwrite` and the like), are no keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from zsf_plugin.model import Json, JsonObject, channel_name, field_entries, table_in

KeyPath = tuple[str | int, ...]
#: The path of each field's entry, by section, table and field as rules are merged by them: channels
#: and fields are compared without case.
EntryPaths = Mapping[tuple[str, str, str], KeyPath]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def keys_in(document: JsonObject, *, with_rows: bool = False) -> Iterator[KeyPath]:
    """The paths of the keys of a rule, in the order of the language's reference."""
    yield from _keys((), document, ["when", "mode"])
    for section in ("switches", "match"):
        table = table_in(document, section)
        yield from _keys((section,), table, table)
    for path, entry in field_entries(document):
        yield from _field_keys(path, entry)
        if with_rows:
            yield from _rows(path, entry)
    yield from _keys(("owner",), table_in(document, "owner"), ["from", "assignment_rules"])


def _keys(path: KeyPath, table: JsonObject, names: Iterable[str]) -> Iterator[KeyPath]:
    """The keys under those names, as far as the table at that path has them."""
    for name in names:
        if name in table:
            yield from _each((*path, name), table[name])


def _each(path: KeyPath, value: Json) -> Iterator[KeyPath]:
    """The path of a value, or of each element of a list; that of an empty list itself."""
    if isinstance(value, list) and value:
        yield from ((*path, index) for index in range(len(value)))
    else:
        yield path


def _field_keys(path: KeyPath, entry: Json) -> Iterator[KeyPath]:
    """The sources of a field, its constant and its default."""
    if not isinstance(entry, dict):
        yield from _each(path, entry)
        return
    yield from _keys(path, entry, ["from"])
    for name in ("value", "default"):
        if name in entry:
            yield (*path, name)


def _rows(path: KeyPath, entry: Json) -> list[KeyPath]:
    """The rows by which a field's values are translated."""
    rows = table_in(entry, "values") if isinstance(entry, dict) else {}
    return [(*path, "values", row) for row in rows]


def entries_in(document: JsonObject) -> EntryPaths:
    """The paths of the entries of all fields."""
    found: dict[tuple[str, str, str], KeyPath] = {}
    for path, _ in field_entries(document):
        section, table, field = path
        name = channel_name(table) if section == "activity" else table
        found[section, name, field.lower()] = path
    return found


def shown_key(path: KeyPath) -> str:
    """A key as its author writes it: `fields.Lead.LastName[1]`, `activity."*".Subject`."""
    return "".join(map(_shown_part, path)).removeprefix(".")


def _shown_part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _BARE.fullmatch(part) else f'."{part}"'
