"""A pasted table (comma, semicolon or tab) with a header row → a reading. Pure; an invalid line
affects no other line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import NamedTuple, TypeAlias

from zsf_plugin.console.labels import plural
from zsf_plugin.console.search.reading import InputNote, Reading
from zsf_plugin.model import Json

_DELIMITERS = ",;\t"
#: The most lines of a quoted value; a longer one is an unclosed quote.
_MAX_RECORD_LINES = 20
_HEAD_COUNT = re.compile(r"[0-9]{1,9}")
MAX_COLUMNS = 200
_NO_HEADING = (
    "is used as the header row, but has no known column name, such as first_name, "
    "last_name, email or company."
)
_OPEN_QUOTE = "has an unclosed quote, or text after a closing quote."

#: Where a value belongs in a prospect, as keys from the outside in.
Path: TypeAlias = "tuple[str, ...]"

#: Column names in other tools for each place in a prospect, besides its own dotted name.
_ALIASES: dict[Path, tuple[str, ...]] = {
    ("id",): ("prospect id", "person id", "contact id", "lead id"),
    ("first_name",): ("first", "forename", "given name", "firstname", "vorname", "prénom"),
    ("last_name",): ("last", "surname", "family name", "lastname", "nachname"),
    ("email",): (
        "e-mail",
        "mail",
        "email address",
        "e-mail address",
        "work email",
        "business email",
    ),
    ("phone",): ("telephone", "phone number", "mobile", "mobile phone", "direct phone"),
    ("title",): ("job title", "position", "role", "job"),
    ("linkedin_url",): ("linkedin", "linkedin profile", "profile url", "person linkedin url"),
    ("location", "city"): ("city",),
    ("location", "region"): ("region", "state", "province"),
    ("location", "country"): ("country",),
    ("location", "country_code"): ("country code",),
    ("company", "id"): ("account id",),
    ("company", "name"): (
        "company",
        "account",
        "account name",
        "organisation",
        "organization",
        "employer",
    ),
    ("company", "domain"): ("domain", "web domain", "email domain"),
    ("company", "website"): ("website", "web site", "url", "homepage"),
    ("company", "linkedin_url"): ("company linkedin", "company page"),
    ("company", "industry"): ("industry",),
    ("company", "employees"): ("employees", "number of employees", "company size", "headcount"),
    ("company", "phone"): ("company telephone",),
    ("company", "address", "street"): ("street", "company street"),
    ("company", "address", "city"): ("company city",),
    ("company", "address", "region"): ("company region", "company state"),
    ("company", "address", "postal_code"): ("postal code", "postcode", "zip", "zip code"),
    ("company", "address", "country"): ("company country",),
}
#: One name for the whole person: used where the table has no other column for the name.
_WHOLE_NAMES = ("name", "full name", "person", "prospect", "contact")


class _Record(NamedTuple):
    """A table's row: its first and last line, and its cells; None where it cannot be read."""

    first: int
    last: int
    cells: tuple[str, ...] | None


def _plain(name: str) -> str:
    """A column's name without case, punctuation and spaces: `E-Mail Address` is `emailaddress`."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _places() -> dict[str, Path]:
    """From each plain name to its place. A place's last key counts unless another place has that
    name."""
    places: dict[str, Path] = {_plain(path[-1]): path for path in _ALIASES}
    for path, names in _ALIASES.items():
        for name in (".".join(path), *names):
            places[_plain(name)] = path
    return places


_PLACES = _places()
_WHOLE = frozenset(map(_plain, _WHOLE_NAMES))


def read_table(lines: Sequence[str]) -> Reading:
    """Read those lines. The first that is not blank is the header row, unless it is an e-mail
    address."""
    reading = Reading()
    records = _records(lines, _delimiter(lines))
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
    first, last, cells = heading
    places, unknown = _heading(cells or ())
    if not _is_known(places):
        reading.say(first, last_line, _NO_HEADING)
        return
    reading.findings.extend(_unknown(name, first) for name in unknown)
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
    columns = list(zip(names, _known_places(names), strict=True))
    unknown = [name.strip() for name, place in columns if place is None and name.strip()]
    return tuple(place or _custom(name.strip()) for name, place in columns), unknown


def _known_places(names: Sequence[str]) -> list[Path | None]:
    """The known places of those columns. A whole name counts only if no column has the first or
    last name."""
    known = [_PLACES.get(_plain(name)) for name in names]
    if ("first_name",) in known or ("last_name",) in known:
        return known
    return [place or _whole_name(name) for name, place in zip(names, known, strict=True)]


def _custom(name: str) -> Path | None:
    return ("custom", name) if name else None


def _whole_name(name: str) -> Path | None:
    """The place of a column with the whole name. It is never split: where the family name begins
    would be a guess."""
    return ("last_name",) if _plain(name) in _WHOLE else None


def _similar_name(name: str) -> str | None:
    """The known column name that is most similar, or None."""
    close = get_close_matches(_plain(name), _PLACES, n=1, cutoff=0.75)
    return ".".join(_PLACES[close[0]]) if close else None


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that the first line has most of."""
    first = next(filter(str.strip, lines))
    return max(_DELIMITERS, key=first.count)


def _records(lines: Sequence[str], delimiter: str) -> Iterator[_Record]:
    """The rows that are not blank. An unreadable row ends with its first line."""
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, used = _first_record(lines[at : at + _MAX_RECORD_LINES], delimiter)
        yield _Record(at + 1, at + used, cells)
        at += used


def _first_record(lines: Sequence[str], delimiter: str) -> tuple[tuple[str, ...] | None, int]:
    """(the cells of the first row, or None if it is unreadable; the number of its lines)."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        return tuple(next(reader)), reader.line_num
    except csv.Error:
        return None, 1


def _is_address(cells: Sequence[str]) -> bool:
    """Whether the first line is an e-mail address: a bare list of them needs no header row."""
    return len(cells) == 1 and "@" in cells[0]


def _unknown(name: str, line: int) -> InputNote:
    """A finding about an unknown column: it may be a typo."""
    text = f"The column “{name}” is not a known prospect field. {_advice(name)}"
    return InputNote(text, line, line)


def _advice(name: str) -> str:
    close = _similar_name(name)
    return f"Did you mean {close}?" if close else "Rules can use it as a custom value."


def _take(reading: Reading, places: Sequence[Path | None], record: _Record) -> None:
    cells = [cell.strip() for cell in record.cells or ()]
    fault = _OPEN_QUOTE if record.cells is None else _fault(cells, len(places))
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
            _put(made, place, value)
    return made


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
