"""The parts of a TOML file in its own order: tables with their keys, each with the comments that
belong to it.

A comment on lines of its own belongs to what follows it at once; one at the end of a table, with a
blank line after it, to that table. What is first in the file, with a blank line after it, is about
the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import tomlkit
from tomlkit.items import AoT, Comment, InlineTable, Item, Key, Table, Whitespace

from zsf_plugin.rulebook.language import Names, Rename, current_path

#: A line of its own: a comment, or "" for a blank line.
Lines = list[str]
_Body = Sequence[tuple[Key | None, Item]]

#: What a line for programs begins with, such as that with the schema.
_DIRECTIVE = "#:"


@dataclass(slots=True)
class Entry:
    """A key and its value. `path` has the names as they are in the file, `text` is the key to
    write, in parts where it has dots. `comment` is that on its line."""

    path: Names
    text: Names
    item: Item
    comment: str = ""
    before: Lines = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A table: its header's path and text (both empty for the keys before any header), and its
    keys."""

    path: Names
    text: Names
    comment: str = ""
    is_element: bool = False
    before: Lines = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    after: Lines = field(default_factory=list)


@dataclass(slots=True)
class TomlParts:
    """A file: the lines about it, and its tables. The first has the keys before any header."""

    head: Lines
    sections: list[Section]


def read_parts(text: str, renames: Sequence[Rename] = ()) -> TomlParts:
    """The parts of a valid file, with the current name of each key."""
    return _read(tomlkit.parse(text).body, (), renames)


def entries_of(table: InlineTable, entry: Entry, renames: Sequence[Rename]) -> list[Entry]:
    """The keys of an inline table that is the value of that entry."""
    return _read(table.value.body, entry.path, renames).sections[0].entries


def _read(body: _Body, path: Names, renames: Sequence[Rename]) -> TomlParts:
    reader = _Reader(renames)
    reader.take(body, path, (), ())
    return reader.finished()


def is_inline(item: Item) -> bool:
    """Whether it is a table in braces."""
    return isinstance(item, InlineTable)


class _Reader:
    """Takes the parts of a file in its order; `pending` are the lines since the last key."""

    def __init__(self, renames: Sequence[Rename]) -> None:
        self.parts = TomlParts([], [Section((), ())])
        self.renames = renames
        self.pending: Lines = []
        self.is_begun = False

    def take(self, body: _Body, path: Names, text: Names, dotted: Names) -> None:
        """The parts of one table at `path`, whose header has this text; `dotted` are the parts of a
        key that it is in, if it has no header."""
        for key, item in body:
            if isinstance(item, Whitespace):
                self.pending += [""] * item.s.count("\n")
            elif isinstance(item, Comment):
                self.pending.append(_comment_of(item))
            elif key is not None:
                self._keyed(key, item, path, text, dotted)

    def _keyed(self, key: Key, item: Item, path: Names, text: Names, dotted: Names) -> None:
        place = (*path, key.key)
        name = self._name(key, place)
        if isinstance(item, AoT):
            for element in item.body:
                self._header(element, place, (*text, name), is_element=True)
        elif not isinstance(item, Table):
            self._value(item, place, (*dotted, name))
        elif key.is_dotted():
            self.take(item.value.body, place, text, (*dotted, name))
        elif _has_header(item):
            self._header(item, place, (*text, name))
        else:
            self.take(item.value.body, place, (*text, name), ())

    def _value(self, item: Item, path: Names, text: Names) -> None:
        self._begin()
        entry = Entry(path, text, item, _comment_of(item), self._taken())
        self._section.entries.append(entry)

    @property
    def _section(self) -> Section:
        """The one that is being read."""
        return self.parts.sections[-1]

    def _header(self, table: Table, path: Names, text: Names, *, is_element: bool = False) -> None:
        self._begin()
        before = self._end_section()
        section = Section(path, text, _comment_of(table), is_element, before)
        self.parts.sections.append(section)
        self.take(table.value.body, path, text, ())

    def _end_section(self) -> Lines:
        """End the section before a header; returns the lines that belong to the header."""
        after, before = _split(self._taken())
        self._section.after += after
        return before

    def _name(self, key: Key, path: Names) -> str:
        current = current_path(path, self.renames)[-1]
        return key.as_string().strip() if current == path[-1] else current

    def _begin(self) -> None:
        """What is before the first key or header is about the file, but for what belongs to
        that."""
        if self.is_begun:
            return
        self.is_begun = True
        self.parts.head, self.pending = _split_head(self._taken())

    def _taken(self) -> Lines:
        taken, self.pending = self.pending, []
        return taken

    def finished(self) -> TomlParts:
        """The parts, when the whole file was taken."""
        if self.is_begun:
            self._section.after += self._taken()
        else:
            self.parts.head = self._taken()
        return self.parts


def _has_header(table: Table) -> bool:
    """Whether the file has a header of its own for the table, and not only for one in it."""
    return not table.is_super_table() or table.display_name is not None


def _comment_of(item: Item) -> str:
    return item.trivia.comment.rstrip()


def _is_directive(line: str) -> bool:
    return line.startswith(_DIRECTIVE)


def _split_head(lines: Lines) -> tuple[Lines, Lines]:
    """What is about the file, lines for programs first, and what belongs to what follows."""
    directives = list(takewhile(_is_directive, lines))
    about, rest = _split(lines[len(directives) :])
    return directives + about, rest


def _split(lines: Lines) -> tuple[Lines, Lines]:
    """The lines up to the last blank one, and those after it."""
    cut = len(lines)
    while cut and lines[cut - 1]:
        cut -= 1
    return lines[:cut], lines[cut:]


def each_line(lines: Lines) -> Iterator[str]:
    """The lines, with one blank line where there are several."""
    last: str | None = None
    for line in lines:
        if line or last != "":
            yield line
        last = line
