"""Pasted or uploaded text → prospects and findings. Pure, never raises. JSON is an array, one
object, or one object per line; anything else is a table (`tables`).

No line is lost: each is part of a prospect, or a finding says what is wrong with it. The valid ones
are looked up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from zsf_plugin.console.search.reading import InputNote, Parsed, Reading, Row, Unit
from zsf_plugin.console.search.tables import MAX_RECORD_LINES, read_table
from zsf_plugin.model import Json, JsonObject

if TYPE_CHECKING:
    from zsf_plugin.rulebook.schema import SchemaViolation

#: Returns the first fault of a prospect, or None.
FirstFault: TypeAlias = "Callable[[JsonObject], SchemaViolation | None]"

_KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
#: Keys of lists of prospects in the documents of other tools.
_LISTS = ("prospects", "results")


def parse_prospects(text: str) -> Parsed:
    """The prospects of a text (CSV with a header row, or JSON), and findings about the other
    lines."""
    text = _with_plain_lines(text)
    return _read(text).done() if text.strip() else Parsed()


def text_read(text: str, parsed: Parsed) -> str:
    """The part of a text that its prospects came from: most of a table's lines beyond the limit are
    left out. How a row is read may depend on some lines after it."""
    if parsed.unit == "Item" or not parsed.rows:
        return text
    last = parsed.rows[-1].last + MAX_RECORD_LINES
    return "\n".join(_with_plain_lines(text).split("\n")[:last])


def _with_plain_lines(text: str) -> str:
    """The text without byte order marks, with plain line ends and none at its end. Tabs stay: at
    the end of a row they are its blank cells."""
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n ")


def _read(text: str) -> Reading:
    lines = text.split("\n")
    return _read_json(text, lines) if text.lstrip()[0] in "[{" else read_table(lines)


def checked(parsed: Parsed, first_fault: FirstFault) -> Parsed:
    """`parsed`, with a finding instead of each prospect that breaks the schema."""
    rows = [(row, first_fault(row.prospect)) for row in parsed.rows]
    good = tuple(row for row, fault in rows if fault is None)
    wrong = [_finding(parsed.unit, row, fault) for row, fault in rows if fault is not None]
    findings = sorted((*parsed.findings, *wrong), key=attrgetter("first"))
    return Parsed(good, tuple(findings), parsed.unit)


def _finding(unit: Unit, row: Row, fault: SchemaViolation) -> InputNote:
    where = ".".join(map(str, fault.path))
    return InputNote(f"{unit} {row.first}: {where} {fault.message}.", row.first, row.last)


def _read_json(text: str, lines: Sequence[str]) -> Reading:
    """The reading of a text that starts like JSON."""
    document, trouble = _loaded(text)
    if trouble is None:
        return _read_document(document)
    if any(isinstance(_loaded(line)[0], dict) for line in lines):
        return _read_lines(lines)
    reading = Reading()
    reading.say(1, len(lines), f"looks like JSON, but isn’t valid: {trouble}.")
    return reading


def _loaded(text: str) -> tuple[Json, str | None]:
    """(the document, None), or (None, what is wrong with it)."""
    try:
        return _writable_json(text), None
    except json.JSONDecodeError as error:
        return None, _syntax_fault(error)
    except RecursionError:
        return None, "it is nested too deeply"
    except ValueError:
        return None, "it has a number that JSON does not have"


def _writable_json(text: str) -> Json:
    """The document; lone surrogates, which cannot be encoded, are replaced."""
    document: Json = json.loads(text, parse_constant=_refuse)
    whole = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    copy: Json = json.loads(whole)
    return copy


def _syntax_fault(error: json.JSONDecodeError) -> str:
    what = error.msg.removesuffix(" at").rstrip(":")
    return f"{what} at line {error.lineno}, column {error.colno}"


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _read_document(document: Json) -> Reading:
    items = _items(document)
    reading = Reading("Item")
    if not items:
        reading.say(1, 1, "is missing: the list is empty.")
    for place, item in reading.until_full(enumerate(items, 1), len(items)):
        _take(reading, place, item)
    return reading


def _items(document: Json) -> Sequence[Json]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for name in _LISTS:
            found = document.get(name)
            if isinstance(found, list):
                return found
    return [document]


def _read_lines(lines: Sequence[str]) -> Reading:
    reading = Reading()
    filled = ((place, line) for place, line in enumerate(lines, 1) if line.strip())
    for place, line in reading.until_full(filled, len(lines)):
        _take_line(reading, place, line)
    return reading


def _take_line(reading: Reading, place: int, line: str) -> None:
    item, trouble = _loaded(line)
    if trouble is None:
        _take(reading, place, item)
    else:
        where = trouble.replace(" at line 1, column", " at column")
        reading.say(place, place, f"is not JSON: {where}.")


def _take(reading: Reading, place: int, item: Json) -> None:
    if isinstance(item, dict):
        reading.take(place, place, item)
    else:
        reading.say(place, place, f"is {_KINDS.get(type(item), 'empty')}, not a prospect.")
