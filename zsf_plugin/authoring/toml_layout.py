"""The canonical layout of a TOML rule: keys and tables in the schema's order, a blank line between
tables, values on one line where they fit. Comments stay with what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from tomlkit.items import Array, InlineTable, Item

from zsf_plugin.authoring.key_order import KeyOrder
from zsf_plugin.authoring.toml_parts import (
    Entry,
    Lines,
    Section,
    each_line,
    entries_of,
    is_inline,
    read_parts,
)
from zsf_plugin.rulebook.language import ANY, LANGUAGE_KEY, Names, Rename, current_path

MAX_COLUMNS = 100
_INDENT = "    "
#: What stands between the items of an array.
_GAP = re.compile(r"(?:[\s,]|#[^\n]*)*")
_COMMENT = re.compile(r"#[^\n]*")


@dataclass(slots=True)
class TomlLayout:
    """Lays out TOML rules by a key order, with the current name of each key. `language` replaces
    the version that a file names."""

    order: KeyOrder
    renames: Sequence[Rename] = ()
    language: int | None = None

    def laid_out(self, text: str) -> str:
        """The valid file in its canonical layout. Raises what tomlkit raises."""
        parts = read_parts(text, self.renames)
        sections = [one for section in parts.sections for one in self._expanded(section)]
        out = [*_without_blanks([*each_line(parts.head)], end=False)]
        for section in self._sorted(sections):
            self._add(section, out)
        return "".join(f"{line}\n" for line in _without_blanks(out))

    def _sorted(self, sections: list[Section]) -> list[Section]:
        """The sections in the schema's order, those that it does not name as they come."""
        seen: dict[Names, int] = {}
        for path in chain.from_iterable(map(_tables_to, sections)):
            seen.setdefault(path, len(seen))

        def place(section: Section) -> list[tuple[int, int]]:
            return [self._rank(path, seen[path]) for path in _tables_to(section)]

        return sorted(sections, key=place)

    def _rank(self, path: Names, otherwise: int) -> tuple[int, int]:
        rank = self.order.rank(current_path(path, self.renames))
        return (1, otherwise) if rank is None else (0, rank)

    def _in_order(self, entries: Sequence[Entry], depth: int) -> list[Entry]:
        """The keys of a table in the schema's order; `depth` is the length of the table's path."""
        places = enumerate(entries)
        ranked = [(self._rank(entry.path[: depth + 1], at), at, entry) for at, entry in places]
        return [entry for *_, entry in sorted(ranked, key=lambda one: one[:2])]

    def _add(self, section: Section, out: Lines) -> None:
        """Add the lines of a section to those before it."""
        if section.path:
            _end_with_blank(out)
            out += [*section.before, _line(_header(section), section.comment)]
        for at, entry in enumerate(self._in_order(section.entries, len(section.path))):
            before = [*each_line(entry.before)]
            is_below_comment = bool(out) and out[-1].startswith("#")
            out += before if at or is_below_comment else _without_blanks(before, end=False)
            out += self._lines_of(entry)
        out += _without_blanks([*each_line(section.after)], start=False)

    def _lines_of(self, entry: Entry) -> Lines:
        key = f"{'.'.join(entry.text)} = "
        return _line(key + self._value(entry, len(key)), entry.comment).split("\n")

    def _expanded(self, section: Section) -> Iterator[Section]:
        """The section, and each of its inline tables that is too long for a line as a section of
        its own."""
        moved = [entry for entry in section.entries if self._is_too_long(entry, section)]
        section.entries = [entry for entry in section.entries if entry not in moved]
        if not moved or not _is_bare(section):
            yield section
        for entry in moved:
            yield from self._expanded(self._as_section(entry, section.text))

    def _as_section(self, entry: Entry, above: Names) -> Section:
        before = _without_blanks([*each_line(entry.before)])
        section = Section(entry.path, (*above, *entry.text), entry.comment, before=before)
        section.entries = self._entries_of(entry)
        return section

    def _is_too_long(self, entry: Entry, section: Section) -> bool:
        if section.is_element or len(entry.text) > 1 or not is_inline(entry.item):
            return False
        text = f"{entry.text[0]} = {self._value(entry, 0)}"
        return len(text) > MAX_COLUMNS and "\n" not in text

    def _entries_of(self, entry: Entry) -> list[Entry]:
        assert isinstance(entry.item, InlineTable)
        return entries_of(entry.item, entry, self.renames)

    def _value(self, entry: Entry, column: int, indent: str = "") -> str:
        """The value of a key, which begins in that column."""
        if self.language is not None and entry.path == (LANGUAGE_KEY,):
            return str(self.language)
        if isinstance(entry.item, Array):
            return self._array(entry.item, entry, column, indent)
        if isinstance(entry.item, InlineTable):
            return self._inline_table(entry, indent)
        return entry.item.as_string()

    def _inline_table(self, entry: Entry, indent: str) -> str:
        inner = self._in_order(self._entries_of(entry), len(entry.path))
        pairs = [f"{'.'.join(one.text)} = {self._value(one, 0, indent)}" for one in inner]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"

    def _array(self, array: Array, entry: Entry, column: int, indent: str) -> str:
        """On one line if it fits and has no comments, else an item a line."""
        pieces = [*_pieces(array)]
        has_comments = any(isinstance(piece, _OwnLine | _EndOfLine) for piece in pieces)
        if not has_comments:
            line = self._in_one_line(array, entry, indent)
            if column + len(line) <= MAX_COLUMNS or "\n" in line or not column:
                return line
        lines = self._line_by_line(pieces, entry, indent + _INDENT)
        return "\n".join(["[", *lines, f"{indent}]"])

    def _in_one_line(self, array: Array, entry: Entry, indent: str) -> str:
        texts = [self._item(item, entry, 0, indent) for item in array]
        return f"[{', '.join(texts)}]"

    def _line_by_line(self, pieces: Sequence[_Piece], entry: Entry, indent: str) -> Lines:
        lines: Lines = []
        for piece in pieces:
            if isinstance(piece, _EndOfLine):
                lines[-1] += f"  {piece.comment}"
            elif isinstance(piece, _OwnLine):
                lines.append(indent + piece.comment)
            elif isinstance(piece, _Blank):
                lines.append("")
            else:
                lines.append(f"{indent}{self._item(piece, entry, len(indent), indent)},")
        return _without_blanks([*each_line(lines)])

    def _item(self, item: Item, entry: Entry, column: int, indent: str) -> str:
        return self._value(Entry((*entry.path, ANY), (), item), column, indent)


