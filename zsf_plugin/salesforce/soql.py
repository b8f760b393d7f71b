"""The one door for values into SOQL and URLs: everything is escaped here (salesforce-api.md §6). Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from zsf_plugin.errors import ConfigurationError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_UNWRITABLE = re.compile(r"[\x00-\x07\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_BARE = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)"),
    "number": re.compile(r"-?\d{1,18}(\.\d{1,18})?"),
    "boolean": re.compile(r"true|false", re.IGNORECASE),
}


def literal(value: str) -> str:
    """The value as a quoted string. Control characters and lone surrogates, which nothing holds, are dropped."""
    kept = _UNWRITABLE.sub("", value)
    return "'" + "".join(_ESCAPES.get(char, char) for char in kept) + "'"


def containing(value: str) -> str:
    """The value as a LIKE pattern that finds it anywhere; its own wildcards stand for themselves."""
    inner = literal(value)[1:-1].replace("%", "\\%").replace("_", "\\_")
    return f"'%{inner}%'"


def bare(kind: str, value: str) -> str | None:
    """A literal that takes no quotes (`date`, `datetime`, `number`, `boolean`), or None for what is none."""
    return value if _BARE[kind].fullmatch(value) and value.isascii() else None


def identifier(name: str) -> str:
    """An object's or field's API name. Raises ConfigurationError for anything else."""
    if not _IDENTIFIER.fullmatch(name):
        raise ConfigurationError((f"{name!r} is not an API name",))
    return name


def one_of(field: str, literals: Iterable[str]) -> str:
    """`Field IN (…)` of values that are already literals."""
    return f"{identifier(field)} IN ({','.join(literals)})"


def encoded(text: str) -> str:
    """A statement for a URL's query, or an id for its path: percent-encoded, so a plus stays one (§9 trap 19)."""
    return quote(text, safe="")
