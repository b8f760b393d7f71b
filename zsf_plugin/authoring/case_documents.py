"""TOML and JSON files that are no rules: a file of cases, or an event. Read and parsed, with the
line of what is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.bounds import toml_error
from zsf_plugin.rulebook.files import Finding, finding_at, unsupported_values
from zsf_plugin.rulebook.lines import Lines, json_lines, toml_lines
from zsf_plugin.rulebook.regular_files import read_regular_file
from zsf_plugin.rulebook.schema import SchemaViolation

#: Room for some thousands of cases.
MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 1_000_000
_TOO_LARGE = f"larger than {MAX_BYTES // 1024 // 1024} MiB; split it into several files"
_NOT_A_FILE = "not a regular file"
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*case[ \t]*\]\]", re.MULTILINE)


class _TextError(ValueError):
    """Why a text cannot be parsed, with the line if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's table, its name for people, and what finds its lines, which takes as long as
    parsing it. `headers` are the lines on which cases begin, if there are as many as cases."""

    name: str
    document: JsonObject
    lines: Callable[[], Lines]
    headers: tuple[int, ...] = ()


def read_table(path: Path, name: str) -> ParsedFile | Finding:
    """The table in a file of TOML or JSON, by the ending of its name; or why there is none."""
    try:
        text = _text(path)
        is_toml = path.name.casefold().endswith(".toml")
        document = _toml_document(text) if is_toml else _json_document(text)
        if not isinstance(document, dict):
            raise _TextError("not a table", 1)
    except _TextError as error:
        return Finding(name, error.line, "", str(error))
    parsed = ParsedFile(name, document, _lines_of(text, is_toml=is_toml), _headers(text))
    try:
        wrong = unsupported_values(document)
    except RecursionError:
        return Finding(name, None, "", "nested too deeply")
    return finding_at(name, parsed.lines(), wrong[0]) if wrong else parsed


def finding_in(parsed: ParsedFile, path: tuple[str | int, ...], message: str) -> Finding:
    """What is wrong at that place of a file."""
    return finding_at(parsed.name, parsed.lines(), SchemaViolation(path, message))


def _headers(text: str) -> tuple[int, ...]:
    if '"""' in text or "'''" in text:  # what looks like a header may be in a text
        return ()
    lines: list[int] = []
    line, at = 1, 0
    for found in _HEADER.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        lines.append(line)
    return tuple(lines)


def _lines_of(text: str, *, is_toml: bool) -> Callable[[], Lines]:
    known: list[Lines] = []

    def lines() -> Lines:
        if not known:
            known.append(toml_lines(text) if is_toml else json_lines(text)[0])
        return known[0]

    return lines


def _text(path: Path) -> str:
    try:
        content = read_regular_file(path, MAX_BYTES + 1)
    except OSError as error:
        raise _TextError(f"cannot be read ({error.strerror})") from error
    if content is None:
        raise _TextError(_NOT_A_FILE)
    if len(content) > MAX_BYTES:
        raise _TextError(_TOO_LARGE)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _TextError("not valid UTF-8; save it as UTF-8 text", line) from error


def _toml_document(text: str) -> Json:
    if refused := toml_error(text, MAX_VALUES):
        raise _TextError(*refused)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        place = _TOML_PLACE.search(words)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        column = f" (column {place[2]})" if place and place[2] else ""
        said = f"not TOML: {_TOML_PLACE.sub('', words)}{column}"
        raise _TextError(said, line) from error
    except (RecursionError, ValueError) as error:
        raise _TextError("not TOML: nested too deeply, or a number of too many digits") from error


def _json_document(text: str) -> Json:
    has_twins = False

    def table_of(entries: list[tuple[str, Json]]) -> Json:
        nonlocal has_twins
        table = dict(entries)
        has_twins = has_twins or len(table) < len(entries)
        return table

    try:
        document = cast(Json, json.loads(text, object_pairs_hook=table_of))
    except json.JSONDecodeError as error:
        said = f"not JSON: {error.msg} (column {error.colno})"
        raise _TextError(said, error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise _TextError("not JSON: nested too deeply, or a number of too many digits") from error
    if has_twins:
        path, line = json_lines(text)[1][0]
        raise _TextError(f"the key '{path[-1]}' is set twice in one table", line)
    return document
