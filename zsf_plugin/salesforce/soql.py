"""The door for values into statements: each comes out as that value, and never as syntax
(salesforce-api.md §6).

No other module builds a statement around a value (tests/architecture/test_the_doors.py). Searching
(SOSL) is no part of the product, so no value is escaped for it. What is asked, and whether it fits
one URL, is `questions`' to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model.text import storable_text

#: Characters of one literal in WHERE, as written (§6).
MAX_LITERAL_CHARS = 4000

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r"[\\'\n\r\t\x85\u2028\u2029]|@(?=\{)")
_BARE = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)"),
    "number": re.compile(r"-?\d{1,18}(\.\d{1,18})?"),
    "boolean": re.compile(r"true|false", re.IGNORECASE),
}


def literal(value: str) -> str | None:
    """The value as a quoted string, without what no field holds; None where it is too long to be
    asked by.

    Never shortened: half a value is another value, and would find somebody else.
    """
    text = _SPECIAL.sub(_escape, storable_text(value))
    return f"'{text}'" if len(text) <= MAX_LITERAL_CHARS else None


def containing(value: str) -> str | None:
    """The value as a LIKE pattern that finds it anywhere, its own wildcards standing for
    themselves; None as above."""
    text = _SPECIAL.sub(_escape, storable_text(value)).replace("%", "\\%").replace("_", "\\_")
    return f"'%{text}%'" if len(text) + 2 <= MAX_LITERAL_CHARS else None


def bare(kind: str, value: str) -> str | None:
    """A literal that takes no quotes (`date`, `datetime`, `number`, `boolean`), or None for what is
    none."""
    return value if _BARE[kind].fullmatch(value) and value.isascii() else None


def is_identifier(name: str) -> bool:
    """Whether that is an API name, of an object or a field."""
    return _IDENTIFIER.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def identifier(name: str) -> str:
    """An object's or field's API name. Raises ConfigurationError for anything else."""
    if _IDENTIFIER.fullmatch(name) is None:
        raise ConfigurationError((f"{name!r} is not an API name",))
    return name


def select(columns: Sequence[str], object_: str) -> str:
    """`SELECT … FROM Object WHERE `, for a condition to follow."""
    names = ", ".join(map(identifier, columns))
    return f"SELECT {names} FROM {identifier(object_)} WHERE "  # noqa: S608 - identifiers, checked


def one_of(field: str, literals: Iterable[str]) -> str:
    """`Field IN (…)` of values that are already literals."""
    return f"{identifier(field)} IN ({','.join(literals)})"


def where(columns: Sequence[str], object_: str, conditions: Sequence[str]) -> str:
    """`SELECT … FROM Object WHERE …` of conditions that all have to hold."""
    return select(columns, object_) + " AND ".join(conditions)


def equal(field: str, value: str | None) -> str:
    """`Field = 'value'`, or `Field = null`; the field may be a parent's (`Parent.Name`).

    Raises ConfigurationError for a value that is too long to be asked by.
    """
    name = ".".join(map(identifier, field.split(".")))
    text = "null" if value is None else literal(value)
    if text is None:
        raise ConfigurationError((f"a value for {name} is too long to be asked by",))
    return f"{name} = {text}"


def like(field: str, patterns: Iterable[str]) -> str:
    """`Field LIKE … OR Field LIKE …` of patterns made by `containing`."""
    start = f"{identifier(field)} LIKE "
    return start + f" OR {start}".join(patterns)


def any_of(conditions: Sequence[str]) -> str:
    """Conditions joined by OR, each in parentheses of its own where there are several (§9 trap
    20)."""
    if len(conditions) == 1:
        return conditions[0]
    return "(" + ") OR (".join(conditions) + ")"


def _escape(match: re.Match[str]) -> str:
    """Line separators are written as numbers, since parsers disagree on them; so is the `@` of an
    `@{…}`, which a composite would take for a reference to another subrequest, encoded or not
    (§3.6)."""
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"
