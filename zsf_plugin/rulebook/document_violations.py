"""What is wrong with the document of one rule, and the expressions in it. Pure: files are read, and
findings made, elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from itertools import islice, starmap
from typing import cast

from zsf_plugin.decision import expressions
from zsf_plugin.model import Json, JsonObject, field_entries, table_in
from zsf_plugin.rulebook.bounds import MAX_FINDINGS, document_error
from zsf_plugin.rulebook.language import (
    LANGUAGE,
    LANGUAGE_KEY,
    in_current_spelling,
    newer_version,
)
from zsf_plugin.rulebook.lines import Path as KeyPath
from zsf_plugin.rulebook.misplaced_keys import misplaced_keys
from zsf_plugin.rulebook.repeated_keys import repeated_keys
from zsf_plugin.rulebook.schema import SchemaViolation, rule_violations, schema_violations

#: Nothing else is said of such a file: it may be right.
_NEWER = (
    "written for version {} of the rule language, and this version of zsf-plugin reads up to "
    f"{LANGUAGE}; upgrade zsf-plugin"
)
#: As in events (`decision.copying`): of a longer one, Python refuses to write the digits.
_MAX_BITS = 1024


def violations_in(document: Json) -> list[SchemaViolation]:
    """All of the first kind that there are: unsupported values, schema violations, misused keys, or
    errors in expressions."""
    if words := document_error(document):
        return [SchemaViolation((), words)]
    if (version := newer_version(document)) is not None:
        words = _NEWER.format(version)
        return [SchemaViolation((LANGUAGE_KEY,), words)]
    try:
        if isinstance(document, dict):
            document = in_current_spelling(document)
        return (
            unsupported_values(document)
            or _schema_violations(document)
            or _misused_keys(cast(JsonObject, document))
            or _found_by(expression_violations, cast(JsonObject, document))
        )
    except RecursionError:
        return [SchemaViolation((), "nested too deeply")]


def _schema_violations(document: Json) -> list[SchemaViolation]:
    if isinstance(document, dict):
        return rule_violations(document)
    return schema_violations("rule", document)


def _misused_keys(document: JsonObject) -> list[SchemaViolation]:
    return [*_found_by(misplaced_keys, document), *_found_by(repeated_keys, document)]


def _found_by(
    find: Callable[[JsonObject], Iterator[tuple[KeyPath, str]]], document: JsonObject
) -> list[SchemaViolation]:
    return list(islice(starmap(SchemaViolation, find(document)), MAX_FINDINGS))


def unsupported_values(document: Json) -> list[SchemaViolation]:
    """Values that TOML and Python's JSON allow and a rule does not: dates, and numbers that are not
    finite or have too many digits."""
    found = ((path, _why_unsupported(value)) for path, value in _values_in(document, ()))
    return [SchemaViolation(path, words) for path, words in found if words]


def _values_in(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    """The value and all values inside it, each with its path."""
    yield path, value
    for key, inner in _entries(value):
        yield from _values_in(inner, (*path, key))


def _entries(value: object) -> Iterable[tuple[str | int, object]]:
    """The entries of a table or list, by key or index; none for any other value."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _why_unsupported(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return "must be a number of at most 308 digits"
    if isinstance(value, date | time):
        return "must not be a date or time; write it as a text in quotes"
    return ""


def expression_violations(document: JsonObject) -> Iterator[tuple[KeyPath, str]]:
    """The path and message of each error in each expression of a rule that is valid by the
    schema."""
    for path, text in expressions_in(document):
        for words in expressions.expression_errors(text):
            yield path, words


def expressions_in(document: JsonObject) -> Iterator[tuple[KeyPath, str]]:
    """The path and text of each expression of a rule that is valid by the schema."""
    yield from _texts(("when",), document.get("when"))
    yield from _texts(("owner", "from"), table_in(document, "owner").get("from"))
    for path, entry in field_entries(document):
        yield from _field_texts(path, entry)


def _field_texts(path: KeyPath, entry: Json) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(entry, dict):
        return _texts((*path, "from"), entry.get("from"))
    return _texts(path, entry)


def _texts(path: KeyPath, value: Json) -> Iterator[tuple[KeyPath, str]]:
    """An expression, or each of a list of them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, text in enumerate(value):
            yield (*path, position), str(text)
