"""The canonical layout of a TOML rule: keys and tables in the schema's order, a blank line between
tables, values on one line where they fit. Comments stay with what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
        for section in sections:
            for length in range(1, len(section.path) + 1):
                seen.setdefault(section.path[:length], len(seen))

        def place(section: Section) -> list[tuple[int, int]]:
            lengths = range(1, len(section.path) + 1)
            return [self._rank(section.path[:one], seen[section.path[:one]]) for one in lengths]

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
            while out and not out[-1]:
                out.pop()
            out += [""] if out else []
            out += [*section.before, _line(_header(section), section.comment)]
        for at, entry in enumerate(self._in_order(section.entries, len(section.path))):
            before = [*each_line(entry.before)]
            out += before if at else _without_blanks(before, end=False)
            key = f"{'.'.join(entry.text)} = "
            out += _line(key + self._value(entry, len(key)), entry.comment).split("\n")
        out += _without_blanks([*each_line(section.after)], start=False)

    def _expanded(self, section: Section) -> Iterator[Section]:
        """The section, and each of its inline tables that is too long for a line as a section of
        its own."""
        yield section
        kept: list[Entry] = []
        moved: list[Entry] = []
        for entry in section.entries:
            (moved if self._is_too_long(entry, section) else kept).append(entry)
        section.entries = kept
        for entry in moved:
            text = (*section.text, *entry.text)
            made = Section(entry.path, text, entry.comment, before=[*filter(None, entry.before)])
            made.entries = self._entries_of(entry)
            yield from self._expanded(made)

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
        if not isinstance(entry.item, InlineTable):
            return entry.item.as_string()
        inner = self._in_order(self._entries_of(entry), len(entry.path))
        pairs = [f"{'.'.join(one.text)} = {self._value(one, 0, indent)}" for one in inner]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"

    def _array(self, array: Array, entry: Entry, column: int, indent: str) -> str:
        """On one line if it fits and has no comments, else an item a line."""
        pieces = [*_pieces(array)]
        inner = indent + _INDENT
        has_comments = any(isinstance(piece, _OwnLine | _EndOfLine) for piece in pieces)
        if not has_comments:
            texts = [self._item(piece, entry, 0, indent) for piece in array]
            line = f"[{', '.join(texts)}]"
            if column + len(line) <= MAX_COLUMNS or "\n" in line or not column:
                return line
        lines: list[str] = []
        for piece in pieces:
            if isinstance(piece, _EndOfLine):
                lines[-1] += f"  {piece.comment}"
            elif isinstance(piece, _OwnLine):
                lines.append(inner + piece.comment)
            else:
                lines.append(f"{inner}{self._item(piece, entry, len(inner), inner)},")
        return "\n".join(["[", *lines, f"{indent}]"])

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


def _pieces(array: Array) -> Iterator[Item | _OwnLine | _EndOfLine]:
    """The items of an array and the comments between them, in order."""
    text, at = array.as_string(), 1
    for number, item in enumerate([*array, None]):
        gap = _GAP.match(text, at)
        assert gap is not None
        for found in _COMMENT.finditer(gap[0]):
            is_own = not number or "\n" in gap[0][: found.start()]
            yield (_OwnLine if is_own else _EndOfLine)(found[0].rstrip())
        if item is not None:
            yield item
            at = gap.end() + len(item.as_string())


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
