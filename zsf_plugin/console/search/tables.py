"""A pasted table (comma, semicolon or tab) → a reading. Pure; a bad line costs that line alone."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from zsf_plugin.console.labels import plural
from zsf_plugin.console.search.columns import Heading, Path, heading, meant
from zsf_plugin.console.search.reading import Finding, Reading
from zsf_plugin.model.json import Json

_DELIMITERS = ",;\t"
#: A quoted value may go over so many lines; a quote that is open for longer was forgotten.
_LONGEST_RECORD = 20
_MOST_DIGITS = 9
MOST_COLUMNS = 200
_NO_HEADING = (
    "is taken as the heading, and has no name we know, such as first_name, "
    "last_name, email or company."
)
_OPEN_QUOTE = "has a quote that isn’t closed, or text behind a closing one."


@dataclass(frozen=True, slots=True)
class _Record:
    """A table's row and the lines it takes; None where it cannot be read."""

    first: int
    last: int
    cells: tuple[str, ...] | None


def read_table(lines: Sequence[str]) -> Reading:
    """The reading of those lines; the first that is not blank is the heading, unless it is an
    e-mail address."""
    reading = Reading()
    records = _records(lines, _delimiter(lines))
    first = next(records)
    if len(first.cells or ()) > MOST_COLUMNS:
        reading.say(first.first, len(lines), f"has more than {MOST_COLUMNS} columns.")
        return reading
    top, body = _heading(first, records)
    if not top.is_known:
        reading.say(first.first, len(lines), _NO_HEADING)
        return reading
    reading.findings.extend(_unknown(name, first.first) for name in top.unknown)
    record = None
    for record in body:
        if reading.is_full:
            reading.too_many(record.first, len(lines))
            break
        _take(reading, top, record)
    if record is None:
        reading.findings.append(
            Finding("There is a heading, and no prospect below it.", first.first, first.last)
        )
    return reading


def _delimiter(lines: Sequence[str]) -> str:
    """The one that the first line has most of."""
    counted = Counter(next(line for line in lines if line.strip()))
    return max(_DELIMITERS, key=lambda one: counted[one])


def _records(lines: Sequence[str], delimiter: str) -> Iterator[_Record]:
    """The rows that are not blank. One that cannot be read ends with its first line."""
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        chunk = [f"{line}\n" for line in lines[at : at + _LONGEST_RECORD]]
        reader = csv.reader(chunk, delimiter=delimiter, strict=True)
        try:
            cells, used = tuple(next(reader)), reader.line_num
        except csv.Error:
            cells, used = None, 1
        yield _Record(at + 1, at + used, cells)
        at += used


def _heading(first: _Record, rest: Iterator[_Record]) -> tuple[Heading, Iterator[_Record]]:
    """(what the columns hold, the rows below). A bare list of e-mail addresses needs no heading."""
    cells = first.cells or ()
    if len(cells) == 1 and "@" in cells[0]:
        return heading(["email"]), chain([first], rest)
    return heading(cells), rest


def _unknown(name: str, line: int) -> Finding:
    """A column that is none of a prospect's is said: it may be a slip of the pen."""
    close = meant(name)
    ask = f" Did you mean {close}?" if close else " Rules see it as a custom value."
    return Finding(f"The column “{name}” is none of a prospect’s fields.{ask}", line, line)


def _take(reading: Reading, top: Heading, record: _Record) -> None:
    if record.cells is None:
        reading.say(record.first, record.last, _OPEN_QUOTE)
        return
    cells, expected = [cell.strip() for cell in record.cells], len(top.places)
    if not any(cells):
        reading.say(record.first, record.last, "has no values.")
    elif len(cells) < expected or any(cells[expected:]):
        reading.say(
            record.first,
            record.last,
            f"has {plural(len(cells), 'column', 'columns')}, the heading has {expected}.",
        )
    else:
        reading.take(record.first, record.last, _prospect(top.places, cells))


def _prospect(places: Sequence[Path | None], cells: Sequence[str]) -> dict[str, Json]:
    """The cells at their places; of two columns for one place the first that has a value counts."""
    made: dict[str, Json] = {}
    for place, cell in zip(places, cells, strict=False):
        value = _value(place, cell)
        if place is not None and value is not None:
            _put(made, place, value)
    return made


def _value(place: Path | None, cell: str) -> Json:
    """The cell as its field wants it. A head count that is none ("51–200") says nothing."""
    if place != ("company", "employees"):
        return cell or None
    digits = cell.replace(",", "").replace(" ", "")
    return (
        int(digits)
        if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
        else None
    )


def _put(document: dict[str, Json], place: Path, value: Json) -> None:
    for key in place[:-1]:
        inner = document.setdefault(key, {})
        document = inner if isinstance(inner, dict) else {}
    document.setdefault(place[-1], value)