@dataclass(frozen=True, slots=True)
class _OwnLine:
    """A comment in an array, on a line of its own."""

    comment: str


@dataclass(frozen=True, slots=True)
class _EndOfLine:
    """A comment in an array, after an item."""

    comment: str


@dataclass(frozen=True, slots=True)
class _Blank:
    """A blank line in an array."""


_Piece: TypeAlias = Item | _OwnLine | _EndOfLine | _Blank


def _pieces(array: Array) -> Iterator[_Piece]:
    """The items of an array, and the comments and blank lines between them, in order."""
    text, at = array.as_string(), 1
    for number, item in enumerate([*array, None]):
        gap = _GAP.match(text, at)
        assert gap is not None
        yield from _pieces_in(gap[0], is_first=number == 0)
        if item is not None:
            yield item
            at = gap.end() + len(item.as_string())


def _pieces_in(gap: str, *, is_first: bool) -> Iterator[_OwnLine | _EndOfLine | _Blank]:
    """What is between two items; what is before the first item ends no item's line."""
    first, *others = gap.split("\n")
    if found := _COMMENT.search(first):
        yield (_OwnLine if is_first else _EndOfLine)(found[0].rstrip())
    for line in others[:-1]:
        if found := _COMMENT.search(line):
            yield _OwnLine(found[0].rstrip())
        else:  # or it has a comma alone, which has its place after an item
            yield _Blank()


def _tables_to(section: Section) -> list[Names]:
    """The paths of the tables that it is in, and its own."""
    return [section.path[:length] for length in range(1, len(section.path) + 1)]


def _end_with_blank(lines: Lines) -> None:
    """End with one blank line, if there are lines at all."""
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        lines.append("")


def _is_bare(section: Section) -> bool:
    """Whether nothing but its name is left of a table: the tables in it say that too."""
    has_comment = bool(section.comment or section.before or section.after)
    return bool(section.path) and not section.entries and not has_comment


def _header(section: Section) -> str:
    name = ".".join(section.text)
    return f"[[{name}]]" if section.is_element else f"[{name}]"


def _line(text: str, comment: str) -> str:
    return f"{text}  {comment}" if comment else text


def _without_blanks(lines: Lines, *, start: bool = True, end: bool = True) -> Lines:
    """The lines without blank ones at the start and at the end."""
    first, last = 0, len(lines)
    while start and first < last and not lines[first]:
        first += 1
    while end and first < last and not lines[last - 1]:
        last -= 1
    return lines[first:last]
