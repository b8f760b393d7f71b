"""TOML and JSON files that are no rules: a file of cases, or an event. Each is one table, in which
the line of any place can be found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.document_violations import unsupported_values
from zsf_plugin.rulebook.files import finding_at, text_finding
from zsf_plugin.rulebook.lines import Lines
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.schema import SchemaViolation
from zsf_plugin.rulebook.texts import Limits, TextError, parsed_text, read_content

Place = tuple[str | int, ...]

#: Room for some thousands of cases.
LIMITS = Limits("file", max_bytes=8 * 1024 * 1024, max_values=1_000_000)

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*case[ \t]*\]\]")
#: Between them, what looks like a header may be text.
_LONG_QUOTES = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's table, its name for people, and what finds its lines, which takes as long as
    parsing it. `headers` are the lines on which cases begin, if there are as many as cases."""

    name: str
    document: JsonObject
    lines: Callable[[], Lines]
    headers: tuple[int, ...] = ()

    def finding(self, violation: SchemaViolation) -> Finding:
        """The finding for a violation in this file."""
        return finding_at(self.name, self.lines(), violation)


def read_table(path: Path) -> ParsedFile | Finding:
    """The table in a file of TOML or JSON, by the ending of its name; or why there is none."""
    name = shown_name(str(path))
    try:
        parsed = _parsed(path, name)
    except TextError as error:
        return text_finding(name, error)
    wrong = _unsupported_value(parsed.document)
    return parsed if wrong is None else parsed.finding(wrong)


def _parsed(path: Path, name: str) -> ParsedFile:
    parsed = parsed_text(path.name, read_content(path, LIMITS), LIMITS)
    if not isinstance(parsed.document, dict):
        raise TextError("not a table", 1)
    return ParsedFile(name, parsed.document, cache(parsed.lines), _headers(parsed.text))


def _unsupported_value(document: JsonObject) -> SchemaViolation | None:
    """The first value that JSON does not have."""
    try:
        violations = unsupported_values(document)
    except RecursionError:
        return SchemaViolation((), "nested too deeply")
    return violations[0] if violations else None


def _headers(text: str) -> tuple[int, ...]:
    if any(quotes in text for quotes in _LONG_QUOTES):
        return ()
    lines = enumerate(text.split("\n"), start=1)
    return tuple([number for number, line in lines if _HEADER.match(line)])
