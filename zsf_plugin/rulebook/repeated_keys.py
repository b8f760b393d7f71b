"""Keys of one rule that are the same key in two spellings, of which one would be dropped: `Title`
and `title` of one object, two spellings of a channel. Pure.

Exactly the same key twice is refused by the parsers of TOML and JSON. In two rules, the later one
overrides the earlier one, however either is spelled. A match key that is listed twice loses
nothing, and is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from zsf_plugin.model import JsonObject, channel_name, field_tables, table_in
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

_Found = Iterator[tuple[Path, str]]


def repeated_keys(document: JsonObject) -> _Found:
    """The path of each key that repeats an earlier one, and the message, in a document that is
    valid by the schema."""
    yield from _repeated(("activity",), table_in(document, "activity"), channel_name, _CHANNEL)
    for path, table in field_tables(document):
        yield from _repeated_fields(path, table)


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
        if values := table_in(table_in(table, name), "values"):
            yield from _repeated_values((*path, name, "values"), values)


def _repeated_values(path: Path, values: Iterable[str]) -> _Found:
    from zsf_plugin.model.text import stored_text  # few rules translate values

    yield from _repeated(path, values, stored_text, _VALUE)
