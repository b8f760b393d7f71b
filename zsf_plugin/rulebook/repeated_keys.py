"""Keys of one rule that are the same key in two spellings, of which one would be dropped: `Title`
and `title` of one object, two spellings of a channel, the same match key twice. Pure.

Exactly the same key twice is refused by the parsers of TOML and JSON. In two rules, the later one
overrides the earlier one, however either is spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from zsf_plugin.model import Json, JsonObject, channel_name, table_in
from zsf_plugin.model.text import stored_text
from zsf_plugin.rulebook.lines import Path

_FIELD = (
    "'{key}' and '{first}' are the same field, because Salesforce ignores case; keep one of them, "
    "and remove the other"
)
_CHANNEL = (
    "'{key}' and '{first}' are the same channel, because case and blanks around it are ignored; "
    "put the fields of both into one table"
)
_VALUE = (
    "'{key}' and '{first}' are the same value, because blanks around it are ignored; keep one of "
    "them, and remove the other"
)
_MATCH_KEY = "is the same match key as number {first}; remove one of them"
_PART = "has the same field twice, because Salesforce ignores case; remove one of them"

_Found = Iterator[tuple[Path, str]]


def repeated_keys(document: JsonObject) -> _Found:
    """The path of each key that repeats an earlier one, and the message, in a document that is
    valid by the schema."""
    yield from _repeated(("activity",), table_in(document, "activity"), channel_name, _CHANNEL)
    for section in ("fields", "activity"):
        tables = table_in(document, section)
        for name in tables:
            yield from _repeated_fields((section, name), table_in(tables, name))
    for object_, keys in table_in(document, "match").items():
        if isinstance(keys, list):
            yield from _repeated_match_keys(("match", object_), keys)


def _repeated(path: Path, names: Iterable[str], fold: Callable[[str], str], words: str) -> _Found:
    """The names that are the same as an earlier one once they are folded."""
    first: dict[str, str] = {}
    for name in names:
        earlier = first.setdefault(fold(name), name)
        if earlier != name:
            yield (*path, name), words.format(key=name, first=earlier)


def _repeated_fields(path: Path, table: JsonObject) -> _Found:
    yield from _repeated(path, table, str.lower, _FIELD)
    for name in table:
        values = table_in(table_in(table, name), "values")
        yield from _repeated((*path, name, "values"), values, stored_text, _VALUE)


def _repeated_match_keys(path: Path, keys: Iterable[Json]) -> _Found:
    """The keys of one object that ask the same as an earlier one, or the same twice."""
    first: dict[frozenset[tuple[str, str]], int] = {}
    for position, key in enumerate(keys):
        parts = [*map(_part, key if isinstance(key, list) else [key])]
        asked = frozenset(parts)
        if len(asked) < len(parts):
            yield (*path, position), _PART
        earlier = first.setdefault(asked, position)
        if earlier != position:
            yield (*path, position), _MATCH_KEY.format(first=earlier + 1)


def _part(part: Json) -> tuple[str, str]:
    """A field of a match key as Salesforce takes it, and how it is compared."""
    table = part if isinstance(part, dict) else {"field": part}
    return str(table["field"]).lower(), str(table.get("compare", "text"))
