"""The keys of a rule that a case can reach, each with its path in the rule's document. Pure.

A key is a condition, a setting, a match key, or one source of a field: each expression of a list,
the constant, the default; with rows also each row of a table of translations. What only limits API
calls, and the policies of a field (`overwrite` and the like), are no keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zsf_plugin.model import Json, JsonObject, channel_name, table_in

KeyPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECTIONS = ("fields", "activity")


def keys_in(document: JsonObject, *, with_rows: bool = False) -> Iterator[KeyPath]:
    """The paths of the keys of a rule, in the order of the language's reference."""
    for name in ("when", "mode"):
        if name in document:
            yield (name,)
    for name in table_in(document, "switches"):
        yield ("switches", name)
    for name, value in table_in(document, "match").items():
        yield from _each(("match", name), value)
    for section in _SECTIONS:
        for table, fields in table_in(document, section).items():
            for field, entry in fields.items() if isinstance(fields, dict) else ():
                yield from _sources((section, table, field), entry, with_rows=with_rows)
    owner = table_in(document, "owner")
    if "from" in owner:
        yield from _each(("owner", "from"), owner["from"])
    if "assignment_rules" in owner:
        yield ("owner", "assignment_rules")


def _each(path: KeyPath, value: Json) -> Iterator[KeyPath]:
    """The path of a value, or of each element of a list; that of an empty list itself."""
    if isinstance(value, list) and value:
        yield from ((*path, index) for index in range(len(value)))
    else:
        yield path


def _sources(path: KeyPath, entry: Json, *, with_rows: bool) -> Iterator[KeyPath]:
    if not isinstance(entry, dict):
        yield from _each(path, entry)
        return
    if "from" in entry:
        yield from _each((*path, "from"), entry["from"])
    for name in ("value", "default"):
        if name in entry:
            yield (*path, name)
    if with_rows:
        yield from ((*path, "values", row) for row in table_in(entry, "values"))


def shown_key(path: KeyPath) -> str:
    """A key as its author writes it: `fields.Lead.LastName[1]`, `activity."*".Subject`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            quoted = part if _BARE.fullmatch(part) else f'"{part}"'
            shown += f".{quoted}" if shown else quoted
    return shown


def entries_in(document: JsonObject) -> dict[tuple[str, str, str], KeyPath]:
    """The path of each field's entry, by section, table and field as rules are merged by them:
    channels and fields are compared without case."""
    found: dict[tuple[str, str, str], KeyPath] = {}
    for section in _SECTIONS:
        for table, fields in table_in(document, section).items():
            name = channel_name(table) if section == "activity" else table
            for field in fields if isinstance(fields, dict) else ():
                found[section, name, field.lower()] = (section, table, field)
    return found
