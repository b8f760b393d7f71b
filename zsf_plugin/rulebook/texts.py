"""The text of a person's TOML or JSON file, read and parsed: a rule, a file of cases, an event of a
case. What is wrong is a `TextError` with line and column, as far as they are known.

What a document may say is up to others.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zsf_plugin.model import Json
from zsf_plugin.rulebook.bounds import MAX_BYTES, MAX_VALUES, document_error, toml_error
from zsf_plugin.rulebook.lines import Lines, json_lines, toml_lines
from zsf_plugin.rulebook.regular_files import read_regular_file

_NOT_A_FILE = "not a regular file; only files of text are read, so move what is there elsewhere"
_TO_NOWHERE = "a symbolic link to a file that is not there; restore the file, or remove the link"
_GONE = "there is no such file; restore it, or name another"
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_MIB = 1024 * 1024


class TextError(Exception):
    """Why a text cannot be read or parsed, with the line and column if known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def _nothing(_: Json) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be, in bytes and in values, and what it is called. `why_refused` says
    why a parsed JSON document may not be looked into; empty if it may."""

    kind: str
    max_bytes: int
    max_values: int
    why_refused: Callable[[Json], str] = _nothing

    @property
    def too_large(self) -> str:
        """What is said of a file of more bytes."""
        size = _size_in_words(self.max_bytes)
        return f"larger than {size}; split it into several {self.kind}s"


def _size_in_words(size: int) -> str:
    return f"{size // _MIB} MiB" if size >= _MIB else f"{size // 1024} KiB"


RULE_LIMITS = Limits("rule file", MAX_BYTES, MAX_VALUES, document_error)


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A text, the document in it, and what finds the lines of its keys, which takes as long as
    parsing it."""

    text: str
    document: Json
    lines: Callable[[], Lines]


def read_content(path: Path, limits: Limits = RULE_LIMITS) -> bytes:
    """What the file holds, but at most one byte over the limit. Raises TextError."""
    try:
        content = read_regular_file(path, limits.max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # no path holds a NUL
        raise TextError(_TO_NOWHERE if path.is_symlink() else _GONE) from error
    except OSError as error:
        raise TextError(f"cannot be read ({error.strerror}); check its permissions") from error
    if content is None:
        raise TextError(_NOT_A_FILE)
    return content


def parsed_text(name: str, content: bytes, limits: Limits = RULE_LIMITS) -> ParsedText:
    """The document of a file of that name: TOML if the name says so, else JSON. Raises
    TextError."""
    parse = _toml if name.casefold().endswith(".toml") else _json
    return parse(_text(content, limits), limits)


def _text(content: bytes, limits: Limits) -> str:
    if len(content) > limits.max_bytes:
        raise TextError(limits.too_large)
    if b"\0" in content:
        raise TextError("not a text file; save it as UTF-8 text")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TextError("not valid UTF-8; save it as UTF-8 text", line) from error


def _toml(text: str, limits: Limits) -> ParsedText:
    if refused := toml_error(text, limits.max_values, limits.kind):
        raise TextError(*refused)
    try:
        return ParsedText(text, tomllib.loads(text), lambda: toml_lines(text))
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text) from error
    except (RecursionError, ValueError) as error:
        raise TextError(f"not TOML: {_too_much(error)}") from error


def _toml_error(words: str, text: str) -> TextError:
    """The parser's message, and the line it ends with, or the last line if it names the end of the
    document."""
    place = _TOML_PLACE.search(words)
    said = f"not TOML: {_TOML_PLACE.sub('', words)}"
    if place is None or place[1] is None:
        return TextError(said, text.count("\n") + 1)
    return TextError(said, int(place[1]), int(place[2]))


def _json(text: str, limits: Limits) -> ParsedText:
    document, has_duplicates = _json_document(text)
    if words := limits.why_refused(document):  # before its lines are counted, one path each
        raise TextError(words)
    if has_duplicates:
        _, duplicates = json_lines(text)
        for path, line in duplicates:
            raise TextError(f"the key '{path[-1]}' is set twice in one table", line)
    return ParsedText(text, document, lambda: json_lines(text)[0])


def _json_document(text: str) -> tuple[Json, bool]:
    """The document, and whether a key is set twice in one of its tables."""
    has_duplicates = False

    def table_of(entries: list[tuple[str, Json]]) -> Json:
        nonlocal has_duplicates
        table = dict(entries)
        has_duplicates = has_duplicates or len(table) < len(entries)
        return table

    try:
        return cast(Json, json.loads(text, object_pairs_hook=table_of)), has_duplicates
    except json.JSONDecodeError as error:
        raise TextError(f"not JSON: {error.msg}", error.lineno, error.colno) from error
    except (RecursionError, ValueError) as error:
        raise TextError(f"not JSON: {_too_much(error)}") from error


def _too_much(error: Exception) -> str:
    return (
        "nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
    )
