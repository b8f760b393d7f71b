"""Values as SQLite's columns hold them, and back. Knows no table.

SQLite's text is UTF-8, which has no lone surrogates, and hosts send them: `column` writes such text
as JSON behind a marker that no other text in a column can start with, `loaded` reads it. All that
is neither text nor a number stands as JSON.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple
from typing import TypeAlias, cast

Value: TypeAlias = str | bytes | int | float | None

#: JSON in as few ASCII bytes as it takes; every text survives, lone surrogates too. A dataclass is
#: the list of its fields.
encode = json.JSONEncoder(separators=(",", ":"), default=astuple).encode

_MARK = "\ufdd0"
_NEEDS_MARK = re.compile(f"\\A{_MARK}|[\ud800-\udfff]")


def column(value: object) -> Value:
    """A value as a column holds it: a text, number, None or bytes; lists, mappings and dataclasses
    as JSON."""
    if isinstance(value, str):
        is_plain = value.isascii() or not _NEEDS_MARK.search(value)
        return value if is_plain else _MARK + encode(value)
    if value is None or isinstance(value, int | float | bytes):
        return value
    return encode(value)


def loaded(content: bytes) -> str:
    """The text that `column` wrote, from a column's bytes: a connection's `text_factory`."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError("a text is not UTF-8") from error
    return cast(str, json.loads(text[1:])) if text.startswith(_MARK) else text


def column_list(texts: Iterable[str]) -> str:
    """Texts as columns hold them, as a JSON list for `json_each`."""
    return encode(list(map(column, texts)))
