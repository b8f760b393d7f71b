"""Uploaded files: Excel workbooks within bounds, texts in several encodings, and clear words for the
others."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from zsf_plugin.console.search import workbooks
from zsf_plugin.console.search.files import file_text
from zsf_plugin.console.search.parsing import parse_prospects

HEADING = ("Vorname", "Nachname", "E-Mail", "Firma", "Mitarbeiter")


def workbook(*rows: tuple[Any, ...], hidden: bool = False) -> bytes:
    """A workbook whose first sheet has those rows; another sheet follows."""
    made = Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    if hidden:
        sheet.sheet_state = "hidden"
    made.create_sheet("Other").append(("email", "x@y.example"))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def with_sheet(data: bytes, before: bytes, after: bytes) -> bytes:
    """The workbook with other XML in its first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            assert name != "xl/worksheets/sheet1.xml" or before in text
            new.writestr(name, text.replace(before, after) if "sheet1" in name else text)
    return file.getvalue()


ADA = workbook(HEADING, ("Ada", "Byron", "ada@engine.example", "Engine, Ltd", 120))


def test_the_first_sheet_of_a_workbook_is_read() -> None:
    (row,) = parse_prospects(file_text(ADA).text).rows
    assert row.prospect == {
        "id": "pasted:2",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@engine.example",
        "company": {"name": "Engine, Ltd", "employees": 120},
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00 12", "00 12"),
        (12.0, "12"),
        (0.5, "0.5"),
        (46_701_234_567, "46701234567"),
        (datetime(2026, 11, 30), "2026-11-30"),
        (datetime(2026, 11, 30, 9, 15), "2026-11-30T09:15:00"),
        (date(2026, 11, 30), "2026-11-30"),
        (True, "True"),
        ("two\nlines", '"two\nlines"'),
        (None, ""),
    ],
)
def test_a_cell_is_written_as_people_write_it(value: object, text: str) -> None:
    assert file_text(workbook((value, "end"))).text == f"{text},end\n"


def test_a_row_may_end_with_blank_cells() -> None:
    rows = (("People",), HEADING, ("Ada", "Byron"), (), ("Wim", None, "wim@duin.example"))
    parsed = parse_prospects(file_text(workbook(*rows)).text)
    assert [row.prospect.get("first_name") for row in parsed.rows] == ["Ada", "Wim"]
    assert [finding.first for finding in parsed.findings] == [1]


@pytest.mark.parametrize("lines", ["Ada Byron\n12 Engine Street", "Ada\r\nByron"])
def test_a_cell_of_several_lines_stays_one_cell(lines: str) -> None:
    data = workbook(("Last\nname", "E-Mail"), (lines, "ada@engine.example"))
    (row,) = parse_prospects(file_text(data).text).rows
    assert row.prospect["last_name"] == lines.replace("\r", "")
    assert row.prospect["email"] == "ada@engine.example"


@pytest.mark.parametrize("end", ["_x000D_\n", "_x000D_", "\r\n", "\r"])
def test_line_ends_of_windows_are_read_as_excel_shows_them(end: str) -> None:
    data = workbook(("Last name", "Title"), ("Byron", f"Head of{end}Engines"))
    (row,) = parse_prospects(file_text(data).text).rows
    assert row.prospect["title"] == "Head of\nEngines"


def test_the_size_that_a_sheet_states_is_not_believed() -> None:
    data = with_sheet(ADA, b'<dimension ref="A1:E2"', b'<dimension ref="A1"')
    assert file_text(data) == file_text(ADA)


def test_a_hidden_sheet_is_not_read() -> None:
    data = workbook(HEADING, ("Ada", "Byron"), hidden=True)
    assert file_text(data).text == "email,x@y.example\n"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (workbook(), "The first sheet of this Excel file is empty."),
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf\r\n", "This file is empty."),
        (b"\xff\xfe", "This file is empty."),
    ],
)
def test_a_file_without_any_text_is_called_empty(data: bytes, fault: str) -> None:
    assert file_text(data).fault.startswith(fault)


def test_a_text_that_its_own_form_could_not_send_is_refused() -> None:
    data = workbook(("last_name",), *[("a" * 1000,)] * 1000)
    assert len(data) < workbooks.MAX_TEXT_BYTES
    assert file_text(data).fault.startswith("This Excel file is too big to read.")


def packed(size: int, parts: int = 1) -> bytes:
    """A small file that unpacks to much."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(parts):
            made.writestr(f"xl/{number}.xml", b" " * size)
    return file.getvalue()


@pytest.mark.parametrize(
    "data", [packed(workbooks.MAX_UNPACKED_BYTES + 1), packed(1, workbooks.MAX_PARTS + 1)]
)
def test_a_file_that_unpacks_to_too_much_is_not_unpacked(data: bytes) -> None:
    assert len(data) < 1_000_000
    assert file_text(data).fault.startswith("This Excel file is too big to read.")


def test_more_rows_than_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_ROWS", 1)
    assert file_text(ADA).fault.startswith("This Excel file is too big to read.")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is an old Excel file (.xls)"),
        (packed(10), "This is not an Excel file (.xlsx), or it is damaged."),
        (b"PK\x03\x04", "This is not an Excel file (.xlsx), or it is damaged."),
        (b"%PDF-1.7", "This is a PDF."),
        (
            b"\xef\xbb\xbf\n<html><table>",
            "This is a web page or XML, which some tools save as .xls.",
        ),
        (b'<?xml version="1.0"?><Workbook/>', "This is a web page or XML"),
        (b"{\\rtf1 first_name,last_name}", "This is a text document (.rtf)."),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0",
            "This is no file of text.",
        ),
        (gzip.compress(b"first_name,last_name\nAda,Byron\n"), "This is no file of text."),
        ("first_name,last_name\nAda,Byron\n".encode("utf-32"), "This is no file of text."),
    ],
)
def test_a_file_that_has_no_table_is_refused_in_words(data: bytes, fault: str) -> None:
    assert file_text(data).text == ""
    assert file_text(data).fault.startswith(fault)


@given(at=st.integers(0, len(ADA) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_workbook_never_raises(at: int, byte: int, cut: bool) -> None:
    data = ADA[:at] if cut else ADA[:at] + bytes([byte]) + ADA[at + 1 :]
    parse_prospects(file_text(data).text)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_a_text_is_read_in_every_common_encoding(encoding: str) -> None:
    text = "Prénom;E-Mail\nZoë;zoe@engine.example\n"
    assert file_text(text.encode(encoding)).text.lstrip("\ufeff") == text


def test_an_uploaded_workbook_is_shown_in_the_box_as_csv(client: FlaskClient) -> None:
    answer = client.post("/search", data={"file": (io.BytesIO(ADA), "people.xlsx")})
    assert answer.status_code == 200
    assert "1 prospect" in answer.text
    assert "Ada,Byron,ada@engine.example" in answer.text


def test_a_file_that_cannot_be_read_says_what_to_do(client: FlaskClient) -> None:
    answer = client.post("/search", data={"file": (io.BytesIO(packed(10)), "people.ods")})
    assert answer.status_code == 422
    assert "Save it as .xlsx or CSV" in answer.text
