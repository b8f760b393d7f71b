"""An uploaded file → its text, or why it has none. Never raises. What the text says is read in
`parsing`."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from zsf_plugin.console.search.workbooks import first_sheet

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
#: How kinds of files begin that hold no table of text, with what to do instead.
_NO_TABLES = {
    _OLD_EXCEL: "This is an old Excel file (.xls), or it has a password. Save it as .xlsx or CSV, "
    "without a password, and upload it again.",
    b"<": "This is a web page or XML, which some tools save as .xls. Open it in Excel, save it as "
    ".xlsx or CSV, and upload it again.",
    b"%PDF": "This is a PDF. Upload an Excel file (.xlsx), CSV or JSON.",
    b"{\\rtf": "This is a text document (.rtf). Upload an Excel file (.xlsx), CSV or JSON.",
}
_NO_TEXT = "This is no file of text. Upload an Excel file (.xlsx), CSV or JSON."
#: A text has hardly any; pictures and compressed files have many.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MAX_CONTROLS = 1 / 50
_EMPTY = "This file is empty. Choose another one, or paste prospects."


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's text; with `fault`, why there is none and what to do, as sentences."""

    text: str = ""
    fault: str = ""


def file_text(data: bytes) -> FileText:
    """The text of a file: as it is, or the first sheet of an Excel workbook as CSV."""
    if data.startswith(_ZIP):
        return FileText(*first_sheet(data))
    for start, fault in _NO_TABLES.items():
        if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(start):
            return FileText(fault=fault)
    text = decoded(data)
    if len(_CONTROLS.findall(text)) > _MAX_CONTROLS * len(text):
        return FileText(fault=_NO_TEXT)
    return FileText(text) if text.strip("\ufeff \t\r\n") else FileText(fault=_EMPTY)


def decoded(data: bytes) -> str:
    """A text file's text: UTF-16, UTF-8, else Windows-1252."""
    encoding = _utf_16(data)
    if encoding:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _utf_16(data: bytes) -> str:
    """The UTF-16 that it is in, by its byte order mark or where its first character has a zero; ""
    if none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    first, second = data[:2] if len(data) > 1 else b"  "
    if bool(first) == bool(second):
        return ""
    return "utf-16-le" if first else "utf-16-be"
