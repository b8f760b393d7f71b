"""Line numbers for TOML keys: no TOML library tells them. Used only to point at a finding."""

from __future__ import annotations

import tomllib

_Path = tuple[str | int, ...]


def toml_lines(text: str) -> dict[_Path, int]:
    """Path of keys → 1-based line, for text that tomllib has accepted. Elements inside an array have none of their own.

    Quadratic in the length of one multi-line value: cap the file's size before.
    """
    return _Finder(text).run()


def line_of(lines: dict[_Path, int], path: _Path) -> int | None:
    """The line of that path, or of its nearest parent that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Finder:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._found: dict[_Path, int] = {}
        self._arrays: dict[_Path, int] = {}
        self._base: _Path = ()

    def run(self) -> dict[_Path, int]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at].strip()
            if not line or line.startswith("#"):
                at += 1
            elif line.startswith("["):
                self._header(line, at)
                at += 1
            else:
                at = self._assignment(at)
        return self._found

    def _header(self, line: str, at: int) -> None:
        names: list[str] = []
        node: object = tomllib.loads(line)
        while node:
            if isinstance(node, list):
                node = node[0]
            elif isinstance(node, dict):
                name, node = next(iter(node.items()))
                names.append(name)
        if line.startswith("[["):
            path: _Path = (*self._anchored(names[:-1]), names[-1])
            self._arrays[path] = self._arrays.get(path, -1) + 1
            self._found.setdefault(path, at + 1)
            self._base = (*path, self._arrays[path])
        else:
            self._base = self._anchored(names)
        self._found.setdefault(self._base, at + 1)

    def _anchored(self, names: list[str]) -> _Path:
        path: _Path = ()
        for name in names:
            path = (*path, name)
            if path in self._arrays:
                path = (*path, self._arrays[path])
        return path

    def _assignment(self, at: int) -> int:
        """Take in one `key = value`, which may span lines; the line after it."""
        for end in range(at + 1, len(self._lines) + 1):
            try:
                table = tomllib.loads("\n".join(self._lines[at:end]))
            except tomllib.TOMLDecodeError:
                continue
            self._leaves(table, self._base, at + 1)
            return end
        return len(self._lines)

    def _leaves(self, table: dict[str, object], path: _Path, line: int) -> None:
        for key, value in table.items():
            self._found.setdefault((*path, key), line)
            if isinstance(value, dict):
                self._leaves(value, (*path, key), line)
