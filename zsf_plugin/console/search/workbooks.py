"""The first visible sheet of an Excel workbook (.xlsx) → CSV, within bounds, or why it is not read.
Never raises. openpyxl reads it, and is imported when first used."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import TypeAlias
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

#: Unpacked; an upload of 1 MB may hold a thousand times as much.
MAX_UNPACKED_BYTES = 10_000_000
MAX_PARTS = 500
MAX_ROWS = 5_000
MAX_COLUMNS = 250
#: The text goes into the page's form, which is refused from 1 MB.
MAX_TEXT_BYTES = 900_000
#: What unpacking and openpyxl raise for files that are damaged or not workbooks.
_DAMAGED = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
_NO_WORKBOOK = (
    "This is not an Excel file (.xlsx), or it is damaged. Save it as .xlsx or CSV, and upload it "
    "again."
)
_TOO_BIG = (
    "This Excel file is too big to read. Copy the rows that you need into a new one, or paste them."
)
_EMPTY = (
    "The first sheet of this Excel file is empty. Move the prospects there, and upload it again."
)
#: How workbooks write the first of the two characters that end a line on Windows.
_CARRIAGE_RETURN = "_x000D_"
#: Text, and "" or why there is none.
Outcome: TypeAlias = "tuple[str, str]"


def first_sheet(data: bytes) -> Outcome:
    """(the first sheet as CSV, "") or ("", why it cannot be read)."""
    try:
        return _as_csv(data) if _is_small(data) else ("", _TOO_BIG)
    except _DAMAGED:
        return "", _NO_WORKBOOK


def _is_small(data: bytes) -> bool:
    """Whether its parts stay within the bounds. Reading a part ends at the size that it states."""
    with ZipFile(io.BytesIO(data)) as parts:
        sizes = [part.file_size for part in parts.infolist()]
    return len(sizes) <= MAX_PARTS and sum(sizes) <= MAX_UNPACKED_BYTES


def _as_csv(data: bytes) -> Outcome:
    rows = list(islice(_rows(data), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        return "", _TOO_BIG
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(_aligned(rows))
    return _within_bounds(written.getvalue())


def _within_bounds(text: str) -> Outcome:
    if not text.strip():
        return "", _EMPTY
    is_long = len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES
    return ("", _TOO_BIG) if is_long else (text, "")


def _rows(data: bytes) -> Iterator[list[str]]:
    """The rows of the sheet, as text, without empty cells at their ends."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = book.worksheets
        sheet = next((one for one in sheets if one.sheet_state == "visible"), sheets[0])
        sheet.reset_dimensions()  # some tools state a size that the sheet does not have
        for row in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
            yield _without_tail(map(cell_text, row))
    finally:
        book.close()


def _without_tail(cells: Iterable[str]) -> list[str]:
    found = list(cells)
    while found and not found[-1]:
        found.pop()
    return found


def _aligned(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows with empty cells up to the widest row above them; an empty row stays empty. Below a
    header row, each then has its columns."""
    width = 0
    for row in rows:
        width = max(width, len(row))
        yield row + [""] * (width - len(row)) if row else row


def cell_text(value: object) -> str:
    """A cell's value as people write it: whole numbers without a point, dates without a time."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    text = str(value).replace(_CARRIAGE_RETURN, "\r")
    return text.replace("\r\n", "\n").replace("\r", "\n")
