"""Builds SOQL statements. Every value is escaped here, so it is never read as syntax
(salesforce-api.md §6).

No other module puts a value into a statement (tests/architecture/test_the_builders.py). The product
does not use SOSL, so nothing is escaped for it. What to query, and whether it fits one URL, is
decided in `lookup_queries`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import long_id
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
    """The value as a quoted string, without characters that no field stores; None if it is too
    long for a condition.

    Never shortened: half a value is another value, and would match someone else.
    """
    text = _SPECIAL.sub(_escape, storable_text(value))
    return f"'{text}'" if len(text) <= MAX_LITERAL_CHARS else None


def containing(value: str) -> str | None:
    """The value as a LIKE pattern that matches it anywhere, its own wildcards escaped; None if it
    is too long for a condition."""
    text = _SPECIAL.sub(_escape, storable_text(value)).replace("%", "\\%").replace("_", "\\_")
    return f"'%{text}%'" if len(text) + 2 <= MAX_LITERAL_CHARS else None


def in_order(value: str) -> str | None:
    """The value as a LIKE pattern that matches its characters in that order, whatever stands
    between them; None if it is too long for a condition."""
    chars = [(containing(char) or "'%%'")[2:-2] for char in value]
    text = "%".join(filter(None, chars))
    return f"'%{text}%'" if len(text) + 2 <= MAX_LITERAL_CHARS else None


def bare(kind: str, value: str) -> str | None:
    """A literal without quotes (`date`, `datetime`, `number`, `boolean`); None if `value` is not
    one of that kind."""
    return value if _BARE[kind].fullmatch(value) and value.isascii() else None


def is_identifier(name: str) -> bool:
    """Whether `name` can be the API name of an object or a field."""
    return _IDENTIFIER.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def identifier(name: str) -> str:
    """An object's or field's API name. Raises ConfigurationError for anything else."""
    if _IDENTIFIER.fullmatch(name) is None:
        raise ConfigurationError((f"{name!r} is not an API name",))
    return name


def select(columns: Sequence[str], object_: str) -> str:
    """`SELECT … FROM Object WHERE `, ready for a condition."""
    names = ", ".join(map(identifier, columns))
    return f"SELECT {names} FROM {identifier(object_)} WHERE "  # noqa: S608 - identifiers, checked


def one_of(field: str, literals: Iterable[str]) -> str:
    """`Field IN (…)` of literals."""
    return f"{identifier(field)} IN ({','.join(literals)})"


def by_ids(columns: Sequence[str], object_: str, field: str, ids: Iterable[str]) -> str:
    """`SELECT … FROM Object WHERE Field IN (…)` of record ids; others than ids are left out."""
    literals = [f"'{whole}'" for each in ids if (whole := long_id(each)) is not None]
    return select(columns, object_) + one_of(field, literals)


def where(columns: Sequence[str], object_: str, conditions: Sequence[str]) -> str:
    """`SELECT … FROM Object WHERE …` with conditions joined by AND."""
    return select(columns, object_) + " AND ".join(conditions)


def equal(field: str, value: str | None) -> str:
    """`Field = 'value'`, or `Field = null`; the field may be a parent's (`Parent.Name`).

    Raises ConfigurationError for a value that is too long for a condition.
    """
    name = ".".join(map(identifier, field.split(".")))
    text = "null" if value is None else literal(value)
    if text is None:
        raise ConfigurationError((f"a value for {name} is too long for a condition",))
    return f"{name} = {text}"


def like(field: str, patterns: Iterable[str]) -> str:
    """`Field LIKE … OR Field LIKE …` of patterns from `containing`."""
    start = f"{identifier(field)} LIKE "
    return start + f" OR {start}".join(patterns)


def any_of(conditions: Sequence[str]) -> str:
    """Conditions joined by OR, each in its own parentheses if there are several (§9 trap 20)."""
    if len(conditions) == 1:
        return conditions[0]
    return "(" + ") OR (".join(conditions) + ")"


def _escape(match: re.Match[str]) -> str:
    """Line separators are written as code points, since parsers disagree on them. So is the `@` of
    `@{…}`: a composite takes that for a reference to another subrequest, even if encoded (§3.6)."""
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"
