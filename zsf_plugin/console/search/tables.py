"""A pasted table (comma, semicolon or tab) with a header row → a reading. Pure; an invalid line
affects no other line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from zsf_plugin.console.labels import plural
from zsf_plugin.console.search.headings import Path, known_places, similar_name
from zsf_plugin.console.search.reading import InputNote, Reading
from zsf_plugin.model import Json

_DELIMITERS = ",;\t"
#: The most lines of a quoted value; a longer one is an unclosed quote.
MAX_RECORD_LINES = 20
_HEAD_COUNT = re.compile(r"[0-9]{1,9}")
MAX_COLUMNS = 200
_NO_HEADING = (
    "is used as the header row, but has no known column name, such as first_name, "
    "last_name, email or company."
)
_OPEN_QUOTE = "has an unclosed quote, or text after a closing quote."
_TOO_LONG = "has a value that is too long."

#: The most lines of notes above a header row, which some tools write.
_MAX_NOTES = 10
#: Columns whose value says by itself whose page it is.
_PAGES = (("company", "website"), ("linkedin_url",))


class _Record(NamedTuple):
    """A table's row: its first and last line, and its cells; None where it cannot be read, with the
    fault."""

    first: int
    last: int
    cells: tuple[str, ...] | None
    fault: str = ""


def read_table(lines: Sequence[str]) -> Reading:
    """Read those lines. The first that is not blank is the header row, unless it is an e-mail
    address, or notes stand above a line that is one."""
    reading = Reading()
    start = _start(lines)
    if start:
        reading.findings.append(_notes_above(start))
    records = _records(lines, _delimiter(lines, start), start)
    heading = next(records)
    cells = heading.cells or ()
    if len(cells) > MAX_COLUMNS:
        reading.say(heading.first, len(lines), f"has more than {MAX_COLUMNS} columns.")
    elif _is_address(cells):
        _take_all(reading, (("email",),), chain([heading], records), len(lines))
    else:
        _take_below(reading, heading, records, len(lines))
    return reading


def _take_below(
    reading: Reading, heading: _Record, records: Iterator[_Record], last_line: int
) -> None:
    """Add the rows below a header row."""
    first, last, cells, _ = heading
    places, unknown = _heading(cells or ())
    if not _is_known(places):
        reading.say(first, last_line, _NO_HEADING)
        return
    reading.findings.extend(_unknown(unknown, first))
    if not _take_all(reading, places, records, last_line):
        text = "There is a header row, but no prospect below it."
        reading.findings.append(InputNote(text, first, last))


def _take_all(
    reading: Reading, places: Sequence[Path | None], records: Iterator[_Record], last: int
) -> bool:
    """Add the rows until the reading is full. Returns whether there were any."""
    record = None
    for _, record in reading.until_full(((one.first, one) for one in records), last):
        _take(reading, places, record)
    return record is not None


def _is_known(places: Sequence[Path | None]) -> bool:
    """Whether any column is a known prospect field."""
    return any(place is not None and place[0] != "custom" for place in places)


def _heading(names: Sequence[str]) -> tuple[tuple[Path | None, ...], list[str]]:
    """The places of those columns, and the unknown names. An unknown column goes under `custom`, a
    column without a name nowhere."""
    columns = list(zip(names, known_places(names), strict=True))
    unknown = [name.strip() for name, place in columns if place is None and name.strip()]
    return tuple(place or _custom(name.strip()) for name, place in columns), unknown


def _custom(name: str) -> Path | None:
    return ("custom", name) if name else None


def _start(lines: Sequence[str]) -> int:
    """Where the table begins: 0, or at a header row below some lines that are none."""
    first, *others = [at for at, line in enumerate(lines) if line.strip()]
    known = _known_columns(lines, first)
    if known > 1 or _is_address((lines[first],)):
        return 0
    # One known name alone is a header row, or a title such as "Company" right above one.
    below = others[:1] if known else others[:_MAX_NOTES]
    return next((at for at in below if _known_columns(lines, at) > 1), 0)


def _known_columns(lines: Sequence[str], at: int) -> int:
    """How many known column names the row from that line has."""
    cells, _ = _record_at(lines, at, _delimiter(lines, at))
    return sum(place is not None for place in known_places(cells or ()))


def _notes_above(lines: int) -> InputNote:
    """A finding about the lines above the header row."""
    where, verb = ("Line 1 stands", "is") if lines == 1 else (f"Lines 1 to {lines} stand", "are")
    text = f"{where} above the header row and {verb} not part of the table."
    return InputNote(text, 1, lines)


def _delimiter(lines: Sequence[str], at: int) -> str:
    """The delimiter that splits the row from that line into most cells."""
    return max(_DELIMITERS, key=lambda one: len(_record_at(lines, at, one)[0] or ()))


def _records(lines: Sequence[str], delimiter: str, start: int) -> Iterator[_Record]:
    """The rows from that line that are not blank. An unreadable row ends with its first line."""
    at = start
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, used = _record_at(lines, at, delimiter)
        yield _Record(at + 1, at + used, cells, _why_unreadable(lines[at]) if cells is None else "")
        at += used


def _record_at(lines: Sequence[str], at: int, delimiter: str) -> tuple[tuple[str, ...] | None, int]:
    """(the cells of the row from that line, or None if it is unreadable; the number of its
    lines)."""
    within = lines[at : at + MAX_RECORD_LINES]
    reader = csv.reader((f"{line}\n" for line in within), delimiter=delimiter, strict=True)
    try:
        return tuple(next(reader)), reader.line_num
    except csv.Error:
        return None, 1


def _why_unreadable(line: str) -> str:
    return _TOO_LONG if len(line) > csv.field_size_limit() else _OPEN_QUOTE


def _is_address(cells: Sequence[str]) -> bool:
    """Whether the first line is an e-mail address: a bare list of them needs no header row."""
    return len(cells) == 1 and "@" in cells[0]


def _unknown(names: Sequence[str], line: int) -> Iterator[InputNote]:
    """Findings about unknown columns: one for each that may be a typo, and one for the others."""
    similar = {name: similar_name(name) for name in names}
    for name, close in similar.items():
        if close:
            text = f"The column “{name}” is not a known prospect field. Did you mean {close}?"
            yield InputNote(text, line, line)
    others = [name for name, close in similar.items() if close is None]
    if others:
        yield InputNote(_custom_columns(others), line, line)


def _custom_columns(names: Sequence[str]) -> str:
    if len(names) == 1:
        return (
            f"The column “{names[0]}” is not a known prospect field. Rules can use it as a custom "
            "value."
        )
    quoted = ", ".join(f"“{name}”" for name in names)
    return f"Columns that are no known prospect field: {quoted}. Rules can use custom values."


def _take(reading: Reading, places: Sequence[Path | None], record: _Record) -> None:
    cells = [cell.strip() for cell in record.cells or ()]
    fault = record.fault or _fault(cells, len(places))
    if fault:
        reading.say(record.first, record.last, fault)
    else:
        reading.take(record.first, record.last, _prospect(places, cells))


def _fault(cells: Sequence[str], expected: int) -> str:
    """What is wrong with a row; "" if it has as many columns as the header row."""
    if not any(cells):
        return "has no values."
    if len(cells) >= expected and not any(cells[expected:]):
        return ""
    return f"has {plural(len(cells), 'column', 'columns')}; the header row has {expected}."


def _prospect(places: Sequence[Path | None], cells: Sequence[str]) -> dict[str, Json]:
    """The cells at their places; of two columns for one place, the first with a value counts."""
    made: dict[str, Json] = {}
    for place, cell in zip(places, cells, strict=False):
        value = _value(place, cell)
        if place is not None and value is not None:
            _put(made, _page_place(place, cell), value)
    return made


def _page_place(place: Path, cell: str) -> Path:
    """The place of a page's address: a profile or a page on LinkedIn is no website, whatever the
    column is called."""
    if place in _PAGES and "linkedin.com/in/" in cell:
        return ("linkedin_url",)
    is_company = place in _PAGES and "linkedin.com/company/" in cell
    return ("company", "linkedin_url") if is_company else place


def _value(place: Path | None, cell: str) -> Json:
    """The cell as a value for that place."""
    return _head_count(cell) if place == ("company", "employees") else cell or None


def _head_count(cell: str) -> int | None:
    """The cell as a number; None for a range such as "51–200"."""
    digits = cell.replace(",", "").replace(" ", "")
    return int(digits) if _HEAD_COUNT.fullmatch(digits) else None


def _put(document: dict[str, Json], place: Path, value: Json) -> None:
    for key in place[:-1]:
        inner = document.setdefault(key, {})
        document = inner if isinstance(inner, dict) else {}
    document.setdefault(place[-1], value)
