"""Turns a shared statement (`sql.database`) into one of PostgreSQL. Runs nothing."""

from __future__ import annotations

import re
from functools import lru_cache

#: Functions on lists in JSON, which a migration makes.
_FUNCTIONS = {
    "json_each(": "items_of_list(",
    "json_extract(": "item_of_list(",
    "json_group_array(": "list_of_items(",
}
_FUNCTION = re.compile("|".join(map(re.escape, _FUNCTIONS)))
#: PostgreSQL chooses its indexes and the order of tables itself, by what it knows of their rows.
_INDEX = re.compile(r"\bINDEXED BY \w+")
_ORDERED_JOIN = re.compile(r"\bCROSS JOIN\b")
#: What SQLite does not need: it has one writer at a time, and ends a range where its reader does.
_ONLY_HERE = re.compile(r"/\* (FOR SHARE|ORDER BY id(?: DESC)? LIMIT :?\w+) \*/")
_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)\b")


@lru_cache(maxsize=1024)
def translated(statement: str) -> str:
    """The statement with psycopg's placeholders. Values stay out of it."""
    text = statement.replace("%", "%%")
    text = _FUNCTION.sub(lambda found: _FUNCTIONS[found[0]], text)
    text = _ORDERED_JOIN.sub("JOIN", _INDEX.sub("", text))
    text = _ONLY_HERE.sub(r"\1", text)
    return _NAMED.sub(r"%(\1)s", text).replace("?", "%s")
