"""CSV files (RFC 4180) to download, streamed: at any time only a few rows are in memory.

UTF-8 with a byte order mark, without which Excel reads another encoding. What a spreadsheet would
run as a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain

from flask import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.downloads import limit_downloads
from zsf_plugin.console.labels import iso_date, writable
from zsf_plugin.errors import Log, ZsfError

_log = Log("zsf_plugin.console")
_BOM = "\ufeff"
#: How a formula begins, for one spreadsheet program or another.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Within a cell a formula begins where Excel splits lines at `;`, as in most of Europe: there it
#: also takes a line break of a cell for the end of the row.
_INNER_FORMULA = re.compile(r"(?<=[;\r\n])(?=[ \"\t]*[=+\-@＝＋－＠])")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_WORKSPACE_LENGTH = 60
#: Characters that are passed on together.
_PART_LENGTH = 16_384
_INCOMPLETE = "This file is incomplete: reading stopped. Download it again."

#: One cell: text, a number, or nothing.
Cell = str | int | None


def csv_file(name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The file as a download, named by its content, the workspace and the day. Raises
    TooManyRequests."""
    workspace = request_context.workspace()
    file = f"{name}-{_in_a_name(workspace)}-{iso_date(request_context.now())}.csv"
    response = Response(_lines(chain([heading], rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=file)
    limit_downloads(response, workspace)
    return response


def safe_cell(cell: Cell) -> Cell:
    """The cell, with an apostrophe before each part that would be a formula."""
    if not isinstance(cell, str):
        return cell
    text = _INNER_FORMULA.sub("'", cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _in_a_name(workspace: str) -> str:
    """A workspace's name in the name of a file."""
    return _NOT_IN_A_NAME.sub("-", workspace)[:_MAX_WORKSPACE_LENGTH].strip("-.") or "workspace"


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The file, some lines at a time: servers take longer to pass on each part than to make a line.
    Its status is sent before it is read: if reading fails, its last line says so."""
    yield _BOM
    lines = _Lines()
    try:
        for row in rows:
            lines.add(row)
            if lines.is_full:
                yield lines.take()
    except ZsfError as error:
        _log.error("an export ended early: %s", type(error).__name__)
        lines.add([_INCOMPLETE])
    yield lines.take()


class _Lines:
    """Lines of a file that were not passed on yet."""

    def __init__(self) -> None:
        self._text = StringIO()
        self._writer = csv.writer(self._text)

    def add(self, row: Sequence[Cell]) -> None:
        """Add a row as a line."""
        self._writer.writerow([writable(safe_cell(cell)) for cell in row])

    @property
    def is_full(self) -> bool:
        """Whether there are enough to pass on."""
        return self._text.tell() >= _PART_LENGTH

    def take(self) -> str:
        """The lines; then there are none."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text
