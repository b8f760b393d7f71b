"""Reads the text of a TOML or JSON file that is no rule, and the document in it. What is wrong is a
`TextError`, with the line if known."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import cast

from zsf_plugin.model import Json
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.bounds import toml_error
from zsf_plugin.rulebook.lines import Lines, json_lines
from zsf_plugin.rulebook.regular_files import read_regular_file

#: Room for some thousands of cases.
MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 1_000_000
_TOO_LARGE = f"larger than {MAX_BYTES // 1024 // 1024} MiB; split it into several files"
_TOO_MUCH = "nested too deeply, or a number of too many digits"
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


class TextError(ValueError):
    """Why a text cannot be read or parsed, with the line if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line

    def finding(self, name: str) -> Finding:
        """That of the file with this name."""
        return Finding(name, self.line, "", str(self))


def read_text(path: Path) -> str:
    """The text of a file. Raises TextError."""
    content = _content(path)
    if len(content) > MAX_BYTES:
        raise TextError(_TOO_LARGE)
    return _decoded(content).replace("\r\n", "\n")


def _content(path: Path) -> bytes:
    """What the file holds, but at most one byte over the limit."""
    try:
        content = read_regular_file(path, MAX_BYTES + 1)
    except OSError as error:
        raise TextError(f"cannot be read ({error.strerror})") from error
    if content is None:
        raise TextError("not a regular file")
    return content


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TextError("not valid UTF-8; save it as UTF-8 text", line) from error


def toml_document(text: str) -> Json:
    """The document in a text of TOML. Raises TextError."""
    _check_bounds(text)
    try:
        return tomllib.loads(text)
    except (RecursionError, ValueError) as error:
        raise _not_toml(error, text) from error


def _check_bounds(text: str) -> None:
    refused = toml_error(text, MAX_VALUES)
    if refused is not None:
        raise TextError(*refused)


def _not_toml(error: Exception, text: str) -> TextError:
    if isinstance(error, tomllib.TOMLDecodeError):
        return _toml_error(str(error), text)
    return TextError(f"not TOML: {_TOO_MUCH}")


def _toml_error(words: str, text: str) -> TextError:
    """The parser's message, and the line it ends with, or the last line if it names the end of the
    document."""
    place = _TOML_PLACE.search(words)
    said = f"not TOML: {_TOML_PLACE.sub('', words)}"
    if place is None or place[1] is None:
        return TextError(said, text.count("\n") + 1)
    return TextError(f"{said} (column {place[2]})", int(place[1]))


class _Tables:
    """Makes the tables of a JSON text, and remembers whether one of them had a key twice."""

    have_duplicates = False

    def table(self, entries: list[tuple[str, Json]]) -> Json:
        table = dict(entries)
        if len(table) < len(entries):
            self.have_duplicates = True
        return table


def json_document(text: str) -> Json:
    """The document in a text of JSON, in which no table has a key twice. Raises TextError."""
    tables = _Tables()
    document = _parsed_json(text, tables)
    if tables.have_duplicates:
        raise _duplicate_key(text)
    return document


def _parsed_json(text: str, tables: _Tables) -> Json:
    try:
        return cast(Json, json.loads(text, object_pairs_hook=tables.table))
    except (RecursionError, ValueError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> TextError:
    if not isinstance(error, json.JSONDecodeError):
        return TextError(f"not JSON: {_TOO_MUCH}")
    return TextError(f"not JSON: {error.msg} (column {error.colno})", error.lineno)


def _duplicate_key(text: str) -> TextError:
    path, line = json_lines(text)[1][0]
    return TextError(f"the key '{path[-1]}' is set twice in one table", line)


def json_key_lines(text: str) -> Lines:
    """The lines of the keys of a JSON text."""
    return json_lines(text)[0]
