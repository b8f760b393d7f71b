"""The line of each key in a rule file, which TOML and JSON parsers do not report. Used only to show
where a finding is.

Both functions take text that its parser has accepted, and read it once.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]
Lines = dict[Path, int]

_TOML_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[{]|[\]}]|\n\s*",
    re.DOTALL,
)
_FIRST_KEYS: dict[str, str | int] = {"[": 0, "{": ""}
_NESTING = {"[": 1, "{": 1, "]": -1, "}": -1}
_JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{},:\n]|[^\s"\[\]{},:]+')


def line_of(lines: Lines, path: Path) -> int | None:
    """The line of that path, or of its nearest parent with a line."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def toml_lines(text: str) -> Lines:
    """Path of keys → 1-based line. Keys inside an array have the line of the array's key."""
    found = _TomlLines()
    for statement, line in _statements(text):
        if statement and not statement.startswith("#"):
            found.take(statement, line)
    return found.lines


def _statements(text: str) -> Iterator[tuple[str, int]]:
    """Each table header, `key = value` and comment, with its first line; a value may span lines.
    Blank lines are empty statements."""
    start, line, begun, depth = 0, 1, 1, 0
    for token in _TOML_TOKEN.finditer(text + "\n"):
        shown = token.group()
        depth += _NESTING.get(shown, 0)
        line += shown.count("\n")
        if shown[0] == "\n" and depth == 0:
            yield text[start : token.start()].strip(), begun
            start, begun = token.end(), line


class _TomlLines:
    """The lines found so far; `base` is the table that the next key belongs to."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self.base: Path = ()
        self.counts: dict[Path, int] = {}

    def take(self, statement: str, line: int) -> None:
        if statement.startswith("["):
            self._header(statement, line)
        else:
            self._keys(tomllib.loads(statement), self.base, line)

    def _header(self, statement: str, line: int) -> None:
        names = _names(tomllib.loads(statement))
        path: Path = (*self._anchored(names[:-1]), names[-1])
        if statement.startswith("[["):
            self.counts[path] = self.counts.get(path, -1) + 1
        self.base = self._anchored(names)
        for place in (path, self.base):
            self.lines.setdefault(place, line)

    def _anchored(self, names: list[str]) -> Path:
        """The path to a table, through the last element of each array of tables."""
        path: Path = ()
        for name in names:
            path += (name,)
            if path in self.counts:
                path += (self.counts[path],)
        return path

    def _keys(self, table: dict[str, object], path: Path, line: int) -> None:
        for key, value in table.items():
            place = (*path, key)
            self.lines.setdefault(place, line)
            if isinstance(value, dict):
                self._keys(value, place, line)


def _names(header: object) -> list[str]:
    """The names in a header, from the tables it creates when parsed alone."""
    names: list[str] = []
    while header:
        if isinstance(header, list):
            header = header[0]
        elif isinstance(header, dict):
            name, header = next(iter(header.items()))
            names.append(name)
    return names


def json_lines(text: str) -> tuple[Lines, list[tuple[Path, int]]]:
    """Path → 1-based line of its key or element; and the duplicate keys of an object, with the line
    of the duplicate."""
    found = _JsonLines()
    for piece in _JSON_TOKEN.findall(text):
        found.take(piece)
    return found.lines, found.duplicates


class _JsonLines:
    """The lines found so far; `trail` is the current path: an index in an array, a key in an
    object."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self.duplicates: list[tuple[Path, int]] = []
        self.trail: list[str | int] = []
        self.line = 1
        self.text = ""

    def take(self, piece: str) -> None:
        if piece == "\n":
            self.line += 1
        elif piece == ":":
            self._key()
        elif piece in "]}":
            self.trail.pop()
        elif piece == ",":
            self._next()
        else:
            self._value(piece)

    def _next(self) -> None:
        if isinstance(self.trail[-1], int):
            self.trail[-1] += 1

    def _key(self) -> None:
        self.trail[-1] = json.loads(self.text)
        path = tuple(self.trail)
        if path in self.lines:
            self.duplicates.append((path, self.line))
        self.lines.setdefault(path, self.line)

    def _value(self, piece: str) -> None:
        """The start of a value, or a key, which the colon after it will show."""
        if self.trail and isinstance(self.trail[-1], int):
            self.lines.setdefault(tuple(self.trail), self.line)
        if piece in _FIRST_KEYS:
            self.trail.append(_FIRST_KEYS[piece])
        else:
            self.text = piece
