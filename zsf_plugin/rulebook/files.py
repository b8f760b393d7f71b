"""One rule file: read, parsed, checked. Everything that is wrong is found at once, each with its
place.

Which files are read, and what happens with their rules, is `rulebook`'s.
"""

from __future__ import annotations

import json
import math
import re
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import cast

from zsf_plugin.model import Json, JsonObject, Layer, Rule
from zsf_plugin.rulebook import schema
from zsf_plugin.rulebook.expressions_in import expression_faults
from zsf_plugin.rulebook.lines import Lines, json_lines, line_of, toml_lines

MAX_BYTES = 1024 * 1024
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a rule file, with its place. `line` is 1-based, None where
    unknown; `pointer` is a JSON pointer into the rule."""

    file: str
    line: int | None
    pointer: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if self.pointer:
            return f"{place}: {self.pointer}: {self.message}"
        return f"{place}: {self.message}"


Parsed = tuple[Rule | None, tuple[Finding, ...]]


class _TextError(Exception):
    """Why a text is no document, in words; with the line where known."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


def read_rule(path: Path, name: str, layer: Layer) -> Parsed:
    """The rule of a file, or None with all findings. `name` is the file's, as people know it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return _refused(name, "not a file; a rule is a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _refused(name, f"cannot be read ({error.strerror}); check its rights")
    return parse_rule(name, content, layer)


def parse_rule(name: str, content: bytes, layer: Layer) -> Parsed:
    """The rule of a file's content, or None with all findings."""
    try:
        text = _text(content)
        document, lines = _toml(text) if name.endswith(".toml") else _json(text)
    except _TextError as fault:
        return _refused(name, fault.words, fault.line)
    findings = check_document(name, document, lines)
    return (None if findings else rule_of(name, cast(JsonObject, document), layer)), findings


def rule_of(name: str, document: JsonObject, layer: Layer) -> Rule:
    """The rule of a checked document."""
    when = document.get("when")
    return Rule(name, layer, document, when if isinstance(when, str) else None)


def check_document(name: str, document: Json, lines: Lines | None = None) -> tuple[Finding, ...]:
    """All that is wrong with a rule document: odd values, then its shape, then its expressions."""
    try:
        faults = (
            list(_odd_values(document, ()))
            or schema.faults("rule", document)
            or _expression_faults(document)
        )
    except RecursionError:
        faults = [schema.Fault((), "nested too deeply")]
    return tuple(
        Finding(name, line_of(lines or {}, fault.path), fault.pointer, fault.message)
        for fault in faults
    )


def lines_in(path: Path) -> Lines:
    """The lines of a rule file's keys; none where it can no longer be read."""
    try:
        text = _text(path.read_bytes())
        return (_toml(text) if path.suffix == ".toml" else _json(text))[1]
    except (OSError, _TextError):
        return {}


def _refused(name: str, words: str, line: int | None = None) -> Parsed:
    return None, (Finding(name, line, "", words),)


def _expression_faults(document: Json) -> list[schema.Fault]:
    return [
        schema.Fault(path, words) for path, words in expression_faults(cast(JsonObject, document))
    ]


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _TextError(
            f"larger than {MAX_BYTES // 1024} KiB; a rule file is a page or two, split it"
        )
    if b"\0" in content:
        raise _TextError("not a text file; save it as UTF-8 text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _TextError("not a text in UTF-8; save it as UTF-8 text", line) from error


def _toml(text: str) -> tuple[Json, Lines]:
    text = text.replace("\r\n", "\n")
    try:
        return tomllib.loads(text), toml_lines(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise _TextError(f"not TOML: {_TOML_PLACE.sub('', str(error))}", line) from error
    except (RecursionError, ValueError) as error:
        raise _TextError(f"not TOML: {_too_much(error)}") from error


def _json(text: str) -> tuple[Json, Lines]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _TextError(f"not JSON: {error.msg} (column {error.colno})", error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise _TextError(f"not JSON: {_too_much(error)}") from error
    lines, twins = json_lines(text)
    for path, line in twins:
        raise _TextError(f"the key '{path[-1]}' stands twice in one table", line)
    return document, lines


def _too_much(error: Exception) -> str:
    return (
        "nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
    )


def _odd_values(value: object, path: tuple[str | int, ...]) -> Iterator[schema.Fault]:
    """What TOML and Python's JSON know and a rule does not: dates, and numbers that are none."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _odd_values(inner, (*path, key))
    elif isinstance(value, float) and not math.isfinite(value):
        yield schema.Fault(path, "must be a finite number")
    elif isinstance(value, (datetime, date, time)):
        yield schema.Fault(path, "must not be a date or time; write it as a text in quotes")
