"""CSV files to download: what spreadsheets read, and what they must not run."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from flask import Flask, Response, g
from hypothesis import given
from hypothesis import strategies as st

from tests.console.conftest import ADA
from tests.fakes.clock import FakeClock
from zsf_plugin.console import Visitor
from zsf_plugin.console.csv_files import Cell, csv_file, safe_cell
from zsf_plugin.errors import StoreUnavailable

HEADING = ("Name", "Entries")


def file(console: Flask, rows: Iterator[tuple[Cell, ...]], workspace: str = "acme") -> Response:
    with console.test_request_context():
        g.visitor = Visitor(workspace, ADA.name)
        return csv_file("held", HEADING, rows)


def rows_in(response: Response) -> list[list[str]]:
    return [*csv.reader(StringIO(response.get_data().decode("utf-8-sig"), newline=""))]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+2", "'=1+2"),
        ('=HYPERLINK("https://evil.example")', '\'=HYPERLINK("https://evil.example")'),
        ("+46 70", "'+46 70"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Ada;=1;@x", "Ada;'=1;'@x"),
        ("Ada; +1\n-2\n", "Ada;' +1\n'-2\n"),
        ('Ada;"=1"', 'Ada;\'"=1"'),
        ("Ada; Byron, -2\n=", "Ada; Byron, -2\n'="),
        ("a=1", "a=1"),
        ("", ""),
        (7, 7),
        (None, None),
    ],
)
def test_a_cell_that_would_be_a_formula_begins_with_an_apostrophe(cell: Cell, safe: Cell) -> None:
    assert safe_cell(cell) == safe


@given(st.text())
def test_no_cell_ever_begins_as_a_formula(text: str) -> None:
    assert not str(safe_cell(text)).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text(st.sampled_from("=+-@;\"' \t\r\n,a")))
def test_no_cell_is_a_formula_where_excel_splits_lines_at_semicolons(text: str) -> None:
    """There quotes within a line mean nothing: it begins with the cell before this one."""
    line = StringIO()
    csv.writer(line).writerow(["1", safe_cell(text)])
    for row in re.split(r"[\r\n]", line.getvalue()):
        for cell in row.split(";"):
            assert not cell.lstrip(' "\t').startswith(("=", "+", "-", "@"))


def test_rows_are_read_back_as_they_were_whatever_their_text(console: Flask) -> None:
    rows: list[tuple[Cell, ...]] = [('Åkerlund, "Björn"\nAB', 1), ("日本 \ud800", None), ("=1", 2)]
    found = rows_in(file(console, iter(rows)))
    assert found == [[*HEADING], ['Åkerlund, "Björn"\nAB', "1"], ["日本 ?", ""], ["'=1", "2"]]


def test_the_file_is_what_excel_reads_as_utf_8_with_lines_of_rfc_4180(console: Flask) -> None:
    response = file(console, iter([("Ö", 1)]))
    assert response.get_data() == "\ufeffName,Entries\r\nÖ,1\r\n".encode()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_the_file_is_named_by_its_content_the_workspace_and_the_day(
    console: Flask, fake_clock: FakeClock
) -> None:
    assert fake_clock.now() == 1_790_000_000.0
    for workspace, part in (("acme", "acme"), ("../Ö\r\nX: y", "X-y"), ("日本", "workspace")):
        name = file(console, iter([]), workspace).headers["Content-Disposition"]
        assert name == f"attachment; filename=held-{part}-2026-09-21.csv"


def test_only_a_few_rows_are_in_memory_at_a_time(console: Flask) -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[Cell, ...]]:
        for number in range(1_000_000):
            read.append(number)
            yield f"n{number}", number

    lines = file(console, rows()).iter_encoded()
    size = sum(len(next(lines)) for _ in range(10))
    assert 50_000 < size < 200_000  # not line by line
    assert len(read) < size / len("n0,0\r\n")


def test_a_file_that_ends_early_says_so_in_its_last_line(console: Flask) -> None:
    def rows() -> Iterator[tuple[Cell, ...]]:
        yield "first", 1
        raise StoreUnavailable("the disk is gone")

    found = rows_in(file(console, rows()))
    assert found[1] == ["first", "1"]
    assert found[2] == ["This file is incomplete: reading stopped. Download it again."]
