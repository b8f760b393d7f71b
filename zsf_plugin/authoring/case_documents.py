"""TOML and JSON files that are no rules: a file of cases, or an event. Each is one table, in which
the line of any place can be found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from zsf_plugin.authoring import case_texts
from zsf_plugin.authoring.case_texts import TextError
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.files import finding_at, unsupported_values
from zsf_plugin.rulebook.lines import Lines, toml_lines
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.schema import SchemaViolation

Place = tuple[str | int, ...]

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


@dataclass(frozen=True, slots=True)
class _Language:
    """What parses a text, and what finds its lines."""

    parse: Callable[[str], Json]
    lines: Callable[[str], Lines]

    def table(self, text: str) -> JsonObject:
        document = self.parse(text)
        if not isinstance(document, dict):
            raise TextError("not a table", 1)
        return document


_TOML = _Language(case_texts.toml_document, toml_lines)
_JSON = _Language(case_texts.json_document, case_texts.json_key_lines)


def read_table(path: Path) -> ParsedFile | Finding:
    """The table in a file of TOML or JSON, by the ending of its name; or why there is none."""
    name = shown_name(str(path))
    try:
        parsed = _parsed(path, name)
    except TextError as error:
        return error.finding(name)
    wrong = _unsupported_value(parsed.document)
    return parsed if wrong is None else parsed.finding(wrong)


def _parsed(path: Path, name: str) -> ParsedFile:
    language = _TOML if path.name.casefold().endswith(".toml") else _JSON
    text = case_texts.read_text(path)
    lines = cache(partial(language.lines, text))
    return ParsedFile(name, language.table(text), lines, _headers(text))


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
